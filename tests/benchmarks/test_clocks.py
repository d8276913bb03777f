"""Business time costs next to nothing for each fact."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from exporter.clocks import BusinessClock, Schedule
from tests.benchmarks.figures import MILLISECONDS, RATIO, Figures, Unit

SECONDS = Unit(1, "{:.2f} s")
CALLS = 1_000_000
HOUR = 3_600_000
YEAR = 366 * 24 * HOUR
BEGIN = int(datetime(2016, 1, 1, tzinfo=UTC).timestamp()) * 1000
DAYTIME = ((480, 720), (780, 1080))
OFFICE = Schedule("office", "Europe/Berlin", (*(DAYTIME,) * 5, (), ()), ("DE-BY",))


def spans() -> list[tuple[int, int]]:
    """A million tickets of ten years, each open for up to a year."""
    seeded = random.Random(7)
    starts = [BEGIN + seeded.randrange(10 * YEAR) for _ in range(CALLS)]
    return [(start, start + seeded.randrange(YEAR)) for start in starts]


def taken(call: Callable[[int, int], int], pairs: list[tuple[int, int]]) -> float:
    """Seconds of so many calls, the loop around them included."""
    began = perf_counter()
    for start, other in pairs:
        call(start, other)
    return perf_counter() - began


def test_a_million_elapsed_times(figures: Figures) -> None:
    seconds = taken(BusinessClock(OFFICE).elapsed, spans())
    figures.at_most("business time: a million elapsed", seconds, SECONDS, 3, limit=10)


def test_a_million_due_times(figures: Figures) -> None:
    pairs = [(start, 8 * HOUR) for start, _ in spans()]
    seconds = taken(BusinessClock(OFFICE).last_within, pairs)
    figures.at_most("business time: a million due times", seconds, SECONDS, 5, limit=20)


def test_the_first_question_does_not_wait_for_the_years(figures: Figures) -> None:
    BusinessClock(OFFICE).elapsed(BEGIN, BEGIN + YEAR)  # what is imported once
    one = taken(BusinessClock(OFFICE).elapsed, [(BEGIN, BEGIN + 10 * YEAR)])
    figures.at_most("business time: first span of ten years", one, MILLISECONDS, 0.1, limit=1)
    figures.note("business time: of that a year", one / 10 * 1000, Unit(1, RATIO.text + " ms"))
