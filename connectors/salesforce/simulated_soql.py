"""Salesforce's query language, as far as anybody may ask a virtual org in it."""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

Record = dict[str, Any]
CHANGED = "SystemModstamp"
MOST = 2000

WHOLE = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<object>\w+)(?: WHERE (?P<where>.+?))?"
    r"(?: ORDER BY (?P<order>[\w., ]+?))?(?: LIMIT (?P<limit>\d+))?",
    re.ASCII | re.DOTALL,
)
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)"
    r"|(?P<sign>>=|<=|!=|[()=<>,])|(?P<word>[\w.]+))",
    re.ASCII,
)
UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
WORDS = {"null": None, "true": True, "false": False}
Test = Callable[[Record], bool]


class Refused(Exception):
    """What a query is refused for: Salesforce's code, and in words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Table:
    """The records of one object. fields: those that it has."""

    name: str
    fields: frozenset[str]
    rows: dict[str, Record] = field(default_factory=dict)
    _ordered: list[Record] | None = None
    _keys: list[tuple[str, str]] = field(default_factory=list)

    def put(self, rows: Iterable[Record]) -> None:
        """Take these records in, in the place of what they were."""
        for row in rows:
            self.rows[row["Id"]] = row
            self._ordered = None

    def from_(self, since: str) -> Iterator[Record]:
        """By time of change and id, from that time on."""
        if self._ordered is None:
            self._ordered = sorted(self.rows.values(), key=_key)
            self._keys = [_key(row) for row in self._ordered]
        return islice(self._ordered, bisect_left(self._keys, (since, "")), None)


@dataclass(frozen=True)
class Asked:
    """A query. since: what it begins with asking for, where that is a time of change."""

    fields: tuple[str, ...]
    object: str
    holds: Test
    since: str = ""
    order: tuple[str, ...] = ()
    limit: int | None = None
    names: frozenset[str] = frozenset()

    def answer(self, table: Table, *, deleted: bool) -> list[Record]:
        """The records that are meant."""
        found = (
            row
            for row in table.from_(self.since)
            if (deleted or not row["IsDeleted"]) and self.holds(row)
        )
        if self.order in {(CHANGED,), (CHANGED, "Id")}:
            return list(islice(found, self.limit))
        rows = list(found)
        for term in reversed(self.order):
            name, _, way = term.partition(" ")
            rows.sort(key=lambda row: row[name] or "", reverse=way == "DESC")
        return rows[: self.limit]


def asked(text: str) -> Asked:
    """A query as it is sent. Raises `Refused`."""
    found = WHOLE.fullmatch(text)
    if found is None:
        raise Refused("MALFORMED_QUERY", f"unexpected token: '{text[:10]}'")
    reader = _Reader(found["where"] or "")
    holds = reader.conditions() if found["where"] else _always
    if reader.left:
        raise Refused("MALFORMED_QUERY", f"unexpected token: '{reader.left[0][1]}'")
    order = tuple(one.strip() for one in (found["order"] or "").split(",") if one.strip())
    fields = tuple(one.strip() for one in found["fields"].split(","))
    names = {one for one in fields if one != "COUNT()"} | reader.names
    names |= {one.partition(" ")[0] for one in order}
    return Asked(
        fields,
        found["object"],
        holds,
        reader.since,
        order,
        int(found["limit"]) if found["limit"] else None,
        frozenset(names),
    )


def shown(row: Record, fields: Sequence[str], kind: str) -> Record:
    """A record with the fields that were asked for, those of other records nested."""
    told: Record = {"attributes": {"type": kind, "url": f"/sobjects/{kind}/{row['Id']}"}}
    for path in fields:
        name, _, behind = path.partition(".")
        if not behind:
            told[name] = row[name]
        elif row[name] is None:
            told[name] = None
        else:
            told.setdefault(name, {"attributes": {"type": name}})[behind] = row[name][behind]
    return told


class _Reader:
    """Reads conditions: AND and OR of comparisons, never both without parentheses."""

    def __init__(self, text: str) -> None:
        self.left = [(one.lastgroup or "", one[0].strip()) for one in _tokens(text)]
        self.names: set[str] = set()
        self.since = ""

    def conditions(self, depth: int = 0) -> Test:
        tests, words = [self._term(depth)], set()
        while self.left and self.left[0][1].upper() in {"AND", "OR"}:
            words.add(self._next()[1].upper())
            if len(words) > 1:
                raise Refused("MALFORMED_QUERY", "unexpected token: 'OR'")
            tests.append(self._term(depth + 1))
        if "OR" in words:
            return lambda row: any(test(row) for test in tests)
        return lambda row: all(test(row) for test in tests)

    def _term(self, depth: int) -> Test:
        kind, text = self._next()
        if text == "(":
            inner = self.conditions(depth + 1)
            self._expect(")")
            return inner
        if kind != "word":
            raise Refused("MALFORMED_QUERY", f"unexpected token: '{text}'")
        self.names.add(text)
        sign = self._next()[1]
        if sign.upper() == "IN":
            return self._among(text)
        value = self._value()
        if depth == 0 and (text, sign) == (CHANGED, ">="):
            self.since = str(value)
        return _compared(text, sign, value)

    def _among(self, name: str) -> Test:
        self._expect("(")
        values = {self._value()}
        while (sign := self._next()[1]) == ",":
            values.add(self._value())
        if sign != ")":
            raise Refused("MALFORMED_QUERY", f"unexpected token: '{sign}'")
        return lambda row: row[name] in values

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", lambda one: UNESCAPED.get(one[1], one[1]), text[1:-1])
        if kind == "at":
            return stamp(datetime.fromisoformat(text))
        if kind == "word" and text.lower() in WORDS:
            return WORDS[text.lower()]
        raise Refused("MALFORMED_QUERY", f"unexpected token: '{text}'")

    def _expect(self, sign: str) -> None:
        if self._next()[1] != sign:
            raise Refused("MALFORMED_QUERY", f"expecting '{sign}'")

    def _next(self) -> tuple[str, str]:
        if not self.left:
            raise Refused("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        return self.left.pop(0)


def stamp(at: datetime | None) -> str | None:
    """An instant as Salesforce writes it."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def _tokens(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text.rstrip()):
        found = TOKEN.match(text, place)
        if found is None:
            raise Refused("MALFORMED_QUERY", f"unexpected token: '{text[place]}'")
        yield found
        place = found.end()


def _compared(name: str, sign: str, value: Any) -> Test:
    if sign == "=":
        return lambda row: row[name] == value
    if sign == "!=":
        return lambda row: row[name] != value
    if sign not in SIGNS:
        raise Refused("MALFORMED_QUERY", f"unexpected token: '{sign}'")
    fits = SIGNS[sign]
    return lambda row: row[name] is not None and fits(row[name], value)


def _always(_row: Record) -> bool:
    return True


def _key(row: Record) -> tuple[str, str]:
    return row[CHANGED], row["Id"]
