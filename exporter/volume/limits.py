"""How far from what is expected is too far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from exporter.volume.arrivals import QUARTER, Flags, Floats, Integers
from exporter.volume.history import History, running
from exporter.volume.sensitivity import Sensitivity
from exporter.volume.tails import bound

TYPICAL: Final = 0.02
"""Dispersion of a queue of which little is known, worth SQUARES of squared expectation."""

SQUARES: Final = 100.0

COMES_NEAR: Final = 0.8
"""A score that a calm queue does not reach on two days of a week."""


class Past(NamedTuple):
    """What limits are fitted to.

    calm, days: by quarter, whether nothing was wrong, and its day. weeks: of history.
    own, of_source: tickets of a week, of the queue and of its whole source. busy: of a busy hour.
    """

    calm: Flags
    days: Integers
    weeks: float
    own: float
    of_source: float
    busy: float


class Kinds(NamedTuple):
    """What is held against the usual: how many times as many, and how much evidence of that is too
    much, the logarithm of how many times likelier it must be than the usual."""

    times: tuple[float, ...]
    evidence: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Arrays by window.

    clump, dispersion: the variance around an expected m is (clump + dispersion × m) m.
    spikes, drops: what too many, or too few, are told by.
    floor: how many tickets too many, or missing, matter.
    more, missing: which part of what is expected matters, above and below.
    """

    clump: float
    dispersion: Floats
    spikes: Kinds
    drops: Kinds
    floor: Floats
    more: float
    missing: float

    def above(self, most: Floats) -> Floats:
        """How many tickets beyond what may be expected are too many; the last axis is time."""
        far: Floats = np.min(self._bounds(most, self.spikes), axis=0)
        return np.maximum(np.maximum(far - most, self.more * most), self.floor[:, None])

    def below(self, least: Floats) -> Floats:
        """How many missing ones are too many."""
        far: Floats = np.max(self._bounds(least, self.drops), axis=0)
        return np.maximum(np.maximum(least - far, self.missing * least), self.floor[:, None])

    def _bounds(self, expected: Floats, kinds: Kinds) -> list[Floats]:
        dispersion = self.dispersion[:, None]
        return [
            bound(expected, self.clump, dispersion, times, kinds.evidence) for times in kinds.times
        ]

    def wider(self, times: float) -> Limits:
        """With so many times the evidence."""
        spikes, drops = (
            kinds._replace(evidence=kinds.evidence * times) for kinds in (self.spikes, self.drops)
        )
        return replace(self, spikes=spikes, drops=drops)


def limits(came: Floats, meant: Floats, past: Past, sensitivity: Sensitivity) -> Limits:
    """Those of a queue, from what came in each window of its past and was meant to."""
    errors, means, squares = _sums(came, meant, past, np.array(sensitivity.windows) / QUARTER)
    errors, squares = errors + TYPICAL * SQUARES, squares + SQUARES
    clump = _clump(errors, means, squares)
    wider = sensitivity.widening(past.weeks)
    spike, drop = sensitivity.evidence(past.own, past.of_source)
    return Limits(
        clump,
        np.maximum((errors - clump * means) / squares, sensitivity.steady),
        Kinds(sensitivity.spikes, wider * spike),
        Kinds(sensitivity.drops, wider * drop),
        sensitivity.floors(past.busy),
        sensitivity.more,
        sensitivity.missing,
    )


def _sums(came: Floats, meant: Floats, past: Past, lengths: Floats) -> Iterator[Floats]:
    """By window: squared errors, what was meant to come, and its squares, of whole calm windows."""
    seconds = (lengths * QUARTER).astype(int).tolist()
    whole = running(past.calm.astype(np.float64), seconds) >= lengths[:, None]
    # Windows overlap each other by their lengths.
    weights = whole / lengths[:, None]
    starts = np.flatnonzero(np.diff(past.days, prepend=-1))
    daily = [
        np.add.reduceat(values * weights, starts, axis=1)
        for values in ((came - meant) ** 2, meant, meant * meant)
    ]
    kept = _but_the_worst(daily[0][-1] / np.maximum(daily[1][-1], 1.0))
    return (values[:, kept].sum(axis=1) for values in daily)


def _but_the_worst(restless: Floats) -> Flags:
    """All days but the most restless of each week: it may be an incident that is not known."""
    kept = np.ones(len(restless), dtype=np.bool_)
    whole = restless[len(restless) % 7 :].reshape(-1, 7)
    kept[len(restless) % 7 + 7 * np.arange(len(whole)) + whole.argmax(axis=1)] = False
    return kept


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
    return found.wider(wider)
