"""Every command starts with what it needs and nothing heavier."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from tests.benchmarks.figures import MILLISECONDS, RATIO, Figures

REPEATS = 5
DESKPULSE = "import sys; from exporter.cli import main; sys.argv[0] = 'deskpulse'; main()"
HEAVY = frozenset(
    {
        "alembic",
        "grafana_api",
        "numpy",
        "pandas",
        "prometheus_client.parser",
        "starlette",
        "uvicorn",
    }
)
STORE = "from exporter.store import Store; Store.open('sqlite:///deskpulse.db').close()"
CONFIGURATION = """
sources:
  zendesk:
    vendor: zendesk
    subdomain: acme
    email: pulse@example.org
    api_token: throw-away-token
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration, and a store that a first start has made."""
    (tmp_path / "deskpulse.yaml").write_text(CONFIGURATION)
    started(tmp_path, STORE)
    return tmp_path


def started(folder: Path, code: str, *arguments: str) -> set[str]:
    """Runs this code; gives the modules that it imported."""
    command = [sys.executable, "-X", "importtime", "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def taken(folder: Path, code: str, *arguments: str) -> float:
    """Median seconds of a Python that runs this code."""
    seconds = []
    for _ in range(REPEATS):
        began = perf_counter()
        command = [sys.executable, "-c", code, *arguments]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        seconds.append(perf_counter() - began)
    return median(seconds)


@pytest.mark.parametrize("command", ["--version", "metrics"])
def test_a_start_is_quick(folder: Path, command: str, figures: Figures) -> None:
    name = f"deskpulse {command}"
    seconds, plain = taken(folder, DESKPULSE, command), taken(folder, "pass")
    figures.at_most(f"{name}: start to end", seconds, MILLISECONDS, 1, limit=10)
    figures.note(f"{name}: against a bare Python", seconds / plain, RATIO)


@pytest.mark.parametrize("command", ["--version", "metrics"])
def test_a_start_loads_nothing_heavy(folder: Path, command: str) -> None:
    loaded = started(folder, DESKPULSE, command)
    assert "exporter.cli.main" in loaded
    assert sorted(HEAVY & loaded) == []


def test_only_an_older_store_is_upgraded(tmp_path: Path) -> None:
    for _ in ("made", "opened"):
        assert "alembic" not in started(tmp_path, STORE)
