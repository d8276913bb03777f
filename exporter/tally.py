"""What one page adds to the series of a source. Pure.

Amounts are integers (counts, or milliseconds), because sums of floats depend on their order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.backlog import Cell, filled, present
from exporter.catalog import CATALOG, OBSERVED
from exporter.knowledge import Known, Observation
from exporter.metric import Metric, Type
from exporter.observe import Change
from exporter.source import Source

Exemplar = tuple[int, str, int]
"""An observation behind a bucket: its instant, its ticket, its value."""

_BOUNDS = {
    metric.name: tuple(bound * metric.scale for bound in metric.bounds)
    for metric in CATALOG.values()
}


@dataclass(slots=True)
class Amount:
    """The value of one series, or what is added to it.

    value: the count, or a histogram's sum in stored units.
    buckets: of a histogram, the count in each bucket alone (not cumulative), +Inf last.
    exemplars: of a histogram, by bucket, the observation of the greatest (instant, ticket).
    """

    value: int = 0
    buckets: list[int] | None = None
    exemplars: dict[int, Exemplar] = field(default_factory=dict)

    @classmethod
    def zero(cls, metric: Metric) -> Amount:
        """The amount that a series of this metric is born with."""
        is_histogram = metric.type is Type.HISTOGRAM
        return cls(0, [0] * (len(metric.bounds) + 1) if is_histogram else None)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing changes where it is added."""
        return not (self.value or self.exemplars or (self.buckets and any(self.buckets)))

    def add(self, other: Amount) -> None:
        """Add another amount of the same metric."""
        self.value += other.value
        if self.buckets is not None and other.buckets is not None:
            self.buckets = [a + b for a, b in zip(self.buckets, other.buckets, strict=True)]
        if other.exemplars:
            self.exemplars = dict(self.exemplars)
            for slot, exemplar in other.exemplars.items():
                self.exemplars[slot] = max(exemplar, self.exemplars.get(slot, exemplar))


@dataclass(slots=True)
class Tally:
    """Sums of what happened to one source, by series.

    watermark: at which gauges are reckoned; None before the first.
    present: our present by the vendor's clock; no exemplar is later.
    """

    source: Source
    watermark: int | None = None
    present: int | None = None
    amounts: dict[Cell, Amount] = field(default_factory=dict)
    _seen: set[object] = field(default_factory=set)
    _fed: dict[tuple[object, ...], list[tuple[Metric, Amount]]] = field(default_factory=dict)

    def change(self, before: Known | None, change: Change) -> None:
        """Count one ticket's new facts, and move it to the gauges that it fills now."""
        for observation in change.observations:
            self.observe(observation)
        for reason in change.refused:
            self.count("deskpulse_source_facts_doubted", (reason,))
        self.move(before, self.watermark, change.known, self.watermark)
        self._exist(change.known)

    def move(
        self, before: Known | None, then: int | None, after: Known | None, now: int | None
    ) -> None:
        """Take a ticket out of the gauges that it filled at `then`, into those of `now`."""
        at_risk = self.source.definition.at_risk
        left, entered = filled(before, then, at_risk), filled(after, now, at_risk)
        if left != entered:
            self._fill(left, -1)
            self._fill(entered, 1)

    def hold(self, cells: Iterable[tuple[str, tuple[str, ...], int]], sign: int) -> None:
        """Add what a customer fills its gauges with, or take it out."""
        for metric, labels, amount in cells:
            if metric in self.source.metrics:
                self.count(metric, labels, sign * amount)

    def count(self, metric: str, labels: tuple[str, ...] = (), by: int = 1) -> None:
        """Add to one series, which exists from now on."""
        self._amount(metric, labels).value += by

    def observe(self, observation: Observation) -> None:
        """Add an observation to every series that counts it."""
        for metric, amount in self._fed_by(observation):
            if amount.buckets is None:
                amount.value += observation.value or 0 if metric.sums else 1
                continue
            value = observation.business if metric.business else observation.value
            if value is not None:
                amount.value += value
                slot = bisect_left(_BOUNDS[metric.name], value)
                amount.buckets[slot] += 1
                if self.present is None or observation.at <= self.present:
                    exemplar = (observation.at, observation.subject, value)
                    amount.exemplars[slot] = max(exemplar, amount.exemplars.get(slot, exemplar))

    def _amount(self, metric: str, labels: tuple[str, ...]) -> Amount:
        cell = (metric, labels)
        amount = self.amounts.get(cell)
        if amount is None:
            amount = self.amounts[cell] = Amount.zero(CATALOG[metric])
        return amount

    def _fed_by(self, one: Observation) -> list[tuple[Metric, Amount]]:
        has_business = one.business is not None
        mark = (one.kind, one.marks, has_business, one.team, one.priority, one.channel,
                one.category, one.language)  # fmt: skip
        fed = self._fed.get(mark)
        if fed is None:
            fed = self._fed[mark] = [
                (metric, self._amount(metric.name, labels_of(metric, one)))
                for metric in OBSERVED[one.kind]
                if self.source.tells(metric) and (has_business or not metric.business)
            ]
        return fed

    def _fill(self, cells: Iterable[Cell], by: int) -> None:
        metrics = self.source.metrics
        for metric, labels in cells:
            if metric in metrics:
                self.count(metric, labels, by)

    def _exist(self, known: Known) -> None:
        state = known.state
        if state is None or known.removed:
            return
        mark = (state.status, state.priority, state.team, state.channel, state.category,
                state.language)  # fmt: skip
        if mark not in self._seen:
            self._seen.add(mark)
            self._fill(present(state, self.source.targets), 0)


_COMMON = frozenset({"team", "priority", "channel", "category", "language"})


def labels_of(metric: Metric, observation: Observation) -> tuple[str, ...]:
    """The label values of the series of `metric` that counts an observation."""
    marks = iter(observation.marks)
    return tuple(
        getattr(observation, label) if label in _COMMON else next(marks) for label in metric.labels
    )
