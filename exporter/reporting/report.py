"""A period's numbers against those of the equally long period before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors import Fact
from exporter.reporting.books import Books
from exporter.reporting.frames import facts, tickets, was_open
from exporter.reporting.measures import FEW, MEASURES, Answer, Measure, Unit
from exporter.reporting.period import Period

if TYPE_CHECKING:
    from pandas import DataFrame

ALL = "all"
BACKLOG = "backlog"
TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one group.

    change: of a share or a score in points, of everything else in percent of what was before.
    note: "too few" where n is too small to tell the change from chance.
    """

    group: str
    measure: str
    title: str
    unit: Unit
    n: int
    value: float | None
    n_before: int
    before: float | None
    change: float | None
    note: str
    better: int


@dataclass(frozen=True)
class Report:
    """The lines, and the tables that charts are drawn from."""

    sources: tuple[str, ...]
    period: Period
    by: str | None
    lines: tuple[Line, ...]
    facts: DataFrame
    tickets: DataFrame

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order of their size, without the whole."""
        size = {
            line.group: line.value or 0 for line in self.lines if line.measure == MEASURES[0].name
        }
        found = dict.fromkeys(line.group for line in self.lines if line.group != ALL)
        return tuple(sorted(found, key=lambda group: (-size.get(group, 0), group)))

    def of(self, group: str) -> list[Line]:
        """The lines of one group."""
        return [line for line in self.lines if line.group == group]

    def frame(self) -> DataFrame:
        """The lines as a table of pandas."""
        import pandas as pd

        rows = [
            (
                line.group, line.measure, line.unit.value, line.n, line.value,
                line.n_before, line.before, line.change, line.note,
            )
            for line in self.lines
        ]  # fmt: skip
        names = ["group", "measure", "unit", "n", "value", "n_before", "before", "change", "note"]
        floats = dict.fromkeys(("value", "before", "change"), "float64")
        return pd.DataFrame(rows, columns=names).astype(floats)


def report(shelf: Sequence[Books], period: Period, by: str | None) -> Report:
    """The report of several sources together; by: what it is broken down by besides."""
    told = frozenset[Fact]().union(*(books.source.measures.told for books in shelf))
    seen, known = facts(shelf, period), tickets(shelf)
    lines = list(_lines(ALL, seen, known, period, told))
    if by is not None:
        for group in sorted(set(seen[by]) | set(known[by])):
            part, mine = seen[seen[by] == group], known[known[by] == group]
            lines += _lines(str(group), part, mine, period, told)
    names = tuple(books.source.name for books in shelf)
    return Report(names, period, by, tuple(lines), seen, known)


def _lines(
    group: str, seen: DataFrame, known: DataFrame, period: Period, told: Iterable[Fact]
) -> Iterator[Line]:
    now, then = _within(seen, period), _within(seen, period.before)
    for measure in MEASURES:
        if measure.of is None or measure.of in told:
            answer, before = measure.ask(now), measure.ask(then)
            if answer.n or before.n or measure.unit is Unit.COUNT:
                yield _line(group, measure.name, measure.title, measure, answer, before)
        if measure.name == "reopened":
            yield _backlog(group, known, period, Fact.SOLVED in told)


def _within(seen: DataFrame, period: Period) -> DataFrame:
    return seen[(seen["at"] >= period.since) & (seen["at"] < period.until)]


def _backlog(group: str, known: DataFrame, period: Period, is_dated: bool) -> Line:
    """At the end of each period, where solves are dated; else as it is now."""
    measure = Measure(
        BACKLOG, "Backlog at the end", Unit.COUNT, None, lambda _: Answer(0, None), -1
    )
    if not is_dated:
        n = int(known["open"].sum())
        return _line(group, BACKLOG, "Backlog now", measure, Answer(n, n), Answer(0, None))
    now, then = (backlog(known, at - 1) for at in (period.until, period.since))
    return _line(group, BACKLOG, measure.title, measure, Answer(now, now), Answer(then, then))


def backlog(known: DataFrame, at: int) -> int:
    """How many tickets were open at an instant."""
    rows = zip(known["created_at"], known["steps"], strict=True)
    return sum(was_open(created, steps, at) for created, steps in rows)


def _line(
    group: str, name: str, title: str, measure: Measure, answer: Answer, before: Answer
) -> Line:
    change = None
    if answer.value is not None and before.value is not None:
        gap = answer.value - before.value
        if measure.unit is Unit.SHARE:
            change = 100 * gap
        elif measure.unit is Unit.SCORE:
            change = gap
        elif before.value:
            change = 100 * gap / before.value
    counts = measure.unit is Unit.COUNT
    enough = max(answer.n, before.n) if counts else min(answer.n, before.n)
    note = "" if enough >= FEW else TOO_FEW
    return Line(group, name, title, measure.unit, answer.n, answer.value, before.n, before.value,
                change, note, measure.better)  # fmt: skip
