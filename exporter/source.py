"""A source: one vendor's account, as the exporter needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from connectors import Measures, Reason
from exporter.backlog import Cell
from exporter.catalog import CATALOG, NO_TEAM, VOCABULARIES, About, Metric, Type


@dataclass(frozen=True, slots=True)
class Source:
    """One vendor's account.

    teams: those that the operator named; their series exist from the start.
    max_teams: how many teams may have series of their own.
    poll: how often it is asked.
    """

    name: str
    vendor: str
    measures: Measures
    teams: tuple[str, ...] = ()
    max_teams: int = 50
    poll: timedelta = timedelta(seconds=60)

    @property
    def patience(self) -> int:
        """Milliseconds; a poll that brings more than this was catching up on an outage."""
        return max(3 * self.poll, timedelta(minutes=5)) // timedelta(milliseconds=1)

    def tells(self, metric: Metric) -> bool:
        """Whether this source has such a metric at all: absent, not zero, where it cannot tell."""
        return metric.fact is None or metric.fact in self.measures.told

    def health_from_the_start(self) -> Iterator[Cell]:
        """Series about the source that exist before it was first asked."""
        known: dict[str, tuple[str, ...]] = {"reason": tuple(Reason), "label": ("team",)}
        return self._from_the_start(About.SOURCE, known)

    def business_from_the_start(self) -> Iterator[Cell]:
        """Counters and histograms over vocabularies, which exist once the source is primed."""
        known = dict(VOCABULARIES)
        if self.teams:
            known["team"] = (*self.teams, NO_TEAM)
        return self._from_the_start(About.BUSINESS, known)

    def _from_the_start(self, about: About, known: dict[str, tuple[str, ...]]) -> Iterator[Cell]:
        for metric in CATALOG.values():
            if metric.about is not about or metric.type is Type.GAUGE or not self.tells(metric):
                continue
            if all(label in known for label in metric.labels):
                for labels in product(*(known[label] for label in metric.labels)):
                    yield metric.name, labels
