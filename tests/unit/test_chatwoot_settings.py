"""What stands in the configuration of a Chatwoot account, and what it may not be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.chatwoot.measures import measures
from connectors.chatwoot.settings import ChatwootSettings
from connectors.contract import Fact

ENOUGH = {"account_id": 7, "api_access_token": "throw-away-token"}


def settings(**fields: object) -> ChatwootSettings:
    return ChatwootSettings.model_validate({**ENOUGH, **fields})


def test_without_an_address_it_is_the_cloud() -> None:
    assert settings().url == "https://app.chatwoot.com"
    assert settings(url="https://chat.example.org/").url == "https://chat.example.org"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"url": "http://chat.example.org"}, "in the clear"),
        ({"url": "https://chat.example.org/app/accounts/7"}, "the account is `account_id`"),
        ({"url": "https://me@chat.example.org"}, "without a user name"),
        ({"account_id": 0}, "account_id"),
        ({"api_access_token": "two words"}, "copy it once more"),
        ({"customer_attribute": "customer id"}, "customer_attribute"),
        ({"acount_id": 7}, "acount_id"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        settings(**fields)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"customer_attribute": "crm_id"}, set()),
        ({}, {Fact.CUSTOMER}),
        ({"ratings": False}, {Fact.CUSTOMER, Fact.SATISFACTION}),
        (
            {"events": False, "customer_attribute": "crm_id"},
            {Fact.SOLVED, Fact.FIRST_RESOLUTION, Fact.REOPENED, Fact.REPLIES},
        ),
    ],
)
def test_what_a_setting_takes_away_is_declared(
    fields: dict[str, object], missing: set[Fact]
) -> None:
    told = measures(settings(**fields))
    never = {Fact.REQUESTER_WAIT, Fact.REASSIGNED, Fact.RECOMMENDATION, Fact.EFFORT}
    assert told.lacking == told.untold.keys() == never | missing
