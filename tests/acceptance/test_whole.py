"""The whole: desk, simulator, connector, store, page, real Prometheus.

What Prometheus keeps is compared with what happened on the desk, sample by sample, because
`increase()` extrapolates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.replay import ReplayedDesk
from connectors.testing.server import SimulatorServer
from tests.programs import Program, configure, eventually, running, served, source
from tests.prometheus import Prometheus, prometheus

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOLVED = 'support_tickets_solved_total{team="Night"}'
RESPONSES = 'support_first_response_seconds_count{team="Night"}'
SCRAPES = ("1s", "700ms")


def story(number: int, at: datetime, team: str, *, solved: bool) -> Story:
    """A ticket that an agent answers after a minute and, it may be, solves after two."""
    minute = timedelta(minutes=1)
    events = [
        Event(at, Kind.OPENED, Role.CUSTOMER),
        Event(at, Kind.COMMENT, Role.CUSTOMER),
        Event(at, Kind.TEAM, Role.SYSTEM, team),
        Event(at, Kind.STATUS, Role.SYSTEM, "open"),
        Event(at + minute, Kind.COMMENT, Role.AGENT),
    ]
    if solved:
        events += [
            Event(at + 2 * minute, Kind.STATUS, Role.AGENT, "solved"),
            Event(at + 2 * minute, Kind.STAMP, Role.AGENT, "solved"),
        ]
    return Story(number, at, "chat", Role.CUSTOMER, tuple(events))


def hour(number: int) -> datetime:
    return NINE + timedelta(hours=number)


# Three hours of the Day team are history; the Night team is never heard of before the fourth hour.
STORIES = (
    *(story(n, hour(n % 3), "Day", solved=True) for n in range(1, 61)),
    *(story(n, hour(4), "Night", solved=True) for n in range(61, 64)),
    *(story(n, hour(5), "Night", solved=True) for n in range(64, 66)),
    *(story(n, hour(6), "Night", solved=False) for n in range(66, 70)),
    *(story(n, hour(7), "Night", solved=True) for n in range(70, 75)),
)
NIGHT_SOLVED = 10
NIGHT_ANSWERED = 14


class Scene:
    """A desk whose clock the test moves, the exporter, and two Prometheis that scrape it."""

    def __init__(self, folder: Path, clock: StandingClock, server: SimulatorServer) -> None:
        self.folder = configure(folder, {"desk": source(server, poll="1s")}, scrape_interval="1s")
        self.clock = clock
        self.stack = ExitStack()
        self.program = self.started("0")
        self.port = self.program.url.rpartition(":")[2]
        self.prometheis: Sequence[Prometheus] = ()

    def started(self, port: str) -> Program:
        listen = f"127.0.0.1:{port}"
        return self.stack.enter_context(running(self.folder, "run", "--listen", listen))

    def restart(self) -> None:
        assert self.program.end() == 0
        self.program = self.started(self.port)
        assert self.program.url.endswith(self.port)

    def move(self, moment: datetime) -> None:
        """The desk's clock comes to a moment of which Zendesk tells a minute later."""
        self.clock.at = moment + timedelta(minutes=1)

    def all_see(self, query: str, value: float) -> None:
        """Every Prometheus has come to this value."""
        for one in self.prometheis:
            eventually(lambda one=one: one.value(query) == value, f"{query} == {value}")  # type: ignore[misc]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock = StandingClock(hour(3))
    with served(ReplayedDesk(STORIES), clock) as server:
        made = Scene(tmp_path / "exporter", clock, server)
        with made.stack:
            made.prometheis = [
                made.stack.enter_context(
                    prometheus(tmp_path / name, f"127.0.0.1:{made.port}", scrape_interval=name)
                )
                for name in SCRAPES
            ]
            yield made


def steps(values: Sequence[float]) -> float:
    """What a counter grew by, step by step; a step back would count as a reset."""
    return sum(after - before if after >= before else after for before, after in pairs(values))


def pairs(values: Sequence[float]) -> Iterator[tuple[float, float]]:
    return pairwise(values)


def test_prometheus_counts_what_happened(scene: Scene) -> None:
    """From a first import, over births, a restart with a birth on hold, at two scrape intervals."""
    created = "sum(support_tickets_created_total)"
    scene.all_see(created, 60)
    for one in scene.prometheis:
        first = one.samples("support_tickets_created_total")
        assert all(steps(values) == 0 for values in first), "a first import is no increase"

    scene.move(hour(4) + timedelta(minutes=30))
    scene.all_see(SOLVED, 0)
    scene.restart()  # the birth is on hold: its zero must be seen again by the new process
    scene.all_see(SOLVED, 3)
    scene.move(hour(5) + timedelta(minutes=30))
    scene.all_see(SOLVED, 5)
    for later in (6, 7):
        scene.move(hour(later) + timedelta(minutes=30))
        scene.restart()
    scene.all_see(SOLVED, NIGHT_SOLVED)
    scene.all_see(RESPONSES, NIGHT_ANSWERED)
    scene.all_see(created, len(STORIES))

    for one in scene.prometheis:
        for query, truth in ((SOLVED, NIGHT_SOLVED), (RESPONSES, NIGHT_ANSWERED)):
            (values,) = one.samples(query)
            assert values[0] == 0, "its first event is visible"
            assert values[-1] - values[0] == truth
            assert steps(values) == truth, "and nothing stepped back"
        grown = [values[-1] - values[0] for values in one.samples("support_tickets_created_total")]
        assert sum(grown) == len(STORIES) - 60
