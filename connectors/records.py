"""What a vendor says now, in deskpulse's own words.

A record is a frozen statement about one subject. It carries no person's data: no subject line, no
body, no requester, no agent. Every instant is aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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


class Survey(StrEnum):
    """What a customer was asked: how it was, whether they would recommend us, how hard it was."""

    SATISFACTION = "satisfaction"
    RECOMMENDATION = "recommendation"
    EFFORT = "effort"


@dataclass(frozen=True, slots=True)
class Solve:
    """One solve of a ticket; of a ticket closed without having been solved, its closing.

    waited, waited_business: seconds that the customer had waited up to then (the ticket being new,
        open or on hold), by the calendar and by the vendor's own schedule; None: not told.
    replies: public replies by human agents up to then; None: not told.
    """

    at: datetime
    waited: int | None = None
    waited_business: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A customer's public message after the first response, and the agent's public reply to it.

    number: the vendor's own count, which names the exchange within its ticket. Of several
        unanswered messages only the first is an exchange.
    asked_at, answered_at: None: not yet, or told by another record.
    """

    number: int
    asked_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """A customer's answer to a survey about a ticket. An offer that nobody answered is none.

    score, best: the answer, and the best answer that the scale has. Satisfaction is 0 or 1 of 1
        (bad, good), or 1 to 5 of 5; recommendation 0 to 10 of 10; effort 1 to 5 of 5 or 1 to 7 of
        7, where the best is the least effort.
    at: when it was given; None where the vendor does not tell. A changed answer is another rating.
    """

    survey: Survey
    score: int
    best: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """By what the customer of a ticket, or a customer itself, is known to other systems. Stored as
    keyed hashes only.

    external_ids: ids that another system gave it. domains: of its mail and web addresses. Of the
        customer of a ticket the first of each counts.
    """

    external_ids: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


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
    solves: every solve whose instant the vendor tells now, in any order; most tell the last.
    reopens: how often it came back after a solve, by the vendor's count.
    reassignments: how often it went from one team to another.
    offered: whether the customer was asked for a rating.
    exchanges, ratings: what this record tells of them; `Supplement` may tell more.
    language: as an IETF tag; None: not told.
    customer: who asked, as a company and never as a person; None: nobody known, or not told.
    tags, fields: what categories are made from; they are never stored. The value of a field of
        which several may be chosen is a tuple, in the order that the vendor tells.
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
    solves: tuple[Solve, ...] = ()
    reopens: int = 0
    revision: int = 0
    reassignments: int = 0
    offered: bool = False
    exchanges: tuple[Exchange, ...] = ()
    ratings: tuple[Rating, ...] = ()
    language: str | None = None
    customer: Identity | None = None
    tags: Collection[str] = ()
    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values of a field: none, one, or several of a multiple choice."""
        value = self.fields.get(name, ())
        return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Supplement:
    """What a vendor tells of a ticket elsewhere than on the ticket: facts that only ever add up.

    It may come before its ticket or after it, in parts and repeatedly. It has no version.
    """

    id: str
    exchanges: tuple[Exchange, ...] = ()
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """The vendor says that this ticket is gone: deleted, merged into another, or spam.

    The same versioning as `Ticket`: a later `Ticket` of the same id brings it back.
    """

    id: str
    changed_at: datetime
    why: Removal
    revision: int = 0


OfTicket = Ticket | Supplement | Removed
"""What is told of tickets."""
