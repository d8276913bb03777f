"""What Salesforce sends: records whose fields an operator names, and what an object has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

ID: Final = "Id"
CHANGED: Final = "SystemModstamp"
DELETED: Final = "IsDeleted"
SEPARATOR: Final = ";"
YEARS: Final = range(1970, 2300)  # of no other year is an instant that could be reckoned with
MOST: Final = 1_000_000
MAGNITUDES: Final = range(-30, 31)  # of no other number is there a use, and some take for ever
DAY: Final = timedelta(days=1)


class Malformed(ValueError):
    """A field of a record does not hold what it must; the message says which and what."""


class Key(msgspec.Struct, frozen=True, gc=False):
    """What every record has: its id, and when it last changed."""

    id: str = msgspec.field(name=ID)
    changed: str = msgspec.field(name=CHANGED)

    @property
    def changed_at(self) -> datetime:
        """The same as an instant. Raises `Malformed`."""
        return _instant(self.changed, CHANGED)


class Row:
    """One record of any object. A field that leads to another record is told by a path."""

    __slots__ = ("changed_at", "id", "values")

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises `Malformed`."""
        self.values = values
        self.id = self.text(ID)
        if not self.id:
            raise Malformed(f"{ID} is empty")
        self.changed_at = _instant(self.text(CHANGED), CHANGED)

    @property
    def is_deleted(self) -> bool:
        """Whether it lies in the recycle bin."""
        return self.flag(DELETED)

    def value(self, path: str) -> object:
        """What the field holds; None where it is empty or leads nowhere."""
        found: object = self.values
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, path: str | None) -> str:
        """A field as text; "" where it is empty, or nobody says which one it is."""
        found = None if path is None else self.value(path)
        if found is None:
            return ""
        if isinstance(found, bool):
            return str(found).lower()
        if isinstance(found, (int, Decimal)) and _is_sane(found):
            return f"{Decimal(found).normalize():f}"  # a whole number comes as 4711.0
        if isinstance(found, str):
            return found.strip()
        raise Malformed(f"{path} is no text")

    def several(self, path: str) -> tuple[str, ...]:
        """The values of a field of which several may be chosen. Raises `Malformed`."""
        found = (one.strip() for one in self.text(path).split(SEPARATOR))
        return tuple(one for one in found if one)

    def flag(self, path: str) -> bool:
        """Whether a box is ticked. Raises `Malformed`."""
        found = self.value(path)
        if found is None or isinstance(found, bool):
            return bool(found)
        raise Malformed(f"{path} is neither true nor false")

    def count(self, path: str | None) -> int:
        """A whole number; an empty one is 0. Raises `Malformed`."""
        found = 0 if path is None else self.value(path) or 0
        if isinstance(found, (int, Decimal)) and 0 <= found <= MOST and found == int(found):
            return int(found)
        raise Malformed(f"{path} is no count")

    def amount(self, path: str) -> Decimal | None:
        """A number; None where it is empty. Raises `Malformed`."""
        found = self.value(path)
        if found is None:
            return None
        if isinstance(found, (int, Decimal)) and not isinstance(found, bool) and _is_sane(found):
            return Decimal(found)
        raise Malformed(f"{path} is no number")

    def begin(self, path: str | None) -> datetime | None:
        """An instant; a day alone is when it begins, in UTC. Raises `Malformed`."""
        text = self.text(path)
        return _instant(text, path or "") if text else None

    def end(self, path: str | None) -> datetime | None:
        """An instant; a day alone is the last one, and over when it is. Raises `Malformed`."""
        text = self.text(path)
        found = self.begin(path)
        return found + DAY if found is not None and _is_day(text) else found


class Rows(msgspec.Struct, frozen=True):
    """An answer with records, not yet read, so that a malformed one spoils no other.

    total: how many there are, within the limit that was asked for. done: whether these are all.
    """

    records: list[msgspec.Raw]
    done: bool
    total: int = msgspec.field(name="totalSize", default=0)


class Described(msgspec.Struct, frozen=True):
    """A field of an object. relation: what a path that leads through it begins with."""

    name: str
    relation: str | None = msgspec.field(name="relationshipName", default=None)


class Description(msgspec.Struct, frozen=True):
    """An object, as far as the user may see it."""

    fields: list[Described]


class Token(msgspec.Struct, frozen=True):
    """A session. instance: the address at which it is good."""

    access_token: str
    instance: str = msgspec.field(name="instance_url", default="")


_KEY = msgspec.json.Decoder(Key)
_VALUES = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_NAME = msgspec.json.Decoder(dict[str, Any])


def read(raws: list[msgspec.Raw]) -> tuple[list[Row], list[Rejection]]:
    """The records of an answer, and those that could not be read."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            _KEY.decode(raw)
            rows.append(Row(_VALUES.decode(raw)))
        except msgspec.ValidationError as error:
            rejected.append(rejection(_name(raw), f"{field_of(error)} does not hold what it must"))
        except Malformed as error:
            rejected.append(rejection(_name(raw), error))
    return rows, rejected


def last(raws: list[msgspec.Raw]) -> Key | None:
    """Where the last record stands that says so; None: none does."""
    for raw in reversed(raws):
        try:
            key = _KEY.decode(raw)
            _ = key.changed_at
        except (msgspec.ValidationError, Malformed):
            continue
        return key
    return None


def rejection(name: str, why: object) -> Rejection:
    """A record that could not be read."""
    return Rejection(name, "malformed", f"record {name}: {why}")


def _instant(text: str, name: str) -> datetime:
    try:
        if _is_day(text):
            at = datetime.combine(date.fromisoformat(text), time(), UTC)
        else:
            at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{name} is no date") from None
    if at.year not in YEARS:
        raise Malformed(f"{name} is of no year of ours")
    return at


def _is_sane(number: int | Decimal) -> bool:
    return not number or Decimal(number).adjusted() in MAGNITUDES


def _is_day(text: str) -> bool:
    return len(text) == len("2026-03-06")


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read."""
    try:
        found = _NAME.decode(raw).get(ID)
    except msgspec.ValidationError:
        return NAMELESS
    return found[:40] if isinstance(found, str) and found else NAMELESS
