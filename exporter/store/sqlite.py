"""The store in a file: SQLite in WAL mode, shared by the threads and processes of one machine."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from exporter.store.bulk import Existing, insert_text, values_of
from exporter.store.rows import Row

_BUSY_TIMEOUT = 60.0


class Sqlite:
    """One file."""

    def __init__(self, url: URL, *, lasting: bool = True) -> None:
        """url: of a file; the file is made where there is none. Reads nothing yet.

        lasting: whether what is committed survives a machine that loses power.
        """
        self._url = url
        _make_private(url)
        self.engine = _engine(url, "FULL" if lasting else "OFF")
        # Taken before a connection: writers that wait for SQLite's lock would empty the pool.
        self._writer = threading.Lock()

    def turn(self) -> AbstractContextManager[object]:
        """What a thread waits for before it may write."""
        return self._writer

    def as_reader(self, connection: Connection) -> Connection:
        """The connection, made to see one instant from its first statement on."""
        return connection.execution_options(reading=True)

    def as_writer(self, connection: Connection) -> Connection:
        """The connection, made to write one transaction."""
        return connection

    def alone(self, connection: Connection) -> None:
        """Keep other processes from preparing the store. A writer is alone as it is."""

    def write(
        self, connection: Connection, table: Table, rows: list[Row], existing: Existing
    ) -> None:
        """Insert rows. They are ready for the driver: SQLAlchemy would look at each value again."""
        statement = insert_text(table, _values(table), existing)
        connection.exec_driver_sql(statement, list(map(values_of(table), rows)))

    def size_bytes(self, _connection: Connection) -> int:
        """What it takes on the disk."""
        name = self._url.database
        if not name:
            return 0
        return sum(p.stat().st_size for p in (Path(name), Path(f"{name}-wal")) if p.exists())

    def patiently(self, prepare: Callable[[], None]) -> None:
        """Another process may be making the same file; SQLite does not wait for that by itself."""
        deadline = time.monotonic() + _BUSY_TIMEOUT
        while True:
            try:
                return prepare()
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def verdict(self, error: DBAPIError) -> str:
        """Why it cannot be opened, and what to do."""
        return (
            f"The store {self._url.render_as_string(hide_password=True)} cannot be opened: "
            f"{error.orig}. Check that its folder exists, that it may be written to and that it "
            "is a store of deskpulse."
        )

    def is_for_the_operator(self, _error: DBAPIError) -> bool:
        """Whether a server is wrong, and not our statement. There is none."""
        return False


def _engine(url: URL, synchronous: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in (f"synchronous={synchronous}", "cache_size=-8000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        # A writer takes its lock at once: one that took it later could find the store changed.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _make_private(url: URL) -> None:
    """A new file is for its user alone; SQLite gives the files beside it the same rights."""
    name = url.database
    if name and Path(name).parent.is_dir():
        with contextlib.suppress(OSError):  # what is wrong with it is told when it is opened
            os.close(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))


@cache
def _values(table: Table) -> str:
    return f"VALUES ({', '.join('?' * len(table.columns))})"
