"""What Redmine's words mean in deskpulse's, trap by trap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from connectors import Channel, Identity, Status, Ticket
from connectors.redmine.mapping import ticket
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.wire import Issue, rows

BEGUN = datetime(2026, 4, 1, 9, tzinfo=UTC)
MEANINGS = {"1": Status.NEW, "2": Status.OPEN, "3": Status.SOLVED, "5": Status.CLOSED}
AGENT, CUSTOMER, PROGRAM = 11, 1000, 20


def at(hours: float) -> str:
    return (BEGUN + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def journal(hours: float, user: int = AGENT, notes: str = "", **more: object) -> dict[str, object]:
    told = {"id": int(hours * 100), "user": {"id": user}, "notes": notes, "created_on": at(hours)}
    return {**told, **more}


def change(hours: float, name: str, old: str | None, new: str | None) -> dict[str, object]:
    detail = {"property": "attr", "name": name, "old_value": old, "new_value": new}
    return journal(hours, details=[detail])


def told(*journals: dict[str, object], team: str = "category", **fields: object) -> Ticket:
    given = {
        "id": 7,
        "project": {"id": 1, "name": "Support"},
        "status": {"id": 2, "name": "In Progress", "is_closed": False},
        "priority": {"id": 2, "name": "Normal"},
        "created_on": at(0),
        "updated_on": at(9),
        "category": {"id": 4, "name": "Billing"},
        "journals": journals,
        **fields,
    }
    settings = RedmineSettings.model_validate(
        {
            "url": "https://redmine.example.org",
            "api_key": "throw-away-key",
            "team": team,
            "bots": [PROGRAM],
            "channel_field": "Channel",
            "customer_field": "Customer",
        }
    )
    return ticket(msgspec.convert(given, Issue), settings, MEANINGS, {AGENT, PROGRAM})


def test_only_an_agents_note_that_everybody_may_read_is_a_reply() -> None:
    found = told(
        journal(1, CUSTOMER, "any news?"),
        journal(2, PROGRAM, "we have received it"),
        journal(3, AGENT, "between us", private_notes=True),
        change(4, "priority_id", "2", "3"),
        journal(5, AGENT, "here you are"),
        journal(6, CUSTOMER, "thanks, but"),
        journal(7, AGENT, "  "),
        journal(8, AGENT, "now it is right"),
    )
    assert found.first_response_at == BEGUN + timedelta(hours=5)
    ((one,)) = found.exchanges
    assert (one.asked_at, one.answered_at) == (
        BEGUN + timedelta(hours=6),
        BEGUN + timedelta(hours=8),
    )


def test_resolving_is_a_solve_and_closing_what_was_resolved_is_none() -> None:
    closed = {"id": 5, "name": "Closed", "is_closed": True}
    found = told(
        change(1, "status_id", "2", "3"),
        change(2, "status_id", "3", "2"),
        change(3, "status_id", "2", "3"),
        change(4, "status_id", "3", "5"),
        status=closed,
    )
    assert [(one.at - BEGUN) / timedelta(hours=1) for one in found.solves] == [1, 3]
    assert [one.waited for one in found.solves] == [3600, 2 * 3600]
    assert found.reopens == 1


def test_a_status_that_redmine_has_no_more_counts_as_open() -> None:
    found = told(change(1, "status_id", "9", "3"), change(2, "status_id", "3", "9"))
    assert (len(found.solves), found.reopens) == (1, 1)


def test_a_team_is_the_category_or_the_project() -> None:
    moves = (
        change(1, "category_id", None, "3"),
        change(2, "category_id", "3", "4"),
        change(3, "project_id", "1", "2"),
        change(4, "project_id", "2", "1"),
    )
    assert (told(*moves).team, told(*moves).reassignments) == ("Billing", 1)
    other = told(*moves, team="project")
    assert (other.team, other.reassignments) == ("Support", 2)
    assert told(category=None).team is None


def test_custom_fields_tell_what_the_operator_named_and_what_categories_are_made_from() -> None:
    fields = [
        {"id": 1, "name": "Channel", "value": "Phone"},
        {"id": 2, "name": "Customer", "value": "ACME-1"},
        {"id": 3, "name": "Topic", "multiple": True, "value": ["a", "b"]},
        {"id": 4, "name": "Empty", "value": ""},
    ]
    found = told(custom_fields=fields, tracker={"id": 3, "name": "Support"})
    assert (found.channel, found.customer) == (Channel.PHONE, Identity(("ACME-1",)))
    assert found.fields["Topic"] == ("a", "b")
    assert found.fields.keys() == {"tracker", "Channel", "Customer", "Topic"}


def test_an_issue_that_cannot_be_read_is_named() -> None:
    _, rejected = rows([msgspec.Raw(b'{"id": 9, "updated_on": "soon"}')])
    assert [(one.subject, one.reason) for one in rejected] == [("9", "malformed")]
