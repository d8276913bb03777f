"""The past of a queue on a grid of quarters of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exporter.volume.arrivals import DAY, QUARTER, WEEK, Arrivals, Flags, Floats, Integers
from exporter.volume.calendar import Calendar


@dataclass(frozen=True, slots=True)
class History:
    """Arrivals of whole quarters of an hour, and when on the wall they came.

    start: Unix seconds of the first quarter.
    counts: tickets of each quarter.
    slots: its quarter of the week on the wall; 0 is Monday, 0:00.
    days: its day on the wall, counted from 1970-01-01.
    ordinary: whether the day is neither a holiday nor next to one.
    """

    start: int
    counts: Floats
    slots: Integers
    days: Integers
    ordinary: Flags

    @classmethod
    def of(cls, arrivals: Arrivals, calendar: Calendar, until: int) -> History:
        """All whole quarters that lie before `until` and the watermark, at least one."""
        start = -(-arrivals.start // QUARTER) * QUARTER
        end = max(min(until, arrivals.end), start + QUARTER) // QUARTER * QUARTER
        edges = np.arange(start, end + 1, QUARTER)
        wall = calendar.wall(edges[:-1])
        days = wall // DAY
        return cls(start, arrivals.between(edges), slots(wall), days, ~calendar.near(days))

    def part(self, since: int, until: int) -> History:
        """What lies in `since` ≤ t < `until`."""
        first, last = (max(0, (at - self.start) // QUARTER) for at in (since, until))
        return History(
            self.start + first * QUARTER,
            self.counts[first:last],
            self.slots[first:last],
            self.days[first:last],
            self.ordinary[first:last],
        )

    def recent(self, until: int, weeks: int) -> History:
        """The last weeks before `until`, from the first ticket on; empty where there is none."""
        past = self.part(until - weeks * WEEK, until)
        some = np.flatnonzero(past.counts)
        first = int(some[0]) if len(some) else len(past.counts)
        return past.part(past.start + first * QUARTER, until)


def slots(wall: Integers) -> Integers:
    """The quarter of the week of seconds on the wall since 1970, a Thursday."""
    return (wall + 3 * DAY) % WEEK // QUARTER


def running(values: Floats, windows: Sequence[int]) -> Floats:
    """By window in seconds and quarter: the sum over the window that ends with it, nothing having
    come before the first."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    found = np.empty((len(windows), len(values)))
    for row, window in zip(found, windows, strict=True):
        row[:] = total[1:]
        row[window // QUARTER :] -= total[1 : max(0, len(values) - window // QUARTER) + 1]
    return found
