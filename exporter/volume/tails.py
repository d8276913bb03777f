"""How unusual a count is, in deviations of the normal law, and back.

Tickets come in clumps, and some days bring more than others: around an expected m the variance is
v m with v = clump + dispersion × m, and the law is skew. Wilson and Hilferty's cube root makes it
normal; both ways are closed formulas.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from exporter.volume.arrivals import Floats

LEAST: Final = 0.05
"""Tickets: less is never expected, as nothing is known to be impossible."""


def deviations(counts: Floats, expected: Floats, ratio: Floats | float) -> Floats:
    """How far a count lies above (below: negative) what is expected; ratio: variance to mean."""
    spread, skew = _moments(expected, ratio)
    root = np.cbrt(1 + skew * (counts - expected) / (2 * spread))
    found: Floats = (root - 1 + skew * skew / 36) * 6 / skew
    return found


def bound(
    expected: Floats, clump: float, dispersion: Floats, times: float, evidence: float
) -> Floats:
    """The count at which so many times as many is e^evidence times as likely as what is expected.

    The logarithm of that ratio for a count n of a negative binomial law is
    (n ln t - (n + 1/φ) L) / clump with L = ln((1 + φ t m) / (1 + φ m)), solved here for n.
    """
    spread = dispersion * np.maximum(expected, LEAST)
    gained = np.log((1 + times * spread) / (1 + spread))
    found: Floats = (clump * evidence + gained / dispersion) / (np.log(times) - gained)
    return found


def _moments(expected: Floats, ratio: Floats | float) -> tuple[Floats, Floats]:
    """Standard deviation and skewness."""
    spread: Floats = np.sqrt(ratio * np.maximum(expected, LEAST))
    return spread, (2 * ratio - 1) / spread
