"""A store in PostgreSQL: what an operator is told, and what the server may do meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from connectors import Page
from exporter.store import Store, StoreError, schema
from tests.conftest import ROOT
from tests.postgres import IN_URL, PASSWORD, Postgres, empty_database, private_postgres
from tests.programs import deskpulse
from tests.storage import SOURCE, body, commit, content, fill, pages, polls

pytest_plugins = ["tests.postgres"]


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = Store.open(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def own() -> Iterator[Postgres]:
    """A server that a test may stop."""
    with private_postgres() as made:
        yield made


def refusal(url: str) -> str:
    """The verdict on a store, which must hold nothing of the password."""
    with pytest.raises(StoreError) as verdict:
        Store.open(url)
    said = str(verdict.value)
    assert PASSWORD not in said
    assert IN_URL not in said
    return said


# --- verdicts -----------------------------------------------------------------------------------


def test_a_wrong_password_is_told_and_not_shown(postgres: Postgres) -> None:
    said = refusal(postgres.url(password="wrong-and-secret"))
    assert "wrong-and-secret" not in said
    assert "password authentication failed" in said
    assert "Mend the user or the password in the store's URL" in said
    assert f"database 'postgres' on 127.0.0.1:{postgres.port} as user 'deskpulse'" in said


def test_an_unknown_database_is_told_with_what_makes_it(postgres: Postgres) -> None:
    said = refusal(postgres.url("nowhere"))
    assert 'database "nowhere" does not exist' in said
    assert "CREATE DATABASE" in said


def test_a_server_that_is_down_is_told(own: Postgres) -> None:
    url = own.url()
    own.stop()
    assert "Check that the server runs" in refusal(url)


def test_a_user_who_may_make_no_tables_is_told(postgres: Postgres) -> None:
    with empty_database(postgres) as name:
        postgres.execute("DROP ROLE IF EXISTS reader")
        postgres.execute("CREATE ROLE reader LOGIN PASSWORD 'throw-away'")
        url = f"postgresql://reader:throw-away@127.0.0.1:{postgres.port}/{name}"
        assert "best by making it the database's owner" in refusal(url)


def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Postgres) -> None:
    statement = (
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
    )
    postgres.execute(statement, "latin")
    try:
        assert "encoded in LATIN1" in refusal(postgres.url("latin"))
    finally:
        postgres.execute("DROP DATABASE {} WITH (FORCE)", "latin")


def test_an_option_that_does_not_exist_is_told(postgres: Postgres) -> None:
    said = refusal(postgres.url() + "?sslmood=require")
    assert "Take the unknown option out of the store's URL" in said


def test_without_the_driver_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'deskpulse[postgres]'" in refusal(postgres.url())


def test_a_file_needs_no_driver(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None; from exporter.store import Store; "
        f"Store.open('sqlite:///{tmp_path}/plain.db').close(); print('opened')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "opened\n", done.stderr


def test_a_command_ends_with_the_verdict(postgres: Postgres, tmp_path: Path) -> None:
    url = f"postgresql://deskpulse:${{STORE_PASSWORD}}@127.0.0.1:{postgres.port}/postgres"
    sources = "{desk: {vendor: zendesk, url: 'http://127.0.0.1:9', email: a@desk.example, "
    sources += "api_token: throw-away}}"
    (tmp_path / "deskpulse.yaml").write_text(f"store: {url}\nsources: {sources}\n")
    done = deskpulse(tmp_path, "metrics", STORE_PASSWORD="not-this")
    assert (done.code, done.out) == (2, "")
    assert "password authentication failed" in done.said
    assert "not-this" not in done.said
    assert "Traceback" not in done.said


# --- the server meanwhile -----------------------------------------------------------------------


def test_it_goes_on_after_the_server_was_restarted(own: Postgres) -> None:
    store = Store.open(own.url())
    fill(store, count=1)
    before = body(store)
    own.restart()
    assert body(store) == before
    own.stop()
    with pytest.raises(StoreError, match="Check that the server runs"):
        store.snapshot()
    own.start()
    at, records = polls()[1]
    assert commit(store, Page(tuple(records), "next", at)) > 0
    store.close()


def test_a_server_that_is_killed_within_a_commit_leaves_all_or_nothing(own: Postgres) -> None:
    own.execute("ALTER SYSTEM SET fsync = on")
    store = Store.open(own.url())
    fill(store, count=1)
    before = content(store)
    at, records = polls()[1]
    dying = [_ for _ in "x"]

    def kill(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if dying and statement.startswith("UPDATE sources"):
            dying.clear()
            own.stop(signal.SIGQUIT)

    event.listen(store.database.engine, "before_cursor_execute", kill)
    with pytest.raises(StoreError):
        commit(store, Page(tuple(records), "next", at))
    assert not dying
    own.start()
    assert content(store) == before
    store.close()


def test_sources_do_not_wait_for_each_other(store: Store) -> None:
    other = replace(SOURCE, name="other")
    store.prepare([SOURCE, other])
    at, records = polls(count=1)[0]
    row = select(schema.sources).where(schema.sources.c.source == "desk").with_for_update()
    with ThreadPoolExecutor(1) as pool:
        with store.database.writing() as connection:
            connection.execute(row)
            mine = pool.submit(commit, store, Page(tuple(records), "next", at))
            assert commit(store, Page(tuple(records), "next", at), other) > 0
            time.sleep(0.1)
            assert not mine.done()
        assert mine.result(20) > 0


def test_a_reader_may_not_write(store: Store) -> None:
    store.prepare([SOURCE])
    with pytest.raises(StoreError, match="read-only"), store.database.reading() as connection:
        connection.execute(schema.sources.delete())
    assert set(store.states()) == {"desk"}


def test_a_poll_finds_its_tickets_by_index(store: Store) -> None:
    """The partial indexes must serve the very words of our queries."""
    fill(store, count=1, new=1500)
    wanted = {"tickets_by_waking", "tickets_open_by_team", "tickets_awaiting_by_team"}
    found: set[str] = set()
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE tickets")

    def explain(connection: Any, _c: Any, statement: str, given: Any, *_rest: Any) -> None:
        if "FROM tickets" in statement and not statement.startswith("EXPLAIN"):
            with connection.connection.driver_connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {statement}", given)
                plan = "\n".join(row[0] for row in cursor)
            found.update(name for name in wanted if name in plan)

    event.listen(store.database.engine, "before_cursor_execute", explain)
    at, records = polls(count=2, new=1500)[1]
    for page in pages(records[:60], at):
        commit(store, page)
    assert found == wanted
