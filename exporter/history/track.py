"""One exposed counter or histogram through time. Pure.

What it was at an instant is what is published now without the observations that came later. So
whatever else is in the published number, an offset or a baseline, is in its past too, and the
past meets the present without a seam.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from exporter.knowledge import Observation
from exporter.metric import Metric, Type
from exporter.tally import Amount

Labels = tuple[tuple[str, str], ...]


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
    """

    metric: Metric
    labels: Labels
    amount: Amount
    events: list[Event] = field(default_factory=list)
    _next: int = 0
    _names: list[tuple[str, Labels]] = field(default_factory=list)

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
            self._move(self.events[self._next], 1)
            self._next += 1
        return self._next > before

    def _move(self, event: Event, by: int) -> None:
        self.amount.value += by * event.value
        if self.amount.buckets is not None:
            self.amount.buckets[event.slot] += by

    def _row(self) -> tuple[float, ...]:
        """The values of all its samples. What was recounted may be less than nothing: it is 0."""
        value = max(self.amount.value, 0)
        scaled = value if self.metric.scale == 1 else value / self.metric.scale
        if self.amount.buckets is None:
            return (scaled,)
        counts = tuple(accumulate(max(number, 0) for number in self.amount.buckets))
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
