"""Arrivals by channel and minute: a sum of what was observed, however it was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import msgspec
import pytest
from sqlalchemy import select

from connectors import Channel, Page, Priority, Record, Status, Ticket, Usage
from exporter.serving.exposition import Exposition
from exporter.store import Store, schema
from tests.pipeline import Samples
from tests.pipeline import business as numbers
from tests.storage import SOURCE, commit, fill, pages, polls

pytest_plugins = ["tests.postgres"]
DAY, MINUTE = 86_400_000, 60_000
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(params=("sqlite", "postgresql"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    else:
        opened = Store.open(str(request.getfixturevalue("postgres_url")))
    opened.prepare([SOURCE])
    yield opened
    opened.close()


def kept(store: Store) -> Counter[tuple[str, int]]:
    """Tickets by channel and minute, as they are kept."""
    found: Counter[tuple[str, int]] = Counter()
    with store.database.reading() as connection:
        for row in connection.execute(select(schema.arrivals)):
            for minute, number in msgspec.json.decode(row.minutes).items():
                found[row.channel, row.day * 1440 + int(minute)] += number
    return found


def observed(store: Store) -> Counter[tuple[str, int]]:
    """The same, counted from the observations."""
    c = schema.observations.c
    with store.database.reading() as connection:
        rows = connection.execute(select(c.channel, c.at).where(c.kind == "created"))
        return Counter((row.channel, row.at // MINUTE) for row in rows)


def ticket(number: int, created: datetime, channel: Channel = Channel.CHAT) -> Ticket:
    """A ticket that is new and stays so."""
    return Ticket(
        f"t{number}", created, created, Status.NEW, Priority.NORMAL, channel, None, assigned=False
    )


def told(store: Store, at: datetime, *records: Record) -> Samples:
    """The samples after a poll that brings these and is complete up to then."""
    now = round(at.timestamp() * 1000)
    store.commit(SOURCE, Page(records, at.isoformat(), at), Usage(), now, now)
    return numbers(Exposition(store.snapshot(), [SOURCE.name], totals=True).body())


def arrived(found: Samples, window: str, channel: str = "chat") -> float | None:
    """How many came, as it is published."""
    labels = frozenset({("channel", channel), ("window", window)})
    return found.get(("support_arrivals", labels))


def test_they_are_the_sum_of_what_was_observed(store: Store) -> None:
    fill(store, count=3)
    assert kept(store) == observed(store)
    assert kept(store).total() > 100


def test_nothing_that_is_told_again_counts_again(store: Store) -> None:
    fill(store, count=3)
    before = kept(store)
    chance = Random(7)
    everything = list(chain.from_iterable(records for _, records in polls(count=3)))
    chance.shuffle(everything)
    for page in pages(everything, polls(count=3)[-1][0], size=9):
        commit(store, page)
        commit(store, replace(page, complete_to=None))
    assert kept(store) == before == observed(store)


def test_a_first_import_in_many_pages_keeps_the_same_as_one_that_was_polled(
    store: Store, tmp_path: Path
) -> None:
    fill(store, count=3)
    at_once = Store.open(f"sqlite:///{tmp_path}/at-once.db")
    at_once.prepare([SOURCE])
    everything = [record for _, records in polls(count=3) for record in records]
    for page in pages(everything, polls(count=3)[-1][0], size=11):
        commit(at_once, page)
    assert kept(at_once) == kept(store)
    at_once.close()


def test_only_what_is_needed_is_kept(store: Store) -> None:
    """What is older goes, and what is told of it later does not come back."""
    old, late = ticket(1, BEGIN), ticket(3, BEGIN - timedelta(hours=1))
    told(store, BEGIN + timedelta(minutes=1), old)
    assert kept(store).total() == 1
    told(store, BEGIN + timedelta(days=100), ticket(2, BEGIN + timedelta(days=99)))
    assert kept(store) == {("chat", minute_of(BEGIN + timedelta(days=99))): 1}
    told(store, BEGIN + timedelta(days=100, minutes=1), late)
    assert kept(store).total() == 1
    assert observed(store).total() == 3


def minute_of(at: datetime) -> int:
    return round(at.timestamp()) // 60


def test_they_are_told_up_to_the_last_whole_minute(store: Store) -> None:
    minutes = [timedelta(minutes=n) for n in (0, 1, 14, 15, 16)]
    records = [ticket(n, BEGIN + minute) for n, minute in enumerate(minutes)]
    found = told(store, BEGIN + timedelta(minutes=16, seconds=59), *records)
    assert arrived(found, "15m") == 3, "those of 1, 14 and 15; the minute of the last is not over"
    assert arrived(found, "1h") == 4
    found = told(store, BEGIN + timedelta(minutes=17))
    assert arrived(found, "15m") == 3, "14, 15 and 16"
    assert arrived(found, "email") is None


def test_a_ticket_that_is_told_late_is_told_at_once(store: Store) -> None:
    """Also where the minute has not changed since the poll before."""
    at = BEGIN + timedelta(minutes=20)
    assert arrived(told(store, at, ticket(1, BEGIN)), "30m") == 1
    found = told(store, at + timedelta(seconds=9), ticket(2, BEGIN + timedelta(minutes=3)))
    assert arrived(found, "30m") == 2


def test_a_deleted_ticket_has_come_all_the_same(store: Store) -> None:
    """As in support_tickets_created_total: the customer did write."""
    from connectors import Removal, Removed

    told(store, BEGIN + timedelta(minutes=5), ticket(1, BEGIN))
    gone = Removed("t1", BEGIN + timedelta(minutes=6), Removal.SPAM)
    assert arrived(told(store, BEGIN + timedelta(minutes=7), gone), "15m") == 1
