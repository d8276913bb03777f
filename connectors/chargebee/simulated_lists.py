"""What Chargebee's lists have in common: order, filters, pages, and what they refuse."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Final

import msgspec

Json = dict[str, Any]
Place = tuple[int, int]

MOST: Final = 100
USUAL: Final = 10
CREATED: Final = "created_at"
UPDATED: Final = "updated_at"
OF_LISTS: Final = frozenset(
    {
        *("limit", "offset", "sort_by[asc]", "sort_by[desc]", "id[in]"),
        *(f"{CREATED}[after]", f"{UPDATED}[after]"),
    }
)
"""The terms that every list knows."""


class Refusal(Exception):
    """Chargebee does not take the request: the status, what it says and the word for it."""

    def __init__(self, status: int, message: str, code: str, param: str = "") -> None:
        super().__init__(message)
        self.status = status
        kind = {} if status in (401, 403) else {"type": "invalid_request"}
        told = {"message": message, "api_error_code": code, "error_code": code, **kind}
        self.body: Json = {
            **told,
            "http_status_code": status,
            **({"param": param} if param else {}),
        }


class Shelf:
    """The records of one kind, each with a serial number of its own."""

    def __init__(self, name: str, known: Collection[str] = ()) -> None:
        self.name = name
        self._known = OF_LISTS | {*known}
        self._rows: dict[str, tuple[int, Json]] = {}
        self._ordered: dict[str, list[tuple[Place, Json]]] = {}

    def put(self, rows: Iterable[Json]) -> None:
        """Add records, or what became of them."""
        for row in rows:
            serial = self._rows[row["id"]][0] if row["id"] in self._rows else len(self._rows) + 1
            self._rows[row["id"]] = serial, row
        self._ordered.clear()

    def get(self, name: str) -> Json:
        """The record of this id."""
        return self._rows[name][1]

    def clear(self) -> None:
        """Forget all of them."""
        self._rows.clear()
        self._ordered.clear()

    def page(self, query: Mapping[str, str], most: int) -> tuple[list[Json], str | None]:
        """The records that are asked for, and where the next page begins. Raises `Refusal`."""
        self._refuse_unknown(query)
        limit = min(_limit(query), most)
        field, turned = _order(query)
        rows = self._order(field)
        first, last = _bounds(rows, field, turned, query)
        places = range(last - 1, first - 1, -1) if turned else range(first, last)
        chosen = [
            rows[at] for at in islice((at for at in places if _fits(rows[at][1], query)), limit + 1)
        ]
        page = chosen[:limit]
        more = len(chosen) > limit
        return [row for _, row in page], _offset(page[-1][0]) if more else None

    def _order(self, field: str) -> list[tuple[Place, Json]]:
        if field not in self._ordered:
            rows = [((row.get(field, 0), serial), row) for serial, row in self._rows.values()]
            self._ordered[field] = sorted(rows, key=lambda pair: pair[0])
        return self._ordered[field]

    def _refuse_unknown(self, query: Mapping[str, str]) -> None:
        for name in query:
            if name not in self._known:
                raise Refusal(400, f"{name} : is not a known parameter", "param_not_known", name)


def _bounds(
    rows: list[tuple[Place, Json]], field: str, turned: bool, query: Mapping[str, str]
) -> tuple[int, int]:
    """From where to where the records lie that are asked for. What changed in the very second that
    they are to be later than is not among them.
    """
    first, last = 0, len(rows)
    if (asked := query.get(f"{field}[after]")) is not None:
        first = bisect_right(rows, _seconds(asked, field), key=lambda pair: pair[0][0])
    if "offset" in query:
        place = _place(query["offset"])
        if turned:
            last = bisect_left(rows, place, key=lambda pair: pair[0])
        else:
            first = max(first, bisect_right(rows, place, key=lambda pair: pair[0]))
    return first, last


def _fits(row: Json, query: Mapping[str, str]) -> bool:
    """Whether a record is one of those that are asked for. What was never changed has no time of
    change, and is not later than any."""
    if row.get("deleted") and query.get("include_deleted") != "true":
        return False
    if "id[in]" in query and row["id"] not in _names(query["id[in]"]):
        return False
    return all(
        row.get(name, 0) > _seconds(query[f"{name}[after]"], name)
        for name in (CREATED, UPDATED)
        if f"{name}[after]" in query
    )


def _order(query: Mapping[str, str]) -> tuple[str, bool]:
    turned = "sort_by[desc]" in query
    field = query.get("sort_by[desc]") or query.get("sort_by[asc]") or CREATED
    if field not in (CREATED, UPDATED):
        raise Refusal(400, "sort_by : invalid value", "param_wrong_value", "sort_by")
    return field, turned


def _limit(query: Mapping[str, str]) -> int:
    asked = query.get("limit", str(USUAL))
    if not asked.isdecimal() or not 1 <= int(asked) <= MOST:
        raise Refusal(400, "limit : should be between 1 and 100", "param_wrong_value", "limit")
    return int(asked)


def _seconds(asked: str, field: str) -> int:
    if not asked.isdecimal():
        raise Refusal(400, f"{field} : invalid value", "param_wrong_value", field)
    return int(asked)


def _names(asked: str) -> list[str]:
    try:
        return msgspec.json.decode(asked, type=list[str])
    except msgspec.DecodeError:
        raise Refusal(400, "id : invalid value", "param_wrong_value", "id") from None


def _offset(place: Place) -> str:
    return msgspec.json.encode([str(place[0] * 1000), str(place[1])]).decode()


def _place(offset: str) -> Place:
    try:
        value, serial = msgspec.json.decode(offset, type=tuple[str, str])
        return int(value) // 1000, int(serial)
    except (msgspec.DecodeError, ValueError):
        raise Refusal(400, "offset : invalid value", "param_wrong_value", "offset") from None
