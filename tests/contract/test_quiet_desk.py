"""An ordinary desk rings nobody: nights, weekends, a holiday, restarts, a first import, outages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from connectors import Channel, Page, Priority, Status, Ticket, Usage
from connectors.testing.seeded import WEEKLY, ZONE, SeededDesk
from exporter.clocks import Schedule
from exporter.definition import Definition
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.usual import Queues
from tests.pipeline import samples
from tests.storage import SOURCE

PRESENT = datetime(2026, 3, 16, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
IMPORTED = datetime(2026, 2, 9, 6, 30, tzinfo=UTC)
"""Four of the eight weeks are history then; the holiday comes in the same week."""

WATCHED = timedelta(days=10)
OUTAGES = (
    (datetime(2026, 2, 10, 9, 30, tzinfo=UTC), 6 * HOUR),  # over the busiest hours
    (datetime(2026, 2, 14, 20, 30, tzinfo=UTC), 40 * HOUR),  # a weekend, into Monday
)
STOPPED = ((datetime(2026, 2, 18, 8, 30, tzinfo=UTC), 5 * HOUR),)
"""When the exporter itself was not there."""


@cache
def desk(seed: int) -> SeededDesk:
    return SeededDesk(seed, present=PRESENT, weeks=8)


@cache
def tickets(seed: int) -> tuple[Ticket, ...]:
    """All that came in the eight weeks, as they were created."""
    words = (Status.NEW, Priority.NORMAL)
    opened = ((one, one.events[0].at) for one in desk(seed).stories(PRESENT))
    return tuple(
        Ticket(str(one.id), at, at, *words, Channel(one.channel), None, assigned=False)
        for one, at in opened
    )


def source(holiday: date) -> Source:
    """As a new process knows it: with the desk's hours, and its holiday declared."""
    hours = tuple(
        tuple((_minutes(since), _minutes(until)) for since, until in WEEKLY.get(day, ()))
        for day in range(7)
    )
    schedule = Schedule("desk", ZONE, hours, exceptions=((holiday, ()),))
    return replace(SOURCE, definition=Definition(schedule=schedule), poll=HOUR)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


# --- eight weeks, every five minutes ------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_in_eight_weeks_the_incident_rings_and_nothing_else_does(seed: int) -> None:
    ((begin, end),) = desk(seed).incidents
    since, until = (round(at.timestamp()) for at in (desk(seed).begins, PRESENT))
    told = source(desk(seed).holiday).usual.replay(arrivals(seed), since, until)
    rang = {
        (channel, direction): one.at[score >= 1]
        for channel, one in told.items()
        for direction, score in (("spike", one.spike), ("drop", one.drop))
        if np.any(score >= 1)
    }
    assert rang.keys() == {("web", "spike")}
    at = [datetime.fromtimestamp(int(second), UTC) for second in rang["web", "spike"]]
    assert begin < at[0] < begin + HOUR
    assert at[-1] < end + 3 * HOUR


def test_a_holiday_that_nobody_declared_is_told_of_where_all_comes_by_one_channel() -> None:
    """So that the silence above is that of the declared one."""
    midnight = datetime.combine(desk(1).holiday, datetime.min.time(), UTC)
    since, until = (round(at.timestamp()) for at in (midnight, midnight + 24 * HOUR))
    every = {"web": merged(arrivals(1))}
    told, silent = (
        source(day).usual.replay(every, since, until)["web"].drop
        for day in (date(2000, 1, 1), desk(1).holiday)
    )
    assert np.max(told) >= 1 > np.max(silent)


def merged(queues: Queues) -> dict[int, Counter[int]]:
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for queue in queues.values():
        for day, minutes in queue.items():
            found[day].update(minutes)
    return found


def arrivals(seed: int) -> Queues:
    """The tickets of each channel by day and minute."""
    found: dict[str, dict[int, dict[int, int]]] = {}
    for one in tickets(seed):
        day, minute = divmod(int(one.created_at.timestamp()) // 60, 24 * 60)
        minutes = found.setdefault(one.channel, {}).setdefault(day, {})
        minutes[minute] = minutes.get(minute, 0) + 1
    return found


# --- what befalls the exporter and its source ---------------------------------------------------


@dataclass
class Watched:
    """An exporter that is polled once an hour."""

    store: Store
    source: Source
    known: datetime
    scores: list[float] = field(default_factory=list)

    def poll(self, at: datetime, pages: int = 1) -> None:
        """Take what came since the last poll that succeeded, in so many pages."""
        new = [one for one in tickets(1) if self.known < one.created_at <= at]
        for number in range(pages):
            part = tuple(new[number::pages])
            done = at if number == pages - 1 else None
            now = round(at.timestamp() * 1000)
            self.store.commit(self.source, Page(part, f"{at}{number}", done), Usage(), now, now)
            self.look()
        self.known = at

    def fail(self, at: datetime) -> None:
        now = round(at.timestamp() * 1000)
        self.store.fail(self.source, "server", "it is down", Usage(), 0, now)
        self.look()

    def look(self) -> None:
        """What an alert would see."""
        body = Exposition(self.store.snapshot(), [self.source.name], totals=True).body()
        told = (one for one in samples(body).items() if one[0][0] == "support_arrivals_score")
        self.scores += [value for _, value in told]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    store = Store.open(f"sqlite:///{tmp_path}/desk.db")
    made = Watched(store, source(desk(1).holiday), desk(1).begins)
    store.prepare([made.source])
    yield made
    store.close()


def test_what_befalls_the_exporter_and_its_source_rings_nobody(watched: Watched) -> None:
    assert IMPORTED.date() < desk(1).holiday < (IMPORTED + WATCHED).date()
    watched.poll(IMPORTED, pages=9)
    judged = len(watched.scores)
    assert judged == 2 * len(arrivals(1)), "every channel, as soon as the import has ended"
    for hours in range(1, WATCHED // HOUR):
        at = IMPORTED + hours * HOUR
        if within(at, STOPPED):
            continue
        if within(at, OUTAGES):
            watched.fail(at)
            continue
        if at.hour == 12:
            watched.source = source(desk(1).holiday)  # another process, which has learned nothing
        watched.poll(at, pages=3 if at - watched.known > HOUR else 1)
    assert len(watched.scores) > 150 * judged
    assert max(watched.scores) < 1


def within(at: datetime, spans: tuple[tuple[datetime, timedelta], ...]) -> bool:
    return any(begin <= at < begin + length for begin, length in spans)
