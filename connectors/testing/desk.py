"""What a virtual desk is: stories of tickets and of customers on a clock, told only as far as the
clock has come.

A `Story` holds everything that ever happens to one ticket, a `Patron` everything that a customer
ever buys, the future included. Whoever tells it (a simulator, the truth) looks only at events whose
instant the clock has reached. Instants have a resolution of one second and are aware UTC.
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


class Deal(StrEnum):
    """What can happen to a subscription, and what the dealing's `value` then means.

    Prices are written as in `connectors.testing.prices`: "team 49.00 EUR month 1 x5 -20%".
    """

    TRIAL = "trial"  # tried for nothing; value: the price that is to be paid afterwards
    PAID = "paid"  # paid for, from the first time on; value: its price
    PRICED = "priced"  # value: its price from now on, of whatever plan
    LATE = "late"  # a payment is past due
    SETTLED = "settled"  # what was past due is paid
    ANNOUNCED = "announced"  # it will end; value: when, as an ISO 8601 instant, or ""
    WITHDRAWN = "withdrawn"  # that announcement is taken back
    ENDED = "ended"  # for ever; value: a word of `connectors.Ending`, "" where nobody asked
    SURVEYED = "surveyed"  # of no subscription (0); value: as of `Kind.RATED`


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
    customer: the id of the `Patron` whose ticket it is; 0: nobody knows.
    """

    id: int
    created_at: datetime
    channel: str
    opened_by: Role
    events: tuple[Event, ...]
    tags: tuple[str, ...] = ()
    language: str = ""
    customer: int = 0

    @property
    def instants(self) -> tuple[datetime, ...]:
        """When it appears, and then of each event when it happens."""
        return tuple(event.at for event in self.events)


@dataclass(frozen=True, slots=True)
class Dealing:
    """One thing that a customer did, or that was done to it."""

    at: datetime
    kind: Deal
    subscription: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Patron:
    """One customer's whole life. Dealings are sorted by instant; equal instants keep their order.

    id: counts up in the order in which customers appear on the desk, which is at `created_at`.
    external_id, domains: by what other systems know it, "" and () where by nothing.
    events: the number of a subscription is unique on the desk; of two of one customer the later
        has the greater.
    """

    id: int
    created_at: datetime
    external_id: str
    domains: tuple[str, ...]
    events: tuple[Dealing, ...] = ()

    @property
    def instants(self) -> tuple[datetime, ...]:
        """When it appears, and then of each dealing when it happens."""
        return (self.created_at, *(dealing.at for dealing in self.events))


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

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Every customer that appears at or before `until`, by id."""

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """Each customer that appears or deals in (after, until], once, with the last such instant,
        ordered by (instant, id)."""
