"""The tickets of one queue, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MINUTE: Final = 60
QUARTER: Final = 900
"""Seconds of the grid on which history is learned: zones are whole quarters of an hour off UTC."""

HOUR: Final = 3_600
DAY: Final = 86_400
WEEK: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One queue (a source and channel) by the vendor's creation time.

    start: Unix seconds, a multiple of 300.
    minutes: tickets created in each minute since `start`, whole minutes up to the watermark.
    """

    start: int
    minutes: Integers

    @property
    def end(self) -> int:
        """The watermark, in Unix seconds: everything before it is known."""
        return self.start + MINUTE * len(self.minutes)

    def between(self, edges: Integers) -> Floats:
        """Tickets between each of the rising instants (whole minutes) and the next one; none where
        nothing is known."""
        at = np.clip((edges - self.start) // MINUTE, 0, len(self.minutes))
        known = self.minutes[at[0] : at[-1]]
        total = np.concatenate(([0], np.cumsum(known)))[at - at[0]]
        counts: Floats = np.diff(total).astype(np.float64)
        return counts
