"""Opening the store: engine, transactions, schema."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from exporter.store import schema
from exporter.store.bulk import Existing
from exporter.store.errors import StoreError
from exporter.store.postgresql import Postgresql
from exporter.store.rows import Row
from exporter.store.sqlite import Sqlite

HEAD = "0004"
"""The newest step of the schema."""

__all__ = ["HEAD", "Database", "StoreError", "upgrade"]


class Database:
    """One store. Reading sees one instant; writing is one transaction."""

    def __init__(self, url: str, *, lasting: bool = True) -> None:
        """Open the store at a SQLAlchemy URL, creating or upgrading its tables.

        lasting: False for a file that is thrown away, which then need not wait for the disk.
        Raises `StoreError`.
        """
        self.url = url
        self._kind = _kind(url, lasting=lasting)
        try:
            self._kind.patiently(self._prepare)
        except DBAPIError as error:
            self.close()
            raise StoreError(self._kind.verdict(error)) from error
        except BaseException:
            self.close()
            raise

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine."""
        return self._kind.engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which every statement sees the same instant."""
        with self._answered(), self.engine.connect() as connection:
            reader = self._kind.as_reader(connection)
            with reader.begin():
                yield reader

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction: all of it happens, or nothing."""
        with self._answered(), self._kind.turn(), self.engine.connect() as connection:
            writer = self._kind.as_writer(connection)
            with writer.begin():
                yield writer

    def insert(self, connection: Connection, table: Table, rows: list[Row]) -> None:
        """Insert rows; one whose key exists is an error."""
        self._write(connection, table, rows, Existing.REFUSED)

    def insert_missing(self, connection: Connection, table: Table, rows: list[Row]) -> None:
        """Insert the rows whose key does not exist."""
        self._write(connection, table, rows, Existing.KEPT)

    def upsert(self, connection: Connection, table: Table, rows: list[Row]) -> None:
        """Insert rows, replacing those whose key exists."""
        self._write(connection, table, rows, Existing.REPLACED)

    def size_bytes(self, connection: Connection) -> int:
        """What the store takes on the disk."""
        return self._kind.size_bytes(connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _write(
        self, connection: Connection, table: Table, rows: list[Row], existing: Existing
    ) -> None:
        if rows:
            self._kind.write(connection, table, rows, existing)

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """A server that went away is a verdict; whatever else is wrong is a defect."""
        try:
            yield
        except DBAPIError as error:
            if self._kind.is_for_the_operator(error):
                raise StoreError(self._kind.verdict(error)) from error
            raise

    def _prepare(self) -> None:
        with self.reading() as connection:
            if _schema_version(connection) == HEAD and connection.scalar(select(schema.store.c.id)):
                return
        with self.writing() as connection:
            self._kind.alone(connection)
            if not _is_begun(connection):
                _create(connection)
            elif _schema_version(connection) != HEAD:
                upgrade(connection)
            if connection.scalar(select(schema.store.c.id)) is None:
                connection.execute(insert(schema.store).values(id=uuid.uuid4().hex))


def _kind(url: str, *, lasting: bool) -> Sqlite | Postgresql:
    made = make_url(url)
    if made.get_backend_name() in {"postgresql", "postgres"}:
        return Postgresql(made)
    return Sqlite(made, lasting=lasting)


def _schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)


def _is_begun(connection: Connection) -> bool:
    """Whether there is a table of a store, of whatever version."""
    found = inspect(connection)
    return found.has_table("alembic_version") or found.has_table(schema.sources.name)


def _create(connection: Connection) -> None:
    """Make the tables of a new store, as the steps of Alembic would in fifty times the time."""
    for table in schema.metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=_condition):
            connection.execute(CreateIndex(index))
    version = Table(
        "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True)
    )
    version.create(connection)
    connection.execute(insert(version).values(version_num=HEAD))


def _condition(index: Index) -> tuple[int, str]:
    """Of two indexes that serve alike SQLite takes the younger one, so the one whose condition says
    more, and which holds less, has to be made last."""
    where = index.dialect_options["sqlite"]["where"]
    return len(str(where)) if where is not None else 0, str(index.name)


def upgrade(connection: Connection, step: str = HEAD) -> None:
    """Bring the schema to a step. Alembic is loaded only when there is something to do."""
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
            command.upgrade(config, step)
        except CommandError as error:
            raise StoreError(
                f"The store has a schema that this version of deskpulse does not know ({error}). "
                "It was written by a newer version: install that one, or use another store."
            ) from error
