"""What is known of a ticket, and the facts that were counted for it. Pure.

Instants and durations are milliseconds; words are those of the store.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from connectors import Fact
from exporter.definition import Target

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """An aware instant as Unix milliseconds."""
    return (instant - _EPOCH) // _MILLISECOND


class Extra(StrEnum):
    """Observations that no vendor tells as such: about the telling, about what was promised, and
    what follows from a customer's subscriptions."""

    CORRECTED = "corrected"
    UNSEEN = "unseen"
    RATING_CHANGED = "rating_changed"
    PROMISED_FIRST_RESPONSE = "promised_first_response"
    PROMISED_NEXT_RESPONSE = "promised_next_response"
    PROMISED_RESOLUTION = "promised_resolution"
    CUSTOMER_STARTED = "customer_started"
    CUSTOMER_RETURNED = "customer_returned"
    CUSTOMER_CHURNED = "customer_churned"
    CUSTOMER_CHURNED_AFTER = "customer_churned_after"
    CUSTOMER_CORRECTED = "customer_corrected"
    REVENUE_MOVED = "revenue_moved"


OF_CUSTOMERS = frozenset(kind for kind in Extra if kind.name.startswith(("CUSTOMER", "REVENUE")))
"""Observations of customers, which no definition of tickets changes."""

PROMISED: dict[Target, Extra] = {target: Extra(f"promised_{target}") for target in Target}
"""The outcome of a promise, by its target."""


class State(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where a ticket stands. customer, domain: keyed hashes of what names who asked."""

    created_at: int
    status: str
    is_open: bool
    priority: str
    team: str
    channel: str
    assigned: bool
    category: str
    language: str
    customer: str | None = None
    domain: str | None = None


class Pledge(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A promise made for a ticket.

    breaks_at: the first instant at which it is broken unless it was kept; None: none was made.
    counted: its outcome was observed. over: it was kept, or nobody can tell any more.
    """

    breaks_at: int | None = None
    counted: bool = False
    over: bool = False


class Talk(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An exchange of messages.

    team, priority: the ticket's when the question was first seen; None before that. The team's
        clock measures it.
    observed: its duration was counted, or refused.
    """

    number: int
    asked: int | None = None
    answered: int | None = None
    team: str | None = None
    priority: str | None = None
    observed: bool = False
    pledge: Pledge = Pledge()

    @property
    def is_impossible(self) -> bool:
        """Whether it was answered before it was asked."""
        return self.asked is not None and self.answered is not None and self.answered < self.asked

    @property
    def waits(self) -> bool:
        """Whether the customer waits for an answer."""
        return self.asked is not None and self.answered is None


class Opinion(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One answer to a survey. dated: the vendor told its instant; else `at` is our first sight."""

    survey: str
    score: int
    best: int
    at: int
    dated: bool
    observed: bool = False

    @property
    def mark(self) -> tuple[str, int, int | None]:
        """What makes it a statement of its own."""
        return self.survey, self.score, self.at if self.dated else None


class Ledger(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was counted for a ticket. It only ever grows.

    solves, waits, replies: the instants of solves for which each was counted.
    """

    created: bool = False
    first_response: bool = False
    first_resolution: bool = False
    offered: bool = False
    solves: tuple[int, ...] = ()
    waits: tuple[int, ...] = ()
    replies: tuple[int, ...] = ()
    reopens: int = 0
    reassignments: int = 0
    changed_ratings: int = 0
    unseen: int = 0
    corrections: int = 0


class Known(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All that is known of one ticket.

    version: (changed_at, revision) of the newest statement.
    state: None where the ticket itself was never told.
    removed: why it no longer counts, or None.
    answered: whether a first response was ever told.
    begun: its team and priority when it was first seen.
    """

    id: str
    version: tuple[int, int] = (0, 0)
    state: State | None = None
    removed: str | None = None
    answered: bool = False
    begun: tuple[str, str] = ("", "")
    talks: tuple[Talk, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    response: Pledge = Pledge()
    resolution: Pledge = Pledge()
    ledger: Ledger = Ledger()

    @property
    def counts(self) -> bool:
        """Whether it is a ticket of which facts are observed."""
        return self.state is not None and self.removed is None

    @property
    def is_open(self) -> bool:
        """Whether it is backlog."""
        return self.state is not None and self.removed is None and self.state.is_open


class Observation(msgspec.Struct, frozen=True, gc=False):
    """A fact that happened once, with the labels of its moment.

    value: a duration, a number of replies or a score; business: the same on the business clock.
    marks: label values that only this kind of fact has, in the order of its metrics' labels.
    clock: the team whose schedule `business` was measured by.
    """

    subject: str
    kind: Fact | Extra
    ordinal: int
    at: int
    value: int | None
    business: int | None
    marks: tuple[str, ...]
    clock: str
    team: str
    priority: str
    channel: str
    category: str
    language: str
