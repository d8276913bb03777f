"""One exposed counter or histogram through time. Pure.

What it was at an instant is what is published now without the observations that came later. So
whatever else is in the published number, an offset or a baseline, is in its past too, and the
past meets the present without a seam. Where a scrape has shown the number before, an event by which
the past would stand above that is left out whole: it was told later, and the scrapes count it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

from exporter.knowledge import Observation
from exporter.metric import Metric, Type
from exporter.tally import Amount

Labels = tuple[tuple[str, str], ...]
Values = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""Values of samples by name and labels, without those of the target."""


class Event(NamedTuple):
    """Something that was counted: when, how much it added, and into which bucket."""

    at: int
    value: int
    slot: int


class Line(NamedTuple):
    """Some samples of one series, as many as there are instants.

    steady: whether they are all the same.
    """

    name: str
    labels: Labels
    values: Sequence[float]
    steady: bool


@dataclass(slots=True)
class Track:
    """A counter or histogram as it is shown, several stored series where these share labels.

    labels: those of every sample, in the order of the metric's after the source's.
    amount: as published when it was read; less what happened after an instant once `begin` was
        called.
    limit: what the first scrape showed, above which it never stands.
    """

    metric: Metric
    labels: Labels
    amount: Amount
    limit: Amount | None = None
    events: list[Event] = field(default_factory=list)
    _next: int = 0
    _names: list[tuple[str, Labels]] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """The names of its samples."""
        return frozenset(name for name, _ in _names(self.metric, self.labels))

    def count(self, observation: Observation) -> None:
        """Take down an observation that the amount holds."""
        if self.metric.type is Type.COUNTER:
            adds = observation.value or 0 if self.metric.sums else 1
            self.events.append(Event(observation.at, adds, 0))
            return
        value = observation.business if self.metric.business else observation.value
        if value is not None:
            slot = bisect_left(self.metric.bounds, value / self.metric.scale)
            self.events.append(Event(observation.at, value, slot))

    def stay_below(self, scraped: Values) -> None:
        """Never stand above what was scraped; a sample that is not there began at 0."""
        named = _names(self.metric, self.labels)
        row = [scraped.get((name, frozenset(labels)), 0.0) for name, labels in named]
        self.limit = Amount(round(row[-1] * self.metric.scale))
        if self.amount.buckets is not None:
            self.limit.buckets = [round(b - a) for a, b in pairwise((0.0, *row[:-2]))]

    def begin(self) -> None:
        """Go back to before the first event."""
        self.events.sort()
        for event in self.events:
            self._move(event, -1)
        self._next = 0
        self._names = list(_names(self.metric, self.labels))

    def over(self, instants: Sequence[int]) -> Iterator[Line]:
        """The samples at these instants, which are later than those of the call before."""
        rows: list[tuple[float, ...]] = []
        for instant in instants:
            moved = self._advance(instant)
            rows.append(self._row() if moved or not rows else rows[-1])
        for column, (name, labels) in enumerate(self._names):
            values = [row[column] for row in rows]
            yield Line(name, labels, values, steady=values[0] == values[-1])

    def _advance(self, instant: int) -> bool:
        before = self._next
        while self._next < len(self.events) and self.events[self._next].at <= instant:
            if self._fits(self.events[self._next]):
                self._move(self.events[self._next], 1)
            self._next += 1
        return self._next > before

    def _fits(self, event: Event) -> bool:
        if self.limit is None:
            return True
        mine, limits = self.amount.buckets, self.limit.buckets
        if mine is not None and limits is not None and mine[event.slot] >= limits[event.slot]:
            return False
        return self.amount.value + event.value <= self.limit.value

    def _move(self, event: Event, by: int) -> None:
        self.amount.value += by * event.value
        if self.amount.buckets is not None:
            self.amount.buckets[event.slot] += by

    def _row(self) -> tuple[float, ...]:
        """The values of all its samples. What was recounted may lie outside of 0 and the limit."""
        limit = self.limit or self.amount
        value = max(min(self.amount.value, limit.value), 0)
        scaled = value if self.metric.scale == 1 else value / self.metric.scale
        if self.amount.buckets is None or limit.buckets is None:
            return (scaled,)
        pairs = zip(self.amount.buckets, limit.buckets, strict=True)
        counts = tuple(accumulate(max(min(pair), 0) for pair in pairs))
        return (*counts, counts[-1], scaled)


def _names(metric: Metric, labels: Labels) -> Iterator[tuple[str, Labels]]:
    """The names and labels of its samples, in the order of a row."""
    if metric.type is Type.COUNTER:
        yield metric.sample_name, labels
        return
    for bound in (*map(float, metric.bounds), "+Inf"):
        yield f"{metric.name}_bucket", (*labels, ("le", str(bound)))
    yield f"{metric.name}_count", labels
    yield f"{metric.name}_sum", labels
