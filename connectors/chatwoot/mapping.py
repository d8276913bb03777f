"""What Chatwoot's words mean in deskpulse's: tables, and conversations read through them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors import talks
from connectors.chatwoot.wire import Answered, Conversation, Event, Message, Meta, instant
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Rating,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
)

RESOLVED = "resolved"

# A conversation that is pending is with a bot, and nobody of the team has seen it.
STATUSES = {
    "pending": Status.NEW,
    "open": Status.OPEN,
    "snoozed": Status.PENDING,
    RESOLVED: Status.CLOSED,
}
PRIORITIES = {
    "urgent": Priority.URGENT,
    "high": Priority.HIGH,
    "medium": Priority.NORMAL,
    "low": Priority.LOW,
}
CHANNELS = {
    "Channel::WebWidget": Channel.CHAT,
    "Channel::Whatsapp": Channel.CHAT,
    "Channel::Telegram": Channel.CHAT,
    "Channel::Line": Channel.CHAT,
    "Channel::Sms": Channel.CHAT,
    "Channel::TwilioSms": Channel.CHAT,
    "Channel::Email": Channel.EMAIL,
    "Channel::Voice": Channel.PHONE,
    "Channel::FacebookPage": Channel.SOCIAL,
    "Channel::Instagram": Channel.SOCIAL,
    "Channel::Tiktok": Channel.SOCIAL,
    "Channel::TwitterProfile": Channel.SOCIAL,
    "Channel::Api": Channel.API,
}
BOT = "AgentBot"

INCOMING, OUTGOING = 0, 1
AGENT = "user"
SURVEY = "input_csat"
BEST = 5

RESOLUTION = "conversation_resolved"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Details:
    """What is asked of one conversation. events: None: they are not read."""

    messages: Sequence[Message]
    events: Sequence[Event] | None


def ticket(row: Conversation, details: Details, attribute: str | None = None) -> Ticket:
    """What a conversation says now. attribute: of the contact, by which its company is known."""
    said = talk(row, details.messages)
    channel = CHANNELS.get(row.meta.channel or "", Channel.OTHER)
    merged = channel is Channel.CHAT
    ends = resolutions(row, details.events or ())
    return Ticket(
        id=str(row.id),
        created_at=instant(row.created_at),
        changed_at=instant(row.changed),
        status=STATUSES.get(row.status, Status.OPEN),
        priority=PRIORITIES.get(row.priority or "", Priority.NORMAL),
        channel=channel,
        team=row.meta.team.name if row.meta.team else None,
        assigned=row.meta.assignee is not None and row.meta.assignee_type != BOT,
        first_response_at=said.first_response_at,
        first_solved_at=ends[0] if ends else None,
        solves=tuple(Solve(at, replies=said.replies_until(at, merged=merged)) for at in ends),
        reopens=reopens(row, ends),
        offered=any(one.content_type == SURVEY for one in details.messages),
        exchanges=said.exchanges,
        language=language(row),
        customer=customer(row.meta, attribute),
        tags=row.labels,
    )


def talk(row: Conversation, messages: Sequence[Message]) -> talks.Talk:
    """What was said up to the row. The message that began it is no reply, whoever wrote it."""
    people = [
        talks.Message(instant(one.created_at), is_of_agent(one))
        for one in sorted(messages, key=lambda one: (one.created_at, one.id))
        if one.created_at <= row.changed and (one.message_type == INCOMING or is_of_agent(one))
        if not one.private
    ]
    return talks.talk(people[1:])


def is_of_agent(message: Message) -> bool:
    """Whether a person of the team wrote it to the customer, and neither a bot nor a rule."""
    if message.message_type != OUTGOING or message.private:
        return False
    how = message.content_attributes
    if how is not None and how.automation_rule_id is not None:
        return False
    echo = how is not None and how.external_echo
    return echo or (message.sender is not None and message.sender.type == AGENT)


def resolutions(row: Conversation, events: Sequence[Event]) -> list[datetime]:
    """When it was resolved, up to the row; of an event that was written twice, once."""
    ends = {
        one.event_end_time.astimezone(UTC).replace(microsecond=0)
        for one in events
        if one.name == RESOLUTION and one.event_end_time is not None
    }
    if row.status == RESOLVED:
        return sorted(ends)
    return sorted(at for at in ends if at.timestamp() <= row.changed)


def reopens(row: Conversation, ends: Sequence[datetime]) -> int:
    """How often it came back: before each further resolution, and where it is resolved no more.
    Older versions write no event for it."""
    return max(len(ends) - (row.status == RESOLVED), 0)


def is_settled(row: Conversation, details: Details) -> bool:
    """Whether the event of its resolution is there, which a job writes a little later."""
    if row.status != RESOLVED or details.events is None:
        return True
    people = [one for one in details.messages if one.message_type in (INCOMING, OUTGOING)]
    last = max((one.created_at for one in people), default=row.created_at)
    return any(at.timestamp() >= last for at in resolutions(row, details.events))


def language(row: Conversation) -> str | None:
    """The language that was detected, else the browser's."""
    told = row.additional_attributes
    found = told and (told.conversation_language or told.browser_language)
    text = (found or "").strip().replace("_", "-")
    return text if LANGUAGE.fullmatch(text) else None


def customer(meta: Meta, attribute: str | None) -> Identity | None:
    """By what other systems know the company of whoever asked; None: by nothing."""
    told = meta.sender.custom_attributes if attribute and meta.sender else None
    value = (told or {}).get(attribute or "")
    text = str(value).strip() if isinstance(value, str | int) else ""
    return Identity((text,)) if text else None


def rating(row: Answered) -> Supplement:
    """A customer's answer, which belongs to its conversation."""
    given = Rating(Survey.SATISFACTION, row.rating, BEST, instant(row.created_at))
    return Supplement(str(row.conversation_id), ratings=(given,))
