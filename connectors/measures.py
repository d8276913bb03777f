"""What a vendor can tell of tickets and customers, how well, and what it counted itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from connectors.records import Removal


class Fact(StrEnum):
    """What a vendor may be able to tell of a ticket, or of a customer. Each feeds the metrics of
    the same name."""

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
    CUSTOMER = "customer"
    CUSTOMERS = "customers"
    CHURN_REASON = "churn_reason"
    REVENUE = "revenue"
    TRIALS = "trials"
    ENDING = "ending"
    PAST_DUE = "past_due"


OF_CUSTOMERS: Final = frozenset(
    {
        Fact.CUSTOMERS,
        Fact.CHURN_REASON,
        Fact.REVENUE,
        Fact.TRIALS,
        Fact.ENDING,
        Fact.PAST_DUE,
    }
)
"""What is told of customers, where `customers` is: that they start and leave. All else is told of
tickets, where `created` is; answers to surveys may be of either."""

SURVEYS: Final = (Fact.OFFERED, Fact.SATISFACTION, Fact.RECOMMENDATION, Fact.EFFORT)
"""What only a vendor with surveys can tell."""


@dataclass(frozen=True, slots=True)
class Told:
    """How well a vendor tells a fact: `precision` in seconds (durations are rounded down to it)."""

    precision: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a source can tell, declared before anything is read from it.

    told: the facts it tells; a fact that is not here has no series.
    untold: for every other fact of tickets (where any is told) and of customers (likewise), the
        reason, in words for a person.
    history: `events` where every transition is told whenever we poll; `state` where only the
        present is told, so that what happened and was undone between two polls is unseen.
    lag: how far behind its own clock the vendor's answers are complete.
    first_solve_survives_reopening: whether `first_solved_at` is still told after a reopen.
    both_solves: whether `solves` tells the first one too where that was not the last.
    solves_survive_reopening: whether the last of `solves` is still told after a reopen.
    chat_replies_merge: whether consecutive replies in a chat count as one in `Solve.replies`.
    business_waits: whether `Solve.waited_business` is told where `Solve.waited` is.
    teams: whether tickets are held by teams; else each is told without one.
    removals: whether a ticket that is removed is told as such; else it is told no more, and counts
        on as it was last told.
    vanishing: the kinds of removal of which this is true, where others are told.
    merges: whether a ticket that went into another is told as such; else it counts on as what it
        is told to be, which is mostly closed.
    outbound: whether a ticket that an agent began is told from its creation on; else it is one
        from the customer's first message on, and none without any.
    closings: whether a ticket that is closed without ever having been solved tells when it was.
    instead: our words that the vendor has none for, and ours that it comes with in their place:
        `{"hold": "open", "api": "other"}`.
    answers: `events` where every answer to a survey of satisfaction is told; `state` where only the
        last one of a ticket is.
    prices: `events` where every price of a subscription is told with its instant; `state` where
        only the present one is, and a change is dated by the last change of the subscription.
    notes: the vendor's own definitions where they differ from docs/semantics.md.
    """

    told: Mapping[Fact, Told]
    untold: Mapping[Fact, str] = field(default_factory=dict)
    history: Literal["events", "state"] = "state"
    lag: timedelta = timedelta(0)
    first_solve_survives_reopening: bool = True
    both_solves: bool = False
    solves_survive_reopening: bool = True
    chat_replies_merge: bool = True
    business_waits: bool = True
    teams: bool = True
    removals: bool = True
    merges: bool = True
    vanishing: frozenset[Removal] = frozenset()
    outbound: bool = True
    closings: bool = True
    instead: Mapping[str, str] = field(default_factory=dict)
    answers: Literal["events", "state"] = "state"
    prices: Literal["events", "state"] = "state"
    notes: tuple[str, ...] = ()

    @property
    def lacking(self) -> frozenset[Fact]:
        """The facts that are not told and for which a reason is due."""
        due = {fact for fact in Fact if fact not in OF_CUSTOMERS and Fact.CREATED in self.told}
        if Fact.CUSTOMERS in self.told:
            due |= OF_CUSTOMERS
        return frozenset(due - self.told.keys())


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
