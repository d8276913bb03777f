"""How far from what is expected is too far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from exporter.volume.arrivals import QUARTER, Flags, Floats
from exporter.volume.history import History, running
from exporter.volume.sensitivity import Sensitivity
from exporter.volume.tails import bound

TYPICAL: Final = 0.02
"""Dispersion of a queue of which little is known, worth SQUARES of squared expectation."""

SQUARES: Final = 100.0

COMES_NEAR: Final = 0.8
"""A score that a calm queue does not reach on two days of a week."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Arrays by window.

    clump, dispersion: the variance around an expected m is (clump + dispersion × m) m.
    deviations, missing_deviations: how many of the normal law are too many, above and below.
    floor: how many tickets too many, or missing, matter.
    more, missing: which part of what is expected matters, above and below.
    """

    clump: float
    dispersion: Floats
    deviations: Floats
    missing_deviations: Floats
    floor: Floats
    more: float
    missing: float

    def above(self, most: Floats) -> Floats:
        """How many tickets beyond what may be expected are too many; the last axis is time."""
        # Half a ticket: counts are whole, the law is not.
        far = bound(most, self._ratio(most), self.deviations[:, None]) - 0.5
        return np.maximum(np.maximum(far - most, self.more * most), self.floor[:, None])

    def below(self, least: Floats) -> Floats:
        """How many missing ones are too many."""
        far = bound(least, self._ratio(least), -self.missing_deviations[:, None])
        return np.maximum(np.maximum(least - far, self.missing * least), self.floor[:, None])

    def _ratio(self, expected: Floats) -> Floats:
        return self.clump + self.dispersion[:, None] * expected


def limits(
    came: Floats, meant: Floats, calm: Flags, busy: float, weeks: float, sensitivity: Sensitivity
) -> Limits:
    """Those of a queue, from what came in each window of its past and was meant to.

    calm: by quarter, whether nothing was wrong. busy: tickets of a busy hour.
    """
    lengths = np.array(sensitivity.windows) / QUARTER
    whole = running(calm.astype(np.float64), sensitivity.windows) >= lengths[:, None]
    # Windows overlap each other by their lengths.
    squares = (meant * meant * whole).sum(axis=1) / lengths + SQUARES
    means = (meant * whole).sum(axis=1) / lengths
    errors = ((came - meant) ** 2 * whole).sum(axis=1) / lengths + TYPICAL * SQUARES
    clump = _clump(errors, means, squares)
    return Limits(
        clump,
        np.maximum(errors - clump * means, 0) / squares,
        np.array(sensitivity.deviations) * sensitivity.widening(weeks),
        np.array(sensitivity.missing_deviations) * sensitivity.widening(weeks),
        sensitivity.floors(busy),
        sensitivity.more,
        sensitivity.missing,
    )


def _clump(errors: Floats, means: Floats, squares: Floats) -> float:
    """What the shortest and the longest windows together say, at least that of single tickets."""
    across = means[0] * squares[-1] - means[-1] * squares[0]
    if across <= 0:
        return 1.0
    return max(1.0, float((errors[0] * squares[-1] - errors[-1] * squares[0]) / across))


def restless(found: Limits, scores: Floats, past: History) -> Limits:
    """Wider ones where even the second strongest day of an ordinary week comes near.

    The strongest may be an incident; days on which the queue itself is restless are more.
    """
    starts = np.flatnonzero(np.diff(past.days, prepend=-1))
    tops = np.maximum.reduceat(scores * past.ordinary, starts)[::-1]
    weeks = len(tops) // 7
    if not weeks:
        return found
    seconds = np.sort(tops[: 7 * weeks].reshape(weeks, 7), axis=1)[:, -2]
    wider = float(np.clip(np.median(seconds) / COMES_NEAR, 1.0, 2.0))
    return replace(
        found,
        deviations=found.deviations * wider,
        missing_deviations=found.missing_deviations * wider,
    )
