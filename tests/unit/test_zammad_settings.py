"""What stands in the configuration of a Zammad, and what it may not be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.contract import Fact
from connectors.zammad.connector import ZammadConnector
from connectors.zammad.settings import ZammadSettings

ENOUGH = {"url": "https://support.example.org", "token": "throw-away-token"}


def settings(**fields: object) -> ZammadSettings:
    return ZammadSettings.model_validate({**ENOUGH, **fields})


@pytest.mark.parametrize(
    "url",
    [
        "https://support.example.org/",
        "https://support.example.org/api/v1",
        "https://support.example.org/api/v1/",
    ],
)
def test_the_address_is_the_one_that_people_open(url: str) -> None:
    assert settings(url=url).url == "https://support.example.org"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"url": "http://support.example.org"}, "in the clear"),
        ({"url": "https://me@support.example.org"}, "without a user name"),
        ({"url": "https://support.example.org/#dashboard"}, "or a page"),
        ({"url": "support.example.org"}, "give an address like"),
        ({"token": "two words"}, "copy it once more"),
        ({"page_size": 201}, "page_size"),
        ({"customer_field": "Customer number"}, "customer_field"),
        ({"tokn": "x"}, "tokn"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        settings(**fields)


@pytest.mark.parametrize("histories", [True, False])
def test_every_fact_is_told_or_has_a_reason(*, histories: bool) -> None:
    made = ZammadConnector("z", settings(histories=histories, customers=False))
    measures = made.measures()
    made.close()
    assert measures.lacking == measures.untold.keys()
    assert (Fact.REOPENED in measures.told) is histories
    assert measures.history == ("events" if histories else "state")
