"""What a vendor can tell of its tickets, how well, and what it says to have counted itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal


class Fact(StrEnum):
    """What a vendor may be able to tell of a ticket. Each feeds the metrics of the same name."""

    CREATED = "created"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    FIRST_RESOLUTION = "first_resolution"
    SOLVED = "solved"
    REQUESTER_WAIT = "requester_wait"
    REPLIES = "replies"
    REOPENED = "reopened"
    REASSIGNED = "reassigned"
    OPEN = "open"
    UNASSIGNED = "unassigned"
    AWAITING_FIRST_RESPONSE = "awaiting_first_response"
    AWAITING_REPLY = "awaiting_reply"
    OFFERED = "offered"
    SATISFACTION = "satisfaction"
    RECOMMENDATION = "recommendation"
    EFFORT = "effort"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Told:
    """How well a vendor tells a fact: `precision` in seconds (durations are rounded down to it)."""

    precision: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a source can tell, declared before anything is read from it.

    told: the facts it tells; a fact that is not here has no series.
    untold: for every other fact, the reason, in words for a person.
    history: `events` where every transition is told whenever we poll; `state` where only the
        present is told, so that what happened and was undone between two polls is unseen.
    lag: how far behind its own clock the vendor's answers are complete.
    first_solve_survives_reopening: whether `first_solved_at` is still told after a reopen.
    chat_replies_merge: whether consecutive replies in a chat count as one in `Solve.replies`.
    closings: whether a ticket that is closed without ever having been solved tells when it was.
    instead: our words that the vendor has none for, and ours that it comes with in their place:
        `{"hold": "open", "api": "other"}`.
    notes: the vendor's own definitions where they differ from docs/semantics.md.
    """

    told: Mapping[Fact, Told]
    untold: Mapping[Fact, str] = field(default_factory=dict)
    history: Literal["events", "state"] = "state"
    lag: timedelta = timedelta(0)
    first_solve_survives_reopening: bool = True
    chat_replies_merge: bool = True
    closings: bool = True
    instead: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A count of the vendor's own, to hold ours against.

    fact: `CREATED`, `SOLVED` (tickets by the instant of their last solve) or `OPEN` (now); each
        without deleted tickets, merged ones and spam.
    label: what the vendor was asked, in words for a person.
    moving: how many tickets the vendor changed after the period, so that its count may have moved.
    """

    fact: Fact
    label: str
    count: int
    moving: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A duration that the vendor measured by itself, of a ticket that it still shows.

    fact: `FIRST_RESPONSE`, `FIRST_RESOLUTION`, `SOLVED` (up to the last solve) or
        `REQUESTER_WAIT` (at the last solve, while it stands).
    changed_at: when the vendor last changed the ticket.
    at: of `SOLVED` and `REQUESTER_WAIT`, the instant of the solve.
    seconds: rounded down to `precision`; None: the vendor has none.
    business: whether it is on the vendor's own business clock.
    unsolved: of `SOLVED`, that the ticket was closed without having been solved.
    """

    ticket: str
    changed_at: datetime
    fact: Fact
    seconds: int | None
    business: bool = False
    at: datetime | None = None
    precision: int = 1
    unsolved: bool = False
