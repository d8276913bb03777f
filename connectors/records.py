"""What a vendor says now, in deskpulse's own words.

A record is a frozen statement about one subject. It carries no person's data: no subject line, no
body, no requester, no agent. Every instant is aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a ticket stands. `SOLVED` and `CLOSED` are no longer backlog."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether a ticket in this status counts as backlog."""
        return self not in (Status.SOLVED, Status.CLOSED)


class Priority(StrEnum):
    """How urgent a ticket is. A vendor without a priority on a ticket gives `NORMAL`."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Channel(StrEnum):
    """The way a ticket came in."""

    EMAIL = "email"
    CHAT = "chat"
    PHONE = "phone"
    WEB = "web"
    SOCIAL = "social"
    API = "api"
    OTHER = "other"


class Removal(StrEnum):
    """Why a ticket no longer counts as one."""

    DELETED = "deleted"
    MERGED = "merged"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as its vendor tells it now.

    id: the vendor's own id, unique within the source.
    changed_at, revision: the version; of two statements about one ticket the greater is the newer.
        `revision` breaks ties within `changed_at` where the vendor counts its changes.
    team: the group that holds the ticket, by its display name; None when it has none.
    assigned: whether one agent holds it.
    first_response_at: first public reply by a human agent (docs/semantics.md); None: not yet, or
        not told.
    first_solved_at: when it was first solved; None: not yet, or not told.
    solved_at: every instant of a solve that the vendor tells now, in any order; most tell the last.
        A ticket closed without having been solved gives the instant of closing.
    reopens: how often it came back after a solve, by the vendor's count.
    """

    id: str
    created_at: datetime
    changed_at: datetime
    status: Status
    priority: Priority
    channel: Channel
    team: str | None
    assigned: bool
    first_response_at: datetime | None = None
    first_solved_at: datetime | None = None
    solved_at: tuple[datetime, ...] = ()
    reopens: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    """The vendor says that this ticket is gone: deleted, merged into another, or spam.

    The same versioning as `Ticket`: a later `Ticket` of the same id brings it back.
    """

    id: str
    changed_at: datetime
    why: Removal
    revision: int = 0


Record = Ticket | Removed
