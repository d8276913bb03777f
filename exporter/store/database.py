"""Opening the store: engine, transactions, schema."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from exporter.store import schema
from exporter.store.rows import Row

HEAD = "0001"
"""The newest step of the schema."""

_BUSY_TIMEOUT = 60.0

AnyInsert = TypeVar("AnyInsert", sqlite.Insert, postgresql.Insert)


class StoreError(Exception):
    """The store cannot be used: what is wrong with it, and what to do."""


class Database:
    """One store. Reading sees one instant; writing is one transaction at a time."""

    def __init__(self, url: str) -> None:
        """Open the store at a SQLAlchemy URL, creating or upgrading its tables."""
        self.url = url
        self.engine = _engine(url)
        # Taken before a connection: writers that wait for SQLite's lock would empty the pool.
        self._writer = threading.Lock()
        try:
            self._prepare_patiently()
        except DatabaseError as error:
            raise StoreError(
                f"The store {self.engine.url.render_as_string(hide_password=True)} cannot be "
                f"opened: {error.orig}. Check that its folder exists, that it may be written to "
                "and that it is a store of deskpulse."
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which every statement sees the same instant."""
        with self.engine.connect() as connection:
            reader = connection.execution_options(reading=True)
            with reader.begin():
                yield reader

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction: all of it happens, or nothing."""
        with self._writer, self.engine.begin() as connection:
            yield connection

    def insert(self, connection: Connection, table: Table, rows: list[Row]) -> None:
        """Insert rows; one whose key exists is an error."""
        self._write(connection, table, rows, replace=False)

    def upsert(self, connection: Connection, table: Table, rows: list[Row]) -> None:
        """Insert rows, replacing those whose key exists."""
        self._write(connection, table, rows, replace=True)

    def _write(
        self, connection: Connection, table: Table, rows: list[Row], *, replace: bool
    ) -> None:
        if not rows:
            return
        if self.engine.dialect.name == "sqlite":
            # A row is ready for the driver as it is; SQLAlchemy would look at each value again.
            connection.exec_driver_sql(
                _sqlite_text(table, replace=replace), list(map(_values_of(table), rows))
            )
        else:
            connection.execute(_statement(postgresql.insert, table, replace=replace), rows)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _prepare_patiently(self) -> None:
        """Another process may be making the same store; SQLite does not wait for that by itself."""
        deadline = time.monotonic() + _BUSY_TIMEOUT
        while True:
            try:
                return self._prepare()
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _prepare(self) -> None:
        with self.reading() as connection:
            if _schema_version(connection) == HEAD and connection.scalar(select(schema.store.c.id)):
                return
        with self.writing() as connection:
            if _schema_version(connection) != HEAD:
                _upgrade(connection)
            if connection.scalar(select(schema.store.c.id)) is None:
                connection.execute(insert(schema.store).values(id=uuid.uuid4().hex))


def _engine(url: str) -> Engine:
    _make_private(url)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT} if _is_sqlite(url) else {})
    if not _is_sqlite(url):
        return engine

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "cache_size=-8000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        # A writer takes its lock at once: one that took it later could find the store changed.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _statement(kind: Callable[[Table], AnyInsert], table: Table, *, replace: bool) -> AnyInsert:
    statement = kind(table)
    if not replace:
        return statement
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns if column.name not in keys]
    rest = {name: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


@cache
def _sqlite_text(table: Table, *, replace: bool) -> str:
    return str(_statement(sqlite.insert, table, replace=replace).compile(dialect=sqlite.dialect()))


@cache
def _values_of(table: Table) -> Callable[[Row], tuple[Any, ...]]:
    """What takes a row's values in the order of the table's columns."""
    return itemgetter(*table.columns.keys())


def _make_private(url: str) -> None:
    """A new file is for its user alone; SQLite gives the files beside it the same rights."""
    name = make_url(url).database
    if _is_sqlite(url) and name and Path(name).parent.is_dir():
        with contextlib.suppress(OSError):  # what is wrong with it is told when it is opened
            os.close(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)


def _upgrade(connection: Connection) -> None:
    """Bring the schema to its head. Alembic is loaded only when there is something to do."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    logging.getLogger("alembic").setLevel(logging.WARNING)
    with as_file(files("exporter.store") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"The store has a schema that this version of deskpulse does not know ({error}). "
                "It was written by a newer version: install that one, or use another store."
            ) from error
