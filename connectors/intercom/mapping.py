"""What Intercom's conversations mean in deskpulse's words.

A conversation that we began is a request from the customer's first message on, and none before:
Intercom's statistics begin there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from connectors import customfields
from connectors.intercom import wire
from connectors.intercom.settings import IntercomSettings
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Rating,
    Solve,
    Status,
    Survey,
    Ticket,
)

STATUSES: Final = {
    "open": Status.OPEN,
    "snoozed": Status.PENDING,
    "closed": Status.CLOSED,
}
PRIORITIES: Final = {"priority": Priority.HIGH}
CHANNELS: Final = {
    "conversation": Channel.CHAT,
    "whatsapp": Channel.CHAT,
    "sms": Channel.CHAT,
    "email": Channel.EMAIL,
    "facebook": Channel.SOCIAL,
    "instagram": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "phone_call": Channel.PHONE,
    "phone_switch": Channel.PHONE,
}
OURS: Final = frozenset({"admin_initiated", "campaigns_initiated", "automated"})
"""How a conversation was begun, where it was we who began it."""

BEST: Final = 5
NO_STATISTICS: Final = wire.Statistics()


def ticket(
    row: wire.Conversation, teams: Mapping[int, str], settings: IntercomSettings
) -> Ticket | None:
    """What a conversation says now; None: we began it, and nobody has answered. `teams` names
    every team that occurs."""
    begun = begun_at(row)
    if begun is None:
        return None
    told = row.statistics or NO_STATISTICS
    closings = (_after(begun, told.first_close_at), _after(begun, told.last_close_at))
    attributes = _attributes(row)
    return Ticket(
        id=row.id,
        created_at=_utc(begun),
        changed_at=_utc(row.updated_at),
        status=STATUSES.get(row.state, Status.OPEN),
        priority=PRIORITIES.get(row.priority or "", Priority.NORMAL),
        channel=_channel(row),
        team=teams[row.team_assignee_id] if row.team_assignee_id else None,
        assigned=bool(row.admin_assignee_id),
        first_response_at=_after(begun, told.first_admin_reply_at),
        first_solved_at=closings[0],
        solves=tuple(Solve(at) for at in sorted({at for at in closings if at is not None})),
        reopens=told.count_reopens or 0,
        offered=row.conversation_rating is not None,
        ratings=_ratings(row.conversation_rating, begun),
        language=_language(attributes, settings),
        customer=_customer(row.company),
        tags=tuple(tag.name for tag in row.tags.tags) if row.tags else (),
        fields={name: attributes[name] for name in settings.attributes if name in attributes},
    )


def begun_at(row: wire.Conversation) -> int | None:
    """When it became a request; None: it is none, for we began it and nobody has answered."""
    if row.source is None or row.source.delivered_as not in OURS:
        return row.created_at
    return row.statistics.first_contact_reply_at if row.statistics else None


def _channel(row: wire.Conversation) -> Channel:
    way = row.source.type if row.source else None
    return CHANNELS.get(way or "", Channel.OTHER)


def _ratings(told: wire.Rating | None, begun_at: int) -> tuple[Rating, ...]:
    if told is None or told.rating is None:
        return ()
    at = None if told.updated_at is None else _utc(max(told.updated_at, begun_at))
    return (Rating(Survey.SATISFACTION, told.rating, BEST, at),)


def _customer(company: wire.Company | None) -> Identity | None:
    """By what other systems know the company; None: by nothing."""
    if company is None:
        return None
    number, host = (company.company_id or "").strip(), _host(company.website or "")
    known = Identity((number,) if number else (), (host,) if host else ())
    return known if number or host else None


def _host(website: str) -> str:
    """The domain of a web address that anybody may have typed; "" where there is none."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    return host if "." in host else ""


def _attributes(row: wire.Conversation) -> Mapping[str, str | tuple[str, ...]]:
    return {
        name: customfields.chosen(value)
        for name, value in (row.custom_attributes or {}).items()
        if value not in (None, "", []) and not isinstance(value, dict)
    }


def _language(
    attributes: Mapping[str, str | tuple[str, ...]], settings: IntercomSettings
) -> str | None:
    name = settings.language_attribute
    return customfields.language(customfields.alone(attributes.get(name))) if name else None


def _after(begun_at: int, at: int | None) -> datetime | None:
    """An instant of the request; None where there is none, or where it is older than the request,
    as the closing of a message that nobody had answered yet."""
    return None if at is None or at < begun_at else _utc(at)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
