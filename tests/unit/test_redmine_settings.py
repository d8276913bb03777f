"""What stands in the configuration of a Redmine source, and what it may not be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors import Fact, Priority, Status
from connectors.redmine.connector import RedmineConnector
from connectors.redmine.settings import RedmineSettings


def settings(**fields: object) -> RedmineSettings:
    given = {"url": "https://redmine.example.org/", "api_key": "throw-away-key", **fields}
    return RedmineSettings.model_validate(given)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"url": "http://redmine.example.org"}, "use https"),
        ({"url": "https://me@redmine.example.org"}, "without a user"),
        ({"api_key": "abc def"}, "characters that no such secret has"),
        ({"project": "Support/../other"}, "project"),
        ({"team": "tracker"}, "team"),
        ({"statuses": {"On hold": "waiting"}}, "statuses"),
        ({"page_size": 101}, "page_size"),
        ({"apikey": "x"}, "apikey"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        settings(**fields)


@pytest.mark.parametrize(
    ("name", "is_closed", "expected"),
    [
        ("Resolved", False, Status.SOLVED),
        ("feedback", False, Status.PENDING),
        ("Rejected", True, Status.CLOSED),
        ("Waiting for parts", False, Status.HOLD),
        ("Triage", False, Status.OPEN),
        ("Archived", True, Status.CLOSED),
    ],
)
def test_a_status_means_what_its_name_says_or_the_operator(
    name: str, is_closed: bool, expected: Status
) -> None:
    told = settings(statuses={"waiting for parts": "hold"})
    assert told.status(name, is_closed=is_closed) is expected


def test_a_priority_that_nobody_named_is_normal() -> None:
    told = settings(priorities={"Blocker": "urgent"})
    found = [told.priority(name) for name in ("Immediate", "blocker", "Low", "P3")]
    assert found == [Priority.URGENT, Priority.URGENT, Priority.LOW, Priority.NORMAL]


def test_a_customer_is_told_where_a_custom_field_holds_it() -> None:
    assert Fact.CUSTOMER in RedmineConnector("redmine", settings()).measures().untold
    named = RedmineConnector("redmine", settings(customer_field="Id"))
    assert Fact.CUSTOMER in named.measures().told
