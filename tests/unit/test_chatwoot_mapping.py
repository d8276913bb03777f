"""What Chatwoot's conversations, messages and events mean: its words, and each of its traps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.chatwoot.mapping import CHANNELS, Details, is_settled, rating, ticket
from connectors.chatwoot.wire import Answered, Conversation, Event, Message
from connectors.records import (
    Channel,
    Exchange,
    Identity,
    Priority,
    Rating,
    Status,
    Supplement,
    Survey,
    Ticket,
)

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST = int(BEGIN.timestamp())
CUSTOMER = {"message_type": 0, "sender": {"type": "contact"}}
AGENT = {"message_type": 1, "sender": {"type": "user"}}
BOT = {"message_type": 1, "sender": {"type": "agent_bot"}}
RULE = {**AGENT, "content_attributes": {"automation_rule_id": 4}}
ECHO = {"message_type": 1, "content_attributes": {"external_echo": True}}
ACTIVITY = {"message_type": 2}
GREETING = {"message_type": 3}


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def row(**fields: Any) -> Conversation:
    plain = {
        "id": 12,
        "created_at": FIRST,
        "last_activity_at": FIRST + 600_000,
        "status": "open",
        "meta": {"channel": "Channel::Email"},
    }
    return msgspec.convert({**plain, **fields}, Conversation)


def messages(*written: tuple[int, dict[str, Any]]) -> list[Message]:
    told = [
        {"id": number, "created_at": FIRST + 60 * minute, **how}
        for number, (minute, how) in enumerate(written, 1)
    ]
    return msgspec.convert(told, list[Message])


def resolved(*minutes: float) -> list[Event]:
    return [Event("conversation_resolved", at(one)) for one in minutes]


def told(*written: tuple[int, dict[str, Any]], events: Any = None, **fields: Any) -> Ticket:
    details = Details(messages(*(written or ((0, CUSTOMER),))), events or [])
    return ticket(row(**fields), details, "crm_id")


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("pending", Status.NEW),
        ("open", Status.OPEN),
        ("snoozed", Status.PENDING),
        ("resolved", Status.CLOSED),
        ("parked", Status.OPEN),
    ],
)
def test_statuses(status: str, ours: Status) -> None:
    assert told(status=status).status is ours


def test_a_conversation_without_a_priority_is_a_normal_one() -> None:
    named = [told(priority=one).priority for one in (None, "medium", "urgent")]
    assert named == [Priority.NORMAL, Priority.NORMAL, Priority.URGENT]


def test_channels_are_kinds_of_inboxes() -> None:
    assert told(meta={"channel": "Channel::Whatsapp"}).channel is Channel.CHAT
    assert told(meta={}).channel is Channel.OTHER
    assert set(CHANNELS.values()) == set(Channel) - {Channel.WEB, Channel.OTHER}


def test_a_bot_that_holds_a_conversation_is_no_agent() -> None:
    agent, bot = {"assignee": {"id": 3}}, {"assignee": {"id": 1}, "assignee_type": "AgentBot"}
    assert [told(meta=one).assigned for one in ({}, agent, bot)] == [False, True, False]


@pytest.mark.parametrize(
    ("attributes", "language"),
    [
        ({"browser_language": "de"}, "de"),
        ({"conversation_language": "pt_BR", "browser_language": "de"}, "pt-BR"),
        ({"browser_language": "a b"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_language_that_was_detected_goes_before_the_browsers(
    attributes: dict[str, str] | None, language: str | None
) -> None:
    assert told(additional_attributes=attributes).language == language


def test_a_company_is_known_by_the_attribute_of_its_contact() -> None:
    sender = {"custom_attributes": {"crm_id": 4711, "phone": "1"}, "email": "a@example.org"}
    assert told(meta={"sender": sender}).customer == Identity(("4711",))
    assert told(meta={"sender": {"custom_attributes": {}}}).customer is None


# --- what was said --------------------------------------------------------------------------------


def test_only_what_a_person_of_the_team_wrote_to_the_customer_is_a_reply() -> None:
    private = {**AGENT, "private": True}
    others = (1, GREETING), (2, BOT), (3, RULE), (4, private), (5, ACTIVITY)
    assert told((0, CUSTOMER), *others).first_response_at is None
    assert told((0, CUSTOMER), *others, (6, AGENT)).first_response_at == at(6)
    assert told((0, CUSTOMER), *others, (7, ECHO)).first_response_at == at(7)


def test_the_message_with_which_an_agent_began_is_no_response() -> None:
    """Chatwoot sets first_reply_created_at by it."""
    began = told((0, AGENT), first_reply_created_at=FIRST)
    assert began.first_response_at is None
    assert told((0, AGENT), (9, AGENT)).first_response_at == at(9)


def test_exchanges_begin_after_the_first_response() -> None:
    written = (0, CUSTOMER), (1, CUSTOMER), (2, AGENT), (5, CUSTOMER), (6, CUSTOMER), (8, AGENT)
    assert told(*written, (9, CUSTOMER)).exchanges == (
        Exchange(1, at(5), at(8)),
        Exchange(2, at(9)),
    )


def test_what_was_written_after_the_row_was_listed_comes_with_the_next_one() -> None:
    row_at = {"last_activity_at": FIRST + 60}
    assert told((0, CUSTOMER), (5, AGENT), **row_at).first_response_at is None


def test_a_survey_that_was_sent_is_an_offer() -> None:
    survey = {**GREETING, "content_type": "input_csat"}
    assert (told().offered, told((0, CUSTOMER), (3, survey)).offered) == (False, True)


# --- resolutions ----------------------------------------------------------------------------------


def test_each_event_is_a_solve_and_each_but_the_first_a_reopening_before_it() -> None:
    done = told(events=resolved(20, 50), status="resolved")
    assert [solve.at for solve in done.solves] == [at(20), at(50)]
    assert (done.first_solved_at, done.reopens) == (at(20), 1)
    assert told(events=resolved(20, 50)).reopens == 2


def test_an_event_that_was_written_twice_is_one() -> None:
    assert len(told(events=resolved(20, 20.001), status="resolved").solves) == 1


def test_replies_are_counted_up_to_each_resolution_and_in_a_chat_by_turns() -> None:
    written = (0, CUSTOMER), (1, AGENT), (2, AGENT), (3, CUSTOMER), (30, AGENT)
    done = {"events": resolved(20, 40), "status": "resolved"}
    chat = told(*written, meta={"channel": "Channel::WebWidget"}, **done)
    assert [solve.replies for solve in chat.solves] == [1, 2]
    assert [solve.replies for solve in told(*written, **done).solves] == [2, 3]


def test_a_resolution_after_the_row_was_listed_is_no_reopening_of_it() -> None:
    early = told(events=resolved(20), last_activity_at=FIRST + 600)
    assert (early.solves, early.reopens) == ((), 0)


@pytest.mark.parametrize(
    ("status", "events", "settled"),
    [
        ("open", [], True),
        ("resolved", [], False),
        ("resolved", [20], True),
        ("resolved", [3], False),
    ],
)
def test_a_resolution_is_settled_when_its_event_is_there(
    status: str, events: list[float], *, settled: bool
) -> None:
    written = messages((0, CUSTOMER), (5, AGENT))
    assert is_settled(row(status=status), Details(written, resolved(*events))) is settled


def test_a_rating_belongs_to_its_conversation() -> None:
    given = Rating(Survey.SATISFACTION, 4, 5, BEGIN)
    assert rating(Answered(9, 12, 4, FIRST)) == Supplement("12", ratings=(given,))
