"""The store: what is known, what was counted, and how far each source has been read.

One page is one transaction: its records, their observations, the series that these add to and the
cursor. Whatever ends the process between two pages loses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, func, select

from connectors import Fact, Page, Usage
from exporter.backlog import Cell
from exporter.knowledge import Extra
from exporter.source import Source
from exporter.store import schema
from exporter.store.commit import Commit
from exporter.store.database import Database
from exporter.store.recounting import Progress, Recount
from exporter.store.rows import labels_tuple, stored_series
from exporter.tally import Amount

Key = tuple[str, str, tuple[str, ...]]
"""One series: source, metric, label values."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source stands. Instants and durations in milliseconds; None: not known yet."""

    source: str
    vendor: str
    version: int
    primed: bool
    catching_up: bool
    up: bool | None
    complete_to: int | None
    newest_change: int | None
    last_success: int | None
    clock_skew: int | None
    sync: int | None
    gaps: tuple[str, ...]
    error: str | None
    definition: str | None = None
    counted: str | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One stored series.

    amount: what was counted; offset: what is added when it is published, so that numbers that
    were counted anew go on where they were. held: to be shown at 0 until a scrape has seen the 0.
    """

    source: str
    metric: str
    labels: tuple[str, ...]
    amount: Amount
    offset: Amount
    held: bool

    @property
    def published(self) -> Amount:
        """What a scrape reads."""
        total = Amount(self.amount.value, self.amount.buckets, self.amount.exemplars)
        total.add(self.offset)
        return total

    @property
    def key(self) -> Key:
        """What names it."""
        return self.source, self.metric, self.labels


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is published, as of one instant.

    shown: for (source, label, value), what the value is shown as; one that is missing is not shown.
    """

    version: int
    sources: Mapping[str, SourceState]
    series: Sequence[Series]
    shown: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    size_bytes: int = 0


class Store:
    """The store of one installation, shared by threads and processes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._series: dict[tuple[Any, ...], Series] = {}

    @classmethod
    def open(cls, url: str, *, lasting: bool = True) -> Store:
        """Open or create the store at a SQLAlchemy URL. Raises `StoreError`.

        lasting: False for a file that is thrown away, which then need not wait for the disk.
        """
        return cls(Database(url, lasting=lasting))

    def close(self) -> None:
        """Give back connections."""
        self.database.close()

    @property
    def id(self) -> str:
        """What tells this store from any other."""
        with self.database.reading() as connection:
            return str(connection.scalar(select(schema.store.c.id)))

    def prepare(self, sources: Iterable[Source]) -> None:
        """Make the sources known, with every series that exists from the start."""
        for source in sources:
            with self.database.writing() as connection:
                Commit(self.database, connection, source).prepare()

    def cursor(self, source: str) -> str | None:
        """How far the source has been read; None: not at all."""
        with self.database.reading() as connection:
            query = select(schema.sources.c.cursor).where(schema.sources.c.source == source)
            value = connection.scalar(query)
        return None if value is None else str(value)

    def commit(self, source: Source, page: Page, usage: Usage, started: int, now: int) -> int:
        """Take in one page of the poll that began at `started`; gives the number of observations.

        started, now: our clock in Unix milliseconds.
        """
        with self.database.writing() as connection:
            return Commit(self.database, connection, source).page(page, usage, started, now)

    def recompute(self, source: Source, progress: Progress | None = None) -> list[Recount]:
        """Count everything of a source anew by its definition; what is published goes on."""
        with self.database.writing() as connection:
            return Commit(self.database, connection, source).recompute(progress)

    def fail(
        self, source: Source, reason: str, error: str, usage: Usage, took: int, now: int
    ) -> None:
        """A poll failed, for `reason`. Nothing but the source's own health changes, and whether its
        arrivals are judged. took, now: in milliseconds, the latter by our clock.
        """
        with self.database.writing() as connection:
            Commit(self.database, connection, source).fail(reason, error, usage, took, now)

    def deliveries(
        self, source: Source, results: Mapping[str, int], accepted: int | None = None
    ) -> None:
        """Webhooks were received for a source: so many by what came of them, and when the last one
        was accepted, in milliseconds by our clock."""
        with self.database.writing() as connection:
            Commit(self.database, connection, source).deliveries(results, accepted)

    def versions(self) -> dict[str, int]:
        """How often each source was committed."""
        return {name: state.version for name, state in self.states().items()}

    def pages(self) -> dict[str, int]:
        """How many pages of each source were taken in."""
        return {name: state.pages for name, state in self.states().items()}

    def version(self) -> int:
        """Goes up with every commit of anybody."""
        with self.database.reading() as connection:
            return _version(connection)

    def release(self, source: Source, cells: Iterable[Cell]) -> None:
        """Show these series of a source at their amounts from now on."""
        with self.database.writing() as connection:
            Commit(self.database, connection, source).release(cells)

    def states(self) -> dict[str, SourceState]:
        """How each source stands."""
        with self.database.reading() as connection:
            return _states(connection)

    def snapshot(self) -> Snapshot:
        """Everything that is published."""
        with self.database.reading() as connection:
            return Snapshot(
                version=_version(connection),
                sources=_states(connection),
                series=self._read(connection.execute(select(schema.series))),
                shown={
                    (source, label, value): shown
                    for source, label, value, shown in connection.execute(
                        select(schema.label_values)
                    )
                    if shown
                },
                size_bytes=self.database.size_bytes(connection),
            )

    def _read(self, rows: Iterable[Row[Any]]) -> list[Series]:
        """Rows as series. Between two snapshots few change; the others are not read anew."""
        known = self._series
        self._series = read = {
            (key := tuple(row)): known.get(key) or _series(row._asdict()) for row in rows
        }
        return list(read.values())

    def counted(self, source: str, kinds: Collection[Fact | Extra], since: int) -> dict[str, int]:
        """Observations of a source since an instant in milliseconds, by kind."""
        table = schema.observations
        query = (
            select(table.c.kind, func.count())
            .where(table.c.source == source, table.c.at >= since)
            .where(table.c.kind.in_([kind.value for kind in kinds]))
            .group_by(table.c.kind)
        )
        with self.database.reading() as connection:
            return {kind: count for kind, count in connection.execute(query)}

    def values(self, source: str, kind: str, since: int) -> list[int]:
        """The durations observed since an instant, in milliseconds, ascending."""
        table = schema.observations
        query = (
            select(table.c.value)
            .where(and_(table.c.source == source, table.c.kind == kind, table.c.at >= since))
            .order_by(table.c.value)
        )
        with self.database.reading() as connection:
            return list(connection.scalars(query))


def _version(connection: Connection) -> int:
    return int(connection.scalar(select(func.coalesce(func.sum(schema.sources.c.version), 0))) or 0)


def _states(connection: Connection) -> dict[str, SourceState]:
    rows = connection.execute(select(schema.sources).order_by(schema.sources.c.source)).mappings()
    return {row["source"]: _state(row) for row in rows}


def _state(row: RowMapping) -> SourceState:
    fields = {name: row[name] for name in SourceState.__slots__ if name != "gaps"}
    return SourceState(gaps=tuple(row["gaps"].splitlines()), **fields)


def _series(row: Mapping[str, Any]) -> Series:
    return Series(row["source"], row["metric"], labels_tuple(row["labels"]), *stored_series(row))
