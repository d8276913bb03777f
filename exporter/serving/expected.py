"""How many tickets were to be expected in each of the last hours, all channels together."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from exporter.source import Source
from exporter.store.retrospect import HOUR, Retrospect

if TYPE_CHECKING:
    from exporter.volume import Arrivals

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * HOUR
LEARNED = 91 * DAY
"""How far back it is looked to learn what is usual, in milliseconds."""

STEP = 900
"""Seconds between what is judged: hours begin at whole quarters of an hour in every zone."""


@dataclass(frozen=True, slots=True)
class Band:
    """What an hour was to bring, and between what nobody need be surprised."""

    expected: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """In whole numbers, those at the ends being no surprise yet."""
        return f"{self.expected:.0f} ({floor(self.lower)} to {ceil(self.upper)})"


@dataclass(frozen=True, slots=True)
class Expected:
    """hours: by hour of the chart. last_hour: of that up to the watermark."""

    hours: tuple[Band, ...]
    last_hour: Band


def expected(look: Retrospect, source: Source, begin: int, at: int) -> Expected | None:
    """What was to be expected in the 24 hours from `begin` on and in the last one up to `at`, by
    what came in the weeks before; None while these are too few."""
    arrivals = _arrivals(look, begin, at)
    minute = at // MINUTE * MINUTE // SECOND
    first, last = (begin + HOUR) // SECOND, (begin + DAY) // SECOND
    now, then = source.usual.told(arrivals, minute, first, last + 1, STEP)
    if now.learning or not (then.spike == then.spike).all():  # nan while it learned
        return None
    place = next(n for n, band in enumerate(now.bands) if band.window * SECOND == HOUR)
    rows = zip(
        *(part[:: HOUR // SECOND // STEP, place].tolist() for part in then[2:5]), strict=True
    )
    band = now.bands[place]
    return Expected(
        tuple(Band(*row) for row in rows),
        Band(band.expected, band.lower, band.upper),
    )


def _arrivals(look: Retrospect, begin: int, at: int) -> Arrivals:
    """All that came since so long before `begin`; nothing in what is left of the present hour."""
    import numpy as np

    from exporter.volume import Arrivals

    start = (begin - LEARNED) // DAY * DAY
    minutes = np.zeros((begin + DAY - start) // MINUTE, dtype=np.int64)
    for minute, count in look.created(MINUTE, start, at).items():
        minutes[minute] = count
    return Arrivals(start // SECOND, minutes)
