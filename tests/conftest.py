"""What every test gets: the mark of its folder, and the way to the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).resolve().parent
MARKS: Final = {"acceptance": pytest.mark.acceptance, "benchmarks": pytest.mark.benchmark}
ROOT: Final = TESTS.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the mark of its folder, before `-m` chooses."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if mark := MARKS.get(folder):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT
