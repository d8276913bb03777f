"""Which teams, categories and languages of a source have series of their own, in the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, func, select

from connectors import Fact
from exporter.backlog import Cell
from exporter.catalog import CAPPED, CATALOG
from exporter.labels import NONE, OTHER, admit
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import Row

_PENDING = ""
_L = schema.label_values
_SHOWN = select(_L.c.label, _L.c.value, _L.c.shown).where(_L.c.source == bindparam("named"))

Values = Mapping[str, Collection[str]]
"""Values by their label."""


class Admission:
    """Values ask for a place when they are first seen; it is given at the end of a poll."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source
        self._settled: dict[str, dict[str, str]] | None = None

    def ask(self, values: Values) -> None:
        """Note those that were never seen before. They have no counters of their own yet."""
        shown = self._shown()
        rows = [
            self._row(label, value, _PENDING)
            for label, seen in values.items()
            for value in sorted(set(seen) - shown[label].keys())
        ]
        self._database.insert(self._connection, schema.label_values, rows)

    def settle(self, *, first: bool) -> dict[str, int]:
        """Give places to those that asked; gives the number of those beyond the cap, by label.

        first: the first import has just ended; the values with the most tickets then come first.
        """
        capped: dict[str, int] = {}
        for label, shown in self._shown().items():
            pending = [value for value in sorted(shown) if shown[value] == _PENDING]
            if first and len(pending) > 1:
                size = self._observed(label)
                pending.sort(key=lambda value: (-size.get(value, 0), value))
            settled = {value: as_ for value, as_ in shown.items() if as_ != _PENDING}
            source = self._source
            new = admit(pending, settled, source.named(label), source.cap(label))
            rows = [self._row(label, value, as_) for value, as_ in new.items()]
            self._database.upsert(self._connection, schema.label_values, rows)
            beyond = sum(value not in {as_, NONE} for value, as_ in new.items())
            if beyond:
                capped[label] = beyond
        return capped

    def shown(self, cell: Cell) -> Cell:
        """The series that one is shown as, its values beyond the cap being `other`."""
        if self._settled is None:
            self._settled = self._shown()
        names = CATALOG[cell[0]].labels
        labels = (
            self._settled[name].get(value, value) or OTHER if name in CAPPED else value
            for name, value in zip(names, cell[1], strict=True)
        )
        return cell[0], tuple(labels)

    def _shown(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {label: {} for label in CAPPED}
        told = self._connection.execute(_SHOWN, {"named": self._source.name})
        for label, value, shown in told.all():
            found.setdefault(label, {})[value] = shown
        return found

    def _row(self, label: str, value: str, shown: str) -> Row:
        return {"source": self._source.name, "label": label, "value": value, "shown": shown}

    def _observed(self, label: str) -> dict[str, int]:
        """How many tickets have each value; of what a ticket has only once, how many had it."""
        tickets, observations = schema.tickets.c, schema.observations.c
        if label == "team":
            query = select(tickets.team, func.count()).where(
                tickets.source == self._source.name, tickets.team.is_not(None)
            )
            query = query.group_by(tickets.team)
        else:
            column = observations[label]
            query = select(column, func.count()).group_by(column)
            query = query.where(
                observations.source == self._source.name,
                observations.kind == Fact.CREATED.value,
            )
        return {value: number for value, number in self._connection.execute(query)}
