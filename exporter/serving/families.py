"""One metric as Prometheus reads it, made anew only where its numbers have changed. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from exporter.catalog import CATALOG
from exporter.metric import Metric, Type
from exporter.tally import Amount

Amounts = Mapping[tuple[str, ...], Amount]
"""The series of one metric, by their labels as shown, the source's first."""
Bucket = tuple[str, float] | tuple[str, float, Exemplar]

END = b"# EOF\n"
"""What ends a page of OpenMetrics."""

_LE = {
    metric.name: (*(f"{float(bound)}" for bound in metric.bounds), "+Inf")
    for metric in CATALOG.values()
}
_LONGEST_EXEMPLAR = 128


class Lines:
    """The lines of each metric as they were last: between two pages, few metrics change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], tuple[Amounts, bytes]] = {}

    def of(self, metric: Metric, amounts: Amounts, *, openmetrics: bool) -> bytes:
        """Those of one metric with these series, which nobody changes any more."""
        form = metric.name, openmetrics
        known = self._known.get(form)
        if known is None or known[0] != amounts:
            known = amounts, written(family(metric, amounts), openmetrics=openmetrics)
            self._known[form] = known
        return known[1]


class _One(Collector):
    def __init__(self, one: Family) -> None:
        self._one = one

    def collect(self) -> Iterator[Family]:
        yield self._one


def written(one: Family, *, openmetrics: bool) -> bytes:
    """The lines of one metric, in the words of the official client."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_One(one))
    if openmetrics:
        text: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call] # the client has no types there
        return text.removesuffix(END)
    return generate_latest(registry)


def family(metric: Metric, amounts: Amounts) -> Family:
    """One metric with its series, in the order of their labels."""
    names = ("source", *metric.labels)
    if metric.type is Type.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=names)
        for labels in sorted(amounts):
            amount = amounts[labels]
            histogram.add_metric(
                labels, list(_buckets(metric, labels[0], amount)), _scaled(metric, amount.value)
            )
        return histogram
    family: CounterMetricFamily | GaugeMetricFamily
    if metric.type is Type.COUNTER:
        family = CounterMetricFamily(metric.name, metric.help, labels=names)
    else:
        family = GaugeMetricFamily(metric.name, metric.help, labels=names)
    for labels in sorted(amounts):
        family.add_metric(labels, _scaled(metric, amounts[labels].value))
    return family


def _buckets(metric: Metric, source: str, amount: Amount) -> Iterator[Bucket]:
    """Each bucket, cumulative, with the observation behind it where one is known."""
    counts = accumulate(amount.buckets or ())
    for slot, (le, count) in enumerate(zip(_LE[metric.name], counts, strict=True)):
        exemplar = amount.exemplars.get(slot)
        if exemplar is None:
            yield le, float(count)
            continue
        at, ticket, value = exemplar
        name = f"{source}:{ticket}"
        if len(f"ticket{name}") > _LONGEST_EXEMPLAR:
            yield le, float(count)
        else:
            yield le, float(count), Exemplar({"ticket": name}, _scaled(metric, value), at / 1000)


def _scaled(metric: Metric, value: int) -> float:
    # Dividing is exact to the last digit where multiplying by 0.001 is not.
    return value if metric.scale == 1 else value / metric.scale
