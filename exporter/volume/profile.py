"""What is usual in each quarter of an hour of the week.

A finer estimate departs from a coarser one as far as the counts prove that it does (a gamma prior
whose strength is fitted to them: empirical Bayes): from a day's level to its hours, its quarters,
and to those of each weekday. So a small queue is smoothed strongly and a large one hardly.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from exporter.volume.arrivals import Floats
from exporter.volume.calendar import QUARTERS
from exporter.volume.history import History

SHAPE: Final = (12, 6, 3, 1)
"""Quarters of an hour that each step from coarse to fine looks at, in the shape of all days."""

WEEKDAY: Final = (24, 8)
"""The same in what a weekday has of its own."""

BORROWED: Final = (QUARTERS, 12, 4)
"""The same in what a queue has of its own, where its shape is borrowed."""

NEAR: Final = 6
"""Over so many quarters it is fitted how far counts depart: at an opening they leap."""

TINY: Final = 1e-9


def usual(past: History, weights: Floats, shape: Floats | None = None) -> Floats:
    """Expected arrivals of the 672 quarters of a week, at the level of the weighted past.

    shape: a week of another queue to begin from, at any level.
    """
    came = _weekly(past, weights * past.counts)
    seen = _weekly(past, weights)
    rates = _own(came, seen) if shape is None else _borrowed(came, seen, shape)
    return rates.ravel()


def _weekly(past: History, values: Floats) -> Floats:
    found: Floats = np.bincount(past.slots, values, 7 * QUARTERS).astype(np.float64)
    return found.reshape(7, QUARTERS)


def _own(came: Floats, seen: Floats) -> Floats:
    level = came.sum(axis=1) / np.maximum(seen.sum(axis=1), TINY)
    flat = seen * level[:, None]
    shape = np.ones((1, QUARTERS))
    for width in SHAPE:
        meant = flat.sum(axis=0, keepdims=True) * shape
        shape = shape * _departure(came.sum(axis=0, keepdims=True), meant, width)
    rates: Floats = level[:, None] * shape
    for width in WEEKDAY:
        rates = rates * _departure(came, seen * rates, width)
    return rates


def _borrowed(came: Floats, seen: Floats, shape: Floats) -> Floats:
    rates: Floats = shape.reshape(7, QUARTERS)
    rates = rates * (came.sum() / max(float((seen * rates).sum()), TINY))
    for width in BORROWED:
        rates = rates * _departure(came, seen * rates, width)
    return rates


def _departure(came: Floats, meant: Floats, width: int) -> Floats:
    """By what factor to go from what was meant to come towards what came, around each quarter."""
    came, meant = _around(came, width), _around(meant, width)
    squares = ((came - meant) ** 2 - came).sum(axis=0, keepdims=True)
    possible = (meant**2).sum(axis=0, keepdims=True)
    beyond = _around(squares, NEAR) / np.maximum(_around(possible, NEAR), TINY)
    strength = 1 / np.maximum(beyond, 1e-4)
    factor: Floats = (came + strength) / (meant + strength)
    return factor


def _around(values: Floats, width: int) -> Floats:
    """Sums over `width` quarters around each; the ends of a day meet."""
    if width == 1:
        return values
    left = width // 2
    ends = values[:, QUARTERS - left :], values[:, : width - 1 - left]
    padded = np.concatenate((ends[0], values, ends[1]), axis=1)
    total = np.concatenate((np.zeros((len(values), 1)), np.cumsum(padded, axis=1)), axis=1)
    summed: Floats = total[:, width:] - total[:, :-width]
    return summed
