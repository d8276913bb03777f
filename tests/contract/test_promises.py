"""What must always hold, each promise held against a virtual desk through real HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors import Page, Removal, Removed, Usage
from connectors.testing.faults import status
from connectors.testing.seeded import SeededDesk
from exporter.serving.exposition import Exposition
from exporter.serving.highwater import HighWater
from exporter.serving.publisher import Publisher
from exporter.store import Store, schema
from tests.pipeline import Pipeline, Samples, business, differences, pipeline, total

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
LATER = PRESENT + timedelta(days=2)
VENDORS = ("zendesk", "servicenow")
Labels = frozenset[tuple[str, str]]


@pytest.fixture
def desk() -> SeededDesk:
    return SeededDesk(11, present=PRESENT, rate=0.7)


@pytest.fixture(params=VENDORS)
def source(request: pytest.FixtureRequest, desk: SeededDesk, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline(request.param, desk, tmp_path) as made:
        yield made


def page(source: Pipeline) -> bytes:
    """What is served, without the figures about deskpulse itself."""
    shown = Exposition(source.store.snapshot(), [source.poller.source.name])
    return shown.body()


def counters(found: Samples) -> dict[tuple[str, Labels], float]:
    """What may only grow."""
    grows = ("_total", "_bucket", "_count", "_sum")
    return {key: value for key, value in found.items() if key[0].endswith(grows)}


def business_lines(body: bytes) -> list[bytes]:
    return [line for line in body.splitlines() if line.startswith((b"support_", b"deskpulse_corr"))]


def only_grew(before: Samples, after: Samples) -> bool:
    return all(after.get(key, -1) >= value for key, value in counters(before).items())


def test_reading_everything_again_changes_nothing(source: Pipeline) -> None:
    source.poll(PRESENT)
    before = source.samples()
    again = source.poll(PRESENT, from_start=True)
    assert again.records > 200
    assert again.observations == 0
    assert source.samples() == before


def test_counters_never_go_back(source: Pipeline) -> None:
    """Neither over polls with deletions in them, nor when everything is read again later."""
    before: Samples = {}
    for days in (20, 30, 40, 50, 57, 58):
        source.poll(source.desk.begins + timedelta(days=days), from_start=days == 57)
        after = source.samples()
        assert only_grew(before, after)
        before = after
    assert total(before, "deskpulse_corrections_total") > 0


def test_counters_survive_a_new_process(source: Pipeline) -> None:
    source.poll(PRESENT)
    before = page(source)
    reopened = Store.open(source.store.database.url)
    shown = Exposition(reopened.snapshot(), [source.poller.source.name])
    assert business(shown.body()) == business(before)
    reopened.close()


def test_a_first_import_is_no_spike(source: Pipeline) -> None:
    """While the first import runs there is nothing to see, then every total at once."""
    pages = []

    def look(_: object) -> None:
        pages.append(business(page(source)))

    source.clock.at = PRESENT
    source.poller.poll(look)
    assert all(not shown for shown in pages[:-1])
    assert total(pages[-1], "support_tickets_created_total") > 200
    assert b"catching_up" in page(source)


def test_a_half_finished_first_import_shows_no_business(source: Pipeline) -> None:
    source.clock.at = PRESENT
    first = next(iter(source.poller.pages()))
    source.store.commit(source.poller.source, replace(first, complete_to=None), Usage(), 0, 0)
    assert business(page(source)) == {}
    source.poll(PRESENT)
    assert business(page(source))


def facts(body: bytes) -> list[bytes]:
    """The business without the verdicts on arrivals, which are of now or not at all."""
    verdicts = (b"support_arrivals_score", b"support_arrivals_judged")
    return [line for line in business_lines(body) if not line.startswith(verdicts)]


def test_a_failing_vendor_leaves_the_last_good_values(source: Pipeline) -> None:
    source.poll(PRESENT)
    before = source.body()
    source.server.faults.always("", status(500))
    source.clock.at = LATER
    outcome = source.poller.poll()
    assert outcome.error is not None
    assert facts(source.body()) == facts(before)
    assert b"support_arrivals_score" in before
    assert b"support_arrivals_score" not in source.body(), "whether that is usual is not known now"
    name = source.poller.source.name
    assert f'deskpulse_source_up{{source="{name}"}} 0.0' in source.body().decode()
    assert f'failures_total{{reason="server",source="{name}"}} 1.0' in source.body().decode()
    source.server.faults.clear()
    source.poll(LATER)
    assert differences(source.samples(), source.truth().as_samples()) == []


def test_now_is_the_watermark(source: Pipeline, tmp_path: Path) -> None:
    """The page depends on the store alone: not on the hour at which it is made."""
    source.poll(PRESENT)
    assert page(source) == page(source)
    ages = [value for (name, _), value in source.samples().items() if name.endswith("by_age")]
    source.poller._clock = lambda: PRESENT.timestamp() + 400 * 86_400
    source.poller.poll()
    again = [value for (name, _), value in source.samples().items() if name.endswith("by_age")]
    assert ages == again


def test_what_a_vendor_cannot_tell_has_no_series(desk: SeededDesk, tmp_path: Path) -> None:
    with pipeline("servicenow", desk, tmp_path) as source:
        source.poll(PRESENT)
        names = {name for name, _ in source.samples()}
        untold = ("support_first_response", "awaiting", "unanswered")
        assert not [name for name in names if any(word in name for word in untold)]
        assert "support_resolution_seconds_count" in names


def test_a_ticket_that_changes_team_is_not_counted_again(source: Pipeline) -> None:
    """The label of a counter is that of its event; a later change of team moves no count."""
    source.poll(PRESENT)
    before = counters(source.samples())
    source.poll(PRESENT + timedelta(hours=2))
    after = counters(source.samples())
    assert only_grew(before, after)
    created = [labels for name, labels in after if name == "support_tickets_created_total"]
    assert all({key for key, _ in labels} == {"channel"} for labels in created)


def test_a_backlog_gauge_stays_at_zero_when_the_backlog_empties(source: Pipeline) -> None:
    source.poll(PRESENT)
    name = "support_tickets_open"
    before = {labels for sample, labels in source.samples() if sample == name}
    with source.store.database.reading() as connection:
        ids = list(connection.scalars(select(schema.tickets.c.id)))
    gone = tuple(Removed(id=key, changed_at=LATER, why=Removal.DELETED) for key in ids)
    source.store.commit(source.poller.source, Page(gone, "end", LATER), Usage(), 0, 0)
    after = {labels: v for (sample, labels), v in source.samples().items() if sample == name}
    assert before <= after.keys()
    assert set(after.values()) == {0}


def test_a_restored_store_is_not_shown_before_it_has_caught_up(
    source: Pipeline, tmp_path: Path
) -> None:
    mark_file = tmp_path / "published"
    mark = HighWater(mark_file)
    name = source.poller.source.name
    source.poll(PRESENT)
    backup = tmp_path / "backup.db"
    with sqlite3.connect(tmp_path / f"{name}.db") as original:
        original.execute(f"VACUUM INTO '{backup}'")
    original.close()
    source.poll(LATER)
    minute = timedelta(seconds=60)
    published = Publisher(
        source.store, [source.poller.source], scrape_interval=minute, high_water=mark
    )
    assert business(published.exposition().body())

    restored = Store.open(f"sqlite:///{backup}")
    again = Publisher(
        restored,
        [source.poller.source],
        scrape_interval=minute,
        high_water=HighWater(mark_file),
    )
    assert business(again.exposition().body()) == {}
    assert b"deskpulse_source_up" in again.exposition().body()
    restored.fail(source.poller.source, "server", "it is down", Usage(), 0, 0)
    once_more = Publisher(
        restored, [source.poller.source], scrape_interval=minute, high_water=HighWater(mark_file)
    )
    assert business(once_more.exposition().body()) == {}, "a second start knows it too"
    source.poller.store = restored
    source.store = restored
    source.poll(LATER)
    assert business(again.exposition().body())
    assert name in restored.states()
    restored.close()


def test_two_replicas_show_the_same(source: Pipeline) -> None:
    """Each scrape asks the store whether it has moved, so neither answers with older totals."""
    minute = timedelta(seconds=60)
    one, two = (
        Publisher(source.store, [source.poller.source], scrape_interval=minute) for _ in range(2)
    )
    source.poll(PRESENT)
    assert business(one.exposition().body()) == business(two.exposition().body())
    source.poll(LATER)
    assert business(one.exposition().body()) == business(two.exposition().body())
    assert one.exposition() is one.exposition(), "rendered once for each change"


def test_no_personal_data_reaches_the_store(source: Pipeline, tmp_path: Path) -> None:
    source.poll(PRESENT)
    source.store.close()
    content = b"".join(p.read_bytes() for p in tmp_path.glob("*.db*"))
    assert b"Billing" in content, "teams are kept"
    for word in (b"does not work as it did", b"desk.example", b"throw-away"):
        assert word not in content


def test_reading_everything_again_forgets_no_deletion(source: Pipeline) -> None:
    """A ticket that is deleted after the last poll is told once, from the start or not."""
    source.poll(PRESENT)
    source.poll(LATER, from_start=True)
    assert differences(source.samples(), source.truth().as_samples()) == []
    assert total(source.samples(), "deskpulse_corrections_total") > 0
