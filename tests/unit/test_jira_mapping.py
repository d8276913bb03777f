"""What Jira's words come to: statuses, agreements, stars, and a life out of the log of changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from connectors.contract import ConfigurationError
from connectors.jira import log, wire
from connectors.jira.mapping import Words, meaning, ticket
from connectors.jira.settings import JiraSettings
from connectors.jira.zone import minute, written, zone
from connectors.records import Channel, Identity, Priority, Rating, Solve, Status, Survey, Ticket

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
IDS = {
    "agreement": "customfield_1",
    "feedback": "customfield_2",
    "feedback_at": "customfield_3",
    "language": "customfield_4",
    "organizations": "customfield_5",
    "team": "customfield_6",
    "request": "customfield_7",
    "more_0": "customfield_8",
}
SETTINGS = JiraSettings.model_validate(
    {"site": "acme", "email": "a@acme.example", "api_token": "throw-away"}
)
STATUSES = {"1": Status.NEW, "3": Status.OPEN, "4": Status.PENDING, "5": Status.SOLVED}
WORDS = Words(SETTINGS, STATUSES, "customfield_6", {"Topic": "more_0"})


def text(minutes: int) -> str:
    """An instant as an account in Sydney is told it."""
    at = (BEGIN + timedelta(minutes=minutes)).astimezone(ZoneInfo("Australia/Sydney"))
    return at.strftime("%Y-%m-%dT%H:%M:%S.000%z")


def status(number: str, name: str = "", category: str = "indeterminate") -> dict[str, Any]:
    return {"id": number, "name": name, "statusCategory": {"key": category}}


def change(minutes: float, *items: dict[str, Any], number: int = 0) -> log.History:
    at = BEGIN + timedelta(minutes=minutes)
    told = {"id": str(number or int(minutes)), "created": int(at.timestamp() * 1000)}
    return msgspec.convert({**told, "items": list(items)}, log.History)


def moved(field: str, before: str | None, after: str | None) -> dict[str, Any]:
    return {"fieldId": field, "from": before, "to": after}


def read(*histories: log.History, words: Words = WORDS, **fields: Any) -> Ticket:
    told = {"created": text(0), "updated": text(600), "status": status("3"), **fields}
    raw = msgspec.json.encode({"id": "10001", "fields": told})
    return ticket(wire.decoder(IDS).decode(raw), histories, words)


RESOLVED: dict[str, Any] = {"status": status("5", "Resolved", "done")}
ONCE = (change(10, moved("status", "1", "3")), change(30, moved("status", "3", "5")))


@pytest.mark.parametrize(
    ("name", "category", "own", "expected"),
    [
        ("Open", "new", {}, Status.NEW),
        ("In Bearbeitung", "indeterminate", {}, Status.OPEN),
        ("Waiting for customer", "indeterminate", {}, Status.PENDING),
        ("PENDING", "indeterminate", {}, Status.HOLD),
        ("Erledigt", "done", {}, Status.SOLVED),
        ("Canceled", "done", {}, Status.CLOSED),
        ("Closed", "indeterminate", {}, Status.OPEN),
        ("Pending", "done", {}, Status.SOLVED),
        ("Parts", "indeterminate", {"parts": "hold"}, Status.HOLD),
        ("Done", "indeterminate", {"done": "solved"}, Status.SOLVED),
        ("Whatever", "undefined", {}, Status.OPEN),
    ],
)
def test_the_category_decides_and_a_name_says_more(
    name: str, category: str, own: dict[str, str], expected: Status
) -> None:
    settings = SETTINGS.model_copy(update={"statuses": {k: Status(v) for k, v in own.items()}})
    told = msgspec.convert(status("7", name, category), wire.Status)
    assert meaning(told, settings) is expected


def test_an_issue_says_who_when_and_what() -> None:
    found = read(
        priority={"name": "Highest"},
        assignee={"accountId": "somebody", "displayName": "Somebody"},
        labels=["vpn"],
        customfield_4={"languageCode": "de", "displayName": "German"},
        customfield_5=[{"id": 12, "name": "Acme"}, {"id": "13", "name": "Other"}],
        customfield_6={"id": "1", "value": "Billing"},
        customfield_7={"requestType": {"name": "Get help"}},
        customfield_8={"value": "Hardware", "child": {"value": "Screen"}},
        components=[{"name": "Portal"}, {"name": "Phone"}],
        issuetype={"name": "Incident"},
        project={"key": "ITH"},
    )
    assert (found.created_at, found.changed_at) == (BEGIN, BEGIN + timedelta(hours=10))
    assert (found.priority, found.assigned, found.team) == (Priority.URGENT, True, "Billing")
    assert (found.language, found.tags, found.channel) == ("de", ("vpn",), Channel.OTHER)
    assert found.customer == Identity(external_ids=("12",))
    assert found.fields == {
        "project": "ITH",
        "issuetype": "Incident",
        "components": ("Portal", "Phone"),
        "request type": "Get help",
        "Topic": ("Hardware", "Screen"),
    }


def test_an_organization_may_be_known_by_its_name() -> None:
    words = Words(SETTINGS.model_copy(update={"organization": "name"}), STATUSES)
    assert read(words=words, customfield_5=[{"id": "12", "name": "ACME-7"}]).customer == Identity(
        external_ids=("ACME-7",)
    )
    assert read(words=words, customfield_5=[]).customer is None


def test_of_several_rounds_of_an_agreement_the_first_end_is_the_first_response() -> None:
    def cycle(minutes: int) -> dict[str, Any]:
        at = int((BEGIN + timedelta(minutes=minutes)).timestamp() * 1000)
        return {"startTime": {"epochMillis": at - 1}, "stopTime": {"epochMillis": at}}

    ongoing = {"completedCycles": [], "ongoingCycle": {"breached": True}}
    both = {"completedCycles": [cycle(90), cycle(12)]}
    assert read(customfield_1=ongoing).first_response_at is None
    assert read(customfield_1=both).first_response_at == BEGIN + timedelta(minutes=12)


def test_stars_are_a_rating_of_five_at_their_own_time() -> None:
    at = BEGIN + timedelta(minutes=50)
    rated = read(customfield_2={"rating": 4}, customfield_3=text(50))
    assert rated.ratings == (Rating(Survey.SATISFACTION, 4, 5, at),)
    assert read(customfield_2={"rating": 2}).ratings[0].at is None
    assert read(customfield_2={"rating": None}).ratings == read().ratings == ()


def test_every_solve_is_told_with_the_wait_before_it() -> None:
    found = read(
        *ONCE,
        change(100, moved("status", "5", "3")),
        change(110, moved("status", "3", "4")),
        change(150, moved("status", "4", "5")),
        **RESOLVED,
    )
    first, second = BEGIN + timedelta(minutes=30), BEGIN + timedelta(minutes=150)
    assert found.solves == (Solve(first, waited=30 * 60), Solve(second, waited=40 * 60))
    assert (found.first_solved_at, found.reopens, found.status) == (first, 1, Status.SOLVED)


def test_the_order_of_the_log_does_not_matter_and_equal_instants_go_by_number() -> None:
    there = change(30, moved("status", "3", "5"), number=9)
    back = change(30, moved("status", "5", "3"), number=10)
    assert read(back, there).reopens == 1


def test_from_done_to_done_is_neither_a_solve_nor_a_reopen() -> None:
    words = Words(SETTINGS, {**STATUSES, "6": Status.CLOSED})
    found = read(*ONCE, change(90, moved("status", "5", "6")), words=words, **RESOLVED)
    assert ([one.at for one in found.solves], found.reopens) == ([BEGIN + timedelta(minutes=30)], 0)


def test_a_status_that_is_gone_counts_as_done_while_the_issue_was_resolved() -> None:
    found = read(
        change(10, moved("status", "1", "77"), moved("resolution", None, "1")),
        change(500, moved("status", "77", "5")),
        **RESOLVED,
    )
    assert [one.at for one in found.solves] == [BEGIN + timedelta(minutes=10)]
    assert read(change(10, moved("status", "1", "78"))).solves == ()


def test_a_status_that_was_made_anew_is_known_by_its_name() -> None:
    words = Words(SETTINGS, {**STATUSES, "parked": Status.PENDING})
    old = {"fieldId": "status", "from": "1", "to": "77", "toString": "Parked"}
    found = read(change(10, old), change(30, moved("status", "77", "5")), words=words, **RESOLVED)
    assert [one.waited for one in found.solves] == [10 * 60]


def test_an_issue_that_was_made_as_done_was_solved_when_it_was_resolved() -> None:
    at = BEGIN + timedelta(minutes=5)
    assert read(**RESOLVED, resolutiondate=text(5)).solves == (Solve(at),)
    assert read(**RESOLVED).solves == (Solve(BEGIN),)


def test_only_a_change_from_one_team_to_another_is_a_reassignment() -> None:
    names = {"fieldId": "customfield_6", "fromString": "Billing", "toString": "Orders"}
    found = read(
        change(1, moved("customfield_6", None, "1")),
        change(2, moved("customfield_6", "1", "2")),
        change(3, moved("customfield_6", "2", None)),
        change(4, names),
        change(5, moved("customfield_9", "1", "2")),
    )
    assert found.reassignments == 2


def test_what_the_log_knows_before_the_search_does_is_left_for_the_next_poll() -> None:
    assert read(change(601, moved("status", "3", "5"))).solves == ()


@pytest.mark.parametrize("created", [1772438400, 1772438400000, "2026-03-02T19:00:00.000+1100"])
def test_the_log_tells_its_times_in_three_forms(created: object) -> None:
    assert msgspec.convert({"id": "1", "created": created}, log.History).at == BEGIN


@pytest.mark.parametrize("created", [10**17, -(10**17), "0001-01-01T00:00:00Z"])
def test_an_instant_that_cannot_be_one_is_refused(created: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "1", "created": created}, log.History)
    with pytest.raises(msgspec.ValidationError):
        read(customfield_1={"completedCycles": [{"stopTime": {"epochMillis": 10**17}}]})


@pytest.mark.parametrize(
    ("at", "name", "expected"),
    [
        ("2026-03-02T08:00:59+00:00", "Australia/Sydney", "2026-03-02 19:00"),
        # In New York clocks go back at six; the hour from five and that from six are both one.
        ("2025-11-02T04:59:30+00:00", "America/New_York", "2025-11-02 00:59"),
        ("2025-11-02T05:10:00+00:00", "America/New_York", "2025-11-02 00:59"),
        ("2025-11-02T06:59:59+00:00", "America/New_York", "2025-11-02 00:59"),
        ("2025-11-02T07:00:00+00:00", "America/New_York", "2025-11-02 02:00"),
        # and forward at seven, from two to three
        ("2026-03-08T06:59:00+00:00", "America/New_York", "2026-03-08 01:59"),
        ("2026-03-08T07:00:00+00:00", "America/New_York", "2026-03-08 03:00"),
    ],
)
def test_a_search_begins_at_a_minute_that_the_accounts_clock_shows_only_once(
    at: str, name: str, expected: str
) -> None:
    clock = ZoneInfo(name)
    assert written(minute(datetime.fromisoformat(at), clock), clock) == expected


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd"])
def test_a_zone_that_nobody_knows_is_told_with_the_remedy(name: str | None) -> None:
    with pytest.raises(ConfigurationError, match="Choose a region"):
        zone("desk", name)
