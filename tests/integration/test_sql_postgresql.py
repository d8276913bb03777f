"""The SQL connector and a real PostgreSQL: its instants and refusals; nothing is ever written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from connectors.contract import ConfigurationError, Page, Reason, Retriable
from connectors.customers import Subscription
from connectors.sql.connector import SqlConnector
from connectors.sql.settings import SqlSettings
from tests.postgres import Postgres

pytest_plugins = ["tests.postgres"]

PAID = """
CREATE TABLE paid (
  id serial PRIMARY KEY, customer text NOT NULL, started date NOT NULL, ended timestamp,
  amount numeric(12,3), currency char(3), late boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT now()
)
"""
COLUMNS = {
    "ended": "ended",
    "amount": "amount",
    "currency": "currency",
    "past_due": "late",
    "changed": "at",
}
QUERY = "SELECT * FROM paid WHERE at >= :cursor ORDER BY at, id"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(postgres: Postgres, postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with postgres.connected(str(make_url(postgres_url).database)) as connection:
        connection.execute(PAID)
        yield connection


def source(url: str, **changes: Any) -> SqlConnector:
    paid = {"query": QUERY, "cursor": "at", "columns": COLUMNS, **changes.pop("paid", {})}
    given = {"url": url, "subscriptions": paid, "zone": "Europe/Berlin", **changes}
    return SqlConnector("crm", SqlSettings.model_validate(given))


def told(pages: list[Page]) -> list[Subscription]:
    return [one for page in pages for one in page.records if isinstance(one, Subscription)]


def add(database: psycopg.Connection[Any], count: int, **cells: object) -> None:
    given = {"customer": "C1", "started": "2026-01-01", "amount": "12.500", "currency": "EUR"}
    values = {**given, **cells}
    statement = sql.SQL("INSERT INTO paid ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
    )
    for _ in range(count):
        database.execute(statement, list(values.values()))


def test_columns_come_with_their_types(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    add(database, 1, ended="2026-02-01 12:00", late=True, at="2026-02-01 12:00+01")
    (one,) = told(list(source(postgres_url).changes(None)))
    assert one.started_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert one.ended_at == one.changed_at == datetime(2026, 2, 1, 11, tzinfo=UTC)
    assert (one.terms[0].monthly.amount, one.past_due) == (Decimal("12.50"), True)
    assert {finding.level for finding in source(postgres_url).check()} == {"ok"}


def test_what_a_long_transaction_commits_late_is_still_read(
    database: psycopg.Connection[Any], postgres_url: str, postgres: Postgres
) -> None:
    connector = source(postgres_url)
    with psycopg.connect(database.info.dsn, password=database.info.password) as slow:
        slow.execute("INSERT INTO paid (customer, started) VALUES ('late', '2026-01-01')")
        add(database, 3)
        *pages, last = connector.changes(None)
        assert len(told(pages)) == 3
        slow.commit()
    again = told(list(connector.changes(last.cursor)))
    assert "late" in {one.customer for one in again}
    without = source(postgres_url, lag="0s")
    (*_, last) = without.changes(None)
    assert len(told(list(without.changes(last.cursor)))) == 1


def test_the_watermark_is_the_databases_clock_less_the_lag(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    (last,) = [page for page in source(postgres_url).changes(None) if page.complete_to]
    assert last.complete_to is not None
    assert abs(datetime.now(UTC) - MINUTE - last.complete_to) < MINUTE


def test_many_rows_stream_in_parts(database: psycopg.Connection[Any], postgres_url: str) -> None:
    database.execute(
        "INSERT INTO paid (customer, started, at) SELECT 'C' || n, '2026-01-01', "
        "'2026-02-01'::timestamptz + (n / 7) * interval '1 second' FROM generate_series(1, 5000) n"
    )
    connector = source(postgres_url, page_size=100)
    pages = list(connector.changes(None))
    assert max(len(page.records) for page in pages) == 100
    assert len({one.id for one in told(pages)}) == 5000
    broken_off = pages[20].cursor
    rest = {one.id for one in told(list(connector.changes(broken_off)))}
    assert rest | {one.id for one in told(pages[:21])} == {one.id for one in told(pages)}
    lag = 60 * 7
    assert len(rest) < 5000 - 2100 + lag + 10


def test_a_session_cannot_write(database: psycopg.Connection[Any], postgres_url: str) -> None:
    opened = source(postgres_url)._asking.database.connected()
    with opened as connection, pytest.raises(Exception, match="read-only transaction"):
        connection.exec_driver_sql("DELETE FROM paid")


def refusal(connector: SqlConnector) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        list(connector.changes(None))
    errors = [one for one in connector.check() if one.level == "error"]
    assert [one.reason for one in errors] == [caught.value.reason]
    assert "throw-away" not in str(caught.value)
    return caught.value


def test_a_wrong_password_is_told_as_such(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    url = make_url(postgres_url)
    for other in (url.set(password="throw-away-wrong"), url.set(username="nobody-here")):
        told_so = refusal(source(other.render_as_string(hide_password=False)))
        assert told_so.reason is Reason.CREDENTIALS
        assert "refuses the user or the password in `url`" in str(told_so)


def test_a_database_that_is_not_there_is_an_address(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="elsewhere")
    told_so = refusal(source(url.render_as_string(hide_password=False)))
    assert told_so.reason is Reason.ADDRESS
    assert "database 'elsewhere' at 127.0.0.1" in str(told_so)


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ({"query": "SELECT oops, at FROM paid WHERE at >= :cursor"}, "has no column 'oops'"),
        ({"query": "SELECT * FROM payd WHERE at >= :cursor"}, "has no table 'payd'"),
        (
            {"query": "SELECT * FROM paid WHERE id >= :cursor", "cursor": "id"},
            "`begins` must be of the type of the cursor column",
        ),
    ],
)
def test_a_query_that_is_wrong_is_told_where(
    paid: dict[str, str], said: str, database: psycopg.Connection[Any], postgres_url: str
) -> None:
    assert said in str(refusal(source(postgres_url, paid=paid)))


def test_a_table_that_may_not_be_read_is_told_with_its_remedy(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    database.execute("CREATE ROLE guest LOGIN PASSWORD 'throw-away-guest'")
    try:
        url = make_url(postgres_url).set(username="guest", password="throw-away-guest")
        told_so = refusal(source(url.render_as_string(hide_password=False)))
    finally:
        database.execute("DROP ROLE guest")
    assert told_so.reason is Reason.CREDENTIALS
    assert "Grant it SELECT" in str(told_so)


def test_an_answer_that_takes_too_long_is_given_up(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    query = "SELECT paid.*, pg_sleep(5) FROM paid WHERE at >= :cursor"
    add(database, 1)
    connector = source(postgres_url, timeout="1s", paid={"query": query})
    with pytest.raises(Retriable, match="took longer than `timeout`"):
        list(connector.changes(None))
