"""Which quarter of an hour of the week it is on the wall, and which days are no ordinary ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from exporter.clocks import EPOCH_DAY, SECOND, pieces
from exporter.volume.arrivals import DAY, QUARTER, Flags, Integers

QUARTERS: Final = DAY // QUARTER
"""Quarters of an hour in a day on the wall."""


class Calendar:
    """The wall clock of a zone and its closed days, as arrays.

    zone: whose hours are the queue's.
    is_holiday: whether a local day is closed against the habit of its weekday.
    """

    def __init__(self, zone: ZoneInfo, is_holiday: Callable[[date], bool] | None = None) -> None:
        self.zone = zone
        self._is_holiday = is_holiday
        self._known: dict[int, bool] = {}

    def wall(self, instants: Integers) -> Integers:
        """Seconds on the wall since 1970, for rising Unix seconds."""
        years = (datetime.fromtimestamp(int(at), UTC).year for at in (instants[0], instants[-1]))
        edges, offsets = _offsets(self.zone, *years)
        return instants + offsets[np.searchsorted(edges, instants, side="right") - 1]

    def midnight(self, at: int) -> int:
        """The last local midnight up to `at`, in Unix seconds."""
        local = datetime.fromtimestamp(at, self.zone)
        return int(local.replace(hour=0, minute=0, second=0, fold=0).timestamp())

    def next_midnight(self, midnight: int) -> int:
        """The local midnight after one."""
        day = datetime.fromtimestamp(midnight, self.zone).date() + timedelta(days=1)
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())

    def closed(self, days: Integers) -> Flags:
        """Which of the days, counted from 1970-01-01, are holidays."""
        first, last = int(days[0]), int(days[-1])
        known = np.array([self._holiday(day) for day in range(first, last + 1)], dtype=np.bool_)
        return known[days - first]

    def near(self, days: Integers) -> Flags:
        """Which of the rising days are holidays or next to one."""
        return self.closed(days) | self.closed(days - 1) | self.closed(days + 1)

    def _holiday(self, day: int) -> bool:
        if self._is_holiday is None:
            return False
        if day not in self._known:
            self._known[day] = self._is_holiday(date.fromordinal(day + EPOCH_DAY))
        return self._known[day]


@cache
def _offsets(zone: ZoneInfo, first: int, last: int) -> tuple[Integers, Integers]:
    """From when on a zone is how many seconds ahead of UTC, from one year to another."""
    known = [piece for year in range(first, last + 1) for piece in pieces(zone, year)]
    edges = [since // SECOND for since, _, _ in known]
    return np.array(edges), np.array([offset // SECOND for _, _, offset in known])
