"""What the SQL connector asks of a real database, what it gives, and what it says of failures."""

from __future__ import annotations

import logging
import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.contract import ConfigurationError, Fact, Page, Reason, Retriable
from connectors.customers import Customer, Money, Subscription, Terms, Withdrawn
from connectors.records import Identity, Status, Ticket
from connectors.sql import cursor as cursors
from connectors.sql.connector import SqlConnector
from connectors.sql.settings import SqlSettings
from connectors.testing.seeded import SeededDesk
from tests.pipeline import differences, pipeline, total

NOW = "2026-03-06 12:00:00"
QUERY = "SELECT * FROM paid WHERE at >= :cursor ORDER BY at, id"
COLUMNS = {"ended": "ended", "amount": "amount", "status": "state", "changed": "at"}
PAID = "CREATE TABLE paid (id, customer, started, ended, amount, state, at)"
DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "crm.db", isolation_level=None)) as connection:
        connection.execute(PAID)
        connection.execute("CREATE TABLE clock (now)")
        connection.execute("INSERT INTO clock VALUES (?)", [NOW])
        yield connection


def add(database: sqlite3.Connection, *rows: Sequence[object]) -> None:
    database.executemany("INSERT INTO paid VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def row(number: int, at: str = "2026-03-01 00:00:00", **cells: object) -> tuple[object, ...]:
    told = {
        "id": number,
        "customer": f"C{number}",
        "started": "2026-01-01 00:00:00",
        "ended": None,
        "amount": 10,
        "state": "active",
        "at": at,
    }
    return tuple({**told, **cells}.values())


def settings(folder: Path, **changes: Any) -> SqlSettings:
    paid = {"query": QUERY, "cursor": "at", "columns": COLUMNS, "currency": "EUR"}
    given = {
        "url": f"sqlite:///{folder / 'crm.db'}",
        "subscriptions": {**paid, **changes.pop("paid", {})},
        "zone": "UTC",
        "clock": "SELECT now FROM clock",
        "lag": "0s",
    }
    return SqlSettings.model_validate({**given, **changes})


def source(folder: Path, **changes: Any) -> SqlConnector:
    return SqlConnector("crm", settings(folder, **changes))


def ids(pages: Sequence[Page]) -> list[str]:
    return [one.id for page in pages for one in page.records]


def refused(pages: Sequence[Page]) -> list[str]:
    return [one.message for page in pages for one in page.rejected]


def verdict(connector: SqlConnector, kind: type[Exception] = ConfigurationError) -> str:
    """What a poll says that cannot go on; `check` must say the same."""
    with pytest.raises(kind) as caught:
        list(connector.changes(None))
    message = str(caught.value)
    assert message.startswith("source 'crm': ")
    errors = [one.message for one in connector.check() if one.level == "error"]
    assert errors == [message.removeprefix("source 'crm': ")]
    return message


# --- what is read --------------------------------------------------------------------------------


def test_rows_are_records(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, row(1), row(2, state="deleted"), row(3, amount=None, ended="2026-02-01"))
    pages = list(source(tmp_path).changes(None))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    price = (Terms(Money(Decimal("10.00"), "EUR")),)
    assert [record for page in pages for record in page.records] == [
        Subscription("1", "C1", DAY, start, terms=price),
        Withdrawn("2", DAY),
        Subscription("3", "C3", DAY, start, datetime(2026, 2, 1, tzinfo=UTC)),
    ]
    assert pages[-1].complete_to == datetime(2026, 3, 6, 12, tzinfo=UTC)


def test_tickets_customers_and_subscriptions_come_out_of_one_database(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    add(database, row(1))
    database.execute("CREATE TABLE company (id, crm, web)")
    database.execute("INSERT INTO company VALUES ('C1', 'A-1', 'https://www.acme.example/x')")
    database.execute("CREATE TABLE ticket (id, created, crm)")
    database.execute("INSERT INTO ticket VALUES (7, '2026-03-01 08:00:00', 'A-1')")
    connector = source(
        tmp_path,
        customers={
            "query": "SELECT * FROM company",
            "columns": {"external_id": "crm", "domain": "web"},
        },
        tickets={"query": "SELECT * FROM ticket", "columns": {"customer": "crm"}},
    )
    pages = list(connector.changes(None))
    company, paid, ticket = (record for page in pages for record in page.records)
    assert isinstance(company, Customer)
    assert company.identity == Identity(("A-1",), ("acme.example",))
    assert isinstance(paid, Subscription)
    assert isinstance(ticket, Ticket)
    assert (ticket.status, ticket.customer) == (Status.OPEN, Identity(("A-1",)))
    assert {Fact.CREATED, Fact.CUSTOMER, Fact.CUSTOMERS} <= connector.measures().told.keys()
    warned = [one.message for one in connector.check() if one.level == "warning"]
    assert len([one for one in warned if "`changed`" in one]) == 2


def test_only_what_changed_is_asked_for_again(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, *(row(n, f"2026-03-01 00:00:0{n}") for n in range(5)))
    connector = source(tmp_path)
    (*_, last) = connector.changes(None)
    assert ids(list(connector.changes(last.cursor))) == ["4"]
    add(database, row(9, "2026-03-01 00:00:04"), row(10, "2026-03-02"))
    assert ids(list(connector.changes(last.cursor))) == ["4", "9", "10"]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_rows_of_one_instant_are_never_lost_wherever_a_poll_breaks_off(
    size: int, database: sqlite3.Connection, tmp_path: Path
) -> None:
    chance = random.Random(size)
    instants = [f"2026-03-01 00:00:0{chance.randrange(3)}" for _ in range(12)]
    add(database, *(row(n, at) for n, at in enumerate(instants)))
    connector = source(tmp_path, page_size=size)
    for stop in range(len(list(connector.changes(None)))):
        cursor, told = None, set[str]()
        for number, page in enumerate(connector.changes(None)):
            told |= set(ids([page]))
            cursor = page.cursor
            if number == stop:
                break
        add(database, row(100, max(instants)))
        told |= set(ids(list(connector.changes(cursor))))
        assert told == {str(n) for n in range(12)} | {"100"}
        database.execute("DELETE FROM paid WHERE id = 100")


def test_a_query_without_an_order_loses_nothing_when_it_breaks_off(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    add(database, row(1, "2026-03-03"), row(2, "2026-03-01"), row(3, "2026-03-02"))
    query = "SELECT * FROM paid WHERE at >= :cursor"
    connector = source(tmp_path, page_size=1, paid={"query": query})
    first, second, *_ = connector.changes(None)
    assert ids([first, second]) == ["1", "2"]
    begun = list(connector.changes(None))
    assert ids(begun) == ["1", "2", "3"]
    assert ids(list(connector.changes(begun[-1].cursor))) == ["1"]


def test_a_row_that_comes_into_sight_late_is_read_within_the_lag(tmp_path: Path) -> None:
    """SQLite has no instants, so that the distance is looked at alone."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert cursors.earlier(at, timedelta(seconds=60)) == at - timedelta(seconds=60)
    assert cursors.earlier(7, timedelta(seconds=60)) == 7


@pytest.mark.parametrize(
    "value",
    [7, 1.5, Decimal("1.50"), "2026-03-01", b"\x00\xff", DAY, DAY.replace(tzinfo=None), DAY.date()],
)
def test_a_cursor_is_given_back_as_the_database_gave_it(value: object) -> None:
    known = cursors.written(value)
    assert known is not None
    again = cursors.read(known)
    assert (again, type(again)) == (value, type(value))


def test_numbers_may_be_a_cursor(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, *(row(n) for n in range(1, 4)))
    query = "SELECT * FROM paid WHERE id >= :cursor ORDER BY id"
    connector = source(tmp_path, paid={"query": query, "cursor": "id", "begins": 0})
    (*_, last) = connector.changes(None)
    assert ids(list(connector.changes(last.cursor))) == ["3"]


def test_a_row_that_is_refused_is_told_once_while_it_stays_so(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    add(database, row(1), row(2, amount=-1), row(3, started="soon"))
    connector = source(tmp_path)
    pages = list(connector.changes(None))
    assert [one.reason for page in pages for one in page.rejected] == [
        "negative_amount",
        "malformed",
    ]
    again = list(connector.changes(pages[-1].cursor))
    assert refused(again) == []
    database.execute("UPDATE paid SET amount = -2 WHERE id = 2")
    (said,) = refused(list(connector.changes(again[-1].cursor)))
    assert said == "subscriptions, row 2: column 'amount' is below 0."


def test_times_without_an_offset_need_a_zone(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, row(1))
    without = source(tmp_path, zone=None, clock=None)
    assert "'started' holds times without an offset: set `zone`" in verdict(without)
    berlin = source(tmp_path, zone="Europe/Berlin", clock=None)
    (paid,) = next(iter(berlin.changes(None))).records
    assert isinstance(paid, Subscription)
    assert paid.started_at == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_nothing_is_ever_written(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, row(1))
    before = (tmp_path / "crm.db").read_bytes()
    connector = source(tmp_path)
    list(connector.changes(None))
    opened = connector._asking.database.connected()
    with opened as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM paid")
    assert (tmp_path / "crm.db").read_bytes() == before
    gone = source(tmp_path, url=f"sqlite:///{tmp_path / 'none.db'}")
    verdict(gone)
    assert not (tmp_path / "none.db").exists()


def test_the_numbers_of_a_desk_with_customers_are_the_truth(tmp_path: Path) -> None:
    present = datetime(2026, 4, 9, 15, tzinfo=UTC)
    desk = SeededDesk(5, present=present, weeks=1, rate=0.5, customers=60)
    for vendor in ("sql", "file"):
        with pipeline(vendor, desk, tmp_path) as line:
            for days in (40, 12, 3, 0):
                line.poll(present - timedelta(days=days))
            line.poll(present + timedelta(days=9))
            found = line.samples()
            assert differences(found, line.truth().as_samples()) == []
        assert total(found, "support_customers_churned_total") > 5
        assert total(found, "support_mrr") > 0


# --- what is wrong -------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_an_address(tmp_path: Path) -> None:
    connector = source(tmp_path)
    assert "is not there. Check host, port and name in `url`" in verdict(connector)
    (finding,) = connector.check()
    assert finding.reason is Reason.ADDRESS
    (tmp_path / "crm.db").write_text("this is no database but a letter " * 100)
    assert "crm.db' is not there" in verdict(connector) or "refuses" in verdict(connector)


@pytest.mark.parametrize("url", ["throw-away-word", "db.acme.example/crm", "sqlite://x:y:z"])
def test_what_is_no_address_is_told_when_it_is_used(url: str, tmp_path: Path) -> None:
    said = verdict(source(tmp_path, url=url))
    assert "`url` is no address of a database, such as postgresql://" in said
    assert url not in said


def test_a_column_that_is_not_there_is_named_with_those_that_are(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    columns = {**COLUMNS, "amount": "amounts"}
    said = verdict(source(tmp_path, paid={"columns": columns}))
    assert "has no column 'amounts'. Did you mean 'amount'? It has: 'id', 'customer'" in said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT oops, at FROM paid WHERE at >= :cursor", "has no column 'oops'"),
        ("SELECT * FROM payd WHERE at >= :cursor", "has no table 'payd'"),
        ("SELECT * FROMM paid WHERE at >= :cursor", "does not understand the query at"),
        ("SELECT *, amount FROM paid WHERE at >= :cursor", "the column 'amount' twice"),
    ],
)
def test_a_query_that_is_wrong_is_told_where(
    query: str, said: str, database: sqlite3.Connection, tmp_path: Path
) -> None:
    assert said in verdict(source(tmp_path, paid={"query": query}))


def test_a_query_that_leaves_out_the_last_instant_is_found_by_check(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    add(database, row(1), row(2, "2026-03-02 00:00:00"))
    query = "SELECT * FROM paid WHERE NOT at <= :cursor ORDER BY at"
    errors = [
        one.message
        for one in source(tmp_path, paid={"query": query}).check()
        if one.level == "error"
    ]
    assert len(errors) == 1
    assert "rows that changed at :cursor itself" in errors[0]


def test_an_answer_that_takes_too_long_is_given_up(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    add(database, *(row(n) for n in range(300)))
    slow = (
        "SELECT a.*, (SELECT count(*) FROM paid x, paid y, paid z, paid w) FROM paid a "
        "WHERE at >= :cursor"
    )
    connector = source(tmp_path, timeout="1s", paid={"query": slow})
    with pytest.raises(Retriable, match="took longer than `timeout`") as caught:
        list(connector.changes(None))
    assert caught.value.reason is Reason.TIMEOUT


def test_a_locked_database_is_asked_again_later(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    from connectors.patience import Patience, hurried

    database.execute("BEGIN EXCLUSIVE")
    with hurried(Patience(0.1, 0.1, 0.1)), pytest.raises(Retriable, match="Nothing is lost"):
        list(source(tmp_path).changes(None))
    database.execute("ROLLBACK")
    assert list(source(tmp_path).changes(None))


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("mysql://u:p@127.0.0.1/crm", "pymysql"),
        ("mssql://u:p@127.0.0.1/crm", "pymssql"),
        ("oracle://u:p@127.0.0.1/crm", "oracledb"),
        ("snowflake://u:p@acme/crm", "snowflake-sqlalchemy"),
        ("postgresql+psycopg2://u:p@127.0.0.1/crm", "psycopg2-binary"),
    ],
)
def test_a_driver_that_is_missing_is_named(url: str, package: str, tmp_path: Path) -> None:
    said = verdict(source(tmp_path, url=url))
    assert f"pip install '{package}'" in said


def test_a_closed_port_is_the_network(tmp_path: Path) -> None:
    from connectors.patience import Patience, hurried

    url = "postgresql://deskpulse:throw-away-word@127.0.0.1:9/crm"
    with hurried(Patience(1.0, 1.0, 0.1)):
        connector = source(tmp_path, url=url)
        said = verdict(connector, Retriable)
    assert "postgresql database 'crm' at 127.0.0.1:9 could not be reached" in said
    assert "throw-away" not in said


def test_what_is_answered_is_not_logged(
    database: sqlite3.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(database, row(1, customer="Jo Miller"))
    with caplog.at_level(logging.DEBUG):
        list(source(tmp_path).changes(None))
    assert "Miller" not in caplog.text


def test_pandas_waits_until_there_are_rows() -> None:
    import subprocess

    program = "import sys, connectors.sql.connector; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subscriptions": None}, "asks for nothing to count"),
        ({"subscriptions": None, "tickets": "SELECT 1", "customers": "SELECT 1"}, "add `subsc"),
        ({"paid": {"query": "DELETE FROM paid"}}, "begin it with SELECT or WITH"),
        ({"paid": {"query": "SELECT 1; DROP TABLE paid"}}, "must be one query"),
        ({"paid": {"query": "SELECT * FROM paid WHERE at > :cursor"}}, "write >= :cursor"),
        ({"paid": {"query": "SELECT * FROM paid WHERE :cursor<at"}}, "write >= :cursor"),
        ({"paid": {"query": "SELECT * FROM paid WHERE at >= :since"}}, "only parameter is :cursor"),
        ({"paid": {"query": "SELECT * FROM paid"}}, "add WHERE at >= :cursor"),
        ({"paid": {"cursor": None}}, "say in `cursor`"),
        ({"clock": "SELECT :cursor"}, "no :cursor to go by"),
        ({"lag": "2 days"}, "must be a duration"),
        ({"lag": "25h"}, "a day at most"),
        ({"zone": "Mars"}, "is no time zone"),
    ],
)
def test_settings_that_cannot_be_right(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(tmp_path, **changes)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "select * from paid where at >= :cursor and why <> ':nothing; at all'",
        "WITH p AS (SELECT * FROM paid) SELECT * FROM p WHERE at >= :cursor;",
        "SELECT *, at::date FROM paid WHERE :cursor <= at -- what > :cursor was",
    ],
)
def test_queries_that_are_good(query: str, tmp_path: Path) -> None:
    assert settings(tmp_path, paid={"query": query}).subscriptions is not None


def test_a_relative_file_lies_beside_the_configuration() -> None:
    given = {"url": "sqlite:///crm.db", "tickets": "SELECT * FROM tickets"}
    read = SqlSettings.model_validate(given, context={"folder": "/etc/desk"})
    assert read.url == SecretStr("sqlite:////etc/desk/crm.db")


def test_other_queries_are_another_meaning(database: sqlite3.Connection, tmp_path: Path) -> None:
    add(database, row(1), row(2, "2026-03-02"))
    (*_, last) = source(tmp_path).changes(None)
    other = source(tmp_path, paid={"currency": "USD"})
    assert ids(list(other.changes(last.cursor))) == ["1", "2"]
    assert ids(list(source(tmp_path, timeout="9s").changes(last.cursor))) == ["2"]
