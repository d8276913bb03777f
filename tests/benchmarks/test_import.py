"""A first import of Zendesk: quick, flat in memory, and a request for every thousand tickets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import pytest

from tests.benchmarks.figures import COUNT, MEGABYTES, PER_SECOND, RATIO, Figures
from tests.benchmarks.processes import running

# Tickets in a busy hour that make about 10,000 and 100,000 tickets in eight weeks.
RATES = ("14", "140")
PAGE = 1000
REPEATS = 3
MB = 2**20

Runs = list[dict[str, Any]]


def imported(desk: dict[str, Any], folder: Path) -> dict[str, Any]:
    settings = {key: desk[key] for key in ("url", "email", "api_token")}
    path = folder / f"{desk['tickets']}-{len(list(folder.iterdir()))}.db"
    with running("import", json.dumps(settings), f"sqlite:///{path}") as result:
        assert result["error"] is None
        assert result["records"] == desk["tickets"]
        return result


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runs, Runs]]:
    """Imports of a small desk, and of one with ten times the tickets."""
    folder = tmp_path_factory.mktemp("import")
    with running("simulate", RATES[0]) as small, running("simulate", RATES[1]) as large:
        yield (
            [imported(small, folder) for _ in range(REPEATS)],
            [imported(large, folder) for _ in range(REPEATS)],
        )


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


def middle(runs: Runs, key: str) -> float:
    return float(median(run[key] for run in runs))


def test_speed(runs: tuple[Runs, Runs], figures: Figures, tmp_path: Path) -> None:
    large = runs[1]
    tickets = large[0]["records"]
    figures.note("import: tickets", tickets, COUNT)
    speed = tickets / middle(large, "cpu")
    figures.at_least("import: tickets per CPU second", speed, PER_SECOND, 10_000, limit=1_500)
    speed = tickets / middle(large, "wall")
    figures.at_least("import: tickets per second", speed, PER_SECOND, 10_000, limit=1_000)
    rows = tickets + large[0]["observations"]
    plain = median(plain_insert(rows, tmp_path / f"{n}.db") for n in range(REPEATS))
    figures.note("import: rows written", rows, COUNT)
    figures.note("import: as many rows with sqlite3 alone, per second", rows / plain, PER_SECOND)
    ratio = middle(large, "cpu") / plain
    figures.at_most("import: CPU against sqlite3 alone", ratio, RATIO, 15, limit=25)


def test_growth(runs: tuple[Runs, Runs], figures: Figures) -> None:
    small, large = ([run["cpu"] / run["records"] for run in each] for each in runs)
    ratio = median(large) / median(small)
    figures.at_most("import: CPU a ticket, against a tenth of the tickets", ratio, RATIO, 1.5)


def test_memory(runs: tuple[Runs, Runs], figures: Figures) -> None:
    small, large = (middle(each, "peak") for each in runs)
    figures.at_most("import: peak memory", large, MEGABYTES, 150 * MB)
    name = "import: memory above that of a tenth of the tickets"
    figures.at_most(name, large - small, MEGABYTES, 10 * MB)
    assert not any("pandas" in run["modules"] for run in runs[1])


def test_requests(runs: tuple[Runs, Runs], figures: Figures) -> None:
    for run in (runs[0][0], runs[1][0]):
        lists_of_teams = 1
        pages = -(-run["records"] // PAGE)
        assert run["requests"] == {"200": pages + lists_of_teams}
    figures.note("import: requests", runs[1][0]["requests"]["200"], COUNT)
