"""What stands in the configuration of a Request Tracker source, and what it may not be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors import Fact, Status
from connectors.rt.connector import RtConnector
from connectors.rt.settings import RtSettings


def settings(**fields: object) -> RtSettings:
    given = {"url": "https://rt.example.org", "token": "throw-away-token", **fields}
    return RtSettings.model_validate(given)


@pytest.mark.parametrize("url", ["https://rt.example.org/", "https://rt.example.org/REST/2.0"])
def test_the_address_is_that_of_rt_itself(url: str) -> None:
    assert settings(url=url).url == "https://rt.example.org"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"url": "http://rt.example.org"}, "use https"),
        ({"url": "https://somebody@rt.example.org"}, "without a user"),
        ({"url": "https://[rt"}, "this is no address"),
        ({"token": "1-14 ab"}, "characters that no such secret has"),
        ({"statuses": {"Deleted": "open"}}, "'deleted' means that a ticket is gone"),
        ({"statuses": {"parked": "waiting"}}, "statuses"),
        ({"priorities": {"low": 0, "high": 0}}, "a number of its own"),
        ({"priorities": {}}, "a number of its own"),
        ({"tokn": "x"}, "tokn"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        settings(**fields)


def test_a_status_of_an_own_lifecycle_means_what_the_operator_says() -> None:
    meanings = settings(statuses={"Parked": "hold", "stalled": "hold"}).meanings
    assert (meanings["parked"], meanings["stalled"]) == (Status.HOLD, Status.HOLD)
    assert meanings["resolved"] is Status.SOLVED


def test_custom_fields_are_read_only_where_one_is_named() -> None:
    assert settings().custom_fields == frozenset()
    named = settings(channel_field="Channel", fields=["Product"]).reading(["Topic"])
    assert named.custom_fields == {"Channel", "Product", "Topic"}


def test_a_customer_is_told_where_a_custom_field_holds_it() -> None:
    assert Fact.CUSTOMER in RtConnector("rt", settings()).measures().untold
    assert Fact.CUSTOMER in RtConnector("rt", settings(customer_field="Id")).measures().told
