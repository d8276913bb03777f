"""A ticket as the hostile vendor sends it, and what its words mean in deskpulse's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from connectors import (
    Channel,
    Priority,
    Record,
    Rejection,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
)
from connectors.http import field_of

Instant = Annotated[datetime, msgspec.Meta(tz=True)]

STATUSES: Final = {
    "new": Status.NEW,
    "in_progress": Status.OPEN,
    "waiting": Status.PENDING,
    "on_hold": Status.HOLD,
    "solved": Status.SOLVED,
    "closed": Status.CLOSED,
}
PRIORITIES: Final = {
    "critical": Priority.URGENT,
    "high": Priority.HIGH,
    "medium": Priority.NORMAL,
    "low": Priority.LOW,
}
CHANNELS: Final = {
    "mail": Channel.EMAIL,
    "chat": Channel.CHAT,
    "call": Channel.PHONE,
    "form": Channel.WEB,
    "social": Channel.SOCIAL,
    "api": Channel.API,
}
REMOVALS: Final = {
    "deleted": Removal.DELETED,
    "merged": Removal.MERGED,
    "spam": Removal.SPAM,
}


class Row(msgspec.Struct, frozen=True, gc=False):
    """One ticket of the list. What may be missing has a default."""

    id: int
    created_at: Instant
    updated_at: Instant
    status: str
    state: str = "active"
    priority: str | None = None
    channel: str | None = None
    group: str | None = None
    assignee_id: int | None = None
    first_reply_at: Instant | None = None
    first_solved_at: Instant | None = None
    solved_at: Instant | None = None
    closed_at: Instant | None = None
    reopen_count: int = 0
    group_changes: int = 0
    language: str | None = None
    tags: tuple[str, ...] = ()


class Rows(msgspec.Struct, frozen=True):
    """One answer of the list, its tickets not yet read, so that a malformed one spoils no other."""

    tickets: list[msgspec.Raw]
    next_cursor: str | None = None


class Me(msgspec.Struct, frozen=True):
    """Who is signed in."""

    id: int


class _Named(msgspec.Struct, frozen=True):
    id: int


def read(raws: Sequence[msgspec.Raw]) -> tuple[list[Row], list[Rejection]]:
    """The tickets of an answer, and those that could not be read."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            rows.append(msgspec.json.decode(raw, type=Row))
        except msgspec.ValidationError as error:
            name = str(msgspec.json.decode(raw, type=_Named).id)
            message = f"ticket {name}: {field_of(error)} does not hold what it must"
            rejected.append(Rejection(name, "malformed", message))
    return rows, rejected


def record(row: Row) -> Record:
    """What the ticket says now."""
    if row.state in REMOVALS:
        return Removed(str(row.id), _utc(row.updated_at), REMOVALS[row.state])
    solved_at = row.solved_at or row.closed_at
    first_solved_at = row.first_solved_at or row.closed_at
    return Ticket(
        id=str(row.id),
        created_at=_utc(row.created_at),
        changed_at=_utc(row.updated_at),
        status=STATUSES.get(row.status, Status.OPEN),
        priority=PRIORITIES.get(row.priority or "", Priority.NORMAL),
        channel=CHANNELS.get(row.channel or "", Channel.OTHER),
        team=row.group,
        assigned=row.assignee_id is not None,
        first_response_at=row.first_reply_at and _utc(row.first_reply_at),
        first_solved_at=first_solved_at and _utc(first_solved_at),
        solves=(Solve(_utc(solved_at)),) if solved_at else (),
        reopens=row.reopen_count,
        reassignments=row.group_changes,
        language=row.language,
        tags=row.tags,
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
