"""The simulator's database: tables, and the encoded queries that select from them.

Of the operators it knows those that compare; `^OR` binds closer than `^`, `^NQ` begins a clause.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of an encoded query."""

    column: str
    operator: str
    value: str

    def holds(self, row: Values) -> bool:
        """Whether the row fulfils it; text compares as the database does, without case."""
        return OPERATORS[self.operator](row.get(self.column, "").lower(), self.value.lower())


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    ">=": ge,
    "<=": le,
    "!=": ne,
    "=": eq,
    ">": gt,
    "<": lt,
    "ISEMPTY": lambda value, _: not value,
}
TERM = re.compile(r"([a-z_][a-z0-9_.]*)(>=|<=|!=|=|>|<|ISEMPTY)(.*)", re.DOTALL)
ORDER = re.compile(r"ORDERBY(DESC)?([a-z_][a-z0-9_.]*)")

Group = list[Term]  # terms joined by ^OR: one of them must hold


@dataclass(slots=True)
class Query:
    """An encoded query: of the clauses (^NQ) one must hold, of a clause (^) every group."""

    clauses: list[list[Group]] = field(default_factory=lambda: [[]])
    order: list[tuple[str, bool]] = field(default_factory=list)

    def holds(self, row: Values) -> bool:
        """Whether the row is in the result."""
        return any(
            all(any(term.holds(row) for term in group) for group in clause)
            for clause in self.clauses
        )


def parse(encoded: str, understands: Callable[[str], bool]) -> Query:
    """Reads an encoded query. Terms that it cannot read, or whose column is not understood, are
    left out in silence, as the vendor does."""
    query = Query()
    for part in encoded.split("^"):
        if ordered := ORDER.fullmatch(part):
            if understands(ordered[2]):
                query.order.append((ordered[2], ordered[1] is not None))
            continue
        joined = part.startswith("OR")
        if part.startswith("NQ"):
            query.clauses.append([])
        term = TERM.fullmatch(part.removeprefix("NQ").removeprefix("OR"))
        if term is None or not understands(term[1]):
            continue
        clause = query.clauses[-1]
        if joined and clause:
            clause[-1].append(Term(*term.groups()))
        else:
            clause.append([Term(*term.groups())])
    return query


@dataclass(slots=True)
class Table:
    """Rows in the order of (time column, sys_id), with the time column as an index."""

    time: str
    rows: list[Values] = field(default_factory=list)
    index: list[str] = field(default_factory=list)

    def fill(self, rows: list[Values]) -> None:
        """Put these rows in the place of what there was."""
        self.rows = sorted(rows, key=lambda row: (row[self.time], row["sys_id"]))
        self.index = [row[self.time] for row in self.rows]

    def select(self, query: Query) -> list[Values]:
        """The rows of the result, in the order that the query asks for."""
        found = self._matching(query)
        if query.order in ([], [(self.time, False)], [(self.time, False), ("sys_id", False)]):
            return found
        for column, descending in reversed(query.order):
            found = sorted(found, key=lambda row: row.get(column, ""), reverse=descending)
        return found

    def _matching(self, query: Query) -> list[Values]:
        """By the index as far as it goes: past the bound's own second, terms on the time column
        that ask for as much or less are known to hold."""
        bound = self._bound(query)
        if not bound:
            return [row for row in self.rows if query.holds(row)]
        first, beyond = bisect_left(self.index, bound), bisect_left(self.index, bound + "~")
        rest = [
            group for group in query.clauses[0] if not any(self._under(t, bound) for t in group)
        ]
        later = Query([rest])
        at_bound = [row for row in self.rows[first:beyond] if query.holds(row)]
        after = self.rows[beyond:]
        return at_bound + ([row for row in after if later.holds(row)] if rest else after)

    def _bound(self, query: Query) -> str:
        if len(query.clauses) != 1:
            return ""
        alone = [group[0] for group in query.clauses[0] if len(group) == 1]
        return max(
            (t.value for t in alone if t.column == self.time and ">" in t.operator), default=""
        )

    def _under(self, term: Term, bound: str) -> bool:
        return term.column == self.time and ">" in term.operator and term.value <= bound
