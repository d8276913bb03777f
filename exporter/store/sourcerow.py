"""The row of one source, within a transaction: how it stands, and how far it has been read."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update

from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import Row

_T = schema.sources

# Statements of every page are made once: making one takes longer than the database does.
_LOCK = select(_T).where(_T.c.source == bindparam("named")).with_for_update()


@cache
def _change(columns: tuple[str, ...]) -> Update:
    """To change these columns, by the names `new_` and theirs."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    change = update(_T).where(_T.c.source == bindparam("named"))
    return change.values({"version": _T.c.version + 1, **values})


class SourceRow:
    """What `sources` has of one source."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source
        self._named = {"named": source.name}

    def locked(self) -> dict[str, Any]:
        """The row, which nobody else changes until the transaction ends; made where none is."""
        row = self._connection.execute(_LOCK, self._named).mappings().one_or_none()
        if row is None:
            # Another process may be making the same row: then that one is waited for and stays.
            self._database.insert_missing(self._connection, _T, [self._newcomer()])
            row = self._connection.execute(_LOCK, self._named).mappings().one()
        return dict(row)

    def change(self, **changes: Any) -> None:
        """Change these columns, and count the change."""
        new = {f"new_{name}": value for name, value in changes.items()}
        self._connection.execute(_change(tuple(changes)), {**self._named, **new})

    def _newcomer(self) -> Row:
        """The row of a source of which nothing is known."""
        fresh = {"version": 0, "pages": 0, "primed": False, "catching_up": False, "gaps": ""}
        named = {"source": self._source.name, "vendor": self._source.vendor}
        return dict.fromkeys(_T.columns.keys()) | named | fresh
