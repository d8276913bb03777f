"""Adding to the stored series of one source, within a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from exporter.backlog import Cell
from exporter.catalog import CATALOG, Type
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import amount, labels_text, series_row
from exporter.tally import Amount

_CHUNK = 500


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
        self._primed = primed

    def add(self, amounts: Mapping[Cell, Amount]) -> None:
        """Add to each series, creating those that do not exist."""
        stored = self._stored(amounts)
        rows = []
        for cell, addition in amounts.items():
            total, held = stored.get(cell, (None, False))
            if total is None:
                total, held = Amount.zero(CATALOG[cell[0]]), self._held_at_birth(cell[0])
            total.add(addition)
            rows.append(series_row(self._source, cell[0], labels_text(cell[1]), total, held=held))
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
                rows.append(series_row(self._source, metric, text, Amount(value), held=False))
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

    def _held_at_birth(self, metric: str) -> bool:
        return self._primed and CATALOG[metric].type is not Type.GAUGE

    def _is(self, metric: str, labels: str) -> ColumnElement[bool]:
        c = schema.series.c
        return and_(c.source == self._source, c.metric == metric, c.labels == labels)

    def _stored(self, cells: Iterable[Cell]) -> dict[Cell, tuple[Amount, bool]]:
        table = schema.series
        wanted = {(metric, labels_text(labels)): (metric, labels) for metric, labels in cells}
        metrics = sorted({metric for metric, _ in wanted})
        texts = sorted({text for _, text in wanted})
        found: dict[Cell, tuple[Amount, bool]] = {}
        for start in range(0, len(texts), _CHUNK):
            query = select(table).where(
                table.c.source == self._source,
                table.c.metric.in_(metrics),
                table.c.labels.in_(texts[start : start + _CHUNK]),
            )
            for row in self._connection.execute(query).mappings():
                cell = wanted.get((row["metric"], row["labels"]))
                if cell is not None:
                    found[cell] = amount(row), row["held"]
        return found
