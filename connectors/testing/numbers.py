"""The numbers themselves: counters, gauges and histograms by metric and labels, as samples too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf

from connectors.testing.states import Labels

BOUNDS = (
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400),
    *(172800, 259200, 604800, 1209600, 2592000, inf),
)
"""The upper bounds of every duration's buckets, in seconds."""

REPLIES = "support_replies_per_ticket"
EFFORT = "support_effort_score"

OTHER_BOUNDS: Mapping[str, tuple[float, ...]] = {
    REPLIES: (0, 1, 2, 3, 5, 8, 13, 21, inf),
    EFFORT: (1, 2, 3, 4, 5, 6, 7, inf),
}
"""The bounds of the histograms that are no durations."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram: how many, their sum, and cumulative counts for each of `bounds`."""

    count: int
    sum: int
    buckets: tuple[int, ...]
    bounds: tuple[float, ...] = BOUNDS


@dataclass(frozen=True, slots=True)
class Truth:
    """The true numbers by metric and labels; what is 0 is left out.

    money: the counters and gauges that are amounts, in units of their currency.
    """

    counters: dict[str, dict[Labels, int]]
    gauges: dict[str, dict[Labels, int]]
    histograms: dict[str, dict[Labels, Distribution]]
    money: dict[str, dict[Labels, Decimal]] = field(default_factory=dict)

    def as_samples(self) -> dict[tuple[str, Labels], float]:
        """The same as Prometheus samples, by sample name and labels."""
        metrics: list[tuple[str, Mapping[Labels, int | Decimal]]] = [
            *self.counters.items(),
            *self.gauges.items(),
            *self.money.items(),
        ]
        samples = {
            (name, labels): float(value)
            for name, values in metrics
            for labels, value in values.items()
        }
        for name, distributions in self.histograms.items():
            for labels, distribution in distributions.items():
                samples[f"{name}_count", labels] = float(distribution.count)
                samples[f"{name}_sum", labels] = float(distribution.sum)
                for bound, count in zip(distribution.bounds, distribution.buckets, strict=True):
                    bucket = labels | {("le", _le(bound))}
                    samples[f"{name}_bucket", bucket] = float(count)
        return samples


@dataclass(slots=True)
class Tally:
    """Where one thing after another is counted. values: what the histograms hold."""

    counters: dict[str, dict[Labels, int]] = field(default_factory=dict)
    gauges: dict[str, dict[Labels, int]] = field(default_factory=dict)
    values: dict[str, dict[Labels, list[int]]] = field(default_factory=dict)
    money: dict[str, dict[Labels, Decimal]] = field(default_factory=dict)

    def count(self, metric: str, labels: Labels) -> None:
        """One more on a counter."""
        _add(self.counters, metric, labels)

    def gauge(self, metric: str, labels: Labels) -> None:
        """One more on a gauge."""
        _add(self.gauges, metric, labels)

    def pay(self, metric: str, labels: Labels, amount: Decimal) -> None:
        """So much more on a counter or a gauge of money."""
        found = self.money.setdefault(metric, {})
        found[labels] = found.get(labels, Decimal()) + amount

    def least(self, metric: str, labels: Labels, value: int) -> None:
        """A value of a gauge that keeps the least."""
        found = self.gauges.setdefault(metric, {})
        found[labels] = min(value, found.get(labels, value))

    def put(self, metric: str, labels: Labels, value: int) -> None:
        """One more value in a histogram."""
        self.values.setdefault(metric, {}).setdefault(labels, []).append(value)

    def truth(self) -> Truth:
        """All that was counted."""
        histograms = {
            metric: {
                labels: distribution(values, OTHER_BOUNDS.get(metric, BOUNDS))
                for labels, values in by_labels.items()
            }
            for metric, by_labels in self.values.items()
        }
        return Truth(self.counters, self.gauges, histograms, self.money)


def distribution(values: Sequence[int], bounds: tuple[float, ...] = BOUNDS) -> Distribution:
    """The histogram of some values."""
    buckets = tuple(sum(1 for value in values if value <= bound) for bound in bounds)
    return Distribution(len(values), sum(values), buckets, bounds)


def _add(metrics: dict[str, dict[Labels, int]], metric: str, labels: Labels) -> None:
    values = metrics.setdefault(metric, {})
    values[labels] = values.get(labels, 0) + 1


def _le(bound: float) -> str:
    return "+Inf" if bound == inf else str(float(bound))
