"""What an alert does: finds incidents, how late, and how often it rings for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import Flags, Floats, Integers
from tests.benchmarks.volume.queues import INCIDENT, SLOT

GAP: Final = 3600 // SLOT
"""Alerts less than an hour apart are one episode."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Minutes until each incident was found (nan: it was not), and where episodes of nothing
    start."""

    delays: list[float]
    false: Integers


def episodes(over: Flags) -> Integers:
    """First and last slot of each."""
    at = np.flatnonzero(over)
    breaks = np.flatnonzero(np.diff(at) > GAP)
    first, last = np.append(0, breaks + 1), np.append(breaks, len(at) - 1)
    return np.column_stack((at[first], at[last])) if len(at) else np.zeros((0, 2), dtype=np.int64)


def outcome(scores: Floats, threshold: float, begins: Integers) -> Outcome:
    """`scores` are by slot, evaluated at its end. An incident is found by the episode that starts
    inside it, at the second of two evaluations that are over. An episode that touches none, nor the
    three hours after one, is false."""
    found = episodes(scores >= threshold)
    starts = found[:, 0]
    delays = []
    for begin in begins:
        inside = starts[(starts >= begin) & (starts < begin + INCIDENT)]
        delays.append(float(inside[0] - begin + 1) * SLOT / 60 if len(inside) else np.nan)
    false = [
        first
        for first, last in found
        if not np.any((last >= begins) & (first < begins + 2 * INCIDENT))
    ]
    return Outcome(delays, np.array(false, dtype=np.int64))
