"""A first import of Zendesk: quick, flat in memory, and a request for every page."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import pytest

from tests.benchmarks.figures import COUNT, MEGABYTES, PER_SECOND, RATIO, Figures, Unit
from tests.benchmarks.processes import running

# Tickets in a busy hour that make about 10,000 and 100,000 tickets in eight weeks, and how often
# these are imported: the large one takes a minute.
SMALL, LARGE = ("14", 3), ("140", 1)
# Scope, and the tickets in a CPU second that are wanted of it.
GOALS = {"tickets": 10_000, "streams": 4_000, "everything": 3_000}
SCOPES = tuple(GOALS)
PAGE = 1000
REPEATS = 3
MB = 2**20
SECONDS = Unit(1, "{:.1f} s")

Run = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """What a desk's account took to import, by scope, and to decide otherwise about.

    pages: of all streams.
    """

    tickets: int
    pages: int
    imports: Mapping[str, list[Run]]
    decided: Run

    def middle(self, scope: str, key: str) -> float:
        """The median of one figure of its imports."""
        return float(median(run[key] for run in self.imports[scope]))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A small account."""
    return account(*SMALL, tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """One with ten times the tickets."""
    return account(*LARGE, tmp_path_factory.mktemp("large"))


def account(rate: str, repeats: int, folder: Path) -> Account:
    """Import the account of a desk in every scope."""
    with running("simulate", rate) as told:
        imports = {
            scope: [imported(told, store(folder, scope, turn), scope) for turn in range(repeats)]
            for scope in SCOPES
        }
        with running("decide", json.dumps(told), store(folder, SCOPES[-1], 0)) as decided:
            return Account(told["tickets"], told["pages"], imports, decided)


def store(folder: Path, scope: str, turn: int) -> str:
    return f"sqlite:///{folder / f'{scope}-{turn}.db'}"


def imported(told: Run, url: str, scope: str) -> Run:
    with running("import", json.dumps(told), url, scope) as run:
        assert run["error"] is None
        assert run["tickets"] == told["tickets"]
        assert (run["records"] > run["tickets"]) == (scope != "tickets"), "supplements are records"
        return run


def plain_insert(rows: int, path: Path) -> float:
    """CPU seconds of inserting as many rows with nothing but sqlite3, a thousand at a time."""
    blank = ("source", "kind", 1_700_000_000_000, 3_600_000, "team", "normal", "email")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, a, b, c, d, e, f, g)")
        began = process_time()
        for start in range(0, rows, PAGE):
            with connection:
                connection.executemany(
                    "INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [(number, *blank) for number in range(start, min(start + PAGE, rows))],
                )
        return process_time() - began


@pytest.mark.parametrize("scope", SCOPES)
def test_speed(scope: str, large: Account, figures: Figures, tmp_path: Path) -> None:
    (run, *_) = large.imports[scope]
    name = f"import of {scope}"
    figures.note(f"{name}: tickets", large.tickets, COUNT)
    figures.note(f"{name}: seconds", large.middle(scope, "wall"), SECONDS)
    speed = large.tickets / large.middle(scope, "cpu")
    goal = GOALS[scope]
    figures.at_least(f"{name}: tickets per CPU second", speed, PER_SECOND, goal, limit=goal / 7)
    rows = large.tickets + run["observations"]
    plain = median(plain_insert(rows, tmp_path / f"{n}.db") for n in range(REPEATS))
    figures.note(f"{name}: rows written", rows, COUNT)
    ratio = large.middle(scope, "cpu") / plain
    figures.at_most(f"{name}: CPU against sqlite3 alone", ratio, RATIO, 25, limit=50)


@pytest.mark.parametrize("scope", SCOPES)
def test_growth(scope: str, small: Account, large: Account, figures: Figures) -> None:
    ratio = large.middle(scope, "cpu") / large.tickets / small.middle(scope, "cpu") * small.tickets
    name = f"import of {scope}: CPU a ticket, against a tenth of the tickets"
    figures.at_most(name, ratio, RATIO, 1.5)


@pytest.mark.parametrize("scope", SCOPES)
def test_memory(scope: str, small: Account, large: Account, figures: Figures) -> None:
    peaks = [each.middle(scope, "peak") for each in (small, large)]
    figures.at_most(f"import of {scope}: peak memory", peaks[1], MEGABYTES, 150 * MB)
    name = f"import of {scope}: memory above that of a tenth of the tickets"
    figures.at_most(name, peaks[1] - peaks[0], MEGABYTES, 20 * MB)
    assert not any("pandas" in run["modules"] for run in large.imports[scope])


def test_requests(small: Account, large: Account, figures: Figures) -> None:
    lists_of_teams = 1
    for each in (small, large):
        pages = -(-each.tickets // PAGE)
        assert each.imports["tickets"][0]["requests"] == {"200": pages + lists_of_teams}
        for scope in SCOPES[1:]:
            assert each.imports[scope][0]["requests"] == {"200": each.pages + lists_of_teams}
    for scope in SCOPES:
        count = large.imports[scope][0]["requests"]["200"]
        figures.note(f"import of {scope}: requests", count, COUNT)


def test_deciding_otherwise(small: Account, large: Account, figures: Figures) -> None:
    """Other business hours: the gauges at the next start, the counters when they are asked for."""
    assert large.decided["differ"] > 0
    figures.note("a start with other business hours", large.decided["adopted"]["wall"], SECONDS)
    name = "recompute"
    figures.at_most(f"{name}: seconds", large.decided["wall"], SECONDS, 20, limit=120)
    figures.at_most(f"{name}: peak memory", large.decided["peak"], MEGABYTES, 150 * MB)
    cpu = [each.decided["cpu"] / each.tickets for each in (small, large)]
    name = f"{name}: CPU a ticket, against a tenth of the tickets"
    figures.at_most(name, cpu[1] / cpu[0], RATIO, 1.5)
