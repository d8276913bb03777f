"""How the detector weighs, the same for every queue."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, MINUTE, QUARTER, Floats

FEWEST_CHANCES: Final = 30.0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The settings of the detector.

    windows: over which arrivals are held against what is expected; seconds, whole quarters of an
        hour. An incident has begun with any of them.
    spikes, drops: what is held against the usual: how many times as many.
    looks: about so many looks of a week at a queue say something of their own.
    trust: the evidence that it takes where there is one chance in a week; the logarithm of how many
        times likelier an incident must be.
    steady: the least dispersion; no queue is steadier from day to day.
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

    windows: tuple[int, ...] = tuple(range(QUARTER, 3 * HOUR + 1, QUARTER))
    spikes: tuple[float, ...] = (2.0, 3.0)
    drops: tuple[float, ...] = (0.25,)
    looks: float = 600.0
    trust: float = 0.95
    steady: float = 0.003
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

    def evidence(self, own: float, of_source: float) -> tuple[float, float]:
        """How much it takes for a spike and for a drop in a queue to which so many tickets come in
        a week.

        Each ticket is a chance to ring for nothing, up to the number of looks. The queues of a
        source share what one alone would have, by their shares of the tickets. Of spikes a small
        queue has less than that, the square: few tickets too many matter less than none at all.
        """
        own = max(own, FEWEST_CHANCES)
        shared = log(max(of_source, own) / own)
        needed = self.trust + log(own / (1 + own / self.looks)) + shared
        return needed + shared, needed

    def widening(self, weeks: float) -> float:
        """How many times as much evidence it takes after so many weeks of history."""
        short = (self.full - weeks) / (self.full - self.least)
        return 1 + min(max(short, 0.0), 1.0)


DEFAULT = Sensitivity()
