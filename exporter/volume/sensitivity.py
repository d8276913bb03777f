"""How the detector weighs, the same for every queue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exporter.volume.arrivals import HOUR, MINUTE, Floats


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The settings of the detector.

    windows: over which arrivals are held against what is expected; seconds, whole quarters of an
        hour.
    deviations: by window, how many deviations of the normal law above what is expected are a
        verdict. A long window needs fewer, as there are fewer of them in a week.
    missing_deviations: the same below. Where little is expected, only a long window can tell that
        nothing comes, and it needs fewer still.
    confirm: how far apart the two evaluations are that must agree, in seconds.
    matters: how many tickets too many matter, in hours of busy arrivals, over a window of one hour;
        over others it goes with the fourth root.
    fewest: how many tickets too many, or missing, matter in any queue.
    more, missing: which part of the expected arrivals must come on top, or be missing.
    near_holiday: how many times as much is usual on the days before and after a holiday.
    memory: weeks of history that are used; half_life: weeks after which they weigh half.
    least: weeks of history before anything is judged; few: up to when a weekday may be like any
        other; full: from when on bounds are not widened.
    """

    windows: tuple[int, ...] = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR)
    deviations: tuple[float, ...] = (4.1, 3.8, 3.6, 3.5, 3.5)
    missing_deviations: tuple[float, ...] = (4.1, 3.95, 3.75, 3.55, 3.4)
    confirm: int = 5 * MINUTE
    matters: float = 0.55
    fewest: float = 4.0
    more: float = 0.6
    missing: float = 0.6
    near_holiday: float = 1.5
    memory: int = 12
    half_life: float = 10.0
    least: float = 1.0
    few: float = 3.0
    full: float = 4.0

    def floors(self, busy: float) -> Floats:
        """By window, how many tickets too many matter, where a busy hour brings so many."""
        hours = np.array(self.windows) / HOUR
        return np.maximum(self.fewest, self.matters * busy * hours**0.25)

    def widening(self, weeks: float) -> float:
        """By what factor bounds lie further out after so many weeks of history."""
        short = (self.full - weeks) / (self.full - self.least)
        return 1 + 0.5 * min(max(short, 0.0), 1.0)


DEFAULT = Sensitivity()
