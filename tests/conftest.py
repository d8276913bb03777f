"""What every test gets: the mark of its folder, and the way to the repository."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).resolve().parent
MARKS: Final = {"acceptance": pytest.mark.acceptance, "benchmarks": pytest.mark.benchmark}
ROOT: Final = TESTS.parent
PATIENT: Final = ("acceptance", "integration")
"""The folders of tests that mostly wait for other programs."""

LONGEST: Final = {"test_demo": 0, "test_backfill": 1, "test_certificates": 2, "test_serve": 3}
"""The modules that take the longest, first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the mark of its folder, before `-m` chooses, and an order."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if mark := MARKS.get(folder):
                item.add_marker(mark)
    items[:] = _dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests so that each worker begins with its share of those that mostly wait.

    Each takes one stretch of the list, and whoever is done takes over from the end of another's:
    what is left to the end had better be short.
    """
    waiting: list[list[pytest.Item]] = [[] for _ in range(workers)]
    modules = [list(some) for _, some in groupby(items, lambda item: item.path)]
    patient = [some for some in modules if some[0].path.parent.name in PATIENT]
    for number, some in enumerate(
        sorted(patient, key=lambda one: LONGEST.get(one[0].path.stem, 9))
    ):
        waiting[number % workers] += some
    others = [item for some in modules if some not in patient for item in some]
    share = -(-len(items) // workers)
    dealt: list[pytest.Item] = []
    for mine in waiting:
        room = max(share - len(mine), 0)
        dealt += mine + others[:room]
        others = others[room:]
    return dealt + others


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT
