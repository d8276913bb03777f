"""What an operator may say of a Jira site, and what is refused with a remedy."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.jira.settings import JiraSettings
from connectors.records import Priority, Status


def settings(**changes: object) -> JiraSettings:
    given = {"site": "acme", "email": "pulse@acme.example", "api_token": "throw-away", **changes}
    return JiraSettings.model_validate(given)


def test_the_name_of_a_site_is_its_address() -> None:
    assert (settings().address, settings().address_key) == ("https://acme.atlassian.net", "site")


def test_behind_the_gateway_nobody_looks_at_issues() -> None:
    gateway = settings(site=None, url="https://api.atlassian.com/ex/jira/42/")
    assert gateway.address == "https://api.atlassian.com/ex/jira/42"
    assert (gateway.pages, settings().pages) == (None, "https://acme.atlassian.net")


def test_words_of_ones_own_are_compared_in_small_letters() -> None:
    own = settings(statuses={" Waiting for Parts": "hold"}, priorities={"P1": "urgent"})
    assert own.statuses == {"waiting for parts": Status.HOLD}
    assert own.priorities == {"p1": Priority.URGENT}


def test_categories_name_further_fields_and_not_those_that_are_told_anyway() -> None:
    assert settings(fields=["Impact"]).reading(["components", "Topic"]).fields == (
        "Impact",
        "Topic",
    )


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"site": None}, "either `site` or `url`"),
        ({"url": "https://acme.atlassian.net"}, "either `site` or `url`"),
        ({"site": "acme.atlassian.net"}, "acme for acme.atlassian.net"),
        ({"site": None, "url": "http://acme.atlassian.net"}, "use https"),
        ({"site": None, "url": "https://me@acme.atlassian.net"}, "without a user"),
        ({"site": None, "url": "https://[acme"}, "this is no address"),
        ({"email": "pulse"}, "e-mail address"),
        ({"api_token": "two words"}, "copy it once more"),
        ({"projects": ['ITH") OR project = "HR']}, "pattern"),
        ({"statuses": {"Parts": "parked"}}, "'hold'"),
        ({"page_size": 101}, "100"),
        ({"project": ["ITH"]}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValidationError, match=remedy):
        settings(**changes)
