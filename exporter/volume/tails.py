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


def bound(expected: Floats, ratio: Floats | float, far: Floats | float) -> Floats:
    """The count that lies so many deviations away from what is expected."""
    spread, skew = _moments(expected, ratio)
    root = np.maximum(1 + skew * far / 6 - skew * skew / 36, 0)
    found: Floats = expected + 2 * spread / skew * (root * root * root - 1)
    return found


def _moments(expected: Floats, ratio: Floats | float) -> tuple[Floats, Floats]:
    """Standard deviation and skewness."""
    spread: Floats = np.sqrt(ratio * np.maximum(expected, LEAST))
    return spread, (2 * ratio - 1) / spread
