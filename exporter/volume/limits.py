"""How far from what is expected is too far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, Flags, Floats
from exporter.volume.history import History, running
from exporter.volume.sensitivity import Sensitivity
from exporter.volume.tails import bound

BUSY: Final = 160
"""The busiest quarters of the week, forty hours, are what a busy hour is told by."""

TYPICAL: Final = 0.02
"""φ of a queue of which little is known, worth as much as SQUARES of squared expectation."""

SQUARES: Final = 100.0
COMES_NEAR: Final = 0.8


@dataclass(frozen=True, slots=True)
class Limits:
    """Arrays by window.

    dispersion: φ of the variance m + φ m².
    deviations: how many of the normal law are too many.
    floor: how many tickets too many, or missing, matter.
    missing: which part of what is expected must be missing.
    """

    dispersion: Floats
    deviations: Floats
    floor: Floats
    missing: float

    def above(self, most: Floats) -> Floats:
        """How many tickets beyond what may be expected are too many; the last axis is time."""
        far = bound(most, self.dispersion[:, None], self.deviations[:, None])
        return np.maximum(far - most, self.floor[:, None])

    def below(self, least: Floats) -> Floats:
        """How many missing ones are too many."""
        far = bound(least, self.dispersion[:, None], -self.deviations[:, None])
        return np.maximum(np.maximum(least - far, self.missing * least), self.floor[:, None])


def limits(
    past: History, expected: Floats, calm: Flags, weeks: float, sensitivity: Sensitivity
) -> Limits:
    """Those of a queue, from how its past lay around what was expected."""
    windows = sensitivity.windows
    came, meant = running(past.counts, windows), running(expected, windows)
    lengths = np.array(windows) // QUARTER
    whole = running(calm.astype(np.float64), windows) >= lengths[:, None]
    found = Limits(
        _dispersion(came, meant, whole, lengths * 1.0),
        np.array(sensitivity.deviations) * sensitivity.widening(weeks),
        sensitivity.floors(_busy_hour(past, expected)),
        sensitivity.missing,
    )
    scores = ((came - meant) / found.above(meant)).max(axis=0)
    wider = _restlessness(scores * past.ordinary, past)
    return Limits(found.dispersion, found.deviations * wider, found.floor, found.missing)


def _busy_hour(past: History, expected: Floats) -> float:
    week = np.zeros(7 * 96)
    week[past.slots] = expected
    return float(np.sort(week)[-BUSY:].mean()) * HOUR / QUARTER


def _dispersion(came: Floats, meant: Floats, whole: Flags, lengths: Floats) -> Floats:
    """φ by window, from windows without an incident, which overlap each other by their lengths."""
    squares = (meant * meant * whole).sum(axis=1) / lengths
    beyond = (((came - meant) ** 2 - meant) * whole).sum(axis=1) / lengths
    found: Floats = np.maximum(beyond + TYPICAL * SQUARES, 0) / (squares + SQUARES)
    return found


def _restlessness(scores: Floats, past: History) -> float:
    """By what factor limits are wider where even the second strongest day of a week comes near.

    The strongest may be an incident; days on which the queue itself is restless are more.
    """
    starts = np.flatnonzero(np.diff(past.days, prepend=-1))
    tops = np.maximum.reduceat(scores, starts)[::-1]
    weeks = len(tops) // 7
    if not weeks:
        return 1.0
    seconds = np.sort(tops[: 7 * weeks].reshape(weeks, 7), axis=1)[:, -2]
    return float(np.clip(np.median(seconds) / COMES_NEAR, 1.0, 2.0))
