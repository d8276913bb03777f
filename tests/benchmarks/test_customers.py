"""A first import of 100,000 subscriptions out of a file, by the command that operators use."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from tests import ledgers
from tests.benchmarks.figures import COUNT, PER_SECOND, Figures, Unit

COUNTED = 100_000
SECONDS = Unit(1, "{:.1f} s")
GOAL = 30.0


def test_an_import_of_subscriptions(figures: Figures, tmp_path: Path) -> None:
    path = ledgers.written(tmp_path, COUNTED)
    rows = path.read_text().count("\n") - 1
    wall, cpu = timed(tmp_path, "sync")
    figures.note("subscriptions: rows", rows, COUNT)
    figures.note("subscriptions: rows per CPU second", rows / cpu, PER_SECOND)
    figures.at_most(f"import of {COUNTED:,} subscriptions", wall, SECONDS, GOAL, limit=3 * GOAL)
    report, _ = timed(tmp_path, "report", "--customers", "--format", "csv")
    figures.at_most("a report of their months", report, SECONDS, GOAL / 3, limit=GOAL)


def timed(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds that a command took, by the clock and of CPU."""
    program = str(Path(sys.executable).with_name("deskpulse"))
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run([program, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return perf_counter() - began, spent
