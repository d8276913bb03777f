"""What HubSpot sends: records whose properties are text or null, and what an account has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

CHANGED = "hs_lastmodifieddate"
ID = "hs_object_id"
SEPARATOR = ";"


class Malformed(ValueError):
    """A property of a record does not hold what it must; the message says which and what."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One record of any kind. archived_at: when it was put into the bin."""

    id: str
    properties: dict[str, str | None] = {}
    archived_at: datetime | None = msgspec.field(name="archivedAt", default=None)

    @property
    def changed_at(self) -> datetime:
        """When any of its properties changed last. Raises `Malformed`."""
        at = self.instant(CHANGED)
        if at is None:
            raise Malformed(f"{CHANGED} is empty")
        return at

    def text(self, name: str | None) -> str:
        """A property; "" where it is empty, or nobody says which one it is."""
        return ((name and self.properties.get(name)) or "").strip()

    def several(self, name: str) -> tuple[str, ...]:
        """The values of a property that may have several."""
        found = (one.strip() for one in self.text(name).split(SEPARATOR))
        return tuple(one for one in found if one)

    def instant(self, name: str) -> datetime | None:
        """A date and time; a date alone is its midnight in UTC. Raises `Malformed`."""
        text = self.text(name)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Malformed(f"{name} is no date") from None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class _Next(msgspec.Struct, frozen=True):
    after: str


class _Paging(msgspec.Struct, frozen=True):
    next: _Next | None = None


class Rows(msgspec.Struct, frozen=True):
    """An answer with records, not yet read, so that a malformed one spoils no other.

    total: of a search, how many there are.
    """

    results: list[msgspec.Raw]
    paging: _Paging | None = None
    total: int = 0

    @property
    def following(self) -> str | None:
        """Where the rest begins; None at the end."""
        return self.paging.next.after if self.paging and self.paging.next else None


class Stage(msgspec.Struct, frozen=True):
    """A stage of a pipeline."""

    id: str
    label: str = ""
    metadata: dict[str, Any] = {}


class Pipeline(msgspec.Struct, frozen=True):
    """A pipeline of tickets."""

    id: str
    label: str = ""
    stages: list[Stage] = []


class Pipelines(msgspec.Struct, frozen=True):
    """All pipelines."""

    results: list[Pipeline]


class Team(msgspec.Struct, frozen=True):
    """A team, without its people."""

    id: str
    name: str


class Teams(msgspec.Struct, frozen=True):
    """All teams."""

    results: list[Team]


class Account(msgspec.Struct, frozen=True):
    """The account, as far as it is asked for."""

    portal: int = msgspec.field(name="portalId", default=0)
    currency: str = msgspec.field(name="companyCurrency", default="")


class Property(msgspec.Struct, frozen=True):
    """A property that records of a kind may have."""

    name: str


class Properties(msgspec.Struct, frozen=True):
    """All properties of a kind of record."""

    results: list[Property]


class _Named(msgspec.Struct, frozen=True):
    id: str


_ROW = msgspec.json.Decoder(Row)
_NAMED = msgspec.json.Decoder(_Named)


def read(raws: list[msgspec.Raw]) -> tuple[list[Row], list[Rejection]]:
    """The records of an answer, and those that could not be read."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            row = _ROW.decode(raw)
            rows.append(row)
        except msgspec.ValidationError as error:
            rejected.append(rejection(_name(raw), f"{field_of(error)} does not hold what it must"))
    return rows, rejected


def rejection(name: str, why: object) -> Rejection:
    """A record that could not be read."""
    return Rejection(name, "malformed", f"record {name}: {why}")


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read."""
    try:
        return _NAMED.decode(raw).id[:40]
    except msgspec.ValidationError:
        return NAMELESS
