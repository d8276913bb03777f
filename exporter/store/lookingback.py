"""Gauges that look back from the watermark over what was observed: today, and quantiles."""

from __future__ import annotations

from exporter.backlog import Cell
from exporter.catalog import TODAY
from exporter.metric import WINDOWS
from exporter.quantiles import QUANTILES, TOLD, quantile
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
        for metric, fact, business in TOLD:
            if metric not in self._source.metrics:
                continue
            for window, seconds in WINDOWS:
                since = watermark - seconds * 1000
                values = self._tickets.values(fact, since, watermark, business=business)
                for q in QUANTILES:
                    found[metric, (window, q)] = quantile(values, q) if values else None
        return found
