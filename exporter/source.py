"""A source: one vendor's account, as the exporter needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from connectors import Measures
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
        for metric in _counted(About.SOURCE):
            if not metric.labels:
                yield metric.name, ()
            for value in metric.values:
                yield metric.name, (value,)

    def business_from_the_start(self) -> Iterator[Cell]:
        """Counters and histograms over vocabularies, which exist once the source is primed."""
        known = dict(VOCABULARIES)
        if self.teams:
            known["team"] = (*self.teams, NO_TEAM)
        for metric in _counted(About.BUSINESS):
            if self.tells(metric) and all(label in known for label in metric.labels):
                for labels in product(*(known[label] for label in metric.labels)):
                    yield metric.name, labels


def _counted(about: About) -> Iterator[Metric]:
    return (m for m in CATALOG.values() if m.about is about and m.type is not Type.GAUGE)
