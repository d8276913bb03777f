"""Whether the published numbers are what the tickets behind them come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exporter.catalog import CATALOG
from exporter.metric import Metric, Type
from exporter.reporting.books import Books
from exporter.reporting.explanation import POINTING, Sum, entries, has_tickets
from exporter.store.rows import StoredSeries


@dataclass(frozen=True, slots=True)
class Mistake:
    """One series that is not what its tickets come to. Sums in stored units."""

    metric: Metric
    labels: tuple[str, ...]
    stored: Sum
    counted: Sum


def mistakes(books: Books) -> Iterator[Mistake]:
    """Every series of a source that says otherwise than its tickets."""
    for metric in CATALOG.values():
        if has_tickets(metric) and metric.name not in POINTING and books.source.tells(metric):
            yield from _of(books, metric)


def _of(books: Books, metric: Metric) -> Iterator[Mistake]:
    counted: dict[tuple[str, ...], Sum] = {}
    for one in entries(books, metric):
        value = (one.value or 0) if metric.type is Type.HISTOGRAM else 0
        counted[one.labels] = counted.get(one.labels, Sum()).with_(value)
    stored = {labels: _sum(series) for labels, series in books.series(metric).items()}
    for labels in sorted(counted.keys() | stored.keys()):
        mine, theirs = stored.get(labels, Sum()), counted.get(labels, Sum())
        if mine != theirs:
            yield Mistake(metric, labels, mine, theirs)


def _sum(series: StoredSeries) -> Sum:
    amount = series.amount
    if amount.buckets is None:
        return Sum(amount.value)
    return Sum(sum(amount.buckets), amount.value)
