"""Whether the published numbers are what the tickets and customers behind them come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exporter.catalog import CATALOG
from exporter.metric import Metric, Type
from exporter.reporting.books import Books
from exporter.reporting.clientele import LOOKED_BACK
from exporter.reporting.entry import Sum
from exporter.reporting.explanation import POINTING, adds_up, entries, has_entries
from exporter.store.rows import StoredSeries


@dataclass(frozen=True, slots=True)
class Mistake:
    """One series that is not what is behind it. Sums in stored units."""

    metric: Metric
    labels: tuple[str, ...]
    stored: Sum
    counted: Sum


def mistakes(books: Books) -> Iterator[Mistake]:
    """Every series of a source that says otherwise than its tickets or customers."""
    for metric in CATALOG.values():
        is_kept_up = metric.name not in POINTING | LOOKED_BACK
        if has_entries(metric) and is_kept_up and books.source.tells(metric):
            yield from _of(books, metric)


def _of(books: Books, metric: Metric) -> Iterator[Mistake]:
    counted: dict[tuple[str, ...], Sum] = {}
    for one in entries(books, metric):
        before = counted.get(one.labels, Sum())
        if adds_up(metric):
            counted[one.labels] = Sum(before.count + (one.value or 0))
        else:
            value = (one.value or 0) if metric.type is Type.HISTOGRAM else 0
            counted[one.labels] = before.with_(value)
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
