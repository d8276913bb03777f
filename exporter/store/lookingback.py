"""Gauges that look back from the watermark over what was observed: today, and quantiles."""

from __future__ import annotations

from exporter.backlog import Cell
from exporter.catalog import TODAY
from exporter.metric import WINDOWS
from exporter.quantiles import PERCENTILES, TOLD, quantile
from exporter.source import Source
from exporter.store.tickets import Tickets


class LookingBack:
    """What one source's observations say of the time before the watermark."""

    def __init__(self, source: Source, tickets: Tickets) -> None:
        self._source = source
        self._tickets = tickets

    def today(self, watermark: int) -> dict[Cell, int | None]:
        """What happened since midnight, for each fact that the source tells."""
        told = [fact for fact in TODAY if fact in self._source.measures.told]
        midnight = self._source.definition.midnight(watermark)
        counted = self._tickets.counted(told, midnight, watermark)
        return {("support_today", (TODAY[fact],)): counted.get(fact.value, 0) for fact in told}

    def quantiles(self, watermark: int) -> dict[Cell, int | None]:
        """Each quantile of each window; None where nothing was observed in it."""
        found: dict[Cell, int | None] = {}
        longest = max(seconds for _, seconds in WINDOWS) * 1000
        told = [row for row in TOLD if row[0] in self._source.metrics]
        facts = {fact for _, fact, _ in told}
        rows = {fact: self._tickets.values(fact, watermark - longest, watermark) for fact in facts}
        for metric, fact, business in told:
            for window, seconds in WINDOWS:
                since = watermark - seconds * 1000
                both = (
                    (by_clock if business else value)
                    for at, value, by_clock in rows[fact]
                    if at > since
                )
                values = sorted(one for one in both if one is not None)
                for percentile, q in PERCENTILES.items():
                    found[metric, (window, percentile)] = quantile(values, q) if values else None
        return found
