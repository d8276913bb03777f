"""What Zammad's tickets and their histories mean: each of its words, and each of its traps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.records import Channel, Exchange, Priority, Removal, Removed, Solve, Status, Ticket
from connectors.zammad.mapping import CHANNELS, priority, record
from connectors.zammad.wire import History
from connectors.zammad.wire import Ticket as Row

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
TYPES = {
    1: "new",
    2: "open",
    3: "pending reminder",
    4: "closed",
    5: "merged",
    7: "pending action",
    12: "closed",  # of the desk's own making
}
AGENT, CUSTOMER, SYSTEM = 1, 2, 3
EMAIL, NOTE = 1, 10


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def row(**fields: Any) -> Row:
    plain = {
        "id": 7,
        "created_at": BEGIN,
        "updated_at": at(10_000),
        "state_id": 2,
        "priority": "2 normal",
        "group": "Billing",
        "create_article_sender": "Customer",
        "create_article_type": "email",
    }
    return msgspec.convert({**plain, **fields}, Row)


def turn(minutes: float, before: int, after: int) -> dict[str, Any]:
    """A change of state in a history."""
    told = {"object": "Ticket", "type": "updated", "attribute": "state"}
    return {**told, "id_from": before, "id_to": after, "created_at": at(minutes)}


def move(before: str, after: str) -> dict[str, Any]:
    told = {"object": "Ticket", "type": "updated", "attribute": "group", "created_at": at(1)}
    return {**told, "value_from": before, "value_to": after}


def told(
    *lines: dict[str, Any], said: list[tuple[Any, ...]] | None = None, **fields: Any
) -> Ticket:
    """The record of a ticket with this history. said: minutes, sender, type, whether internal."""
    intake = fields.pop("intake", None)
    articles = {}
    written = []
    for number, (minutes, sender, kind, *internal) in enumerate(said or [(0, CUSTOMER, EMAIL)], 1):
        article = {"id": number, "created_at": at(minutes), "sender_id": sender, "type_id": kind}
        articles[str(number)] = {**article, "internal": bool(internal)}
        line = {"object": "Ticket::Article", "type": "created", "o_id": number}
        written.append({**line, "created_at": at(minutes)})
    created = {"object": "Ticket", "type": "created", "created_at": BEGIN}
    whole = {"history": [created, *written, *lines], "assets": {"TicketArticle": articles}}
    history = msgspec.convert(whole, History)
    found = record(row(**fields), TYPES, intake=intake, history=history)
    assert isinstance(found, Ticket)
    return found


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (1, Status.NEW),
        (2, Status.OPEN),
        (3, Status.PENDING),
        (7, Status.PENDING),
        (4, Status.CLOSED),
        (12, Status.CLOSED),
        (99, Status.OPEN),
    ],
)
def test_a_state_is_read_by_its_type_whatever_it_is_called(state: int, status: Status) -> None:
    assert told(state_id=state).status is status


def test_a_merged_ticket_is_no_ticket_any_more() -> None:
    assert record(row(state_id=5), TYPES) == Removed("7", at(10_000), Removal.MERGED)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("1 low", Priority.LOW),
        ("2 normal", Priority.NORMAL),
        ("3 high", Priority.HIGH),
        ("4 urgent", Priority.URGENT),
        ("4 - Very High", Priority.URGENT),
        ("Montag", Priority.NORMAL),
    ],
)
def test_priorities_are_read_by_their_names(name: str, ours: Priority) -> None:
    assert priority(name) is ours


def test_a_channel_is_what_opened_the_ticket() -> None:
    assert told(create_article_type="whatsapp message").channel is Channel.CHAT
    assert told(create_article_type="note").channel is Channel.OTHER
    assert set(CHANNELS.values()) == set(Channel) - {Channel.API, Channel.OTHER}


def test_user_1_is_nobody() -> None:
    assert [told(owner_id=one).assigned for one in (None, 1, 3)] == [False, False, True]


def test_in_the_intake_a_ticket_has_no_team_yet() -> None:
    assert told(group="Users").team == "Users"
    assert told(group="Users", intake="Users").team is None


# --- closings -------------------------------------------------------------------------------------


def test_each_closing_is_a_solve_and_each_way_back_a_reopening() -> None:
    turns = turn(5, 1, 2), turn(20, 2, 4), turn(50, 4, 2), turn(60, 2, 12), turn(70, 12, 4)
    ticket = told(*turns, close_at=at(20), last_close_at=at(70), state_id=4)
    assert [solve.at for solve in ticket.solves] == [at(20), at(60)]
    assert ticket.first_solved_at == at(20)
    assert ticket.reopens == 1


def test_a_customer_waits_while_a_ticket_is_new_or_open() -> None:
    turns = turn(5, 1, 2), turn(20, 2, 3), turn(50, 3, 2), turn(60.51, 2, 4)
    (solve,) = told(*turns, state_id=4).solves
    assert solve.waited == int(30.51 * 60)
    assert solve.waited_business is None


def test_what_was_created_as_closed_is_solved_when_it_was_created() -> None:
    assert told(state_id=4).solves == (Solve(BEGIN, waited=0, replies=0),)


def test_what_happened_after_the_row_was_listed_is_told_with_the_next_one() -> None:
    said = [(0, CUSTOMER, EMAIL), (5, AGENT, EMAIL), (30, AGENT, EMAIL)]
    ticket = told(turn(40, 2, 4), said=said, updated_at=at(20))
    assert (ticket.solves, ticket.first_response_at) == ((), at(5))
    later = told(turn(40, 2, 4), said=said, updated_at=at(40), state_id=4)
    assert [(solve.at, solve.replies) for solve in later.solves] == [(at(40), 2)]


def test_without_its_history_a_ticket_tells_its_first_and_its_last_closing() -> None:
    """close_at stays after a reopening; only the state says whether the ticket is closed."""
    alone = record(row(close_at=at(20), last_close_at=at(60), first_response_at=at(3)), TYPES)
    assert isinstance(alone, Ticket)
    assert alone.status is Status.OPEN
    assert [solve.at for solve in alone.solves] == [at(20), at(60)]
    assert (alone.first_solved_at, alone.first_response_at) == (at(20), at(3))


def test_a_ticket_that_was_imported_has_a_history_that_does_not_begin() -> None:
    history = msgspec.convert({"history": [turn(60, 2, 4)], "assets": {}}, History)
    ticket = record(row(close_at=at(20), state_id=4), TYPES, history=history)
    assert isinstance(ticket, Ticket)
    assert ticket.solves == (Solve(at(20)),)


@pytest.mark.parametrize(("kind", "told_at"), [("email", None), ("note", at(3))])
def test_an_agents_own_opening_is_no_response(kind: str, told_at: datetime | None) -> None:
    """Zammad sets first_response_at by an opening that went to the customer."""
    opened = {"create_article_sender": "Agent", "create_article_type": kind}
    alone = record(row(first_response_at=at(3), **opened), TYPES)
    assert isinstance(alone, Ticket)
    assert alone.first_response_at == told_at


# --- what was said --------------------------------------------------------------------------------


def test_the_second_message_of_an_agent_answers_a_ticket_that_an_agent_opened() -> None:
    said = [(0, AGENT, EMAIL), (5, AGENT, EMAIL)]
    assert told(said=said, first_response_at=BEGIN).first_response_at == at(5)


def test_notes_internal_messages_and_automatic_replies_are_no_reply() -> None:
    said = [
        (0, CUSTOMER, EMAIL),
        (1, SYSTEM, EMAIL),
        (2, AGENT, NOTE),
        (3, AGENT, EMAIL, True),
        (4, AGENT, EMAIL),
    ]
    assert told(said=said).first_response_at == at(4)


def test_a_customers_note_is_a_message() -> None:
    said = [(0, CUSTOMER, EMAIL), (1, AGENT, EMAIL), (2, CUSTOMER, NOTE), (3, CUSTOMER, EMAIL)]
    said = [*said, (9, AGENT, EMAIL), (11, CUSTOMER, EMAIL)]
    assert told(said=said).exchanges == (Exchange(1, at(2), at(9)), Exchange(2, at(11)))


def test_a_reply_that_closes_its_ticket_is_written_a_moment_after_the_closing() -> None:
    said = [(0, CUSTOMER, EMAIL), (5, AGENT, EMAIL), (20.02, AGENT, EMAIL)]
    (solve,) = told(turn(20, 2, 4), said=said, state_id=4).solves
    assert solve.replies == 2


def test_in_a_chat_replies_in_a_row_are_one() -> None:
    said = [(0, CUSTOMER, 3), (1, AGENT, 3), (2, AGENT, 3), (3, CUSTOMER, 3), (4, AGENT, 3)]
    replies = [
        told(turn(20, 2, 4), said=said, state_id=4, create_article_type=kind).solves[0].replies
        for kind in ("chat", "email")
    ]
    assert replies == [2, 3]


def test_what_came_with_a_merged_ticket_is_not_said_on_this_one() -> None:
    whole = {
        "history": [{"object": "Ticket", "type": "created", "created_at": BEGIN}],
        "assets": {
            "TicketArticle": {
                str(number): {
                    "id": number,
                    "created_at": at(number),
                    "sender_id": AGENT,
                    "type_id": EMAIL,
                }
                for number in (1, 2)
            }
        },
    }
    ticket = record(row(), TYPES, history=msgspec.convert(whole, History))
    assert isinstance(ticket, Ticket)
    assert ticket.first_response_at is None


# --- groups and tags ------------------------------------------------------------------------------


def test_a_reassignment_is_a_change_from_one_team_to_another() -> None:
    moves = move("Users", "Billing"), move("Billing", "Orders"), move("Orders", "Users")
    assert told(*moves).reassignments == 3
    assert told(*moves, intake="Users").reassignments == 1


def test_tags_are_those_that_were_added_and_not_removed() -> None:
    def tag(kind: str, name: str) -> dict[str, Any]:
        line = {"object": "Ticket", "type": kind, "attribute": "tag", "created_at": at(1)}
        return {**line, "value_to": name}

    lines = tag("added", "refund"), tag("added", "vip"), tag("removed", "vip")
    assert told(*lines).tags == {"refund"}
