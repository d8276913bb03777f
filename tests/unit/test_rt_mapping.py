"""What RT's words mean in deskpulse's, trap by trap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors import Channel, Priority, Removal, Status, Ticket
from connectors.rt.asking import Mark, any_of
from connectors.rt.mapping import Words, priority, removed, ticket
from connectors.rt.settings import RtSettings
from connectors.rt.wire import Ticket as Row
from connectors.rt.wire import Transaction, read

BEGUN = datetime(2026, 4, 1, 9, tzinfo=UTC)
WORDS = Words(
    RtSettings.model_validate(
        {
            "url": "https://rt.example.org",
            "token": "throw-away-token",
            "statuses": {"archived": "closed"},
            "bots": ["Autopilot"],  # RT does not tell names by their case
            "channel_field": "Channel",
        }
    ),
    inboxes=frozenset({"1"}),
)


def at(hours: float) -> str:
    return (BEGUN + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(**fields: object) -> Row:
    given = {
        "id": "7",
        "Status": "open",
        "Created": at(0),
        "LastUpdated": at(9),
        "Queue": {"id": "3", "Name": "Support"},
        "Owner": {"id": "Nobody"},
        "Priority": "50",
        "Requestor": [{"id": "ada@acme.example"}],
        "Cc": [{"id": "bob@acme.example"}],
        "CustomFields": "",
    }
    return msgspec.convert({**given, **fields}, Row)


def happened(*steps: tuple[float, str, str, str]) -> list[Transaction]:
    """What happened after so many hours: of which type, by whom, and from what to what."""
    told = []
    for number, (hours, kind, creator, change) in enumerate(steps, 1):
        old, _, new = change.partition(">")
        given = {
            "id": str(number),
            "Type": kind,
            "Field": {"Set": "Queue", "Status": "Status"}.get(kind, ""),
            "Created": at(hours),
            "ObjectId": "7",
            "OldValue": old,
            "NewValue": new,
            "Creator": {"id": creator},
        }
        told.append(msgspec.convert(given, Transaction))
    return told


def told(one: Row, *steps: tuple[float, str, str, str]) -> Ticket:
    return ticket(one, happened(*steps), WORDS, seen=5)


def test_only_an_agents_correspondence_is_a_reply() -> None:
    found = told(
        row(),
        (1, "Correspond", "autopilot", ""),
        (2, "Correspond", "RT_System", ""),
        (3, "Correspond", "bob@acme.example", ""),
        (4, "Correspond", "grace", ""),
        (5, "Correspond", "ada@acme.example", ""),
        (6, "Correspond", "ada@acme.example", ""),
        (7, "Correspond", "grace", ""),
    )
    assert found.first_response_at == BEGUN + timedelta(hours=4)
    ((number, asked, answered),) = [
        (one.number, one.asked_at, one.answered_at) for one in found.exchanges
    ]
    assert (number, asked) == (1, BEGUN + timedelta(hours=5))
    assert answered == BEGUN + timedelta(hours=7)


def test_every_solve_is_told_with_the_wait_and_the_replies_up_to_it() -> None:
    found = told(
        row(Status="resolved"),
        (1, "Correspond", "grace", ""),
        (1, "Status", "grace", "open>stalled"),
        (4, "Status", "grace", "stalled>resolved"),
        (5, "Status", "ada@acme.example", "resolved>open"),
        (6, "Correspond", "grace", ""),
        (7, "Status", "grace", "open>resolved"),
    )
    hours = [((one.at - BEGUN) / timedelta(hours=1), one.waited) for one in found.solves]
    assert hours == [(4, 3600), (7, 3 * 3600)]
    assert [one.replies for one in found.solves] == [1, 2]
    assert (found.reopens, found.first_solved_at) == (1, BEGUN + timedelta(hours=4))


def test_rejecting_ends_a_ticket_that_was_never_resolved() -> None:
    found = told(row(Status="rejected"), (2, "Status", "grace", "new>rejected"))
    assert (found.status, [one.at for one in found.solves]) == (
        Status.CLOSED,
        [BEGUN + timedelta(hours=2)],
    )
    later = told(
        row(Status="archived"),
        (2, "Status", "grace", "open>resolved"),
        (3, "Status", "grace", "resolved>archived"),
    )
    assert [one.at for one in later.solves] == [BEGUN + timedelta(hours=2)]


def test_what_was_deleted_and_brought_back_was_neither_reopened_nor_solved_again() -> None:
    steps = (
        (2, "Status", "grace", "open>resolved"),
        (3, "Status", "grace", "resolved>deleted"),
        (4, "Status", "grace", "deleted>resolved"),
    )
    found = told(row(Status="resolved"), *steps)
    assert ([one.at for one in found.solves], found.reopens) == ([BEGUN + timedelta(hours=2)], 0)
    back = told(row(), *steps[:2], (4, "Status", "grace", "deleted>open"))
    assert (len(back.solves), back.reopens) == (1, 1)


def test_a_priority_may_be_below_nothing() -> None:
    found = told(row(Priority="-5"))
    assert found.priority is Priority.LOW


def test_a_ticket_that_was_written_down_when_all_was_over_is_solved_at_once() -> None:
    found = told(row(Status="resolved"))
    assert [(one.at, one.waited) for one in found.solves] == [(BEGUN, 0)]


def test_queues_are_teams_and_inboxes_are_none() -> None:
    found = told(row(), (1, "Set", "grace", "1>3"), (2, "Set", "grace", "3>4"))
    assert (found.team, found.reassignments) == ("Support", 1)
    assert told(row(Queue={"id": "1", "Name": "Incoming"})).team is None
    assert told(row(Queue={"id": "8", "Name": ""})).team == "8"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(-5, Priority.LOW), (0, Priority.LOW), (50, Priority.NORMAL), (120, Priority.HIGH)],
)
def test_a_number_has_the_priority_that_begins_last_below_it(
    number: int, expected: Priority
) -> None:
    assert priority(number, WORDS.settings.priorities) is expected


def test_the_way_a_ticket_came_in_stands_in_a_custom_field() -> None:
    fields = [{"name": "Channel", "values": ["Phone"]}, {"name": "Product", "values": ["a", "b"]}]
    found = told(row(CustomFields=fields))
    assert found.channel is Channel.PHONE
    assert found.fields["Product"] == ("a", "b")
    assert told(row()).channel is Channel.OTHER


def test_of_a_merge_only_the_ticket_that_went_into_another_is_gone() -> None:
    link = "fsck.com-rt://desk.example/ticket/{}"
    gone, kept = happened(
        (1, "AddLink", "grace", f">{link.format(70)}"),
        (1, "AddLink", "grace", f">{link.format(7)}"),
    )
    one = removed(gone)
    assert one is not None
    assert (one.id, one.why) == ("7", Removal.MERGED)
    assert removed(kept) is None


def test_an_instant_is_written_by_the_clock_of_queries() -> None:
    assert Mark(7, BEGUN, 9 * 4).text == "2026-04-01 18:00:00"
    assert Mark.before(BEGUN).text == "2026-03-31 19:00:00"
    assert any_of("Name", ["it's"]) == "(Name = 'it\\'s')"


def test_a_record_that_cannot_be_read_is_named() -> None:
    _, rejected = read([msgspec.Raw(b'{"id": "9", "Status": "open"}')], Row)
    assert [(one.subject, one.reason) for one in rejected] == [("9", "malformed")]
