"""Polling: one failing source never holds up another, and a failure is an outcome."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from connectors import (
    ConfigurationError,
    Connector,
    Finding,
    Measures,
    Page,
    Reason,
    Rejection,
    Retriable,
    Settings,
    Usage,
)
from exporter.config.key import InstallationKey
from exporter.schedule import Schedule
from exporter.serving.exposition import Exposition
from exporter.serving.server import not_ready
from exporter.source import Source
from exporter.store import Store, StoreError
from exporter.sync import Poller
from tests.pipeline import samples, total

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Scripted(Connector[Settings]):
    """Gives the pages it was made with; an error among them is raised in its turn."""

    vendor = "scripted"
    title = "Scripted"
    settings_type = Settings

    def __init__(self, *script: Page | Exception) -> None:
        super().__init__("scripted", Settings())
        self.script: tuple[Page | Exception, ...] = script

    def measures(self) -> Measures:
        return Measures({})

    def check(self) -> list[Finding]:
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        for part in self.script:
            if isinstance(part, Exception):
                raise part
            yield part

    def usage(self) -> Usage:
        return Usage({"200": 2, "429": 1}, 1.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/sync.db")
    yield opened
    opened.close()


def poller(
    store: Store, name: str, *script: Page | Exception, at: float = NINE.timestamp()
) -> Poller:
    source = Source(name, "scripted", Measures({}), poll=timedelta(seconds=1))
    store.prepare([source])
    return Poller(store, source, lambda: Scripted(*script), lambda: at)


def end(at: datetime = NINE, **more: object) -> Page:
    return Page((), "end", at, **more)  # type: ignore[arg-type]


def published(store: Store, name: str) -> dict[str, float]:
    found = samples(Exposition(store.snapshot(), [name]).body())
    prefix = "deskpulse_source_"
    return {
        f"{key.removeprefix(prefix)}{dict(labels).get('reason', '')}": value
        for (key, labels), value in found.items()
        if key.startswith(prefix)
    }


def test_a_success_is_an_outcome_and_health(store: Store) -> None:
    outcome = poller(store, "good", end()).poll()
    assert outcome.error is None
    found = published(store, "good")
    assert (found["up"], found["primed"], found["catching_up"]) == (1, 1, 0)
    assert found["complete_to_timestamp_seconds"] == NINE.timestamp()
    assert found["throttled_seconds_total"] == 1.5


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConfigurationError("the token was refused", reason=Reason.CREDENTIALS), "credentials"),
        (Retriable("it does not answer", reason=Reason.TIMEOUT), "timeout"),
        (ZeroDivisionError("a defect"), "internal"),
    ],
)
def test_a_failure_is_an_outcome_with_its_reason(
    store: Store, error: Exception, reason: str
) -> None:
    outcome = poller(store, "bad", error).poll()
    assert outcome.error
    found = published(store, "bad")
    assert found[f"failures_total{reason}"] == 1
    assert found["up"] == 0
    assert "last_success_timestamp_seconds" not in found


def test_every_reason_of_failure_exists_at_zero_from_the_start(store: Store) -> None:
    poller(store, "new")
    found = published(store, "new")
    assert all(found[f"failures_total{reason}"] == 0 for reason in Reason)


def test_pages_without_an_end_are_an_error_and_their_records_are_kept(store: Store) -> None:
    outcome = poller(store, "endless", Page((), "page 1")).poll()
    assert outcome.error is not None
    assert "pages ended without saying" in outcome.error
    assert store.cursor("endless") == "page 1"


def test_rejected_records_are_counted_by_reason(store: Store) -> None:
    bad = tuple(Rejection(str(n), "malformed", f"ticket {n}: no status") for n in range(7))
    outcome = poller(store, "partly", end(rejected=bad)).poll()
    assert (outcome.rejected, outcome.error) == (7, None)
    assert published(store, "partly")["records_rejected_totalmalformed"] == 7


def test_a_gap_is_told_and_no_failure(store: Store) -> None:
    outcome = poller(store, "gappy", Page((), "1", gaps=("no groups",)), end()).poll()
    assert outcome.gaps == ("no groups",)
    assert outcome.error is None
    assert published(store, "gappy")["gaps"] == 1


def test_catching_up_shows_for_minutes_after_an_outage(store: Store) -> None:
    def poll(complete_to: datetime) -> float:
        poller(store, "back", end(complete_to), at=complete_to.timestamp()).poll()
        return published(store, "back")["catching_up"]

    times = [0, 1, 60, 61, 64, 66]
    assert [poll(NINE + timedelta(minutes=m)) for m in times] == [0, 0, 1, 1, 1, 0]


def test_a_poll_of_several_pages_is_no_catching_up(store: Store) -> None:
    """Alerts on volume are silent while a source catches up, so an ordinary poll must not."""
    seen: list[float] = []

    def poll(complete_to: datetime, *pages: Page) -> None:
        made = poller(store, "two", *pages, end(complete_to), at=complete_to.timestamp())
        made.poll(lambda _: seen.append(published(store, "two")["catching_up"]))

    poll(NINE, Page((), "1"))
    assert seen == [1, 0], "a first import"
    poll(NINE + timedelta(minutes=1), Page((), "2"))
    assert seen[2:] == [0, 0]
    poll(NINE + timedelta(hours=1), Page((), "3"))
    assert seen[4:] == [1, 1], "an outage, and for minutes after it"


def test_one_failing_source_holds_up_no_other(store: Store) -> None:
    stuck, release = threading.Event(), threading.Event()

    class Hanging(Scripted):
        def changes(self, cursor: str | None) -> Iterator[Page]:
            stuck.set()
            release.wait(10)
            yield end()

    bad = poller(store, "bad", Retriable("no"))
    good = poller(store, "good", end())
    source = Source("slow", "scripted", Measures({}), poll=timedelta(seconds=1))
    store.prepare([source])
    slow = Poller(store, source, Hanging)
    polled = threading.Semaphore(0)
    schedule = Schedule([bad, slow, good], polled.release)
    schedule.start()
    assert stuck.wait(5)
    for _ in range(2):
        assert polled.acquire(timeout=5)
    assert published(store, "good")["up"] == 1
    assert published(store, "bad")["up"] == 0
    assert not_ready(store.states(), ["bad", "good"]) == []
    assert not_ready(store.states(), ["bad", "good", "slow"]) == ["slow"]
    release.set()
    schedule.stop()


def test_two_failures_are_counted_in_one_series(store: Store) -> None:
    failing = poller(store, "bad", Retriable("no", reason=Reason.SERVER))
    failing.poll()
    failing.poll()
    body = Exposition(store.snapshot(), ["bad"]).body()
    assert total(samples(body), "deskpulse_source_failures_total") == 2


def test_a_store_that_cannot_be_written_does_not_end_the_polling(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds the lock for too long: the next poll tries again."""
    made = poller(store, "good", end())
    polled = threading.Event()
    locked = iter([True])

    def commit(*arguments: object) -> int:
        if next(locked, False):
            raise OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))
        polled.set()
        return 0

    monkeypatch.setattr(store, "commit", commit)
    monkeypatch.setattr(store, "fail", commit)
    schedule = Schedule([made], lambda: None)
    schedule.start()
    assert polled.wait(10)
    schedule.stop()


def test_a_poll_that_we_ended_is_no_failure(store: Store) -> None:
    made = poller(store, "good", Retriable("the connection was closed"))
    made.close()
    made.poll()
    found = published(store, "good")
    assert found["failures_totalnetwork"] == 0
    assert "up" not in found


def test_whoever_closes_with_patience_is_back_when_nothing_is_written_any_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = poller(store, "good", Page((), "1"), end())
    writing, go_on, written = threading.Event(), threading.Event(), list[object]()
    commit = store.commit

    def slow(*arguments: Any) -> int:
        writing.set()
        assert go_on.wait(10)
        written.append(arguments)
        return commit(*arguments)

    monkeypatch.setattr(store, "commit", slow)
    with ThreadPoolExecutor(2) as pool:
        polled = pool.submit(made.poll)
        assert writing.wait(10)
        made.close()
        closed = pool.submit(made.close, 10.0)
        assert written == []
        assert not closed.done()
        go_on.set()
        closed.result(10)
        assert len(written) == 2
        assert polled.result(10).pages == 2


def test_a_source_cannot_become_another_vendor_under_its_name(store: Store) -> None:
    poller(store, "desk", end())
    with pytest.raises(StoreError, match="another name"):
        store.prepare([Source("desk", "another", Measures({}))])


def test_many_sources_at_once_leave_the_store_readable(store: Store) -> None:
    many = [
        poller(store, f"source-{n}", *[Page((), str(k)) for k in range(5)], end())
        for n in range(20)
    ]
    with ThreadPoolExecutor(20) as pool:
        results = pool.map(lambda one: one.poll(), many)
        assert [outcome.error for outcome in results] == [None] * 20


def test_a_vendor_that_asks_for_rest_gets_it(store: Store) -> None:
    """The next poll would come after a second; the vendor asked for an hour."""
    asked = threading.Semaphore(0)

    class Throttled(Scripted):
        def changes(self, cursor: str | None) -> Iterator[Page]:
            asked.release()
            raise Retriable("asks us to wait", reason=Reason.THROTTLED, wait=3600.0)

    source = Source("tired", "scripted", Measures({}), poll=timedelta(seconds=1))
    store.prepare([source])
    schedule = Schedule([Poller(store, source, Throttled)], lambda: None)
    schedule.start()
    assert asked.acquire(timeout=5)
    assert not asked.acquire(timeout=2)
    schedule.stop()


FULL = OperationalError("INSERT", None, Exception("database or disk is full"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FULL, "database or disk is full. Check that its disk has room"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "(/data/x): free space"),
        (PermissionError(errno.EACCES, "Permission denied"), "let the user that runs deskpulse"),
        (StoreError("The database is away: start it."), "The database is away: start it."),
    ],
)
@pytest.mark.parametrize("noted", [True, False])
def test_what_this_machine_lacks_is_a_verdict_with_its_remedy(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str, noted: bool
) -> None:
    def fails(*_: object) -> int:
        raise error

    made = poller(store, "desk", end())
    monkeypatch.setattr(store, "commit", fails)
    if not noted:
        monkeypatch.setattr(store, "fail", fails)
    told = made.poll().error
    assert told is not None
    assert words in told
    assert "Nothing is lost" in told
    assert "report it" not in told
    assert published(store, "desk")["failures_totalinternal"] == noted


def test_a_broken_key_of_the_installation_is_a_matter_of_configuration(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deskpulse.key"
    file.write_text("broken")
    key = InstallationKey(tmp_path / "deskpulse.yaml")
    made = poller(store, "desk", end())
    monkeypatch.setattr(store, "commit", lambda *_: key())
    told = made.poll().error
    assert told is not None
    assert str(file) in told
    assert published(store, "desk")["failures_totalconfiguration"] == 1


def test_a_defect_is_still_one_to_report(store: Store) -> None:
    told = poller(store, "bad", OSError("a connection that nobody caught")).poll().error
    assert told is not None
    assert "please report it" in told
