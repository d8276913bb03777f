"""Killed at any moment, a store in PostgreSQL holds the numbers of a run that nobody disturbed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest

from connectors.testing.clock import StandingClock
from connectors.testing.faults import Faults, slow
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.postgres import IN_URL, Postgres, empty_database
from tests.programs import (
    DESKPULSE,
    business,
    configure,
    deskpulse,
    eventually,
    running,
    served,
    source,
)

pytest_plugins = ["tests.postgres"]

PRESENT: Final = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
STEPS: Final = (PRESENT, PRESENT + timedelta(days=14))
SLOWNESS: Final = 0.02
KILLS: Final = 3
URL: Final = "postgresql://deskpulse:${STORE_PASSWORD}@127.0.0.1"


def configured(folder: Path, server: SimulatorServer, postgres: Postgres, name: str) -> Path:
    store = f"{URL}:{postgres.port}/{name}"
    return configure(folder, {"desk": source(server, page_size=20)}, store=store)


def run(folder: Path, *words: str) -> str:
    """What a command prints that must succeed."""
    done = deskpulse(folder, *words, STORE_PASSWORD=IN_URL)
    assert done.code == 0, done.said
    assert IN_URL not in done.said
    return done.out


def progress(postgres: Postgres, name: str) -> tuple[str | None, int | None]:
    """How far the store has read, and up to when it is complete."""
    with postgres.connected(name) as connection:
        try:
            row = connection.execute("SELECT cursor, complete_to FROM sources").fetchone()
        except psycopg.errors.UndefinedTable:  # killed before there was a table
            row = None
    return (row[0], row[1]) if row else (None, None)


def kill_halfway(folder: Path, server: SimulatorServer, random: Random) -> None:
    """Kill a sync some requests after its start, at any moment of a commit."""
    wanted = len(server.requests) + random.randrange(2, 5)
    with running(folder, "sync", program=DESKPULSE, STORE_PASSWORD=IN_URL) as program:
        eventually(lambda: len(server.requests) >= wanted, "a request", every=0.001)
        time.sleep(random.uniform(0, 2 * SLOWNESS))
        assert program.kill(), f"it ended before it was killed: {program.out}{program.err}"


@pytest.mark.slow
def test_kills_leave_no_trace(postgres: Postgres, tmp_path: Path) -> None:
    clock, random, halfway = StandingClock(PRESENT), Random(6), 0
    desk = SeededDesk(4, present=PRESENT, rate=1.2)
    with (
        served(desk, clock, faults=Faults().always("/", slow(SLOWNESS))) as server,
        empty_database(postgres) as calm_name,
        empty_database(postgres) as killed_name,
    ):
        calm = configured(tmp_path / "calm", server, postgres, calm_name)
        killed = configured(tmp_path / "killed", server, postgres, killed_name)
        for clock.at in STEPS:
            run(calm, "sync")
            before = progress(postgres, killed_name)
            for _ in range(KILLS):
                kill_halfway(killed, server, random)
                after = progress(postgres, killed_name)
                halfway += after[0] != before[0] and after[1] == before[1]
            run(killed, "sync")
        expected = business(run(calm, "metrics").encode())
        assert expected.count(b"\n") > 300
        assert business(run(killed, "metrics").encode()) == expected
    assert halfway > KILLS, "the kills did not meet polls that were half done"
