"""What a store promises, held against each of its engines."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from connectors import Fact, Page, Rating, Supplement, Survey, Ticket, Usage
from connectors.testing.seeded import SeededDesk
from exporter.backlog import FILLED
from exporter.knowledge import Extra, Known, Observation
from exporter.serving.highwater import HighWater
from exporter.serving.publisher import Publisher
from exporter.store import Store, StoreError, schema
from exporter.store.commit import Commit
from exporter.store.series import SeriesWriter
from exporter.store.tickets import Tickets
from exporter.tally import Amount
from tests.conftest import ROOT
from tests.pipeline import pipeline
from tests.storage import (
    BEGIN,
    PREFIXES,
    SOURCE,
    TEAMS,
    body,
    commit,
    content,
    copied,
    counts,
    fill,
    pages,
    polls,
)

pytest_plugins = ["tests.postgres"]
ENGINES = ("sqlite", "postgresql")
LARGEST = 2**63 - 1


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


# --- one page, one transaction ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "verb"),
    [
        (Tickets, "write"),
        (Tickets, "observed"),
        (SeriesWriter, "add"),
        (SeriesWriter, "put"),
        (Commit, "_remember"),
    ],
)
def test_a_page_is_all_or_nothing(store: Store, noun: type, verb: str) -> None:
    fill(store, count=1)
    before = content(store)
    at, records = polls()[1]
    page = Page(tuple(records), "next", at)
    real: Callable[..., object] = getattr(noun, verb)

    def dying(*args: object, **options: object) -> None:
        real(*args, **options)
        raise Killed

    with mock.patch.object(noun, verb, dying), pytest.raises(Killed):
        commit(store, page)
    assert content(store) == before
    commit(store, page)
    assert content(store) != before


def test_a_statement_that_fails_leaves_nothing(store: Store) -> None:
    fill(store, count=1)
    before = content(store)
    at, records = polls()[1]
    twice = mock.patch.object(
        Tickets, "observed", lambda self, ones: [_observed(self, ones) for _ in "ab"]
    )
    with twice, pytest.raises(IntegrityError):
        commit(store, Page(tuple(records), "next", at))
    assert content(store) == before


_observed = Tickets.observed


def test_a_replay_changes_no_number(store: Store) -> None:
    fill(store)
    before, shown = counts(store), body(store)
    for at, records in polls():
        for page in pages(records, at, size=7):
            assert commit(store, page) == 0
    assert counts(store) == before
    assert body(store) == shown
    assert shown.count(b"\n") > 300


def test_an_error_shows_no_rows(store: Store) -> None:
    """What is known of tickets is nobody's business who reads a log."""
    row = {"id": "a store's name"}
    with store.database.writing() as connection:
        store.database.insert(connection, schema.store, [row])
        with pytest.raises(IntegrityError, match="parameters hidden"):
            store.database.insert(connection, schema.store, [row])


# --- several at once ----------------------------------------------------------------------------


def test_a_reader_sees_one_instant(store: Store) -> None:
    fill(store, count=1)
    at, records = polls()[1]
    number = select(func.count()).select_from(schema.observations)
    with store.database.reading() as connection:
        before = int(connection.scalar(number) or 0)
        assert commit(store, Page(tuple(records), "next", at)) > 0
        assert connection.scalar(number) == before
    with store.database.reading() as connection:
        assert int(connection.scalar(number) or 0) > before


def test_a_reader_cannot_hold_a_writer_up_nor_see_half_a_page(store: Store) -> None:
    store.prepare([SOURCE])
    series, observations = schema.series.c, schema.observations.c
    counted = select(func.coalesce(func.sum(series.value), 0)).where(
        series.metric == "support_tickets_created"
    )
    observed = select(func.count()).where(observations.kind == "created")
    ended = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not ended.is_set():
            with store.database.reading() as connection:
                number = connection.scalar(counted)
                assert connection.scalar(observed) == number
                seen.append(int(number or 0))

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for at, records in polls(new=60):
                for page in pages(records, at, size=10):
                    commit(store, page)
        finally:
            ended.set()
        for reader in readers:
            reader.result()
    assert len(set(seen)) > 1, "they read while pages were written"


def test_threads_may_write_one_source_at_once(store: Store, tmp_path: Path) -> None:
    store.prepare([SOURCE])
    expected = Store.open(f"sqlite:///{tmp_path}/calm.db")
    expected.prepare([SOURCE])
    at, records = polls(new=160, count=1)[0]
    parts = [Page(tuple(records[start::8]), f"part {start}") for start in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda page: commit(store, page), parts))
    for page in parts:
        commit(expected, page)
    for one in (store, expected):
        commit(one, Page((), "end", at))
    assert counts(store) == counts(expected)
    assert store.version() == expected.version()
    expected.close()


WRITER = """
import sys
from exporter.store import Store
from tests.storage import commit, pages, polls, SOURCE
store = Store.open(sys.argv[1])
store.prepare([SOURCE])
at, records = polls(count=1, new=120)[0]
for number, page in enumerate(pages(records, at, size=10)):
    if number % 3 == int(sys.argv[2]) and page.complete_to is None:
        commit(store, page)
store.close()
print("written")
"""


def test_processes_may_make_and_write_one_store_at_once(url: str, tmp_path: Path) -> None:
    """None is told that it exists already, and nothing that one of them counted is lost."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [out for out, _ in said] == ["written\n"] * 3, said
    store, expected = Store.open(url), Store.open(f"sqlite:///{tmp_path}/calm.db")
    expected.prepare([SOURCE])
    at, records = polls(count=1, new=120)[0]
    last = list(pages(records, at, size=10))[-1]
    for page in list(pages(records, at, size=10))[:-1]:
        commit(expected, page)
    for one in (store, expected):
        commit(one, last)
    assert counts(store) == counts(expected)
    for one in (store, expected):
        one.close()


def test_a_process_that_dies_while_it_writes_leaves_nothing(url: str, store: Store) -> None:
    fill(store, count=1)
    before = content(store)
    script = """
import os, signal, sys
from exporter.store import Store
from exporter.store.commit import Commit
from tests.storage import commit, pages, polls
at, records = polls()[1]
Commit._remember = lambda self, **changes: os.kill(os.getpid(), signal.SIGKILL)
commit(Store.open(sys.argv[1]), next(pages(records, at)))
"""
    done = subprocess.run([sys.executable, "-c", script, url], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -9
    assert content(store) == before
    at, records = polls()[1]
    assert commit(store, Page(tuple(records), "next", at)) > 0, "and it holds no lock"


# --- what is promised of series, labels and backups ---------------------------------------------


def test_a_series_born_late_is_held_until_it_is_released(store: Store) -> None:
    fill(store)
    held = [one for one in store.snapshot().series if one.held]
    assert held
    assert {one.amount.value for one in held} != {0}
    first, rest = held[0], held[1:]
    store.release(SOURCE, [(first.metric, first.labels)])
    assert {one.key for one in store.snapshot().series if one.held} == {one.key for one in rest}
    store.release(SOURCE, [(one.metric, one.labels) for one in rest])
    assert not any(one.held for one in store.snapshot().series)


def test_a_store_that_was_read_before_tells_what_one_that_is_opened_tells(
    store: Store, url: str
) -> None:
    store.prepare([SOURCE])
    with closing(Store.open(url)) as other:
        for at, records in polls(new=25):
            for page in pages(records, at):
                commit(store, page)
                commit(other, replace(page, records=page.records[:1]))
                with closing(Store.open(url)) as fresh:
                    assert store.snapshot() == fresh.snapshot()
        cells = [(one.metric, one.labels) for one in store.snapshot().series if one.held]
        other.release(SOURCE, cells)
        assert cells
        assert store.snapshot() == other.snapshot()


def test_teams_get_their_places_once_and_keep_them(store: Store) -> None:
    store.prepare([SOURCE])
    seen = []
    for at, records in polls(new=25):
        for page in pages(records, at):
            commit(store, page)
        shown = store.snapshot().shown
        seen.append({team: shown.get(("desk", "team", team)) for team in TEAMS})
    assert set(seen[-1].values()) == {*with_series(seen[-1]), "other"}
    assert len(with_series(seen[-1])) == SOURCE.max_teams
    for before, after in pairwise(seen):
        assert {t: s for t, s in before.items() if s} == {
            t: after[t] for t, s in before.items() if s
        }


def with_series(shown: dict[str, str | None]) -> set[str]:
    return {team for team, as_ in shown.items() if as_ == team}


def test_a_restored_store_is_not_shown_before_it_has_caught_up(
    url: str, store: Store, tmp_path: Path
) -> None:
    mark, minute = tmp_path / "published", timedelta(seconds=60)

    def published(of: Store) -> bytes:
        publisher = Publisher(of, [SOURCE], scrape_interval=minute, high_water=HighWater(mark))
        return publisher.exposition().body()

    fill(store, count=2)
    name = store.id
    store.close()
    backup = copied(url, tmp_path)
    at, records = polls()[2]
    commit(store, Page(tuple(records), "later", at))
    assert b"support_tickets_created_total{" in published(store)
    store.close()
    restored = Store.open(backup)
    assert restored.id == name
    assert b"support_tickets_created_total{" not in published(restored)
    restored.close()


def test_gauges_are_counted_anew_under_a_changed_definition(store: Store) -> None:
    fill(store)
    before = body(store)
    c = schema.series.c
    with store.database.writing() as connection:
        wrong = update(schema.series).where(c.metric.in_(FILLED)).values(value=c.value + 7)
        connection.execute(wrong)
    assert body(store) != before
    other = replace(
        SOURCE, definition=replace(SOURCE.definition, at_risk=SOURCE.definition.at_risk)
    )
    store.prepare([other])
    assert body(store) != before, "the definition has not changed"
    with store.database.writing() as connection:
        connection.execute(update(schema.sources).values(telling="another"))
    store.prepare([SOURCE])
    assert body(store) == before


# --- each thing that it offers ------------------------------------------------------------------


def test_how_a_source_stands(store: Store) -> None:
    assert store.states() == {}
    assert store.version() == 0
    assert store.cursor("desk") is None
    fill(store, count=2)
    state = store.states()["desk"]
    at, records = polls(count=2)[-1]
    assert (state.primed, state.up, state.error) == (True, True, None)
    assert state.complete_to == at.timestamp() * 1000
    assert state.version == store.version() == store.versions()["desk"] > 2
    cursor = store.cursor("desk")
    assert cursor == list(pages(records, at))[-1].cursor
    before = body(store)
    store.fail(SOURCE, "server", "it is down", Usage({"503": 2}), 12, 0)
    state = store.states()["desk"]
    assert (state.up, state.error, state.sync) == (False, "it is down", 12)
    assert store.cursor("desk") == cursor
    assert body(store) == before


def test_a_source_of_another_vendor_is_refused(store: Store) -> None:
    store.prepare([SOURCE])
    with pytest.raises(StoreError, match="was read from desk so far"):
        store.prepare([replace(SOURCE, vendor="another")])


def test_observations_are_counted_by_their_instant(store: Store) -> None:
    fill(store)
    since = round(BEGIN.timestamp() * 1000) + 12 * 3_600_000
    counted = store.counted("desk", (Fact.CREATED, Fact.SOLVED, Fact.FIRST_RESPONSE), since)
    with store.database.reading() as connection:
        every = list(Tickets(store.database, connection, SOURCE).observations())
    expected = {
        kind: sum(one.kind == kind and one.at >= since for one in every) for kind in counted
    }
    assert counted == expected
    assert counted["created"] > 0
    values = store.values("desk", "first_response", 0)
    assert values == sorted(one.value or 0 for one in every if one.kind is Fact.FIRST_RESPONSE)
    assert len(values) > 5


def test_what_is_large_is_read_through_in_the_order_of_bytes(store: Store) -> None:
    """So that a walk in steps meets everything once, whatever language a database sorts by."""
    fill(store)
    with store.database.reading() as connection, mock.patch("exporter.store.tickets._CHUNK", 3):
        tickets = Tickets(store.database, connection, SOURCE)
        ids = [known.id for known in tickets.all()]
        keys = [(o.subject, o.kind.value, o.ordinal) for o in tickets.observations()]
        some = [o.kind for o in tickets.observations([Fact.SOLVED, Extra.CORRECTED])]
    assert ids == sorted(set(ids))
    assert {id_.rstrip("0123456789") or "9" for id_ in ids} == set(PREFIXES)
    assert len(ids) == 160
    assert keys == sorted(set(keys))
    with store.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.observations)) == len(keys)
    assert set(some) == {Fact.SOLVED, Extra.CORRECTED}
    assert len(some) == sum(kind in {"solved", "corrected"} for _, kind, _ in keys)


def test_observations_can_be_replaced_and_forgotten(store: Store) -> None:
    fill(store)
    with store.database.writing() as connection:
        tickets = Tickets(store.database, connection, SOURCE)
        before = list(tickets.observations([Fact.SOLVED]))
        tickets.replace([_moved(one) for one in before])
        assert list(tickets.observations([Fact.SOLVED])) == [_moved(one) for one in before]
        some = sorted({one.subject for one in before})
        tickets.forget(some[1:], [Fact.SOLVED])
        assert {one.subject for one in tickets.observations([Fact.SOLVED])} == {some[0]}
        assert list(tickets.observations([Fact.CREATED]))


def _moved(one: Observation) -> Observation:
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    return Observation(**fields | {"business": 5, "marks": ("a", "b"), "team": "Ärzte"})


def test_tickets_are_woken_when_it_is_time(store: Store) -> None:
    fill(store, count=1)
    state = store.states()["desk"]
    with store.database.reading() as connection:
        tickets = Tickets(store.database, connection, SOURCE)
        assert list(tickets.woken(state.complete_to or 0)) == []
        later = next(tickets.woken((state.complete_to or 0) + 24 * 3_600_000))
        open_ones = [known for known in tickets.all() if known.is_open]
    assert {known.id for known in later} >= {known.id for known in open_ones}


def test_the_oldest_are_found_by_team(store: Store) -> None:
    fill(store)
    with store.database.reading() as connection:
        tickets = Tickets(store.database, connection, SOURCE)
        every = tickets.oldest(None)
        teams = {labels[0] for _, labels in every}
        assert tickets.oldest({*teams, "nobody"}) == every | {
            (metric, ("nobody",)): None for metric in {metric for metric, _ in every}
        } | {
            (metric, (team,)): None
            for metric in {metric for metric, _ in every}
            for team in teams
            if (metric, (team,)) not in every
        }
        ages: dict[str, int] = {}
        for known in tickets.all():
            if known.is_open and known.state:
                team, at = known.state.team, known.state.created_at
                ages[team] = min(at, ages.get(team, at))
    oldest = "support_oldest_open_created_timestamp_seconds"
    assert {labels[0]: at for (metric, labels), at in every.items() if metric == oldest} == ages


def test_series_are_added_to_put_and_emptied(store: Store) -> None:
    store.prepare([SOURCE])
    opened, counted = "support_tickets_open", "support_tickets_solved"
    cell = (opened, ("new", "high", "Ärzte", "email"))
    total = (counted, ("Ärzte", "high", "email"))
    with store.database.writing() as connection:
        writer = SeriesWriter(store.database, connection, "desk", primed=True)
        assert writer.create([total])
        assert not writer.create([total])
        for _ in range(2):
            writer.add({total: Amount(3), cell: Amount(2)})
        writer.put({("support_today", ("created",)): 5, ("support_today", ("solved",)): 6})
        writer.put({("support_today", ("created",)): 7, ("support_today", ("solved",)): None})
    found = {(one.metric, one.labels): one for one in store.snapshot().series}
    assert (found[total].amount.value, found[total].held) == (6, True)
    assert (found[cell].amount.value, found[cell].held) == (4, False)
    assert found["support_today", ("created",)].amount.value == 7
    assert ("support_today", ("solved",)) not in found
    with store.database.writing() as connection:
        SeriesWriter(store.database, connection, "desk", primed=True).empty([opened])
    found = {(one.metric, one.labels): one for one in store.snapshot().series}
    assert (found[cell].amount.value, found[total].amount.value) == (0, 6)


@pytest.mark.parametrize("number", [LARGEST, -LARGEST - 1])
def test_the_largest_numbers_come_back(store: Store, number: int) -> None:
    one = Observation("7", Fact.SOLVED, abs(number) - 1, number, number, number, (), "", *["x"] * 5)
    with store.database.writing() as connection:
        tickets = Tickets(store.database, connection, SOURCE)
        tickets.observed([one])
        assert list(tickets.observations()) == [one]
        tickets.write([Known("7", version=(number, number))], number)
        assert tickets.known(["7"])["7"].version == (number, number)


def test_a_number_that_is_too_large_is_refused(store: Store) -> None:
    one = Observation("7", Fact.SOLVED, 1, LARGEST + 1, 0, 0, (), "", *["x"] * 5)
    with pytest.raises((OverflowError, DBAPIError)), store.database.writing() as connection:
        Tickets(store.database, connection, SOURCE).observed([one])


def test_a_nul_character_stops_nothing(store: Store, tmp_path: Path) -> None:
    at, records = polls()[0]
    told = [record for record in records if isinstance(record, Ticket)]
    odd = replace(told[0], id="a\0b")
    named = [replace(record, team="North\0Sea") for record in told[1:]]
    store.prepare([SOURCE])
    for _ in range(2):
        commit(store, Page((odd, *named), "next", at))
    commit(store, Page((Supplement("a\0b", (), (Rating(Survey.EFFORT, 3, 5, at),)),), "x", at))
    store.fail(SOURCE, "server", "it said \0", Usage(), 1, 0)
    error = store.states()["desk"].error
    assert error is not None
    assert error.startswith("it said")
    with store.database.reading() as connection:
        tickets = Tickets(store.database, connection, SOURCE)
        assert len(list(tickets.all())) == len(named), "such an id is no id"
        rejected = SeriesWriter(store.database, connection, "desk", primed=True).of(
            {"deskpulse_source_records_rejected"}
        )
    assert rejected["deskpulse_source_records_rejected", ("malformed",)].amount.value == 3
    assert b'team="North Sea"' in body(store)


def test_its_size_is_told(store: Store) -> None:
    empty = store.snapshot().size_bytes
    fill(store, new=200)
    assert store.snapshot().size_bytes > empty > 10_000


# --- the engines agree --------------------------------------------------------------------------


def test_both_engines_hold_the_same_rows(store: Store, tmp_path: Path) -> None:
    fill(store, seed=3, new=70)
    expected = Store.open(f"sqlite:///{tmp_path}/calm.db")
    fill(expected, seed=3, new=70)
    mine, theirs = content(store), content(expected)
    assert {name: len(rows) for name, rows in theirs.items() if not rows} == {}
    for name, rows in theirs.items():
        assert mine[name] == rows, name
    expected.close()


def test_a_desk_polled_along_the_way_gives_the_same_page(postgres_url: str, tmp_path: Path) -> None:
    desk = SeededDesk(11, present=BEGIN, rate=0.7)
    steps = [desk.begins + timedelta(days=days) for days in (30, 31, 38.5, 56, 80)]
    shown: list[list[bytes]] = []
    for url in (None, postgres_url):
        with pipeline("zendesk", desk, tmp_path, url=url) as source:
            shown.append([])
            for step in steps:
                source.poll(step)
                shown[-1].append(comparable(source.body()))
    assert shown[0] == shown[1]
    assert min(page.count(b"\n") for page in shown[0]) > 300


def comparable(page: bytes) -> bytes:
    """The page without what depends on the engine or on how long something took."""
    varies = (b"deskpulse_store_size", b"deskpulse_source_sync", b"deskpulse_source_last_success",
              b"deskpulse_source_clock_skew")  # fmt: skip
    return b"\n".join(line for line in page.splitlines() if not line.startswith(varies))
