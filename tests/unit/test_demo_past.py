"""A demo that is ended while it writes its past leaves Prometheus none, and nothing that runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import Channel, Fact, Measures, Page, Priority, Status, Ticket, Told, Usage
from exporter.cli.past import Past
from exporter.source import Source
from exporter.store import Store
from tests.peers import require

SOURCE = Source("desk", "desk", Measures({fact: Told() for fact in Fact}))


def ticket(at: datetime) -> Ticket:
    return Ticket(
        id="1",
        created_at=at,
        changed_at=at,
        status=Status.OPEN,
        priority=Priority.HIGH,
        channel=Channel.CHAT,
        team="Day",
        assigned=False,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One that has been read to its end just now."""
    opened = Store.open(f"sqlite:///{tmp_path}/past.db")
    opened.prepare([SOURCE])
    now = datetime.now(UTC)
    page = Page((ticket(now - timedelta(days=3)),), "here", now)
    opened.commit(SOURCE, page, Usage(), 0, int(now.timestamp() * 1000))
    yield opened
    opened.close()


def over_after(looks: int) -> Callable[[], bool]:
    """Ended when it is asked for the so many and first time."""
    left = iter(range(looks))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("slices", [0, 3])
def test_whoever_ends_it_meanwhile_waits_for_one_slice(
    slices: int, store: Store, tmp_path: Path
) -> None:
    require("promtool")
    data, threads = tmp_path / "data", threading.active_count()
    data.mkdir()
    with pytest.raises(SystemExit):
        Past(store, [SOURCE], over_after(slices), None).fill(data)
    assert list(data.glob("*/meta.json")) == [], "no block that Prometheus would read"
    assert not (data / "lock").exists()
    assert threading.active_count() == threads, "whatever made blocks has ended"


def test_it_is_whole_when_nobody_ends_it(store: Store, tmp_path: Path) -> None:
    require("promtool")
    data = tmp_path / "data"
    data.mkdir()
    Past(store, [SOURCE], lambda: False, None).fill(data)
    assert len(list(data.glob("*/meta.json"))) > 8
