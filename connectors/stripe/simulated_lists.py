"""What Stripe's lists have in common: the newest first, pages by id, and what can be asked for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]
Fits = Callable[[Json], bool]

MOST: Final = 100
USUAL: Final = 10
LEVELS: Final = 4

INDEXED: Final = re.compile(r"^(\w+)\[(\d*)\]$")
RANGE: Final = {"created[gt]", "created[gte]", "created[lt]", "created[lte]"}
OF_LISTS: Final = RANGE | {"limit", "starting_after", "ending_before"}


class Refusal(Exception):
    """Stripe does not take the request: the status, what it says, and the word for it."""

    def __init__(self, status: int, message: str, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status = status
        more = {"code": code, "param": param}
        told = {name: value for name, value in more.items() if value}
        self.error = {"message": message, "type": "invalid_request_error", **told}


class Asked:
    """The terms of a request. Raises `Refusal` for one that the resource does not know."""

    def __init__(self, query: Mapping[str, str], known: Collection[str]) -> None:
        self.terms: dict[str, str] = {}
        self.several: dict[str, list[str]] = {}
        for name, value in query.items():
            found = INDEXED.match(name)
            plain = found[1] if found and name not in RANGE else name
            if plain not in known:
                raise Refusal(400, f"Received unknown parameter: {plain}", "parameter_unknown")
            if plain is name:
                self.terms[name] = value
            else:
                self.several.setdefault(plain, []).append(value)

    def number(self, name: str) -> int | None:
        """A whole number, None where it is not asked for."""
        if name not in self.terms:
            return None
        if not self.terms[name].isdecimal():
            raise Refusal(400, f"Invalid integer: {self.terms[name]}", "", name)
        return int(self.terms[name])

    def expanded(self, possible: Collection[str]) -> set[str]:
        """What is to be told in full."""
        paths = set(self.several.get("expand", ()))
        for path in paths:
            if path.count(".") + 1 > LEVELS:
                raise Refusal(400, f"You cannot expand more than {LEVELS} levels of a property.")
            if path not in possible:
                raise Refusal(400, f"This property cannot be expanded ({path}).", "", "expand")
        return paths


class Shelf:
    """The records of one kind, in the order of their creation."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._records: dict[str, Json] = {}
        self._order: list[tuple[int, str]] = []

    def put(self, records: Iterable[Json]) -> None:
        """Add records, or put others in their place."""
        for record in records:
            if record["id"] not in self._records:
                insort(self._order, (record["created"], record["id"]))
            self._records[record["id"]] = record

    def get(self, name: str) -> Json | None:
        """A record by its id."""
        return self._records.get(name)

    def clear(self) -> None:
        """Take all away."""
        self._records.clear()
        self._order.clear()

    def forget(self, before: int) -> None:
        """Take away what was created before then."""
        gone = bisect_left(self._order, (before, ""))
        for _, name in self._order[:gone]:
            del self._records[name]
        del self._order[:gone]

    def page(self, asked: Asked, fits: Fits, limit: int | None) -> tuple[list[Json], bool]:
        """A page of what is asked for and fits, and whether more follows."""
        size = asked.number("limit") or USUAL
        if not 1 <= size <= MOST:
            raise Refusal(400, f"Invalid limit: {size}", "parameter_invalid_integer", "limit")
        size = min(size, limit or size)
        first, end = self._range(asked)
        if "ending_before" in asked.terms:
            return self._before(self._place(asked, "ending_before"), end, size, fits)
        if "starting_after" in asked.terms:
            end = min(end, self._place(asked, "starting_after"))
        found: list[Json] = []
        for _, name in reversed(self._order[first:end]):
            if fits(self._records[name]):
                if len(found) == size:
                    return found, True
                found.append(self._records[name])
        return found, False

    def _before(self, place: int, end: int, size: int, fits: Fits) -> tuple[list[Json], bool]:
        found = [self._records[name] for _, name in self._order[place + 1 : end]]
        found = [one for one in found if fits(one)]
        return list(reversed(found[:size])), len(found) > size

    def _range(self, asked: Asked) -> tuple[int, int]:
        first, end = 0, len(self._order)
        after, since = asked.number("created[gt]"), asked.number("created[gte]")
        before, until = asked.number("created[lt]"), asked.number("created[lte]")
        for begin in (None if after is None else after + 1, since):
            if begin is not None:
                first = max(first, bisect_left(self._order, (begin, "")))
        for stop in (before, None if until is None else until + 1):
            if stop is not None:
                end = min(end, bisect_left(self._order, (stop, "")))
        return first, max(first, end)

    def _place(self, asked: Asked, term: str) -> int:
        name = asked.terms[term]
        record = self._records.get(name)
        if record is None:
            raise Refusal(400, f"No such {self._what}: '{name}'", "resource_missing", term)
        return bisect_right(self._order, (record["created"], name)) - 1
