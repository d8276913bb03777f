"""What Zammad's words mean in deskpulse's: tables, and tickets read through them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from connectors.customers import Record
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
)
from connectors.zammad import wire
from connectors.zammad.course import Types, articles, is_whole, way
from connectors.zammad.talk import ONE_ACTION, talk

STATES = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "pending reminder": Status.PENDING,
    "pending action": Status.PENDING,
    "closed": Status.CLOSED,
}
REMOVALS = {"merged": Removal.MERGED, "removed": Removal.DELETED}

# By the name without the number before it, which Zammad sorts by.
PRIORITIES = {
    "low": Priority.LOW,
    "normal": Priority.NORMAL,
    "high": Priority.HIGH,
    "very high": Priority.URGENT,
    "urgent": Priority.URGENT,
    "critical": Priority.URGENT,
    "emergency": Priority.URGENT,
}
NUMBERED = re.compile(r"^\d+\s*[-.:]?\s*")

CHANNELS = {
    "email": Channel.EMAIL,
    "phone": Channel.PHONE,
    "web": Channel.WEB,
    "chat": Channel.CHAT,
    "sms": Channel.CHAT,
    "telegram personal-message": Channel.CHAT,
    "whatsapp message": Channel.CHAT,
    "twitter status": Channel.SOCIAL,
    "twitter direct-message": Channel.SOCIAL,
    "facebook feed post": Channel.SOCIAL,
    "facebook feed comment": Channel.SOCIAL,
    "facebook direct-message": Channel.SOCIAL,
}
NOBODY = 1  # the user "-", whom Zammad makes when it is installed

BY_AGENT = "Agent"
NOTE = "note"


def record(
    row: wire.Ticket,
    types: Types,
    *,
    intake: str | None = None,
    history: wire.History | None = None,
    customer: Identity | None = None,
) -> Record:
    """What the ticket says now. history: what happened to it; None: not asked for."""
    state = types.get(row.state_id, "open")
    if state in REMOVALS:
        return Removed(str(row.id), _utc(row.updated_at), REMOVALS[state])
    ticket = Ticket(
        id=str(row.id),
        created_at=_utc(row.created_at),
        changed_at=_utc(row.updated_at),
        status=STATES.get(state, Status.OPEN),
        priority=priority(row.priority),
        channel=CHANNELS.get(row.create_article_type or "", Channel.OTHER),
        team=None if row.group == intake else row.group,
        assigned=row.owner_id not in (None, NOBODY),
        customer=customer,
    )
    if history is None or not is_whole(history):
        return _by_itself(ticket, row)
    return _by_history(ticket, row, history, types, intake)


def is_removed(row: wire.Ticket, types: Types) -> bool:
    """Whether it no longer counts as a ticket."""
    return types.get(row.state_id) in REMOVALS


def priority(name: str) -> Priority:
    """Which of ours a priority is; one of the desk's own making is a normal one."""
    return PRIORITIES.get(NUMBERED.sub("", name.strip().lower()), Priority.NORMAL)


def _by_itself(ticket: Ticket, row: wire.Ticket) -> Ticket:
    """With the first and the last of its closings, and a first response that is none of an
    agent's own opening."""
    closings = {at for at in (row.close_at, row.last_close_at) if at is not None}
    is_own = row.create_article_sender == BY_AGENT and row.create_article_type != NOTE
    response = None if is_own else row.first_response_at
    return replace(
        ticket,
        first_response_at=response and _utc(response),
        first_solved_at=row.close_at and _utc(row.close_at),
        solves=tuple(Solve(_utc(at)) for at in sorted(closings)),
    )


def _by_history(
    ticket: Ticket, row: wire.Ticket, history: wire.History, types: Types, intake: str | None
) -> Ticket:
    went, said = way(row, history, types, intake), talk(articles(row, history))
    merged = ticket.channel is Channel.CHAT
    solves = tuple(
        Solve(
            _utc(at),
            waited=went.course.waited(at),
            replies=said.replies_until(at + ONE_ACTION, merged=merged),
        )
        for at in went.course.solves
    )
    return replace(
        ticket,
        first_response_at=said.first_response_at,
        first_solved_at=solves[0].at if solves else None,
        solves=solves,
        reopens=went.course.reopens,
        reassignments=went.reassignments,
        exchanges=said.exchanges,
        tags=went.tags,
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
