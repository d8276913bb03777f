"""HubSpot's search: filters, one sort, pages that end after 10,000 records."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from connectors.hubspot.simulated_tickets import Properties

MOST = 200
HARD_CAP = 10_000
GROUPS = 5
FILTERS = 6
DEFAULTS = ("createdate", "hs_lastmodifieddate", "hs_object_id")
CHANGED = "hs_lastmodifieddate"


class Refused(Exception):
    """What a search is refused for; the message is HubSpot's."""


class Condition(msgspec.Struct, forbid_unknown_fields=True):
    """One filter."""

    propertyName: str  # noqa: N815 -- as it is sent
    operator: str
    value: str | None = None
    values: list[str] = []


class Group(msgspec.Struct, forbid_unknown_fields=True):
    """Filters that hold together."""

    filters: list[Condition]


class Sort(msgspec.Struct, forbid_unknown_fields=True):
    """The one order."""

    propertyName: str  # noqa: N815 -- as it is sent
    direction: str = "ASCENDING"


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A search as it is sent."""

    filterGroups: list[Group] = []  # noqa: N815 -- as it is sent
    sorts: list[Sort] = []
    properties: list[str] = []
    limit: int = 10
    after: str = "0"
    query: str = ""


@dataclass
class Index:
    """What can be searched of one kind of record. properties: those that the account has."""

    properties: frozenset[str]
    rows: dict[str, Properties] = field(default_factory=dict)
    _ordered: list[Properties] | None = None
    _times: list[str] = field(default_factory=list)

    def put(self, rows: Iterable[Properties]) -> None:
        """Take these records in, in the place of what they were."""
        for row in rows:
            self.rows[row["hs_object_id"] or ""] = row
            self._ordered = None

    def drop(self, key: str) -> None:
        """Forget a record."""
        if self.rows.pop(key, None) is not None:
            self._ordered = None

    def search(self, body: bytes, most: int) -> dict[str, object]:
        """The answer to a search. Raises `Refused`."""
        asked = self._asked(body)
        found = self._sorted(self._matching(asked.filterGroups), asked.sorts)
        begin, limit = int(asked.after or 0), min(asked.limit, most)
        if begin + limit > HARD_CAP:
            raise Refused("Paging through more than 10000 results is not supported")
        page = found[begin : begin + limit]
        told: dict[str, object] = {
            "total": len(found),
            "results": [shown(row, asked.properties) for row in page],
        }
        if begin + limit < len(found):
            told["paging"] = {"next": {"after": str(begin + limit)}}
        return told

    def _asked(self, body: bytes) -> Asked:
        try:
            asked = msgspec.json.decode(body, type=Asked)
        except msgspec.MsgspecError as error:
            raise Refused(f"Invalid input JSON: {error}") from None
        filters = [one for group in asked.filterGroups for one in group.filters]
        named = {one.propertyName for one in filters} | {one.propertyName for one in asked.sorts}
        if unknown := named - self.properties:
            raise Refused(f"Property {min(unknown)} does not exist")
        if any(one.operator not in OPERATORS for one in filters):
            raise Refused("operator is not one of the enumeration")
        if not 0 < asked.limit <= MOST:
            raise Refused(f"The limit must be between 1 and {MOST}")
        crowded = any(len(group.filters) > FILTERS for group in asked.filterGroups)
        if len(asked.sorts) > 1 or crowded or len(asked.filterGroups) > GROUPS:
            raise Refused("too many filters, groups of them, or sorts")
        return asked

    def _matching(self, groups: Sequence[Group]) -> Sequence[Properties]:
        if len(groups) == 1:
            return self._of_group(groups[0].filters)
        rows = self._in_order()
        return [row for row in rows if not groups or any(_fits(row, one) for one in groups)]

    def _of_group(self, filters: Sequence[Condition]) -> Sequence[Properties]:
        """Those that fit all filters; the first of them by the index of times, where it may."""
        rows, (first, *rest) = self._in_order(), filters
        if (first.propertyName, first.operator) == (CHANGED, "GTE"):
            rows = rows[bisect_left(self._times, _iso(first.value)) :]
        else:
            rest = list(filters)
        return [row for row in rows if _fits(row, Group(rest))] if rest else rows

    def _in_order(self) -> list[Properties]:
        """By time of change; within one instant in no order that anybody could rely on."""
        if self._ordered is None:
            self._ordered = sorted(self.rows.values(), key=lambda row: (row[CHANGED], _mixed(row)))
            self._times = [row[CHANGED] or "" for row in self._ordered]
        return self._ordered

    @staticmethod
    def _sorted(rows: Sequence[Properties], sorts: Sequence[Sort]) -> Sequence[Properties]:
        if not sorts or (sorts[0].propertyName, sorts[0].direction) == (CHANGED, "ASCENDING"):
            return rows
        name, back = sorts[0].propertyName, sorts[0].direction == "DESCENDING"
        return sorted(rows, key=lambda row: _ordinal(row[name]), reverse=back)


def shown(row: Properties, names: Sequence[str]) -> dict[str, object]:
    """A record with the properties that were asked for; what the account does not have is left
    out in silence."""
    wanted = dict.fromkeys((*DEFAULTS, *names))
    return {
        "id": row["hs_object_id"],
        "properties": {name: row[name] for name in wanted if name in row},
        "createdAt": row["createdate"],
        "updatedAt": row[CHANGED],
        "archived": False,
    }


def _fits(row: Properties, group: Group) -> bool:
    return all(OPERATORS[one.operator](row[one.propertyName], one) for one in group.filters)


def _ordinal(value: str | None) -> tuple[int, float, str]:
    """What a value is compared by: numbers and instants by their size."""
    if value is None:
        return 0, 0.0, ""
    try:
        return 1, float(value), ""
    except ValueError:
        pass
    try:
        return 1, datetime.fromisoformat(value).timestamp() * 1000, ""
    except ValueError:
        return 2, 0.0, value


def _compared(fits: Callable[[Any, Any], bool]) -> Callable[[str | None, Condition], bool]:
    def compare(value: str | None, one: Condition) -> bool:
        return value is not None and fits(_ordinal(value), _ordinal(one.value))

    return compare


OPERATORS: Mapping[str, Callable[[str | None, Condition], bool]] = {
    "GTE": _compared(lambda value, asked: value >= asked),
    "GT": _compared(lambda value, asked: value > asked),
    "LTE": _compared(lambda value, asked: value <= asked),
    "LT": _compared(lambda value, asked: value < asked),
    "EQ": _compared(lambda value, asked: value == asked),
    "IN": lambda value, one: value in one.values,
    "HAS_PROPERTY": lambda value, one: value is not None and not one.values,
}


def _iso(milliseconds: str | None) -> str:
    at = datetime.fromtimestamp(int(milliseconds or 0) / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _mixed(row: Properties) -> bytes:
    return blake2b((row["hs_object_id"] or "").encode(), digest_size=4).digest()
