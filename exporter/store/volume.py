"""The arrivals of one source as gauges: how many came, how many were to be expected, and whether
that is out of the ordinary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import floor
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from exporter.backlog import Cell
from exporter.catalog.volume import (
    ARRIVALS,
    DROP,
    EXPECTED,
    JUDGED,
    LOWER,
    SCORE,
    SPIKE,
    THOUSANDTHS,
    UPPER,
    WINDOWS,
)
from exporter.clocks import SECOND
from exporter.knowledge import Observation
from exporter.queues import Queue, between
from exporter.source import Source
from exporter.store.arrivals import DAY, MINUTE, Arrivals
from exporter.store.database import Database
from exporter.store.series import SeriesWriter

if TYPE_CHECKING:
    from exporter.volume import Judgement

LEARNED: Final = 91
"""Days before the last local midnight that are looked at to learn what is usual."""


class Volume:
    """One source's arrivals, within a transaction.

    judged_to: the whole minute at which they were told last; None: they have to be told anew.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        source: Source,
        series: SeriesWriter,
        judged_to: int | None,
    ) -> None:
        self.judged_to = judged_to
        self._arrivals = Arrivals(database, connection, source)
        self._series = series
        self._source = source

    def take(self, observations: Iterable[Observation], watermark: int) -> None:
        """Count the tickets that were created. watermark: the one before them."""
        first = self._arrivals.add(observations, watermark)
        if first is not None and self.judged_to is not None and first < self.judged_to:
            self.judged_to = None

    def tell(self, watermark: int, *, is_first: bool, is_calm: bool) -> None:
        """Judge the arrivals at the last whole minute, unless that was done.

        is_first: the first import has just ended. is_calm: the source is not catching up.
        """
        if ARRIVALS not in self._source.metrics:
            return
        minute = watermark // MINUTE * MINUTE
        if is_first:
            self._arrivals.fill(watermark)
        if self.judged_to == minute:
            return
        if self.judged_to is None or self.judged_to // DAY < minute // DAY:
            self._arrivals.forget(watermark)
        self._series.remove((ARRIVALS, EXPECTED, LOWER, UPPER, SCORE, JUDGED))
        self._series.put(dict(self._gauges(minute, is_calm)))
        self.judged_to = minute

    def hush(self) -> None:
        """Nothing is judged any more; what came and what was expected stays as it was."""
        if self.judged_to is not None:
            self._series.remove([SCORE])
            self._series.empty([JUDGED])
            self.judged_to = None

    def _gauges(self, minute: int, is_calm: bool) -> Iterator[tuple[Cell, int | None]]:
        until = self._source.definition.midnight(minute)
        before = self._arrivals.so_far(until - LEARNED * DAY, until - DAY)
        recent = self._arrivals.between(until - DAY, minute)
        judged = self._judged(until, before, recent, minute) if is_calm else {}
        for channel in sorted(before.keys() | recent.keys()):
            for window, number in _arrived(recent.get(channel, {}), minute).items():
                yield (ARRIVALS, (channel, window)), number
            one = judged.get(channel)
            is_judged = one is not None and not one.learning
            yield (JUDGED, (channel,)), int(is_judged)
            if one is not None and is_judged:
                yield from _bands(channel, one)
                yield from _scores(channel, one)

    def _judged(
        self, until: int, before: Mapping[str, int], recent: Mapping[str, Queue], minute: int
    ) -> dict[str, Judgement]:
        """What is to be said of each channel; learned from what came before `until`."""
        first, midnight = until - LEARNED * DAY, until // DAY * DAY
        begun = {
            channel: sum(n for _, n in between(queue, midnight // MINUTE, until // MINUTE))
            for channel, queue in recent.items()
        }
        return self._source.usual.judge(
            (self._arrivals.store, until, before, begun),
            until // SECOND,
            lambda: self._arrivals.between(first, until),
            recent,
            minute // SECOND,
        )


def _arrived(queue: Queue, until: int) -> dict[str, int]:
    """How many came in each window before the whole minute `until`."""
    end = until // MINUTE
    longest = max(WINDOWS.values()) * SECOND // MINUTE
    came = list(between(queue, end - longest, end))
    return {
        window: sum(number for at, number in came if at >= end - seconds * SECOND // MINUTE)
        for window, seconds in WINDOWS.items()
    }


def _bands(channel: str, judged: Judgement) -> Iterator[tuple[Cell, int]]:
    bands = {band.window: band for band in judged.bands}
    for window, seconds in WINDOWS.items():
        band = bands[seconds]
        yield (EXPECTED, (channel, window)), round(band.expected * THOUSANDTHS)
        yield (LOWER, (channel, window)), round(band.lower * THOUSANDTHS)
        yield (UPPER, (channel, window)), round(band.upper * THOUSANDTHS)


def _scores(channel: str, judged: Judgement) -> Iterator[tuple[Cell, int]]:
    """Rounded down: what is no verdict must not look like one."""
    for direction, score in ((SPIKE, judged.spike), (DROP, judged.drop)):
        yield (SCORE, (channel, direction)), floor(score * THOUSANDTHS)
