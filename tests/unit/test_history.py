"""The past that is written is what scrapes would have shown."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import (
    Channel,
    Exchange,
    Fact,
    Measures,
    Page,
    Priority,
    Rating,
    Solve,
    Status,
    Survey,
    Ticket,
    Told,
    Usage,
)
from exporter.catalog import CATALOG
from exporter.certify.line import Labels
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.history import past as reasons
from exporter.history.past import has_past
from exporter.history.reading import pasts, watermarks
from exporter.history.times import HOUR, LONG, MINUTE, SHORT, STEPS, Steps, slices
from exporter.history.track import Event, Track
from exporter.history.verdict import Refused
from exporter.history.writing import History
from exporter.knowledge import milliseconds
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.tally import Amount
from tests.pipeline import Samples, samples

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LENGTH = timedelta(days=2)
WITHIN = 90 * MINUTE
SOURCE = Source(
    "desk",
    "desk",
    Measures({fact: Told() for fact in Fact}),
    teams=("Billing",),
    max_teams=2,
    definition=Definition(promises=tuple(Promise(t, ClockName.CALENDAR, WITHIN) for t in Target)),
)
ENDS = ("_total", "_bucket", "_count", "_sum")
PAST = tuple(
    metric.sample_name if metric.sample_name.endswith("_total") else f"{metric.name}_"
    for metric in CATALOG.values()
    if has_past(metric)
)


def life(number: int) -> Ticket:
    """Everything that will ever be told of a ticket; its labels never change."""
    chance = random.Random(number)
    times = sorted(BEGIN + LENGTH * chance.random() for _ in range(6))
    created, answered, asked, replied, solved, rated = (t.replace(microsecond=0) for t in times)
    best = chance.choice([1, 5])
    return Ticket(
        id=str(number),
        created_at=created,
        changed_at=rated,
        status=Status.SOLVED,
        priority=chance.choice(list(Priority)),
        channel=chance.choice(list(Channel)),
        team=chance.choice(["Billing", "Billing", "Orders", "Returns", 'A "b"', None]),
        assigned=True,
        first_response_at=answered,
        first_solved_at=solved,
        solves=(Solve(solved, waited=chance.randrange(9_000), replies=chance.randrange(9)),),
        exchanges=(Exchange(1, asked, replied),),
        ratings=(Rating(Survey.SATISFACTION, chance.choice([1, best]), best, rated),),
        language=chance.choice(["de", "en"]),
    )


def told(whole: Ticket, at: datetime) -> Ticket | None:
    """What a vendor tells of it at an instant."""
    if whole.created_at > at:
        return None
    solves = tuple(one for one in whole.solves if one.at <= at)
    kept = whole.first_response_at
    asked = tuple(one for one in whole.exchanges if one.asked_at and one.asked_at <= at)
    return Ticket(
        id=whole.id,
        created_at=whole.created_at,
        changed_at=at,
        status=Status.SOLVED if solves else Status.OPEN,
        priority=whole.priority,
        channel=whole.channel,
        team=whole.team,
        assigned=True,
        first_response_at=kept if kept and kept <= at else None,
        first_solved_at=solves[0].at if solves else None,
        solves=solves,
        exchanges=tuple(
            one if one.answered_at and one.answered_at <= at else Exchange(1, one.asked_at)
            for one in asked
        ),
        ratings=tuple(one for one in whole.ratings if one.at and one.at <= at),
        language=whole.language,
    )


FAR_APART = Steps(coarse=HOUR, fine=10 * MINUTE)
"""Enough to see every series move; when samples are due is tried apart."""

LIVES = [life(number) for number in range(150)]


def commit(store: Store, at: datetime, lives: list[Ticket] = LIVES) -> None:
    records = tuple(found for whole in lives if (found := told(whole, at)))
    store.commit(SOURCE, Page(records, "end", at), Usage(), 0, milliseconds(at))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/past.db")
    opened.prepare([SOURCE])
    yield opened
    opened.close()


def exposed(store: Store, *, totals: bool = True) -> Samples:
    """The samples of a page that may have a past."""
    page = samples(Exposition(store.snapshot(), ["desk"], totals=totals).body())
    return {
        key: value
        for key, value in page.items()
        if key[0].startswith(PAST) and key[0].endswith(ENDS)
    }


def written(
    store: Store, seam: datetime, since: datetime = BEGIN, scraped: Samples | None = None
) -> dict[int, Samples]:
    """Every sample that would be written, by its instant. scraped: what the first scrape showed."""
    made = pasts(store, [SOURCE], {"desk": milliseconds(seam)})
    history = History(made, milliseconds(since), "job", "here", FAR_APART)
    for past in history.pasts:
        if scraped is not None:
            past.stay_below(scraped)
    found: dict[int, Samples] = {}
    for parts in history.run():
        for part in parts:
            for line in part.lines():
                labels = frozenset(line.labels)
                for instant, value in zip(part.instants, line.values, strict=True):
                    of = found.setdefault(instant, {})
                    assert (line.name, labels) not in of
                    of[line.name, labels] = value
    return found


def release(store: Store) -> None:
    held = Exposition(store.snapshot(), ["desk"]).held
    store.release(SOURCE, [(metric, labels) for _, metric, labels in held])


def test_it_is_what_every_scrape_would_have_shown(store: Store) -> None:
    pages: dict[int, Samples] = {}
    for number in range(1, 13):
        at = BEGIN + LENGTH * number / 12
        commit(store, at)
        release(store)
        pages[milliseconds(at)] = exposed(store)
    past = written(store, BEGIN + LENGTH)
    last = pages[milliseconds(BEGIN + LENGTH)]
    assert len(last) > 500
    assert {name for name, _ in last} >= {"support_sla_outcomes_total", "support_ratings_total"}
    for instant, page in pages.items():
        assert set(page) <= set(past[instant])
        wrong = {k: (v, page.get(k, 0)) for k, v in past[instant].items() if v != page.get(k, 0)}
        assert wrong == {}
    assert past[milliseconds(BEGIN + LENGTH)] == last


def test_what_happened_after_the_seam_is_left_to_the_scrapes(store: Store) -> None:
    seam = BEGIN + LENGTH / 2
    commit(store, seam)
    then = exposed(store, totals=False)
    earlier = written(store, seam)
    commit(store, BEGIN + LENGTH)
    assert exposed(store) != then
    again = written(store, seam)
    for instant, page in earlier.items():
        assert {key: again[instant][key] for key in page} == page
    assert again[milliseconds(seam)].items() >= then.items()


def test_what_was_told_after_the_first_scrape_is_left_to_the_scrapes(store: Store) -> None:
    seam, calm = BEGIN + LENGTH * 0.7, BEGIN + LENGTH * 0.5
    late = {one.id for one in LIVES[::2] if one.created_at > calm}
    few = [one for one in LIVES if one.team == "Billing"][:20]
    commit(store, seam - timedelta(hours=1), few)
    commit(store, seam, [one for one in LIVES if one.id not in late])
    scraped = exposed(store, totals=False)
    held = {series_of(key) for key, value in exposed(store).items() if scraped.get(key) != value}
    assert held
    release(store)
    commit(store, seam + timedelta(minutes=5))
    release(store)
    since = calm - timedelta(hours=3)
    by_instants, past = written(store, seam, since), written(store, seam, since, scraped)
    last = milliseconds(seam)
    above = [key for key, value in by_instants[last].items() if value > scraped.get(key, 0)]
    assert len(above) > 20, "instants alone do not tell what a scrape has seen"
    before: Samples = {}
    for instant, page in sorted(past.items()):
        wrong = [k for k, v in page.items() if not before.get(k, 0) <= v <= scraped.get(k, 0)]
        assert wrong == []
        before = page
        if instant <= milliseconds(calm):
            known = {k for k in scraped if series_of(k) not in held}
            assert {k: page[k] for k in known} == {k: by_instants[instant][k] for k in known}
    counters = {key for key in scraped if key[0].endswith("_total")}
    assert {key: before[key] for key in counters} == {key: scraped[key] for key in counters}


def series_of(key: tuple[str, Labels]) -> tuple[str, Labels]:
    """What the samples of one counter or histogram have in common."""
    name = key[0].removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
    return name, frozenset(pair for pair in key[1] if pair[0] != "le")


class Counted(NamedTuple):
    """An event before or after the seam, which the first scrape has counted or not."""

    event: Event
    seen: bool


SEAM = 20
HISTOGRAM = CATALOG["support_first_response_seconds"]
BOUNDS = [bound * HISTOGRAM.scale for bound in HISTOGRAM.bounds]
EVENTS = st.lists(
    st.builds(
        lambda at, value, seen: Counted(Event(at, value, bisect_left(BOUNDS, value)), seen),
        st.integers(0, 25),
        st.integers(0, 4_000_000),
        st.booleans(),
    ),
    max_size=12,
)


def amount(base: int, events: list[Event]) -> Amount:
    """What is published of a histogram that began somewhere."""
    found = Amount.zero(HISTOGRAM)
    found.value = base + sum(one.value for one in events)
    slots = [one.slot for one in events]
    found.buckets = [slots.count(slot) for slot in range(len(BOUNDS) + 1)]
    return found


def row(track: Track) -> Samples:
    """Its samples as they stand."""
    return {(one.name, frozenset(one.labels)): one.values[0] for one in track.over([0])}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS, st.integers(0, 1000))
def test_no_past_steps_back_or_stands_above_the_first_scrape(
    all_: list[Counted], base: int
) -> None:
    labels = (("source", "desk"),)
    first = Track(HISTOGRAM, labels, amount(base, [one.event for one in all_ if one.seen]))
    first.begin()
    scraped = row(first)
    track = Track(HISTOGRAM, labels, amount(base, [one.event for one in all_]))
    track.events = [one.event for one in all_]
    track.stay_below(scraped)
    track.begin()
    unseen = min((one.event.at for one in all_ if not one.seen), default=SEAM)
    lines = list(track.over(range(SEAM + 1)))
    for line in lines:
        values = list(line.values)
        assert values == sorted(values)
        assert values[-1] <= scraped[line.name, frozenset(line.labels)]
        happened = [value for at, value in enumerate(values) if at < unseen]
        if line.name.endswith("_count"):
            known = [sum(one.event.at <= at for one in all_) for at in range(len(happened))]
            assert happened == known
        elif line.name.endswith("_sum"):
            sums = [sum(o.event.value for o in all_ if o.event.at <= at) for at in range(unseen)]
            assert happened == [(base + one) / 1000 for one in sums[: len(happened)]]
    for at in range(SEAM + 1):
        buckets = [line.values[at] for line in lines if line.name.endswith("_bucket")]
        assert buckets == sorted(buckets)


def test_a_series_that_is_still_held_has_no_past(store: Store) -> None:
    first = [whole for whole in LIVES if whole.team == "Billing"]
    commit(store, BEGIN + LENGTH / 2, first)
    commit(store, BEGIN + LENGTH)
    shown = exposed(store, totals=False)
    born = {key for key, value in exposed(store).items() if value and not shown[key]}
    assert born
    last = written(store, BEGIN + LENGTH)[milliseconds(BEGIN + LENGTH)]
    assert last.items() <= shown.items()
    assert all(not last.get(key) for key in born)


def test_no_series_ever_steps_back(store: Store) -> None:
    commit(store, BEGIN + LENGTH)
    before: Samples = {}
    for _, page in sorted(written(store, BEGIN + LENGTH, BEGIN + LENGTH / 3).items()):
        assert [key for key, value in before.items() if page[key] < value] == []
        before = page
    assert sum(before.values()) > 0


def test_what_has_no_past_is_named_with_the_reason(store: Store) -> None:
    commit(store, BEGIN + LENGTH)
    (past,) = pasts(store, [SOURCE], {"desk": milliseconds(BEGIN + LENGTH)})
    names = past.left_out
    assert names["support_tickets_open"] == reasons.GAUGE
    assert names["support_tickets_reopened_total"] == reasons.SIGHT
    assert names["support_ratings_offered_total"] == reasons.SIGHT
    assert names["deskpulse_source_records_total"] == reasons.OWN
    assert "support_tickets_created_total" not in names
    snapshot = store.snapshot()
    published = {CATALOG[one.metric].sample_name for one in snapshot.series}
    assert {track.metric.sample_name for track in past.tracks} | set(names) == published


def test_ratings_without_an_instant_have_no_past(store: Store) -> None:
    undated = Rating(Survey.EFFORT, 6, 7)
    record = replace(LIVES[0], ratings=(*LIVES[0].ratings, undated))
    store.commit(SOURCE, Page((record,), "end", BEGIN + LENGTH), Usage(), 0, 0)
    (past,) = pasts(store, [SOURCE], {"desk": milliseconds(BEGIN + LENGTH)})
    assert past.left_out["support_effort_score"] == reasons.UNDATED
    assert "support_ratings_total" not in past.left_out


def test_a_source_that_was_not_read_to_its_end_is_refused(store: Store) -> None:
    page = Page((told(LIVES[0], BEGIN + LENGTH) or LIVES[0],), "more", None)
    store.commit(SOURCE, page, Usage(), 0, 0)
    with pytest.raises(Refused, match=r"'desk' has not been read to its end yet.*deskpulse sync"):
        watermarks(store, [SOURCE])


INSTANT = st.integers(1_700_000_000_000, 1_700_000_000_000 + 400 * HOUR)


@given(INSTANT, st.integers(0, 500 * HOUR))
def test_instants_are_close_enough_and_end_at_the_seam(since: int, length: int) -> None:
    instants = STEPS.instants(since, since + length)
    assert instants == sorted(set(instants))
    assert instants[-1] == since + length
    assert instants[0] >= since
    gaps = [b - a for a, b in pairwise(instants)]
    assert all(gap <= 5 * MINUTE for gap in gaps)
    fine = [b - a for a, b in pairwise(instants) if a >= since + length - 2 * HOUR]
    assert all(gap <= MINUTE for gap in fine)
    assert all(instant % MINUTE == 0 for instant in instants[:-1])


@given(INSTANT, st.integers(0, 500 * HOUR))
def test_a_slice_lies_within_one_block_and_none_is_left_out(since: int, length: int) -> None:
    spans = list(slices(since, since + length))
    assert spans[0][0] == since
    assert spans[-1][1] == since + length + 1
    for (_, beyond), (first, _) in pairwise(spans):
        assert beyond == first
    for first, beyond in spans:
        assert any(first // size == (beyond - 1) // size for size in (SHORT, LONG))
    assert spans[-1][1] - spans[-1][0] <= SHORT
