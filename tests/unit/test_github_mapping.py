"""What issues on GitHub come to: closings, who answered whom, and labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from connectors.github.mapping import ticket
from connectors.github.settings import GitHubSettings
from connectors.github.wire import Issue, read
from connectors.records import Channel, Exchange, Priority, Solve, Status, Ticket

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def settings(**changes: object) -> GitHubSettings:
    given = {"token": "throw-away", "repositories": ["acme/widgets"], **changes}
    return GitHubSettings.model_validate(given)


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def text(minutes: int) -> str:
    return at(minutes).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(minutes: int, who: str | None, how: str = "NONE", kind: str = "User") -> dict[str, Any]:
    author = None if who is None else {"__typename": kind, "login": who}
    return {"createdAt": text(minutes), "authorAssociation": how, "author": author}


def event(minutes: int, kind: str) -> dict[str, Any]:
    return {"__typename": f"{kind}Event", "createdAt": text(minutes)}


def issue(*comments: dict[str, Any], events: Any = (), labels: Any = (), **told: Any) -> Issue:
    whole = {
        "id": "I_1",
        "number": 7,
        "createdAt": text(0),
        "updatedAt": text(600),
        "state": "OPEN",
        "author": {"__typename": "User", "login": "asker"},
        "labels": {"nodes": [{"name": name} for name in labels]},
        "comments": {"nodes": list(comments)},
        "timelineItems": {"nodes": list(events)},
        **told,
    }
    return msgspec.json.decode(msgspec.json.encode(whole), type=Issue)


def told(found: Issue, **changes: object) -> Ticket:
    return ticket("acme/widgets", found, settings(**changes))


def test_an_issue_says_where_and_when() -> None:
    found = told(issue(labels=["P0", "area/api"], assignees={"totalCount": 1}))
    assert (found.id, found.created_at, found.changed_at) == ("acme/widgets#7", BEGIN, at(600))
    assert (found.team, found.channel, found.assigned) == ("acme/widgets", Channel.WEB, True)
    assert (found.priority, found.status) == (Priority.NORMAL, Status.OPEN)
    assert list(found.tags) == ["P0", "area/api"]


def test_labels_say_more_where_somebody_says_what_they_mean() -> None:
    named = {"priority_labels": {"p1": "high", "P0": "urgent"}, "team_labels": {"Area/API": "API"}}
    found = told(issue(labels=["P0", "p1", "area/api"]), **named)
    assert (found.priority, found.team) == (Priority.HIGH, "API")
    assert told(issue(), **named).team is None


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("OPEN", None, Status.OPEN),
        ("OPEN", "REOPENED", Status.OPEN),
        ("CLOSED", None, Status.SOLVED),
        ("CLOSED", "COMPLETED", Status.SOLVED),
        ("CLOSED", "NOT_PLANNED", Status.CLOSED),
        ("CLOSED", "DUPLICATE", Status.CLOSED),
    ],
)
def test_what_is_not_planned_is_closed_and_not_solved(
    state: str, reason: str | None, expected: Status
) -> None:
    assert told(issue(state=state, stateReason=reason)).status is expected


def test_only_people_of_the_repository_answer() -> None:
    comments = [
        said(1, "passer-by", "CONTRIBUTOR"),
        said(2, "helper", "MEMBER", kind="Bot"),
        said(3, None),
        said(4, "agent", "COLLABORATOR"),
        said(5, "agent", "COLLABORATOR"),
    ]
    found = told(issue(*comments))
    assert found.first_response_at == at(4)
    assert told(issue(*comments), staff=["CONTRIBUTOR"]).first_response_at == at(1)
    assert told(issue(*comments[:3])).first_response_at is None


def test_whoever_opened_an_issue_asks_in_it_whoever_they_are() -> None:
    found = told(
        issue(
            said(1, "asker", "OWNER"),
            said(2, "agent", "MEMBER"),
            said(3, "asker", "OWNER"),
            said(4, "friend"),
            said(9, "agent", "MEMBER"),
        )
    )
    assert found.first_response_at == at(2)
    assert found.exchanges == (Exchange(1, at(3), at(9)),)


def test_an_author_whose_account_is_gone_is_not_anybody_else_who_is_gone() -> None:
    found = told(issue(said(1, None, "MEMBER"), author=None))
    assert found.first_response_at == at(1)


def test_every_closing_tells_what_led_up_to_it() -> None:
    found = told(
        issue(
            *(said(1, "agent", "OWNER"), said(2, "asker"), said(3, "agent", "OWNER")),
            said(30, "agent", "OWNER"),
            events=[event(3, "Closed"), event(10, "Reopened"), event(20, "Closed")],
            state="CLOSED",
        )
    )
    assert found.solves == (Solve(at(3), replies=2), Solve(at(20), replies=2))
    assert (found.first_solved_at, found.reopens) == (at(3), 1)


def test_a_closing_of_what_is_closed_is_none_and_an_imported_one_has_its_instant() -> None:
    twice = told(issue(events=[event(3, "Closed"), event(5, "Closed")], state="CLOSED"))
    assert ([one.at for one in twice.solves], twice.reopens) == ([at(3)], 0)
    imported = told(issue(state="CLOSED", closedAt=text(2)))
    assert [one.at for one in imported.solves] == [at(2)]


def test_an_issue_that_cannot_be_read_is_left_out_by_name() -> None:
    raws = [msgspec.Raw(b'{"number":8,"createdAt":"not a time"}'), msgspec.Raw(b"{}")]
    issues, rejected = read("acme/widgets", raws)
    assert issues == []
    assert [one.subject for one in rejected] == ["acme/widgets#8", "(without id)"]


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"repositories": []}, "at least 1"),
        ({"repositories": "widgets, gadgets"}, "pattern"),
        ({"repositories": ["widgets"]}, "pattern"),
        ({"repositories": ["acme/widgets", "Acme/Widgets"]}, "names one twice"),
        ({"url": "http://api.github.com"}, "use https"),
        ({"url": "https://me@api.github.com"}, "an address like"),
        ({"token": "two words"}, "copy it once more"),
        ({"staff": ["ANYBODY"]}, "'OWNER'"),
        ({"priority_labels": {"P0": "now"}}, "'urgent'"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValidationError, match=remedy):
        settings(**changes)


@pytest.mark.parametrize(
    "url", ["https://ghe.acme.example/api/v3", "https://ghe.acme.example/api/"]
)
def test_an_enterprise_server_has_its_own_address_and_pages(url: str) -> None:
    own = settings(url=url)
    assert (own.url, own.pages) == ("https://ghe.acme.example/api", "https://ghe.acme.example")
    assert settings().pages == "https://github.com"
    assert settings(url="https://api.acme.ghe.com").pages == "https://acme.ghe.com"
