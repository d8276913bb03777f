"""The store in a PostgreSQL database: for an installation that has one already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Connection,
    Engine,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from exporter.store import schema
from exporter.store.bulk import Existing, insert_text, key_of, values_of
from exporter.store.errors import StoreError
from exporter.store.rows import Row

DRIVER = "postgresql+psycopg"
"""SQLAlchemy's name of the driver that is used, whatever the operator's URL says."""

_PREPARING = int.from_bytes(b"deskpuls")
_CONNECT_TIMEOUT = 10
_READ_ONLY = "25006"
# A client that vanished must not keep a source locked; nobody waits for a lock without end.
_SESSION = (
    "SET lock_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '5min'",
)
_ARRAYS = ((Text, "text[]"), (BigInteger, "bigint[]"), (Boolean, "boolean[]"))
_REMEDIES = {
    "password authentication failed": "Mend the user or the password in the store's URL; an @, / "
    "or % in a password is written %40, %2F, %25.",
    "no password supplied": "Write the password into the store's URL: "
    "postgresql://user:${PASSWORD}@host/database.",
    "no pg_hba.conf entry": "Allow this user and this machine in the server's pg_hba.conf.",
    "permission denied": "Give the user the right to make tables, best by making it the "
    "database's owner: ALTER DATABASE … OWNER TO ….",
    'role "': "Create the user: CREATE ROLE … LOGIN PASSWORD ….",
    'database "': "Create the database: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    "connection slots": "Raise max_connections of the server, or end what holds connections.",
    "too many": "Raise the limit of connections of the server, the database or the user.",
    "starting up": "Wait until the server has started.",
    "invalid connection option": "Take the unknown option out of the store's URL.",
    "certificate": "Check sslmode and sslrootcert in the store's URL.",
    "read-only": "This server is a standby: name the primary in the store's URL.",
    "lock timeout": "Another process holds the store for long: see pg_stat_activity.",
}
"""What to do, by a sign in the server's words. The first that fits."""
_OTHERWISE = "Check that the server runs and that host and port in the store's URL are right."


class Postgresql:
    """One database. A source is written by one transaction at a time, several sources at once."""

    def __init__(self, url: URL) -> None:
        """url: with any PostgreSQL driver. Connects to nothing yet. Raises `StoreError`."""
        self._url = url.set(drivername=DRIVER)
        try:
            self.engine = _engine(self._url)
        except ImportError as error:
            raise StoreError(
                "A store in PostgreSQL needs the driver psycopg, which is not installed or lacks "
                "its library: pip install 'deskpulse[postgres]'."
            ) from error

    def turn(self) -> AbstractContextManager[object]:
        """What a thread waits for before it may write: the server sees to that, row by row."""
        return nullcontext()

    def as_reader(self, connection: Connection) -> Connection:
        """The connection, made to see one instant from its first statement on."""
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def as_writer(self, connection: Connection) -> Connection:
        """The connection, made to write one transaction.

        Every statement after the one that locks the source's row sees what was committed before.
        """
        return connection.execution_options(isolation_level="READ COMMITTED")

    def alone(self, connection: Connection) -> None:
        """Keep other processes from preparing the store until the transaction ends."""
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # a migration may take long
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PREPARING})

    def write(
        self, connection: Connection, table: Table, rows: list[Row], existing: Existing
    ) -> None:
        """Insert rows: one statement takes a whole column as an array."""
        if existing is not Existing.REFUSED:
            # The server refuses to replace one row twice in a statement; the last one counts.
            rows = list({key_of(table)(row): row for row in rows}.values())
        columns = zip(*map(values_of(table), rows), strict=True)
        statement = insert_text(table, _arrays(table), existing)
        connection.exec_driver_sql(statement, tuple(map(_array, columns)))

    def size_bytes(self, connection: Connection) -> int:
        """What our tables take on the disk, indexes included."""
        query = text(
            "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) "
            "FROM unnest(CAST(:names AS text[])) AS name"
        )
        return int(connection.scalar(query, {"names": list(schema.metadata.tables)}) or 0)

    def patiently(self, prepare: Callable[[], None]) -> None:
        """Processes that prepare one store at once wait for each other in `alone`."""
        prepare()

    def verdict(self, error: DBAPIError) -> str:
        """Why it cannot be used, and what to do."""
        said = " ".join(str(error.orig).split())
        if self._url.password:
            said = said.replace(str(self._url.password), "***")
        remedy = next((remedy for sign, remedy in _REMEDIES.items() if sign in said), _OTHERWISE)
        return f"The store in {_place(self._url)} cannot be used: {said.rstrip('.')}. {remedy}"

    def is_for_the_operator(self, error: DBAPIError) -> bool:
        """Whether it is the server's state that is wrong, and not our statement."""
        is_standby = getattr(error.orig, "sqlstate", None) == _READ_ONLY
        return is_standby or isinstance(error, OperationalError | InterfaceError)


def _place(url: URL) -> str:
    host = url.host or url.query.get("host") or "the local server"
    port = f":{url.port}" if url.port else ""
    user = f" as user '{url.username}'" if url.username else ""
    return f"PostgreSQL (database '{url.database}' on {host}{port}{user})"


def _engine(url: URL) -> Engine:
    given = {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "deskpulse"}
    told: dict[str, Any] = {name: value for name, value in given.items() if name not in url.query}
    engine = create_engine(
        url,
        connect_args={**told, "client_encoding": "UTF8"},
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=60,
    )
    event.listen(engine, "connect", _connected)
    return engine


def _connected(connection: Any, _record: object) -> None:
    encoding, name = connection.info.parameter_status("server_encoding"), connection.info.dbname
    if encoding != "UTF8":
        connection.close()
        raise StoreError(
            f"The database '{name}' is encoded in {encoding} and cannot hold "
            "every name. Create one for deskpulse: CREATE DATABASE … ENCODING 'UTF8' "
            "TEMPLATE template0."
        )
    connection.adapters.register_dumper(str, _without_nul())
    connection.autocommit = True
    for statement in _SESSION:
        connection.execute(statement)
    connection.autocommit = False


@cache
def _without_nul() -> type[Any]:
    """PostgreSQL holds no NUL character: U+FFFD stands for it, in what is written and looked for.

    Labels never have one; a vendor's id or an error's words may, and must not stop the polls.
    """
    from psycopg.types.string import StrDumperUnknown

    class Folding(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    return Folding


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it; the driver takes ten times as long for the same."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "NULL" if value is None else str(value)


@cache
def _arrays(table: Table) -> str:
    arrays = [next(a for kind, a in _ARRAYS if isinstance(c.type, kind)) for c in table.columns]
    return f"SELECT * FROM unnest({', '.join(f'%s::{array}' for array in arrays)})"  # noqa: S608
