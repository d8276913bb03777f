"""What comes on top of the usual at the same time of two days is a routine, such as a new batch."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, Floats
from exporter.volume.calendar import QUARTERS
from exporter.volume.history import History, running

AROUND: Final = 3
"""Quarters of an hour by which a routine may come earlier or later."""

RANG: Final = 0.9
"""The score from which on something that comes again is a routine."""

PART: Final = 0.4
"""The score from which on what follows within EPISODE seconds is part of it."""

EPISODE: Final = 3 * HOUR + AROUND * QUARTER

DAYS: Final = 8
"""Of so many last days, two make a routine of every day."""

APART: Final = 3
"""So many days lie between the two at most, as from a Friday to a Monday."""

PAIRS: Final = [(n, m) for n, m in combinations(range(DAYS), 2) if m - n <= APART]

WEEKS: Final = 2
"""So many weeks running make a routine of a weekday."""


def routines(scores: Floats, excess: Floats, past: History) -> Floats:
    """By window and quarter of the week: what came on top on two recent days, the lesser of them.

    scores, excess: by window and quarter of the past; from a score of 1 on it was a verdict.
    """
    strongest = scores.max(axis=0)
    rang = running((strongest > RANG).astype(np.float64), [EPISODE])[0] > 0
    # What lies in a window off the grid lies in a longer one on it.
    excess = np.maximum(excess, np.concatenate((excess[1:], excess[-1:])))
    days = _by_day(_spread(np.where(rang & (strongest > PART), excess, 0.0)), past)
    daily = np.max([np.minimum(days[new], days[old]) for new, old in PAIRS], axis=0)
    found = np.repeat(daily[:, None], 7, axis=1)
    newest = int(past.days[-1]) + 3
    for ago in range(7):
        weekly = days[ago : 7 * WEEKS : 7].min(axis=0)
        weekday = (newest - ago) % 7
        found[:, weekday] = np.maximum(found[:, weekday], weekly)
    return found.reshape(len(excess), -1)


def _spread(excess: Floats) -> Floats:
    """The greatest within some quarters before and after."""
    found = excess.copy()
    for shift in range(1, AROUND + 1):
        found[:, shift:] = np.maximum(found[:, shift:], excess[:, :-shift])
        found[:, :-shift] = np.maximum(found[:, :-shift], excess[:, shift:])
    return found


def _by_day(excess: Floats, past: History) -> Floats:
    """The last two weeks by days ago, window and quarter of the day."""
    found = np.zeros((7 * WEEKS, len(excess), QUARTERS))
    ago = past.days[-1] - past.days
    late = ago < len(found)
    found[ago[late], :, past.slots[late] % QUARTERS] = excess[:, late].T
    return found
