"""What came of webhooks is counted in the store: it outlives a restart, and a flood is cheap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.exc import OperationalError

from connectors import Measures
from connectors.webhooks import GENERIC
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.webhooks.ledger import Ledger
from exporter.webhooks.receiver import Receiver
from exporter.webhooks.result import Result
from tests.programs import value

NINE: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE: Final = Source("desk", "desk", Measures({}), webhooks=True)
DELIVERIES: Final = "deskpulse_webhook_deliveries_total"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/webhooks.db")
    opened.prepare([SOURCE])
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(GENERIC, [b"throw-away-secret-of-a-test"], lambda: None, clock=NINE.timestamp)


def ledger(store: Store, receiver: Receiver, changed: list[None] | None = None) -> Ledger:
    told: list[None] = [] if changed is None else changed
    return Ledger(
        store, {"desk": receiver}, {"desk": SOURCE}, lambda: told.append(None), every=0.01
    )


def counted(store: Store, result: Result) -> float | None:
    page = Exposition(store.snapshot(), ["desk"]).body()
    return value(page, DELIVERIES, source="desk", result=result.value)


def test_every_result_is_there_at_zero_where_webhooks_are_configured(store: Store) -> None:
    assert [counted(store, result) for result in Result] == [0] * len(Result)
    store.prepare([Source("other", "desk", Measures({}))])
    page = Exposition(store.snapshot(), ["other"]).body()
    assert b"deskpulse_webhook" not in page


def test_a_flood_is_one_commit(store: Store, receiver: Receiver) -> None:
    one = ledger(store, receiver)
    assert one.write() is False
    before = store.version()
    for _ in range(10_000):
        receiver.conclude(Result.FORGED)
    receiver.conclude(Result.ACCEPTED)
    assert one.write() is True
    assert store.version() == before + 1
    assert (counted(store, Result.FORGED), counted(store, Result.ACCEPTED)) == (10_000, 1)
    page = Exposition(store.snapshot(), ["desk"]).body()
    at = value(page, "deskpulse_webhook_accepted_timestamp_seconds", source="desk")
    assert at == NINE.timestamp()


def test_what_cannot_be_written_is_written_later(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ledger(store, receiver)
    receiver.conclude(Result.ACCEPTED)
    with monkeypatch.context() as away:
        away.setattr(store, "deliveries", locked)
        assert one.write() is False
    receiver.conclude(Result.STALE)
    assert one.write() is True
    assert (counted(store, Result.ACCEPTED), counted(store, Result.STALE)) == (1, 1)


def locked(*_: object) -> None:
    raise OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))


def test_the_last_are_written_when_it_ends_and_stay(
    store: Store, receiver: Receiver, tmp_path: Path
) -> None:
    changed: list[None] = []
    one = ledger(store, receiver, changed)
    one.start()
    receiver.conclude(Result.REPEATED)
    one.stop()
    with_more = Store.open(f"sqlite:///{tmp_path}/webhooks.db")
    with_more.prepare([SOURCE])
    receiver.conclude(Result.REPEATED)
    ledger(with_more, receiver).write()
    assert counted(with_more, Result.REPEATED) == 2
    with_more.close()
