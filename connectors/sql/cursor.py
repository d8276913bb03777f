"""Where the queries of a database stand: the last value of each cursor column, of its own type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

# Of each type how it is written and read; the first that fits counts.
TYPES: Final[Mapping[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]]] = {
    "whole": (int, str, int),
    "number": (float, repr, float),
    "decimal": (Decimal, str, Decimal),
    "instant": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "text": (str, str, str),
}


class Value(msgspec.Struct, frozen=True, array_like=True):
    """A value of a cursor column."""

    type: str
    text: str


class Cursor(msgspec.Struct, frozen=True):
    """What was read.

    last: by query the last value of its cursor column. meaning: of the settings they were read by.
    told: the watermark so far. refused: by query, what the rows are known by that were refused and
    may be read again.
    """

    last: dict[str, Value] = {}
    meaning: str = ""
    told: datetime | None = None
    refused: dict[str, tuple[str, ...]] = {}


def written(value: object) -> Value | None:
    """A value of the database; None for one of a type that does not order rows."""
    for name, (kind, write, _) in TYPES.items():
        if isinstance(value, kind):
            return Value(name, write(value))
    return None


def read(value: Value) -> Any:
    """The same value, as the database gave it."""
    return TYPES[value.type][2](value.text)


def earlier(value: object, lag: timedelta) -> object:
    """A value so much earlier, where it is an instant; others have no such distance."""
    return value - lag if isinstance(value, datetime) else value
