"""Whether arrivals are out of the ordinary: told once a minute, out of the store, and only while
that can be known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest

from connectors import Channel, Page, Priority, Record, Status, Ticket, Usage
from exporter.catalog.volume import WINDOWS
from exporter.clocks import Schedule, is_holiday
from exporter.definition import Definition
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.volume import Sensitivity
from tests.pipeline import Samples, samples
from tests.storage import SOURCE

pytest_plugins = ["tests.postgres"]
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
PRESENT = BEGIN + timedelta(weeks=3, hours=13, seconds=20)
MINUTE = timedelta(minutes=1)
ENGINES = ("sqlite", "postgresql")


def source() -> Source:
    """As a process that has just begun knows it."""
    return replace(SOURCE, definition=Definition())


def ticket(name: str, created: datetime, channel: Channel) -> Ticket:
    """A ticket that is new and stays so."""
    words = (Status.NEW, Priority.NORMAL, channel)
    return Ticket(name, created, created, *words, None, assigned=False)


@cache
def history() -> tuple[Ticket, ...]:
    """Six chats an hour and two e-mails, for three weeks."""
    chance, at = Random(3), BEGIN
    found: list[Ticket] = []
    while (at := at + timedelta(seconds=round(chance.expovariate(1 / 450)))) < PRESENT:
        channel = chance.choices((Channel.CHAT, Channel.EMAIL), (3, 1))[0]
        found.append(ticket(f"h{len(found)}", at, channel))
    return tuple(found)


class Desk:
    """A store that knows the history, polled once a minute from there on."""

    def __init__(
        self, url: str, records: tuple[Record, ...] | None = None, *, complete: bool = True
    ) -> None:
        """records: of the first import; None: the history. complete: whether that has ended."""
        self.store = Store.open(url)
        self.source = source()
        self.store.prepare([self.source])
        self.at = PRESENT
        told = history() if records is None else records
        self.page(Page(told, "first", self.at if complete else None))

    def take(self, records: tuple[Record, ...] = ()) -> None:
        """A poll that brings these, and is complete up to now."""
        self.page(Page(records, f"{self.at}", self.at))

    def page(self, page: Page) -> None:
        """One page, whatever it is."""
        now = round(self.at.timestamp() * 1000)
        self.store.commit(self.source, page, Usage(), now, now)

    def go_on(self, minutes: int, each: int = 0, after: int = 0) -> None:
        """So many polls, from the minute `after` on each of them with so many chats."""
        for number in range(minutes):
            self.at += MINUTE
            names = [f"n{self.at}-{one}" for one in range(each if number >= after else 0)]
            chats = [ticket(name, self.at - MINUTE / 2, Channel.CHAT) for name in names]
            self.take(tuple(chats))

    def fail(self, after: timedelta) -> None:
        """A poll that fails so long after the last one."""
        now = round((self.at + after).timestamp() * 1000)
        self.store.fail(self.source, "server", "it is down", Usage(), 0, now)

    def restart(self) -> None:
        """Another process, which has learned nothing."""
        self.source = source()

    def body(self) -> bytes:
        """`/metrics` at its totals."""
        return Exposition(self.store.snapshot(), [self.source.name], totals=True).body()

    def told(self) -> Samples:
        """What is told of arrivals, without the label source."""
        return {
            (name, labels - {("source", self.source.name)}): value
            for (name, labels), value in samples(self.body()).items()
            if name.startswith("support_arrivals")
        }

    def score(self, direction: str = "spike", channel: str = "chat") -> float | None:
        labels = frozenset({("channel", channel), ("direction", direction)})
        return self.told().get(("support_arrivals_score", labels))

    def judged(self, channel: str = "chat") -> float | None:
        return self.told().get(("support_arrivals_judged", frozenset({("channel", channel)})))

    def band(self, word: str, window: str = "1h", channel: str = "chat") -> float | None:
        labels = frozenset({("channel", channel), ("window", window)})
        return self.told().get((f"support_arrivals{word}", labels))


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    on_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/one.db" if on_file else request.getfixturevalue("postgres_url")
    made = Desk(url)
    yield made
    made.store.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Desk]:
    """The same desk once more, in SQLite."""
    made = Desk(f"sqlite:///{tmp_path}/other.db")
    yield made
    made.store.close()


def comparable(desk: Desk) -> list[bytes]:
    return [line for line in desk.body().splitlines() if line.startswith(b"support_")]


# --- what is told -------------------------------------------------------------------------------


def test_what_is_expected_is_told_from_the_first_import_on(desk: Desk) -> None:
    assert desk.judged() == desk.judged("email") == 1
    lower, expected, upper = (desk.band(word) or 0 for word in ("_lower", "_expected", "_upper"))
    assert expected == pytest.approx(6, abs=1.5)
    assert 0 <= lower < expected < upper
    windows = {dict(labels)["window"] for name, labels in desk.told() if name.endswith("_upper")}
    assert windows == WINDOWS.keys()
    assert desk.judged("phone") is None, "nobody has ever called"


def test_the_windows_that_are_told_are_among_those_of_the_detector() -> None:
    assert set(WINDOWS.values()) <= set(Sensitivity().windows)


def test_a_spike_is_a_verdict_once_it_has_stood(desk: Desk) -> None:
    desk.go_on(12)
    calm = desk.score()
    assert calm is not None
    assert calm < 1
    desk.go_on(3, each=20)
    still = desk.score()
    assert still is not None
    assert still < 1, "five minutes ago nothing was wrong"
    desk.go_on(6, each=20)
    spike, upper, arrived = desk.score(), desk.band("_upper"), desk.band("")
    assert spike is not None
    assert spike >= 1
    assert upper is not None
    assert arrived is not None
    assert arrived > upper
    assert (desk.score("drop") or 0) < 1
    assert (desk.score(channel="email") or 0) < 1


def test_how_long_it_must_stand_can_be_said(other: Desk) -> None:
    other.go_on(12)
    other.source = replace(source(), confirm=MINUTE)
    other.go_on(3, each=20)
    assert (other.score() or 0) >= 1


# --- a function of the store --------------------------------------------------------------------


def test_both_engines_a_restart_and_a_replay_give_the_same_bytes(desk: Desk, other: Desk) -> None:
    assert comparable(desk) == comparable(other)
    for one in (desk, other):
        one.go_on(4, each=9)
    desk.restart()
    recent = [ticket(f"late{n}", PRESENT - n * MINUTE, Channel.EMAIL) for n in range(9)]
    for one in (desk, other):
        one.at += MINUTE
    desk.take((*reversed(recent), *history()[-50:]))
    desk.take(tuple(recent))
    other.take(tuple(recent))
    assert comparable(desk) == comparable(other)
    for one in (desk, other):
        one.go_on(1)
    desk.restart()
    desk.at, other.at = (one.at + timedelta(hours=12) for one in (desk, other))
    for one in (desk, other):  # over midnight, then once more while nothing is caught up on
        one.take()
        one.go_on(6)
    assert comparable(desk) == comparable(other)
    assert desk.judged() == 1


def test_what_is_told_late_of_weeks_ago_is_learned_as_if_it_had_been_told_then(
    desk: Desk, tmp_path: Path
) -> None:
    late = tuple(
        ticket(f"late{n}", PRESENT - timedelta(days=6) + n * MINUTE, Channel.CHAT)
        for n in range(400)
    )
    at_once = Desk(f"sqlite:///{tmp_path}/at-once.db", (*history(), *late))
    assert comparable(desk) != comparable(at_once)
    desk.take(late)
    assert comparable(desk) == comparable(at_once)
    at_once.store.close()


def test_nothing_is_judged_again_within_a_minute(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = comparable(desk)
    monkeypatch.setattr("exporter.usual.judge", None)
    monkeypatch.setattr("exporter.usual.learn", None)
    desk.at += timedelta(seconds=20)
    desk.take((ticket("now", desk.at, Channel.CHAT),))
    kept = [line for line in before if line.startswith(b"support_arrivals")]
    assert [line for line in comparable(desk) if line.startswith(b"support_arrivals")] == kept


def test_it_is_learned_once_a_day(other: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.usual.learn", None)
    other.go_on(3, each=1)
    assert other.judged() == 1
    other.at += timedelta(hours=11)  # over midnight
    other.take()
    with pytest.raises(TypeError):
        other.go_on(6)


# --- while it cannot be known -------------------------------------------------------------------


def test_a_short_history_is_not_judged(tmp_path: Path) -> None:
    few = tuple(one for one in history() if one.created_at > PRESENT - timedelta(days=5))
    young = Desk(f"sqlite:///{tmp_path}/young.db", few)
    assert young.judged() == 0
    assert young.score() is None
    assert young.band("_expected") is None
    assert (young.band("") or 0) > 0
    young.store.close()


def test_a_source_that_is_stale_is_not_judged(desk: Desk) -> None:
    desk.go_on(8, each=20)
    assert (desk.score() or 0) >= 1
    before = desk.told()
    desk.fail(after=timedelta(minutes=4))
    assert desk.told() == before, "one poll that fails is no reason yet"
    desk.fail(after=timedelta(minutes=6))
    assert desk.score() is None
    assert desk.judged() == 0
    bands = ("support_arrivals", "support_arrivals_expected", "support_arrivals_upper")
    after = desk.told()
    assert {key: value for key, value in before.items() if key[0] in bands} == {
        key: value for key, value in after.items() if key[0] in bands
    }


def test_a_source_that_catches_up_is_not_judged_and_its_outage_is_no_spike(desk: Desk) -> None:
    desk.go_on(2)
    desk.at += timedelta(hours=5)
    missed = tuple(
        ticket(f"missed{n}", desk.at - n * 10 * MINUTE, Channel.CHAT) for n in range(1, 30)
    )
    desk.page(Page(missed[:9], "half"))
    assert desk.score() is None
    assert desk.judged() == 0
    desk.take(missed[9:])
    assert desk.score() is desk.score("drop") is None
    assert desk.judged() == 0
    assert desk.band("", "3h") == 18, "what came is known all the same"
    desk.go_on(6)
    assert desk.judged() == 1
    spike, drop = desk.score(), desk.score("drop")
    assert spike is not None
    assert drop is not None
    assert max(spike, drop) < 1


def test_a_first_import_is_not_judged_before_its_end(tmp_path: Path) -> None:
    half = Desk(f"sqlite:///{tmp_path}/half.db", complete=False)
    assert half.told() == {}
    half.take()
    assert half.judged() == 1
    half.store.close()


# --- holidays -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2026, 12, 25), True),  # a public holiday
        (date(2026, 12, 24), True),  # an exception: closed
        (date(2026, 12, 26), False),  # a public holiday on which somebody is there
        (date(2026, 12, 22), False),
        (date(2026, 12, 20), False),  # a Sunday is closed by habit
    ],
)
def test_a_holiday_is_a_day_that_is_closed_whatever_its_weekday(day: date, closed: bool) -> None:
    weekly = (((480, 1080),),) * 5 + ((), ())
    exceptions = ((date(2026, 12, 24), ()), (date(2026, 12, 26), ((600, 700),)))
    schedule = Schedule("office", "Europe/Berlin", weekly, ("DE",), exceptions)
    assert is_holiday(schedule, day) is closed
