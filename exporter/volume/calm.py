"""The usual week of a queue, and which part of its past belongs to no incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, WEEK, Flags, Floats
from exporter.volume.history import History, running
from exporter.volume.profile import usual
from exporter.volume.tails import deviations

INCIDENTS: Final = ((HOUR, 3.6), (3 * HOUR, 3.0))
"""Windows, and the deviations beyond which they are an incident that nothing is learned from."""

SLACK: Final = 1.25
"""So many times as far away may lie what tells how much arrivals vary."""

VARIES: Final = 0.02
"""The dispersion that incidents are told with."""

LASTING: Final = 0.25
"""The part of a week that an incident does not last: it is a new level, and learned."""

ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Calm:
    """rates: of the 672 quarters of a week.

    calm: by quarter of the past, whether it is ordinary and belongs to no incident.
    bearable: the same, with more left in than usual is learned from.
    """

    rates: Floats
    calm: Flags
    bearable: Flags


def calm(past: History, weights: Floats, shape: Floats | None = None) -> Calm:
    """What is usual, without the incidents that stand out against it, found in turns."""
    found = past.ordinary
    for _ in range(ROUNDS):
        rates = usual(past, weights * found, shape)
        expected = rates[past.slots]
        clump = _clump(past.counts[found], expected[found])
        found = past.ordinary & ~_passing(incidents(past.counts, expected, clump), expected)
    bearable = ~incidents(past.counts, expected, clump, SLACK)
    return Calm(rates, found, past.ordinary & bearable)


def incidents(counts: Floats, expected: Floats, clump: float, slack: float = 1.0) -> Flags:
    """Which quarters belong to an incident, or to hours in which too little came."""
    windows = [window for window, _ in INCIDENTS]
    meant = running(expected, windows)
    away = np.abs(deviations(running(counts, windows), meant, clump + VARIES * meant))
    found = np.zeros(len(expected), dtype=np.bool_)
    for (window, far), row in zip(INCIDENTS, away, strict=True):
        ends = (row > far * slack).astype(np.float64)
        found |= running(ends[::-1], [window])[0][::-1] > 0
    return found


def _passing(found: Flags, expected: Floats) -> Flags:
    """Without the weeks of which too much would be an incident."""
    blocks = (np.arange(len(found))[::-1] * QUARTER) // WEEK
    share = np.bincount(blocks, found * expected) / np.maximum(np.bincount(blocks, expected), 1e-9)
    kept: Flags = found & (share <= LASTING)[blocks]
    return kept


def _clump(counts: Floats, expected: Floats) -> float:
    """Variance to mean of single quarters, at least that of single tickets."""
    errors = float(np.square(counts - expected).sum())
    return max(1.0, errors / max(float(expected.sum()), 1.0))
