"""Queries in Salesforce's own language. Whatever is put into one is written as a literal of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.salesforce.wire import CHANGED, ID, Key

ESCAPED: Final = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
NAME: Final = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Listing:
    """All records of an object by time of change, a page at a time.

    Every page is a query of its own, which begins behind the last record that was read: what
    changes meanwhile moves to the end and shifts no other, and nothing has to be kept open.
    """

    object: str
    fields: tuple[str, ...]
    limit: int

    def since(self, at: datetime) -> str:
        """The first page of what changed at that instant or later."""
        return self._page(f"{CHANGED} >= {moment(at)}")

    def beyond(self, place: Key) -> str:
        """The page behind this record."""
        at = moment(place.changed_at)
        return self._page(f"{CHANGED} >= {at} AND ({CHANGED} > {at} OR {ID} > {text(place.id)})")

    def newest(self, count: int) -> str:
        """The records that changed last."""
        return f"{select(self.fields, self.object)} ORDER BY {CHANGED} DESC LIMIT {count:d}"

    def _page(self, condition: str) -> str:
        begin = select(self.fields, self.object)
        return f"{begin} WHERE {condition} ORDER BY {CHANGED}, {ID} LIMIT {self.limit:d}"


def select(fields: Sequence[str], kind: str) -> str:
    """The beginning of a query; without fields it counts. Raises ValueError for what is no name of
    a field or an object.
    """
    for name in (*fields, kind):
        if not NAME.fullmatch(name):
            raise ValueError(f"'{name:.40}' is no name of a field or an object")
    wanted = ", ".join(dict.fromkeys(fields)) or "COUNT()"
    return f"SELECT {wanted} FROM {kind}"  # noqa: S608 -- nothing but names is in it


def count(kind: str, *conditions: str) -> str:
    """How many records meet all of these."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{select((), kind)}{where}"


def among(name: str, values: Iterable[str]) -> str:
    """That a field holds one of these."""
    return f"{name} IN ({', '.join(map(text, values))})"


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + "".join(ESCAPED.get(sign, sign) for sign in value) + "'"


def moment(at: datetime) -> str:
    """An instant as a literal, which has no quotes around it."""
    at = at.astimezone(UTC)
    fraction = f".{at.microsecond // 1000:03d}" if at.microsecond else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"
