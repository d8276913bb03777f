"""A session with a database that reads and never writes, and what its failures mean."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Row, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from connectors import patience
from connectors.contract import ConfigurationError, ConnectorError, Reason, Retriable
from connectors.sql.habits import HABITS, MISTAKES, PACKAGES, SAYINGS, Habit
from connectors.verdicts import about

LOGGED_AS: Final = "asked"
STEPS: Final = 100_000  # of SQLite's machine between two looks at the clock

Rows = Sequence[Row[Any]]


class Database:
    """One database, connected to anew for every poll."""

    def __init__(self, source: str, url: str, timeout: timedelta) -> None:
        self._source = source
        self._address = url
        self._timeout = timeout
        self._ends_at = float("inf")

    @property
    def habit(self) -> Habit:
        """What is particular to its engine."""
        return HABITS.get(self._url.get_backend_name(), Habit("", ""))

    @property
    def name(self) -> str:
        """How messages call it: engine, host and database, and no user."""
        url = self._url
        host = f" at {url.host}" + (f":{url.port}" if url.port else "") if url.host else ""
        return f"{url.get_backend_name()} database '{url.database or ''}'{host}"

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection while the context is open. Raises `ConnectorError`."""
        engine = self._engine()
        try:
            connection = engine.connect()
        except SQLAlchemyError as error:
            raise self._unreachable(error) from None
        try:
            with connection:
                yield connection
        finally:
            engine.dispose()

    def ask(
        self, connection: Connection, name: str, query: str, size: int, cursor: object = None
    ) -> Iterator[tuple[tuple[str, ...], Rows]]:
        """The names of the columns with the rows, at most `size` together, at least once.

        name: how messages call the query. cursor: its parameter. Raises `ConnectorError`.
        """
        asked = text(query)
        parameters = {"cursor": cursor} if "cursor" in asked.compile().params else {}
        streamed = connection.execution_options(yield_per=size)
        try:
            self._begin()
            with closing(streamed.execute(asked, parameters)) as result:
                names = tuple(result.keys())
                parts = result.partitions(size)
                yield names, next(parts, ())
                while rows := self._next(parts):
                    yield names, rows
        except SQLAlchemyError as error:
            raise self._refused(name, error) from None

    def _next(self, parts: Iterator[Rows]) -> Rows:
        self._begin()
        return next(parts, ())

    def _begin(self) -> None:
        self._ends_at = time.monotonic() + self._timeout.total_seconds()

    @property
    def _url(self) -> URL:
        try:
            return make_url(self._address)
        except (ArgumentError, ValueError):
            raise ConfigurationError(
                f"{about(self._source)}`url` is no address of a database, such as "
                "postgresql://user:password@host/database (signs in a password such as @ or / are "
                "written %40 or %2F).",
                reason=Reason.ADDRESS,
            ) from None

    def _engine(self) -> Engine:
        # What is asked and answered is nobody's business, whatever else is logged.
        logging.getLogger(f"sqlalchemy.engine.Engine.{LOGGED_AS}").setLevel(logging.WARNING)
        options: dict[str, Any] = {"connect_args": self._connecting()}
        url, habit = self._url, self.habit
        if url.get_backend_name() == "sqlite":
            options = {"creator": self._opened}
        elif url.drivername == url.get_backend_name() and habit.driver:
            url = url.set(drivername=habit.driver)
        try:
            engine = create_engine(
                url, poolclass=NullPool, hide_parameters=True, logging_name=LOGGED_AS, **options
            )
        except (NoSuchModuleError, ImportError):
            raise self._without_driver(url) from None
        event.listen(engine, "connect", self._greet)
        return engine

    def _connecting(self) -> dict[str, Any]:
        habit, url = self.habit, self._url
        is_known = url.drivername in (habit.driver, url.get_backend_name())
        seconds = max(1, round(patience.now().connect))
        return {habit.connect: seconds} if habit.connect and is_known else {}

    def _opened(self) -> sqlite3.Connection:
        """SQLite would make a file that is not there."""
        path = quote(str(self._url.database or ""))
        connection = sqlite3.connect(
            f"file:{path}?mode=ro",
            uri=True,
            timeout=patience.now().connect,
            check_same_thread=False,
        )
        connection.set_progress_handler(lambda: time.monotonic() > self._ends_at, STEPS)
        return connection

    def _greet(self, connection: Any, _record: object) -> None:
        """Hold a new session to reading, and to answering in time."""
        seconds = max(1, round(self._timeout.total_seconds()))
        with closing(connection.cursor()) as told:
            for statement in self.habit.begin:
                told.execute(statement.format(ms=seconds * 1000, s=seconds))
        connection.commit()

    def _without_driver(self, url: URL) -> ConfigurationError:
        engine, _, driver = url.drivername.partition("+")
        known = {driver: PACKAGES[driver]} if driver in PACKAGES else {}
        package = known.get(driver) or self.habit.package or PACKAGES.get(engine, "")
        remedy = (
            f"pip install '{package}'" if package else "look at the list of SQLAlchemy's dialects"
        )
        return ConfigurationError(
            f"{about(self._source)}the driver for {url.drivername} is not installed, or is none: "
            f"{remedy}, or name another in `url`.",
        )

    def _unreachable(self, error: SQLAlchemyError) -> ConnectorError:
        """No connection came about."""
        beginning = f"{about(self._source)}the {self.name}"
        reason = meaning(error)
        if reason is Reason.CREDENTIALS:
            return ConfigurationError(
                f"{beginning} refuses the user or the password in `url`. Check both (signs such "
                "as @ or / are written %40 or %2F), and that this user may come from here.",
                reason=reason,
            )
        if reason is Reason.ADDRESS:
            return ConfigurationError(
                f"{beginning} is not there. Check host, port and name in `url`.", reason=reason
            )
        return Retriable(
            f"{beginning} could not be reached. Nothing is lost; if it stays so, check `url`, the "
            "server and the way to it.",
            reason=reason or Reason.NETWORK,
        )

    def _refused(self, name: str, error: SQLAlchemyError) -> ConnectorError:
        """A query came to nothing."""
        beginning = f"{about(self._source)}{name}: the {self.name}"
        reason = meaning(error)
        if mistake := _mistake(error):
            return ConfigurationError(f"{beginning} {mistake}. Mend `{name}`.")
        if reason is Reason.CREDENTIALS:
            return ConfigurationError(
                f"{beginning} does not let this user read what the query names. Grant it SELECT.",
                reason=reason,
            )
        if reason is Reason.TIMEOUT:
            return Retriable(
                f"{beginning} took longer than `timeout`. Nothing is lost; if it stays so, put an "
                "index on the column of `cursor`, or allow more.",
                reason=reason,
            )
        if isinstance(error, ProgrammingError) or not _may_pass(error):
            return ConfigurationError(
                f"{beginning} refuses the query ({type(error).__name__}). Run it in a console of "
                "the database to see why; `begins` must be of the type of the cursor column."
            )
        return Retriable(
            f"{beginning} broke off its answer. Nothing is lost; if it stays so, look whether it "
            "was restarted, or whether something locks it.",
            reason=Reason.NETWORK,
        )


def meaning(error: SQLAlchemyError) -> Reason | None:
    """What the words of a driver mean; None: nobody knows."""
    said = _said(error).casefold()
    return next((reason for words, reason in SAYINGS if re.search(words, said)), None)


def _mistake(error: SQLAlchemyError) -> str:
    """Which name a query has wrong; "" where that is not what is wrong. Nothing else of what the
    database says is repeated: it may be anybody's data."""
    said = _said(error)
    for words, told in MISTAKES:
        if found := re.search(words, said, re.IGNORECASE):
            return told.format(found[1])
    return ""


def _may_pass(error: SQLAlchemyError) -> bool:
    return isinstance(error, DBAPIError) and type(error).__name__ in (
        "OperationalError",
        "InterfaceError",
        "InternalError",
    )


def _said(error: SQLAlchemyError) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else ""
