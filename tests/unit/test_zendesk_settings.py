"""What an operator may write about a Zendesk source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.zendesk.settings import ZendeskSettings

GOOD = {"subdomain": "acme", "email": "pulse@acme.example", "api_token": "throw-away-token"}


def test_a_subdomain_makes_the_address() -> None:
    assert ZendeskSettings.model_validate(GOOD).base_url == "https://acme.zendesk.com"


def test_an_address_stands_for_itself() -> None:
    given = {**GOOD, "subdomain": None, "url": "https://help.acme.example/"}
    assert ZendeskSettings.model_validate(given).base_url == "https://help.acme.example"


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"subdomain": "acme.zendesk.com"}, "first part of the address"),
        ({"subdomain": "evil.example/#"}, "first part of the address"),
        ({"subdomain": None}, "either `subdomain` or `url`"),
        ({"url": "https://help.acme.example"}, "only one of them"),
        ({"subdomain": None, "url": "http://help.acme.example"}, "use https"),
        ({"subdomain": None, "url": "help.acme.example"}, "an address like https"),
        ({"subdomain": None, "url": "https://me:pw@help.acme.example"}, "without a user"),
        ({"subdomain": None, "url": "https://[bad"}, "this is no address"),
        ({"email": "pulse@acme.example/token"}, "/token is added by itself"),
        ({"api_token": " "}, "copy it once more"),
        ({"page_size": 1001}, "less than or equal to 1000"),
        ({"page_sise": 10}, "Extra inputs"),
        ({"effort_best": 6}, "5 or 7"),
        ({"fields": ["priority"]}, "valid integer"),
        ({"language_field": 0}, "greater than or equal to 1"),
        ({"effort_field": 3, "recommendation_field": 3}, "the same field"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(change: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ZendeskSettings.model_validate({**GOOD, **change})
    assert remedy in str(caught.value)
    assert "throw-away-token" not in str([error["msg"] for error in caught.value.errors()])


def test_the_token_is_never_shown() -> None:
    assert "throw-away" not in repr(ZendeskSettings.model_validate(GOOD))
