"""What Freshdesk sends, as far as we read it. Everything else on the wire is skipped undecoded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

T = TypeVar("T")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Raws = list[msgspec.Raw]
YEARS = range(1970, 2300)  # an instant of any other year is a mistake, and cannot be reckoned with
NOTHING = msgspec.Raw(b"{}")
"""In the place of fields that were not sent."""


class _Dated(msgspec.Struct, gc=False):
    """Refuses an instant that cannot be one."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime) and value.year not in YEARS:
                raise ValueError(name)


class Stats(_Dated, gc=False):
    """When what happened to a ticket; a reopened one forgets its last solve and closing."""

    first_responded_at: Instant | None = None
    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    reopened_at: Instant | None = None
    status_updated_at: Instant | None = None


class Ticket(_Dated, gc=False):
    """One ticket of a list. Its custom fields stay raw: most accounts need none here."""

    id: int
    created_at: Instant
    updated_at: Instant
    status: int
    priority: int | None = None
    source: int | None = None
    type: str | None = None
    group_id: int | None = None
    responder_id: int | None = None
    company_id: int | None = None
    tags: tuple[str, ...] | None = None
    custom_fields: msgspec.Raw = NOTHING
    stats: Stats | None = None


class Rating(_Dated, gc=False):
    """What one customer answered to one survey. `ratings` holds a number for each question, of
    which the default question is the satisfaction."""

    id: int
    ticket_id: int
    created_at: Instant
    ratings: dict[str, int | None]


class Company(msgspec.Struct, gc=False):
    """A company that people belong to."""

    id: int
    domains: tuple[str, ...] | None = None
    custom_fields: dict[str, Any] | None = None


class Group(msgspec.Struct, gc=False):
    """A group of agents: a team."""

    id: int
    name: str


class Me(msgspec.Struct, gc=False):
    """The agent whose key it is. ticket_scope: 1 where all tickets are seen."""

    id: int
    ticket_scope: int | None = None


class Field(msgspec.Struct, gc=False):
    """A field of tickets. choices: of the status, by number, what agents and customers call it."""

    name: str
    choices: Any = None


class _Named(msgspec.Struct, gc=False):
    id: int | str


_NAMED = msgspec.json.Decoder(_Named)


class Reader(Generic[T]):
    """Decodes records one by one, so that a malformed one spoils no other."""

    def __init__(self, record: type[T], name: str) -> None:
        """name: what such a record is called."""
        self._name = name
        self._decoder = msgspec.json.Decoder(record)

    def read(self, raws: Sequence[msgspec.Raw]) -> tuple[list[T], list[Rejection]]:
        """The records, and a rejection for each that could not be read."""
        good: list[T] = []
        bad: list[Rejection] = []
        for raw in raws:
            try:
                good.append(self._decoder.decode(raw))
            except msgspec.ValidationError as error:
                bad.append(self._rejection(raw, field_of(error)))
        return good, bad

    def _rejection(self, raw: msgspec.Raw, field: str) -> Rejection:
        try:
            number = str(_NAMED.decode(raw).id)[:40]
        except msgspec.ValidationError:
            number = NAMELESS
        return malformed(number, self._name, field.removeprefix("$.") or "the record")


def malformed(number: str, what: str, field: str) -> Rejection:
    """A record that was left out because of this field."""
    message = f"{what} {number} was left out: '{field}' does not hold what it must"
    return Rejection(number, "malformed", message)


TICKETS = Reader(Ticket, "ticket")
RATINGS = Reader(Rating, "rating")
COMPANIES = Reader(Company, "company")
GROUPS = Reader(Group, "group")
FIELDS = Reader(Field, "ticket field")
