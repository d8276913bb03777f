"""The table of figures, printed once when everything is measured."""

from __future__ import annotations

import pytest

from tests.benchmarks.figures import Figures

FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin an empty table."""
    config.stash[FIGURES] = Figures()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test writes down what it measured."""
    return request.config.stash[FIGURES]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, if anything was measured."""
    figures = config.stash[FIGURES]
    if figures.all:
        terminalreporter.write_line(f"\n{figures.table()}\n")
