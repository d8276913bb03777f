"""Killed at any moment, the numbers are those of a run that nobody disturbed."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from connectors.discovery import simulator
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Faults, slow
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.programs import (
    DESKPULSE,
    Program,
    business,
    complete_to,
    configure,
    eventually,
    get,
    running,
    source,
    steps_back,
    synced,
    totals,
)

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
STEPS = (PRESENT, PRESENT + timedelta(days=14))
KILLS = (3, 3)  # in the first import, and in the poll two weeks later
PAGE = 150  # events; of tickets and ratings less
SLOWNESS = 0.02
CYCLE = 2 * SLOWNESS  # from one request to the next: the answer, then the commit of a page
VENDORS = ("zendesk", "servicenow")
# What is read of each vendor in one poll, in this order, by the path of the requests.
STREAMS = {
    "zendesk": (
        "/api/v2/incremental/tickets/cursor.json",
        "/api/v2/incremental/ticket_metric_events.json",
        "/api/v2/satisfaction_ratings.json",
    ),
    "servicenow": ("/api/now/table/incident",),
}
SCHEDULES = {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": "08:00-18:00"}}}
DECISIONS = {
    "schedule": "office",
    "at_risk": "2h",
    "targets": [
        {"target": "first_response", "clock": "business", "within": "4h"},
        {"target": "next_response", "clock": "calendar", "within": "8h"},
        {"target": "resolution", "clock": "business", "within": "16h"},
    ],
}

Progress = tuple[str | None, int | None]


@dataclass
class Stage:
    """One poll of the schedule: its moment, and how many requests each stream takes."""

    at: datetime
    requests: dict[str, int]

    def moments(self, count: int, random: Random) -> list[tuple[str, int]]:
        """So many requests in the order of the poll, of as many streams as there are: each by its
        stream, and by how many of the stream's come after the moment before."""
        streams = [stream for stream, number in self.requests.items() if number > 1]
        every = [(s, nth) for s in streams for nth in range(1, self.requests[s])]
        chosen = [random.choice([one for one in every if one[0] == s]) for s in streams][:count]
        rest = [one for one in every if one not in chosen]
        chosen += random.sample(rest, count - len(chosen))
        found, last = [], ("", 0)
        for stream, nth in sorted(chosen, key=every.index):
            found.append((stream, nth - last[1] if stream == last[0] else nth))
            last = stream, nth
        return found


class Killing:
    """Kills syncs on one store, and counts the kills that left a poll half done."""

    def __init__(self, folder: Path, server: SimulatorServer, random: Random) -> None:
        self.met: list[str] = []
        self.halfway = 0
        self._folder = folder
        self._server = server
        self._random = random

    def at_birth(self) -> None:
        """Kill a sync that has just begun, perhaps while it makes its store."""
        program = Program(self._folder, "sync", program=DESKPULSE)
        time.sleep(self._random.uniform(0.2, 0.9))
        program.kill()

    def during(self, stage: Stage, count: int) -> None:
        """Kill so often on the way to the end of a poll, at moments spread over all of it."""
        began = progress(self._folder)
        # Each sync goes on where the one before was killed, so none of them comes to the end.
        for stream, requests in stage.moments(count, self._random):
            self._after(stream, requests)
            cursor, complete = progress(self._folder)
            self.halfway += cursor != began[0] and complete == began[1]

    def _after(self, stream: str, requests: int) -> None:
        seen = len(self._server.requests)

        def asked() -> bool:
            return paths(self._server, seen).count(stream) >= requests

        with running(self._folder, "sync", program=DESKPULSE) as program:
            eventually(asked, f"{requests} requests of {stream}", every=0.001)
            time.sleep(self._random.uniform(0, CYCLE))
            assert program.kill(), f"it ended before it was killed: {program.out}{program.err}"
        self.met.append(paths(self._server, seen)[-1])


def paths(server: SimulatorServer, since: int) -> list[str]:
    """What was asked for since so many requests."""
    return [request.partition("?")[0] for request in server.requests[since:]]


def progress(folder: Path) -> Progress:
    """How far the store has read, and up to when it is complete."""
    with closing(sqlite3.connect(folder / "deskpulse.db")) as connection:
        try:
            row = connection.execute("SELECT cursor, complete_to FROM sources").fetchone()
        except sqlite3.OperationalError:  # killed before there was a table
            row = None
    return row or (None, None)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(PRESENT)


def a_slow_vendor(vendor: str, clock: StandingClock) -> SimulatorServer:
    desk = SeededDesk(4, present=PRESENT, rate=1.2)
    made = simulator(vendor)(desk, clock, page_limit=PAGE)
    return SimulatorServer(made, faults=Faults().always("/", slow(SLOWNESS)))


def configured(folder: Path, server: SimulatorServer, **more: object) -> Path:
    sources = {"desk": source(server, page_size=20, **DECISIONS, **more)}
    return configure(folder, sources, schedules=SCHEDULES)


def undisturbed(
    vendor: str, folder: Path, server: SimulatorServer, clock: StandingClock
) -> tuple[bytes, list[Stage]]:
    """The business lines in the end, and what the polls were."""
    stages = []
    for clock.at in STEPS:
        before = len(server.requests)
        synced(folder)
        asked = paths(server, before)
        stages.append(Stage(clock.at, {one: asked.count(one) for one in STREAMS[vendor]}))
    return business(totals(folder)), stages


def judge(vendor: str, clock: StandingClock, folder: Path, seeds: range) -> None:
    """Kill on one store after another; each must end with the undisturbed lines."""
    with a_slow_vendor(vendor, clock) as server:
        expected, stages = undisturbed(vendor, configured(folder / "calm", server), server, clock)
        assert expected.count(b"\n") > 300
        assert min(sum(stage.requests.values()) for stage in stages) > 10
        met: list[str] = []
        halfway = 0
        for seed in seeds:
            place = configured(folder / f"killed-{seed}", server)
            killing = Killing(place, server, Random(seed))
            clock.at = stages[0].at
            killing.at_birth()
            for stage, count in zip(stages, KILLS, strict=True):
                clock.at = stage.at
                killing.during(stage, count)
                synced(place)
            assert differing(business(totals(place)), expected) == [], f"seed {seed}"
            met, halfway = met + killing.met, halfway + killing.halfway
    assert len(met) == len(seeds) * sum(KILLS)
    assert set(STREAMS[vendor]) <= set(met), "the kills did not meet every stream"
    assert halfway > len(met) / 2, "the kills did not meet polls that were half done"


def differing(page: bytes, expected: bytes) -> list[str]:
    """The lines that one of them has alone, and the order where all have both."""
    found, wanted = page.decode().splitlines(), expected.decode().splitlines()
    alone = [f"published {line}" for line in sorted(set(found) - set(wanted))]
    alone += [f"undisturbed {line}" for line in sorted(set(wanted) - set(found))]
    return alone or ([] if found == wanted else ["the same lines in another order"])


@pytest.mark.parametrize("vendor", VENDORS)
def test_ten_kills_leave_no_trace(vendor: str, clock: StandingClock, tmp_path: Path) -> None:
    judge(vendor, clock, tmp_path, range(1))


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_fifty_kills_leave_no_trace(vendor: str, clock: StandingClock, tmp_path: Path) -> None:
    judge(vendor, clock, tmp_path, range(1, 6))


def test_a_run_that_is_killed_serves_on_where_it_was(clock: StandingClock, tmp_path: Path) -> None:
    steps = [PRESENT + timedelta(days=14 * number) for number in range(3)]
    random = Random(8)
    with a_slow_vendor("zendesk", clock) as server:
        folder = configured(tmp_path / "killed", server, poll="1s")
        told = [b""]
        halfway = 0
        for clock.at in steps:
            halfway += kill_while_polling(folder, server, told, random)
            finish(folder, clock, told)
        shown = business(told[-1])
        assert halfway > 1, "the kills did not meet polls that were half done"
        assert business(totals(folder)) == shown

        calm = configured(tmp_path / "calm", server)
        for clock.at in steps:
            synced(calm)
        assert business(totals(calm)) == shown


def scrape(program: Program, told: list[bytes]) -> bytes:
    """The page, which must not go back behind any before it."""
    page = program.scrape()
    assert steps_back(told[-1], page) == []
    told.append(page)
    return page


def kill_while_polling(
    folder: Path, server: SimulatorServer, told: list[bytes], random: Random
) -> bool:
    """Kill a `run` within its first poll; gives whether the poll was half done."""
    before, seen = progress_if_any(folder), len(server.requests)
    with running(folder, "run", "--listen", "127.0.0.1:0", program=DESKPULSE) as program:
        wanted = seen + random.randrange(3, 9)
        eventually(lambda: len(server.requests) >= wanted, "a request", every=0.001)
        if get(program.url + "/-/ready").status_code == 200:
            scrape(program, told)
        time.sleep(random.uniform(0, CYCLE))
        assert program.kill()
    after = progress(folder)
    return after[0] != before[0] and after[1] == before[1]


def progress_if_any(folder: Path) -> Progress:
    return progress(folder) if (folder / "deskpulse.db").exists() else (None, None)


def finish(folder: Path, clock: StandingClock, told: list[bytes]) -> None:
    """Let a `run` catch up, and show every series at its total; then kill it."""
    watermark = (clock.at - timedelta(seconds=60)).timestamp()
    with running(folder, "run", "--listen", "127.0.0.1:0") as program:
        eventually(lambda: complete_to(scrape(program, told), "desk") == watermark, "its end")
        whole = business(totals(folder))
        eventually(lambda: business(scrape(program, told)) == whole, "every series at its total")
        assert program.kill()
