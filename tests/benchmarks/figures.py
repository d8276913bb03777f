"""What was measured, gathered into the one table that `make bench` ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

COLUMNS = ("figure", "measured", "goal", "verdict")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `met` is None where there is no goal, only something to know."""

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """The goal's outcome in a word."""
        return "" if self.met is None else "met" if self.met else "MISSED"


@dataclass(frozen=True, slots=True)
class Unit:
    """How a number is written."""

    scale: float
    text: str

    def of(self, value: float) -> str:
        """The number in this unit."""
        return self.text.format(value * self.scale)


MILLISECONDS = Unit(1000, "{:.2f} ms")
MEGABYTES = Unit(2**-20, "{:.0f} MB")
PER_SECOND = Unit(1, "{:,.0f}/s")
RATIO = Unit(1, "{:.2f}")
COUNT = Unit(1, "{:,.0f}")


class Figures:
    """The figures of one run, in the order in which they were measured."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def note(self, name: str, value: float, unit: Unit) -> None:
        """Something to know, without a goal."""
        self.all.append(Figure(name, unit.of(value)))

    def at_most(
        self, name: str, value: float, unit: Unit, goal: float, *, limit: float | None = None
    ) -> None:
        """A goal not to exceed. The test fails above `limit`, which is the goal itself for what
        does not depend on the machine and its neighbours."""
        self.all.append(Figure(name, unit.of(value), f"at most {unit.of(goal)}", value <= goal))
        bound = goal if limit is None else limit
        assert value <= bound, f"{name}: {unit.of(value)} is more than {unit.of(bound)}"

    def at_least(self, name: str, value: float, unit: Unit, goal: float, *, limit: float) -> None:
        """A goal to reach. The test fails below `limit`."""
        self.all.append(Figure(name, unit.of(value), f"at least {unit.of(goal)}", value >= goal))
        assert value >= limit, f"{name}: {unit.of(value)} is less than {unit.of(limit)}"

    def table(self) -> str:
        """All of them, aligned."""
        rows = [COLUMNS, *((f.name, f.measured, f.goal, f.verdict) for f in self.all)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
        rule = "  ".join("-" * width for width in widths)
        lines = [
            f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {goal:<{widths[2]}}  {verdict}"
            for name, measured, goal, verdict in rows
        ]
        return "\n".join(line.rstrip() for line in (lines[0], rule, *lines[1:]))


def medians(actions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median seconds of each action. They take turns, so that a busy machine slows all alike."""
    seconds: list[list[float]] = [[] for _ in actions]
    for _ in range(repeats):
        for action, taken in zip(actions, seconds, strict=True):
            began = perf_counter()
            action()
            taken.append(perf_counter() - began)
    return [median(taken) for taken in seconds]
