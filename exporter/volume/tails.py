"""How unusual a count is, in deviations of the normal law, and back.

Arrivals that vary more than chance does have variance m + φ m² (negative binomial), and are skew.
Wilson and Hilferty's cube root makes such a law normal; both ways are closed formulas.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from exporter.volume.arrivals import Floats

LEAST: Final = 0.05
"""Tickets: less is never expected, as nothing is known to be impossible."""


def deviations(counts: Floats, expected: Floats, dispersion: Floats | float) -> Floats:
    """How far a count lies above (below: negative) what is expected."""
    spread, skew = _moments(expected, dispersion)
    root = np.cbrt(1 + skew * (counts - expected) / (2 * spread))
    found: Floats = (root - 1 + skew * skew / 36) * 6 / skew
    return found


def bound(expected: Floats, dispersion: Floats | float, far: Floats | float) -> Floats:
    """The count that lies so many deviations away from what is expected."""
    spread, skew = _moments(expected, dispersion)
    root = np.maximum(1 + skew * far / 6 - skew * skew / 36, 0)
    found: Floats = expected + 2 * spread / skew * (root * root * root - 1)
    return found


def _moments(expected: Floats, dispersion: Floats | float) -> tuple[Floats, Floats]:
    """Standard deviation and skewness."""
    mean = np.maximum(expected, LEAST)
    spread: Floats = np.sqrt(mean + dispersion * mean * mean)
    return spread, (1 + 2 * dispersion * mean) / spread
