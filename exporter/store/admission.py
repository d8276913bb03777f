"""Which teams of a source have series of their own, kept in the store."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from exporter.catalog import NO_TEAM
from exporter.labels import admit
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import Row

_LABEL = "team"
_PENDING = ""


class Admission:
    """Teams ask for a place when they are first seen; it is given at the end of a poll."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source

    def ask(self, teams: set[str]) -> None:
        """Note those that were never seen before. They have no counters of their own yet."""
        new = teams - self._shown().keys()
        self._database.insert(
            self._connection,
            schema.label_values,
            [self._row(team, _PENDING) for team in sorted(new)],
        )

    def settle(self, *, first: bool) -> int:
        """Give places to those that asked; gives the number of those beyond the cap.

        first: the first import has just ended; the teams with the most tickets then come first.
        """
        shown = self._shown()
        pending = [value for value in sorted(shown) if shown[value] == _PENDING]
        if first:
            size = self._tickets_by_team()
            pending.sort(key=lambda team: (-size.get(team, 0), team))
        settled = {value: as_ for value, as_ in shown.items() if as_ != _PENDING}
        new = admit(pending, settled, self._source.teams, self._source.max_teams)
        rows = [self._row(value, as_) for value, as_ in new.items()]
        self._database.upsert(self._connection, schema.label_values, rows)
        return sum(value not in {as_, NO_TEAM} for value, as_ in new.items())

    def _shown(self) -> dict[str, str]:
        table = schema.label_values
        query = select(table.c.value, table.c.shown).where(
            table.c.source == self._source.name, table.c.label == _LABEL
        )
        return {value: shown for value, shown in self._connection.execute(query)}

    def _row(self, value: str, shown: str) -> Row:
        return {"source": self._source.name, "label": _LABEL, "value": value, "shown": shown}

    def _tickets_by_team(self) -> dict[str, int]:
        """How many tickets each team has. Reads them all."""
        table = schema.tickets
        query = (
            select(table.c.team, func.count())
            .where(table.c.source == self._source.name, table.c.team.is_not(None))
            .group_by(table.c.team)
        )
        return {team: number for team, number in self._connection.execute(query)}
