"""A private PostgreSQL on loopback for tests: made in a folder of its own, ended with the session.

A test module asks for the fixtures by `pytest_plugins = ["tests.postgres"]`. Others import it as
well, so pytest finds it loaded already: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from tests.peers import free_port, require
from tests.programs import eventually

USER: Final = "deskpulse"
PASSWORD: Final = "throw-away/p@ss%word"
IN_URL: Final = "throw-away%2Fp%40ss%25word"
SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=60",
    "fsync=off",
)


class Postgres:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path, *settings: str) -> None:
        """folder: empty, and its owner may reach it; a root that runs this owns it no more."""
        self._folder = folder
        self._settings = (*SETTINGS, *settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = _owner()
        self.port = free_port()
        self._initialise()

    def url(self, database: str = "postgres", password: str = IN_URL) -> str:
        """The URL of a database as an operator writes it."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [word for one in self._settings for word in ("-c", one)]
        with (self._folder / "log").open("ab") as log:
            self._process = self._popen(
                [_program("postgres"), "-D", self._data, "-p", str(self.port), *options], log
            )
        eventually(self._answers, "an answer of PostgreSQL")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it; every connection is cut."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)

    def restart(self) -> None:
        """End it and start it again."""
        self.stop()
        self.start()

    def execute(self, statement: str, *names: str) -> None:
        """Run a statement as the superuser; each `{}` in it is one of the names, quoted."""
        with self.connected() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def connected(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that commits by itself."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        )

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _initialise(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._owner is not None:
            for path in (self._folder, secret):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        with (self._folder / "log").open("wb") as log:
            made = self._popen(
                [_program("initdb"), "-D", self._data, "-U", USER, f"--pwfile={secret}",
                 "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", *_language()],
                log,
            ).wait(60)  # fmt: skip
        assert made == 0, (self._folder / "log").read_text()

    def _popen(self, words: list[str], log: Any) -> subprocess.Popen[bytes]:
        owner = self._owner
        given: dict[str, Any] = (
            {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid}
        )
        if owner is not None:
            given["extra_groups"] = []
        return subprocess.Popen(
            words,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **given,
        )

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            self.connected().close()
        except psycopg.OperationalError:
            return False
        return True


@contextlib.contextmanager
def private_postgres(*settings: str) -> Iterator[Postgres]:
    """A server while the context is open. Without PostgreSQL the test is skipped, or fails."""
    # Not the folder that pytest gives: no other user may enter that one.
    with tempfile.TemporaryDirectory(prefix="deskpulse-postgres-") as name:
        made = Postgres(Path(name), *settings)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that the tests of a session share."""
    with private_postgres() as made:
        yield made


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database."""
    with empty_database(postgres) as name:
        yield postgres.url(name)


@contextlib.contextmanager
def empty_database(server: Postgres) -> Iterator[str]:
    """The name of a new database, which is gone when the context is left."""
    name = f"desk_{secrets.token_hex(6)}"
    server.execute("CREATE DATABASE {} TEMPLATE template0", name)
    try:
        yield name
    finally:
        server.execute("DROP DATABASE {} WITH (FORCE)", name)


def _program(name: str) -> str:
    """Debian keeps the server's programs off the PATH."""
    places = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *places])
    return shutil.which(name, path=path) or str(require(name))


def _owner() -> pwd.struct_passwd | None:
    """Who runs it in the place of root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("root cannot run PostgreSQL, and there is no user 'postgres' or 'nobody'")


def _language() -> list[str]:
    """A language that sorts otherwise than bytes do, where the server knows one by itself."""
    told = subprocess.run(
        [_program("initdb"), "--help"], capture_output=True, text=True, check=True
    )
    if "--icu-locale" not in told.stdout:
        return ["--locale=C"]
    return ["--locale=C", "--locale-provider=icu", "--icu-locale=en"]
