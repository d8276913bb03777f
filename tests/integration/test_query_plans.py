"""An ordinary poll never reads its way through the tickets: each query finds them by an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from exporter.serving.statuspage import StatusPage
from tests.benchmarks.ledger import Desk, desk

CHANGES = 50
# How SQLite words the walk through everything that a source has.
WALK = "PRIMARY KEY (source=?)"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Desk]:
    with desk(2_000, tmp_path) as made:
        yield made


@contextmanager
def plans(engine: Engine, table: str) -> Iterator[list[str]]:
    """The plan of every SELECT from `table` while the context is open."""
    found: list[str] = []

    def explain(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or f"FROM {table}" not in statement:
            return
        driver = connection.connection.driver_connection
        rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        found.extend(row[3] for row in rows if not row[3].startswith("USE TEMP"))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def test_a_poll_finds_tickets_by_their_keys_and_by_when_they_wake(small: Desk) -> None:
    with plans(small.store.database.engine, "tickets") as found:
        small.poll_after_reopening(CHANGES)
    for index in (
        "PRIMARY KEY (source=? AND id=?)",
        "tickets_by_waking (source=? AND wakes_at<?)",
        "tickets_open_by_team (source=? AND team=?)",
        "tickets_awaiting_by_team (source=? AND team=?)",
    ):
        assert any(index in plan for plan in found), index
    assert walks(found) == []


@pytest.mark.parametrize("table", ["observations", "series", "label_values"])
def test_a_poll_that_looks_back_walks_through_nothing(table: str, small: Desk) -> None:
    """After a quarter of an hour the exact quantiles are due too."""
    with plans(small.store.database.engine, table) as found:
        small.poll_after(timedelta(minutes=15))
    assert found
    if table == "observations":
        assert all("observations_by_time (source=? AND kind=? AND at>?" in plan for plan in found)
    if table != "label_values":  # teams, categories and languages are few: all are read
        assert walks(found) == []


def walks(plans: list[str]) -> list[str]:
    """Those that read all that a source has."""
    return [plan for plan in plans if plan.endswith(WALK) or plan.startswith("SCAN")]


def test_the_wallboard_finds_what_it_tells_by_time_and_by_key(small: Desk) -> None:
    with plans(small.store.database.engine, "observations") as found:
        StatusPage(small.store, [small.poller.source]).html()
    assert found
    # What was found in time may be scanned: SQLite names such a thing `anon_1`.
    assert [plan for plan in walks(found) if "anon" not in plan] == []


def test_a_wallboard_of_nothing_new_reads_no_fact(small: Desk) -> None:
    page = StatusPage(small.store, [small.poller.source])
    page.html()
    with plans(small.store.database.engine, "observations") as found:
        page.html()
    assert found == []
