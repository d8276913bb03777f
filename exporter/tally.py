"""What one page adds to the series of a source. Pure.

Amounts are integers (counts, or milliseconds), because sums of floats depend on their order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors import Fact
from exporter.backlog import Cell, filled, present
from exporter.catalog import CATALOG, DURATION_BUCKETS, OBSERVED, Metric, Type
from exporter.observe import Change, Extra, Known, Observation

_BOUNDS = tuple(bound * 1000 for bound in DURATION_BUCKETS)
_SLOTS = len(_BOUNDS) + 1
_EXTRAS = {
    Extra.CORRECTED: "deskpulse_corrections",
    Extra.UNSEEN: "deskpulse_source_transitions_unseen",
}


@dataclass(slots=True)
class Amount:
    """The value of one series, or what is added to it.

    value: the count, or a histogram's sum in milliseconds.
    buckets: of a histogram, the count in each bucket alone (not cumulative), +Inf last.
    """

    value: int = 0
    buckets: list[int] | None = None

    @classmethod
    def zero(cls, metric: Metric) -> Amount:
        """The amount that a series of this metric is born with."""
        return cls(0, [0] * _SLOTS if metric.type is Type.HISTOGRAM else None)

    def add(self, other: Amount) -> None:
        """Add another amount of the same metric."""
        self.value += other.value
        if self.buckets is not None and other.buckets is not None:
            self.buckets = [a + b for a, b in zip(self.buckets, other.buckets, strict=True)]


@dataclass(slots=True)
class Tally:
    """Sums of what happened, by series. `told` are the facts that the source can tell."""

    told: frozenset[Fact]
    watermark: int | None
    amounts: dict[Cell, Amount] = field(default_factory=dict)
    _seen: set[object] = field(default_factory=set)
    _fed: dict[tuple[str, ...], list[Amount]] = field(default_factory=dict)

    def change(self, before: Known | None, change: Change) -> None:
        """Count one ticket's new facts, and move it to the cells of the backlog it fills now."""
        for observation in change.observations:
            self._observe(observation)
        for reason in change.refused:
            self.count("deskpulse_source_facts_doubted", (reason,))
        left, entered = filled(before, self.watermark), filled(change.known, self.watermark)
        if left != entered:
            self._backlog(left, -1)
            self._backlog(entered, 1)
        self._exist(change.known)

    def count(self, metric: str, labels: tuple[str, ...] = (), by: int = 1) -> None:
        """Add to one series, which exists from now on."""
        self._amount(metric, labels).value += by

    def _amount(self, metric: str, labels: tuple[str, ...]) -> Amount:
        cell = (metric, labels)
        amount = self.amounts.get(cell)
        if amount is None:
            amount = self.amounts[cell] = Amount.zero(CATALOG[metric])
        return amount

    def _observe(self, observation: Observation) -> None:
        if isinstance(observation.kind, Extra):
            self.count(_EXTRAS[observation.kind])
            return
        value = observation.value
        for amount in self._fed_by(observation, observation.kind):
            if amount.buckets is None:
                amount.value += 1
            elif value is not None:
                amount.value += value
                amount.buckets[bisect_left(_BOUNDS, value)] += 1

    def _fed_by(self, observation: Observation, fact: Fact) -> list[Amount]:
        mark = (fact, observation.team, observation.priority, observation.channel)
        fed = self._fed.get(mark)
        if fed is None:
            fed = self._fed[mark] = [
                self._amount(metric.name, tuple(getattr(observation, at) for at in metric.labels))
                for metric in OBSERVED[fact]
            ]
        return fed

    def _backlog(self, cells: Iterable[Cell], by: int) -> None:
        for metric, labels in cells:
            if CATALOG[metric].fact in self.told:
                self.count(metric, labels, by)

    def _exist(self, known: Known) -> None:
        state = known.state
        if state is None or known.removed:
            return
        mark = (state.status, state.priority, state.team, state.channel)
        if mark not in self._seen:
            self._seen.add(mark)
            self._backlog(present(state), 0)
