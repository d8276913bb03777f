"""One source as the store has it at one instant, for whoever asks what is behind a number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, select

from connectors import Fact
from exporter.catalog import CAPPED
from exporter.config.problems import did_you_mean
from exporter.customers.account import Account, Contract
from exporter.knowledge import Extra, Known, Observation
from exporter.labels import OTHER
from exporter.metric import Metric
from exporter.source import Source
from exporter.store import Store, schema
from exporter.store.clientele import Clientele
from exporter.store.experiences import Experiences, Moments, Reckoning
from exporter.store.rows import StoredSeries, labels_tuple, stored_series
from exporter.store.tickets import Tickets


class Unanswerable(Exception):
    """The question has no answer here: why, and what to ask instead."""


class Books:
    """The books of one source, within one reading; `opened` makes them.

    watermark: up to when everything is told, in Unix milliseconds. experienced_to: as of when
        customers were told by their support; None: never.
    """

    def __init__(self, store: Store, connection: Connection, source: Source) -> None:
        self.source = source
        self._connection = connection
        self._tickets = Tickets(store.database, connection, source)
        self._clientele = Clientele(store.database, connection, source)
        self._experiences = Experiences(store.database, connection, source)
        table = schema.sources.c
        row = connection.execute(
            select(table.complete_to, table.primed, table.experienced_to).where(
                table.source == source.name
            )
        ).one_or_none()
        if row is None or not row.primed or row.complete_to is None:
            raise Unanswerable(
                f"Source '{source.name}' has no complete import yet, so that it has no numbers. "
                "Run `deskpulse sync` to its end and ask again."
            )
        self.watermark = int(row.complete_to)
        self.experienced_to: int | None = row.experienced_to

    def tickets(self) -> Iterator[Known]:
        """All that is known of each ticket, by id."""
        return self._tickets.all()

    def clientele(self) -> Iterator[tuple[Account, list[Contract]]]:
        """All that is known of each customer and of what it pays for, by id."""
        return self._clientele.with_subscriptions()

    def experiences(self, moments: Moments) -> Reckoning:
        """What support customers had up to these instants."""
        return self._experiences.reckon(moments)

    def observations(self, kinds: Collection[Fact | Extra] = ()) -> Iterator[Observation]:
        """Every fact that was counted, or those of some kinds, by ticket."""
        return self._tickets.observations(kinds)

    def removed(self) -> frozenset[str]:
        """The ids of tickets that were deleted, merged or marked as spam."""
        table = schema.tickets.c
        query = select(table.id).where(table.source == self.source.name, table.removed.is_not(None))
        return frozenset(self._connection.scalars(query))

    def series(self, metric: Metric) -> dict[tuple[str, ...], StoredSeries]:
        """The stored series of a metric, by their labels before any cap."""
        table = schema.series
        query = select(table).where(
            table.c.source == self.source.name, table.c.metric == metric.name
        )
        rows = self._connection.execute(query).mappings()
        return {labels_tuple(row["labels"]): stored_series(row) for row in rows}

    @cached_property
    def shown(self) -> dict[str, dict[str, str]]:
        """For each capped label, what every value of it is shown as; "" is not decided yet."""
        found: dict[str, dict[str, str]] = {label: {} for label in CAPPED}
        table = schema.label_values.c
        query = select(table.label, table.value, table.shown).where(
            table.source == self.source.name
        )
        for label, value, shown in self._connection.execute(query):
            found.setdefault(label, {})[value] = shown
        return found

    def shown_labels(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels as `/metrics` shows them, after the cap."""
        return tuple(
            self.shown[label].get(value) or OTHER if label in CAPPED else value
            for label, value in zip(metric.labels, labels, strict=True)
        )

    def teams(self, wanted: str) -> frozenset[str]:
        """The teams that a person means by a name; `other` is every team beyond the cap.

        Raises `Unanswerable`.
        """
        known = self.shown["team"]
        found = frozenset(t for t, shown in known.items() if wanted in (t, shown))
        if not found:
            hint = did_you_mean(wanted, {*known, *known.values()} - {""})
            raise Unanswerable(f"Source '{self.source.name}' has no team '{wanted}': {hint}")
        return found


@contextmanager
def opened(store: Store, source: Source) -> Iterator[Books]:
    """The books of a source while the context is open. Raises `Unanswerable`."""
    with store.database.reading() as connection:
        yield Books(store, connection, source)
