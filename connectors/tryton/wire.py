"""What Tryton's REST API sends, as far as we read it: records, and values that have a class.

The names of a record's fields, of those that it leads to as well, are what is asked for, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Final, get_args

import msgspec

YEARS: Final = range(1970, 2300)  # of no other year is an instant that could be reckoned with


class Malformed(ValueError):
    """A field of a record does not hold what it must; the message says which and what."""


class Moment(msgspec.Struct, frozen=True, gc=False, tag_field="__class__", tag="datetime"):
    """An instant, in UTC."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int = 0

    def __post_init__(self) -> None:
        """Refuse what is none."""
        _refuse_year(self.at.year)

    @property
    def at(self) -> datetime:
        """The same, aware."""
        time = self.hour, self.minute, self.second, self.microsecond
        return datetime(self.year, self.month, self.day, *time, tzinfo=UTC)


class Day(msgspec.Struct, frozen=True, gc=False, tag_field="__class__", tag="date"):
    """A day by the calendar of the company."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        """Refuse what is none."""
        _refuse_year(self.date.year)

    @property
    def date(self) -> date:
        """The same as Python has it."""
        return date(self.year, self.month, self.day)


class Amount(msgspec.Struct, frozen=True, gc=False, tag_field="__class__", tag="Decimal"):
    """An exact number."""

    decimal: Decimal

    def __post_init__(self) -> None:
        """Refuse what is none."""
        if not self.decimal.is_finite():
            raise ValueError("no number")


class Row(msgspec.Struct, frozen=True, gc=False):
    """What every record has. write_date: null until it is changed for the first time."""

    id: int
    create_date: Moment
    write_date: Moment | None

    @property
    def changed_at(self) -> datetime:
        """When it was last changed."""
        return (self.write_date or self.create_date).at


class Rule(msgspec.Struct, frozen=True, gc=False):
    """One rule of a recurrence; its lists are text with commas between the members."""

    freq: str
    interval: int
    byweekday: str | None
    bymonthday: str | None
    byyearday: str | None
    byweekno: str | None
    bymonth: str | None
    bysetpos: str | None
    exclusive: bool | int | None


class Recurrence(msgspec.Struct, frozen=True, gc=False):
    """How often something is consumed."""

    id: int
    rules: tuple[Rule, ...]


class Service(msgspec.Struct, frozen=True, gc=False):
    """What is subscribed to."""

    rec_name: str | None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One position of a subscription. end_date: the last day."""

    service: Service | None
    quantity: Decimal | None
    unit_price: Amount | None
    start_date: Day | None
    end_date: Day | None
    consumption_recurrence: Recurrence | None


class Company(msgspec.Struct, frozen=True, gc=False):
    """The company of ours that sells. timezone: in which its days begin."""

    timezone: str | None


class Currency(msgspec.Struct, frozen=True, gc=False):
    """A currency, by its code of ISO 4217."""

    code: str | None


class Subscription(Row, frozen=True, gc=False):
    """One subscription. end_date: the last day, where its end is announced or has come."""

    number: str | None
    state: str
    party: int
    company: Company | None
    currency: Currency | None
    start_date: Day
    end_date: Day | None
    lines: tuple[Line, ...]


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One way to reach a party."""

    type: str | None
    value: str | None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """An official number of a party."""

    type: str | None
    code: str | None


class Party(Row, frozen=True, gc=False):
    """One party, which may be a customer."""

    code: str | None
    contact_mechanisms: tuple[Contact, ...]
    identifiers: tuple[Identifier, ...]


class Mention(msgspec.Struct, frozen=True, gc=False):
    """One line of the log, and the record that it is about, as in `sale.subscription,7`."""

    id: int
    resource: str

    def __post_init__(self) -> None:
        """Refuse what names no record."""
        _ = self.of

    @property
    def of(self) -> int:
        """The id of the record that it is about."""
        return int(self.resource.rpartition(",")[2])


class Turn(Mention, frozen=True, gc=False):
    """A line of the log that says to which state a record came, as in `state:running`."""

    create_date: Moment
    target: str

    @property
    def state(self) -> str:
        """The state that it came to."""
        return self.target.removeprefix("state:")


class Module(msgspec.Struct, frozen=True, gc=False):
    """A module of the server."""

    state: str


@cache
def fields_of(row: type[msgspec.Struct]) -> tuple[str, ...]:
    """The paths of the fields that bring exactly what `row` declares, but for ids."""
    return tuple(path for path in _paths(row) if path.rpartition(".")[2] != "id")


def _paths(row: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(row):
        nested = _nested(field.type)
        if nested is None:
            yield field.encode_name
        else:
            yield from (f"{field.encode_name}.{path}" for path in _paths(nested))


def _nested(kind: object) -> type[msgspec.Struct] | None:
    """The record that a field leads to; a value that has a class is none."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return None if one.__struct_config__.tag else one
    return None


def _refuse_year(year: int) -> None:
    if year not in YEARS:
        raise ValueError("no year of ours")
