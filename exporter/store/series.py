"""Adding to the stored series of one source, within a transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    select,
    update,
)

from exporter.backlog import Cell
from exporter.catalog import CATALOG
from exporter.metric import Type
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import StoredSeries, labels_text, labels_tuple, series_row, stored_series
from exporter.tally import Amount

_CHUNK = 500
_FOUND = select(schema.series).where(
    schema.series.c.source == bindparam("named"),
    schema.series.c.metric.in_(bindparam("metrics", expanding=True)),
    schema.series.c.labels.in_(bindparam("texts", expanding=True)),
)


class SeriesWriter:
    """Reads, adds and writes back whole series.

    A counter or histogram that is born after the source was primed is held: it is shown at 0 until
    a scrape has seen the 0, so that `increase()` counts its first event.
    """

    def __init__(
        self, database: Database, connection: Connection, source: str, *, primed: bool
    ) -> None:
        self._database = database
        self._connection = connection
        self._source = source
        self._is_published = self._holds_births = primed

    def add(self, amounts: Mapping[Cell, Amount]) -> None:
        """Add to each series, creating those that do not exist. Most of what a page names has only
        to exist, and does.
        """
        stored = self._stored(amounts)
        rows = []
        for cell, addition in amounts.items():
            row = stored.get(cell)
            if row is not None and addition.is_nothing:
                continue
            series = self._born(cell[0]) if row is None else stored_series(row)
            series.amount.add(addition)
            rows.append(series_row(self._source, cell[0], labels_text(cell[1]), series))
        self._database.upsert(self._connection, schema.series, rows)

    def create(self, cells: Iterable[Cell]) -> bool:
        """Let these series exist, at 0 where they are new; gives whether any was."""
        wanted = {cell: Amount.zero(CATALOG[cell[0]]) for cell in cells}
        stored = self._stored(wanted)
        new = {cell: zero for cell, zero in wanted.items() if cell not in stored}
        self.add(new)
        return bool(new)

    def put(self, values: Mapping[Cell, int | None]) -> None:
        """Set gauges; None takes the series away."""
        table = schema.series
        rows = []
        for (metric, labels), value in values.items():
            text = labels_text(labels)
            if value is not None:
                series = StoredSeries(Amount(value), Amount(), held=False)
                rows.append(series_row(self._source, metric, text, series))
            else:
                self._connection.execute(delete(table).where(self._is(metric, text)))
        self._database.upsert(self._connection, table, rows)

    def release(self, cells: Iterable[Cell]) -> None:
        """Show these series at their amounts."""
        for metric, labels in cells:
            self._connection.execute(
                update(schema.series)
                .where(self._is(metric, labels_text(labels)))
                .values(held=False)
            )

    def empty(self, metrics: Collection[str]) -> None:
        """Set every series of these gauges to 0."""
        table = schema.series
        self._connection.execute(
            update(table)
            .where(table.c.source == self._source, table.c.metric.in_(sorted(metrics)))
            .values(value=0)
        )

    def remove(self, metrics: Collection[str]) -> None:
        """Take every series of these metrics away."""
        table = schema.series
        self._connection.execute(
            delete(table).where(table.c.source == self._source, table.c.metric.in_(sorted(metrics)))
        )

    def begin_at_totals(self) -> None:
        """Let series that are born from now on begin at their totals, as in a first import."""
        self._holds_births = False

    def of(self, metrics: Collection[str]) -> dict[Cell, StoredSeries]:
        """Every series of these metrics."""
        table = schema.series
        query = select(table).where(
            table.c.source == self._source, table.c.metric.in_(sorted(metrics))
        )
        return {
            (row["metric"], labels_tuple(row["labels"])): stored_series(row)
            for row in self._connection.execute(query).mappings()
        }

    def restate(
        self,
        before: Mapping[Cell, StoredSeries],
        totals: Mapping[Cell, Amount],
        shown: Callable[[Cell], Cell],
    ) -> None:
        """Put totals in the place of what was counted before, and offset what changes by that, so
        that whatever is published goes on where it was. A new series begins at its total.

        shown: the series that one is shown as; several may be shown as one.
        """
        rows = []
        public = {shown(cell) for cell in before}
        for cell in before.keys() | totals.keys():
            total = totals.get(cell) or Amount.zero(CATALOG[cell[0]])
            was = before.get(cell)
            if was is None and shown(cell) in public:
                was = StoredSeries(Amount.zero(CATALOG[cell[0]]), Amount(), held=False)
            offset = _offset(was, total) if was and self._is_published else Amount()
            series = StoredSeries(total, offset, was.held if was else False)
            rows.append(series_row(self._source, cell[0], labels_text(cell[1]), series))
        self._database.upsert(self._connection, schema.series, rows)

    def _born(self, metric: str) -> StoredSeries:
        held = self._holds_births and CATALOG[metric].type is not Type.GAUGE
        return StoredSeries(Amount.zero(CATALOG[metric]), Amount(), held)

    def _is(self, metric: str, labels: str) -> ColumnElement[bool]:
        c = schema.series.c
        return and_(c.source == self._source, c.metric == metric, c.labels == labels)

    def _stored(self, cells: Iterable[Cell]) -> dict[Cell, RowMapping]:
        wanted = {(metric, labels_text(labels)): (metric, labels) for metric, labels in cells}
        metrics = sorted({metric for metric, _ in wanted})
        texts = sorted({text for _, text in wanted})
        found: dict[Cell, RowMapping] = {}
        for start in range(0, len(texts), _CHUNK):
            some = texts[start : start + _CHUNK]
            asked = {"named": self._source, "metrics": metrics, "texts": some}
            for row in self._connection.execute(_FOUND, asked).mappings().all():
                cell = wanted.get((row["metric"], row["labels"]))
                if cell is not None:
                    found[cell] = row
        return found


def _offset(was: StoredSeries, total: Amount) -> Amount:
    """What makes up the difference between what was counted and what is."""
    value = was.amount.value + was.offset.value - total.value
    if was.amount.buckets is None or total.buckets is None:
        return Amount(value)
    added = was.offset.buckets or [0] * len(total.buckets)
    pairs = zip(was.amount.buckets, added, total.buckets, strict=True)
    return Amount(value, [old + more - new for old, more, new in pairs])
