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
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from connectors.customers import Record
from connectors.measures import Fact, Figure, Measured, Measures, Told
from connectors.webhooks import GENERIC, Scheme

__all__ = [
    "ConfigurationError",
    "Connector",
    "ConnectorError",
    "Fact",
    "Fatal",
    "Figure",
    "Finding",
    "Measured",
    "Measures",
    "Page",
    "Reason",
    "Rejection",
    "Retriable",
    "Settings",
    "Told",
    "Usage",
]


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
    """One thing that `check` found out, good or bad, with its remedy where it is bad.

    reason: of what stands in the way of a poll, the reason that the poll would fail with.
    """

    level: Literal["ok", "warning", "error"]
    message: str
    reason: Reason | None = None


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
    webhooks: ClassVar[Scheme] = GENERIC
    """How the vendor signs its webhooks."""
    recorded: ClassVar[frozenset[str]] = frozenset()
    """Further fields of the vendor's answers whose short values a recording keeps as they are.
    Never one that a person could be known by."""

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
        """Every record that changed since `cursor` (None: all there is), page by page. In whatever
        order the vendor tells them, each page's cursor leads to all that has not been told; the
        last page carries `complete_to`. Raises `ConnectorError`."""

    def from_start(self, cursor: str | None) -> str | None:
        """The cursor from which everything is told again, `cursor` being where we stand.

        None, the beginning, unless a part of what was told is told only once.
        """
        del cursor
        return None

    def since(self, at: datetime) -> str | None:
        """The cursor from which everything that changed since then is told.

        None: there is none, and reading begins at the start. Needs no network.
        """
        del at
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
