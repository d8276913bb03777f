"""A poll costs what changed; a scrape and a start cost the series; the tickets cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from exporter.serving.exposition import Exposition
from exporter.serving.publisher import Publisher
from exporter.serving.statuspage import StatusPage
from exporter.store import Store
from tests.benchmarks.figures import COUNT, MILLISECONDS, RATIO, Figures, medians
from tests.benchmarks.ledger import Desk, desk

SIZES = (10_000, 100_000)
REPEATS = 41
CHANGES = 50
GROWTH = 1.5
BETWEEN_QUANTILES = timedelta(minutes=5)
SCRAPES = timedelta(seconds=30)

Desks = tuple[Desk, Desk]
Growth = Callable[[str, Callable[[Desk], Callable[[], object]]], None]


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """A small desk and one with ten times the tickets."""
    folder: Path = tmp_path_factory.mktemp("growth")
    with ExitStack() as stack:
        small, large = (stack.enter_context(desk(size, folder)) for size in SIZES)
        yield small, large


@pytest.fixture
def growth(desks: Desks, figures: Figures) -> Growth:
    """Measures one thing on both desks; ten times the tickets may not make it dearer."""

    def measure(name: str, action: Callable[[Desk], Callable[[], object]]) -> None:
        small, large = medians([action(each) for each in desks], REPEATS)
        figures.note(f"{name}, {SIZES[1]:,} tickets", large, MILLISECONDS)
        figures.at_most(f"{name}, against {SIZES[0]:,} tickets", large / small, RATIO, GROWTH)

    return measure


def test_both_desks_have_nearly_the_same_series(desks: Desks, figures: Figures) -> None:
    names = [{one.key for one in each.store.snapshot().series} for each in desks]
    assert len(names[0] ^ names[1]) <= len(names[1]) / 50
    figures.note("series of the desks below", len(names[1]), COUNT)


def test_a_poll_with_nothing_changed(growth: Growth) -> None:
    growth("a poll, nothing changed", lambda each: each.poll)


def test_a_poll_with_changes(growth: Growth, desks: Desks) -> None:
    name = f"a poll, {CHANGES} tickets changed"
    growth(name, lambda each: partial(each.poll_after_reopening, CHANGES))
    reopened = [
        sum(s.amount.value for s in each.store.snapshot().series if "reopened" in s.metric)
        for each in desks
    ]
    assert reopened[0] == reopened[1] == REPEATS * CHANGES


def test_a_poll_that_tells_quantiles(desks: Desks, figures: Figures) -> None:
    """Once in five minutes it reads every duration of 28 days: that is what exact quantiles of
    them take, and it does grow with what happened in that time."""
    actions = [partial(each.poll_after, BETWEEN_QUANTILES) for each in desks]
    small, large = medians(actions, REPEATS // 4)
    name = "a poll that tells exact quantiles"
    figures.at_most(f"{name}, {SIZES[1]:,} tickets", large, MILLISECONDS, 0.3, limit=3)
    figures.note(f"{name}, against {SIZES[0]:,} tickets", large / small, RATIO)


def test_a_scrape(growth: Growth) -> None:
    def scrape(each: Desk) -> Callable[[], object]:
        publisher = Publisher(each.store, [each.poller.source], scrape_interval=SCRAPES)
        return lambda: publisher.exposition().body()

    growth("a scrape, page ready", scrape)


def test_a_page_after_a_change(growth: Growth) -> None:
    def render(each: Desk) -> Callable[[], object]:
        return lambda: Exposition(each.store.snapshot(), [each.ledger.vendor]).body()

    growth("rendering after a change", render)


def test_a_start(growth: Growth) -> None:
    def start(each: Desk) -> Callable[[], object]:
        def from_cold() -> None:
            store = Store.open(each.url)
            publisher = Publisher(store, [each.poller.source], scrape_interval=SCRAPES)
            assert publisher.exposition().body()
            store.close()

        return from_cold

    growth("a start, up to the first page", start)


def test_the_status_page(desks: Desks, figures: Figures) -> None:
    """It counts the day's facts one by one: exact quantiles cost what happened today."""
    pages = [StatusPage(each.store, [each.poller.source]).html for each in desks]
    _, seconds = medians(pages, REPEATS)
    name = f"the status page, {SIZES[1]:,} tickets"
    figures.at_most(name, seconds, MILLISECONDS, 0.05, limit=0.5)
