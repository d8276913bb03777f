"""What a virtual desk is: stories of tickets on a clock, told only as far as the clock has come.

A `Story` holds everything that ever happens to one ticket, the future included. Whoever tells it
(a simulator, the truth) looks only at events whose instant the clock has reached. Instants have a
resolution of one second and are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connectors.testing.hours import Hours


class Kind(StrEnum):
    """What can happen to a ticket, and what the event's `value` then means."""

    OPENED = "opened"  # the ticket appears; always the first event of a story
    COMMENT = "comment"  # value: "" or "merged" for a comment that came in with a merged ticket
    STATUS = "status"  # value: new, open, pending, hold, solved, closed
    STAMP = "stamp"  # value: solved or closed; the instant that the vendor writes down for it
    REOPENED = "reopened"  # the vendor's own count of reopens goes up by one
    TEAM = "team"  # value: the team's name, "" for none
    PRIORITY = "priority"  # value: urgent, high, normal, low
    ASSIGNED = "assigned"  # value: "yes" or ""
    MERGED = "merged"  # value: the id of the ticket it went into
    SPAM = "spam"
    DELETED = "deleted"
    OFFERED = "offered"  # the customer is asked for a rating
    RATED = "rated"  # value: survey, score and best score, as in "satisfaction 1 1", "effort 6 7"


class Role(StrEnum):
    """Who did it."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `public` says of a comment whether the customer can see it."""

    at: datetime
    kind: Kind
    role: Role
    value: str = ""
    public: bool = True


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket's whole life. Events are sorted by instant; equal instants keep their order.

    id: counts up in the order in which the tickets appear on the desk.
    created_at: what the vendor says of its creation (a replayed log may say so a little before
        or after the ticket appears, which is at `events[0].at`).
    opened_by: who wrote the first message; it comes as a COMMENT event at the instant of OPENED.
    tags, language: what the ticket is about and in which language, from the start.
    """

    id: int
    created_at: datetime
    channel: str
    opened_by: Role
    events: tuple[Event, ...]
    tags: tuple[str, ...] = ()
    language: str = ""


class Desk(Protocol):
    """A helpdesk whose whole past and future is fixed and that is read on a clock."""

    @property
    def teams(self) -> Sequence[str]:
        """Every team that a story may name, in a stable order."""

    @property
    def hours(self) -> Hours | None:
        """The business hours of the vendor's account; None: it is always open."""

    @property
    def begins(self) -> datetime:
        """No event is earlier."""

    @property
    def ends(self) -> datetime | None:
        """The last event of a desk that ends, else None."""

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story whose first event is at or before `until`, by id."""

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with its last event's instant in that
        range, ordered by (instant, id)."""
