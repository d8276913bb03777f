"""The contract between deskpulse and a vendor: what a connector is, gives and may raise.

    ConnectorError
    ├── ConfigurationError   a person must change something: credential, address, setting
    ├── Retriable            the vendor or the way to it failed; the next poll tries again
    └── Fatal                the vendor breaks its own contract; going on would lose or repeat data

One malformed record is no error: it is a `Rejection` on its page, and the rest of the page counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from connectors.records import Record


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


class Reason(StrEnum):
    """Why a poll failed: the values of the label `reason`."""

    CONFIGURATION = "configuration"
    CREDENTIALS = "credentials"
    ADDRESS = "address"
    NETWORK = "network"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    SERVER = "server"
    MALFORMED = "malformed"
    CONTRACT = "contract"
    INTERNAL = "internal"


class ConnectorError(Exception):
    """Base of what a connector raises on purpose.

    The message is a verdict with its remedy in plain words and never holds a secret.
    """

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigurationError(ConnectorError):
    """A person must change something before the next poll can succeed."""

    def __init__(self, message: str, *, reason: Reason = Reason.CONFIGURATION) -> None:
        super().__init__(message, reason=reason)


class Retriable(ConnectorError):
    """The vendor or the way to it failed for now; nothing is lost, the next poll tries again.

    wait: seconds before which the vendor does not want to be asked again.
    """

    def __init__(self, message: str, *, reason: Reason = Reason.NETWORK, wait: float = 0.0) -> None:
        super().__init__(message, reason=reason)
        self.wait = wait


class Fatal(ConnectorError):
    """The vendor breaks its own contract; going on would lose data, repeat it or never end."""

    def __init__(self, message: str, *, reason: Reason = Reason.CONTRACT) -> None:
        super().__init__(message, reason=reason)


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
    notes: the vendor's own definitions where they differ from docs/semantics.md.
    """

    told: Mapping[Fact, Told]
    untold: Mapping[Fact, str] = field(default_factory=dict)
    history: Literal["events", "state"] = "state"
    lag: timedelta = timedelta(0)
    first_solve_survives_reopening: bool = True
    chat_replies_merge: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """One record that could not be read: which, why (a short word for a label), and in full."""

    subject: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a vendor, ready to be committed together with its cursor.

    cursor: opaque to everyone but the connector; committed in the same transaction as the records.
    complete_to: set on the last page of a poll and only there: the instant, by the vendor's clock,
        up to which everything has now been told (the watermark).
    gaps: streams that the vendor refused and that the numbers do without, in words for a person.
    total: how many records the vendor says this poll will bring, where it says so.
    catching_up: the page belongs to the first reading of a stream, which brings much at once.
    """

    records: tuple[Record, ...]
    cursor: str
    complete_to: datetime | None = None
    rejected: tuple[Rejection, ...] = ()
    gaps: tuple[str, ...] = ()
    total: int | None = None
    catching_up: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What talking to the vendor cost since the last `Connector.usage()`.

    requests: answers by HTTP status code as text, or by the name of what failed (`timeout`, ...).
    throttled_seconds: time spent waiting because the vendor asked for it.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    throttled_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `check` found out, good or bad, with its remedy where it is bad."""

    level: Literal["ok", "warning", "error"]
    message: str


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


class Settings(BaseModel):
    """Base of a connector's settings: unknown keys are errors, secrets are `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these fields of tickets told too: categories are made from them.

        Raises ValueError, in words for the operator, for one that the vendor cannot have.
        """
        del fields
        return self


SettingsT = TypeVar("SettingsT", bound=Settings)


class Connector(ABC, Generic[SettingsT]):
    """One vendor, polled. A connector keeps no state of its own: the cursor is all it gets back.

    A vendor package has a module `connector` with exactly one subclass; discovery finds it there.
    """

    vendor: ClassVar[str]
    title: ClassVar[str]
    settings_type: ClassVar[type[Settings]]

    def __init__(self, source: str, settings: SettingsT) -> None:
        """source: the name that the operator gave this source, for use in messages."""
        self.source = source
        self.settings = settings

    @abstractmethod
    def measures(self) -> Measures:
        """What this source can tell, with these settings. Needs no network."""

    @abstractmethod
    def check(self) -> list[Finding]:
        """Sign in and look around: credentials, address, permissions, the clock. Never raises
        `ConnectorError`: what goes wrong is a finding of level `error`."""

    @abstractmethod
    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every record that changed since `cursor` (None: all there is), page by page, oldest
        change first; the last page carries `complete_to`. Raises `ConnectorError`."""

    def from_start(self, cursor: str | None) -> str | None:
        """The cursor from which everything is told again, `cursor` being where we stand.

        None, the beginning, unless a part of what was told is told only once.
        """
        del cursor
        return None

    def ticket_url(self, ticket: str) -> str | None:
        """Where a person looks at the ticket of this id; None where the vendor has no such page.
        Needs no network.
        """
        del ticket
        return None

    def figures(self, since: datetime, until: datetime) -> list[Figure] | None:
        """What the vendor counts by itself: created and solved in [since, until], and open now.
        None: it offers none. Raises `ConnectorError`.
        """
        del since, until
        return None

    def measured(self, since: datetime) -> Iterator[Measured] | None:
        """What the vendor measured by itself of each ticket changed since then, a ticket's
        statements together. None: it offers nothing of the kind. Raises `ConnectorError`.
        """
        del since
        return None

    @abstractmethod
    def usage(self) -> Usage:
        """What was spent since the last call; the count then starts again."""

    def close(self) -> None:
        """Give back connections. The connector is not used afterwards."""
