"""The wallboard over two thousand series: what a reader waits for, and what a change costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from exporter.serving.publisher import Publisher
from exporter.serving.statuspage import StatusPage
from tests.benchmarks.figures import COUNT, MILLISECONDS, Figures, medians
from tests.benchmarks.ledger import Desk, desk

TEAMS = [f"Team {number}" for number in range(6)]
SERIES = 2_000
GOAL = 0.02
REPEATS = 41
CHANGES = 11
SCRAPES = timedelta(seconds=30)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("wallboard")
    with desk(20_000, folder, TEAMS) as made:
        yield made


@pytest.fixture
def publisher(wide: Desk) -> Publisher:
    return Publisher(wide.store, [wide.poller.source], scrape_interval=SCRAPES)


@pytest.fixture
def page(wide: Desk, publisher: Publisher) -> StatusPage:
    """As it is served: its snapshot is that of `/metrics`, which is ready."""
    return StatusPage(wide.store, [wide.poller.source], lambda: publisher.exposition().snapshot)


def test_a_reader_waits(page: StatusPage, wide: Desk, figures: Figures) -> None:
    page.html()
    series = len(wide.store.snapshot().series)
    assert series >= SERIES
    (seconds,) = medians([page.html], REPEATS)
    figures.note("the wallboard: series", series, COUNT)
    figures.at_most("the wallboard, ready", seconds, MILLISECONDS, GOAL, limit=0.3)


@pytest.mark.parametrize(
    ("what", "pace", "goal"),
    [("a poll", timedelta(seconds=10), 0.05), ("five minutes", timedelta(minutes=5), 0.5)],
)
def test_a_change_costs(
    what: str,
    pace: timedelta,
    goal: float,
    page: StatusPage,
    publisher: Publisher,
    wide: Desk,
    figures: Figures,
) -> None:
    """In the thread that polled. After five minutes what lies a week back is looked up anew."""
    page.html()
    taken = []
    for _ in range(CHANGES):
        wide.poll_after(pace)
        publisher.exposition()
        began = process_time()
        page.renew()
        taken.append(process_time() - began)
    half = sorted(taken)[CHANGES // 2]
    name = f"the wallboard, CPU of its numbers after {what}"
    figures.at_most(name, half, MILLISECONDS, goal, limit=10 * goal)
