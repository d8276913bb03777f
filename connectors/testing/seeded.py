"""A helpdesk out of a seed: two months of history, a present, and a future without end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from random import Random
from threading import Lock

from connectors.testing.arrivals import DAY, HOUR, Surge, seasons
from connectors.testing.clientele import Clientele
from connectors.testing.desk import Patron, Story
from connectors.testing.fates import story
from connectors.testing.hours import Hours
from connectors.testing.lives import TEAMS
from connectors.testing.timeline import Timeline, hour_of

# Length in the place of begin and end: the history's incident is placed by the calendar.
INCIDENT = Surge(0, 3 * HOUR, 4.0, "web", "Technical")
ZONE = "Europe/Berlin"
WEEKLY = {**dict.fromkeys(range(5), (("08:00", "18:00"),)), 5: (("10:00", "14:00"),)}

LIVE_INCIDENT = Surge(0, 10 * 60, 5.0, "chat", "Orders")


class SeededDesk:
    """A desk that is a pure function of its parameters, however and whenever it is asked.

    present: where the history ends; aware, whole seconds count. The desk goes on for ever.
    weeks: the length of the history.
    rate: tickets in a busy business hour.
    live_rate: tickets in every hour from `present` on; without it the seasons go on.
    steady: whether there are no seasons in the history either, nor its holiday.
    incident_at: the begin of a further incident, ten minutes long.
    incident_factor: how many times as many tickets as usual come in it.
    ancient: tickets of the 400 days before the history; several of these are still open.
    customers: how many have appeared by `present`, from 400 days before the history on. More
        follow for ever. The tickets are the same with customers and without, but for whose they
        are.

    Everything that semantics knows of happens in a noticeable share of the tickets and customers.
    Several threads may ask at once. Raises ValueError for parameters that give no desk.
    """

    def __init__(
        self,
        seed: int,
        *,
        present: datetime,
        weeks: int = 8,
        rate: float = 12.0,
        live_rate: float | None = None,
        steady: bool = False,
        incident_at: datetime | None = None,
        incident_factor: float = LIVE_INCIDENT.factor,
        ancient: int = 0,
        customers: int = 0,
    ) -> None:
        _check(weeks, rate, live_rate, ancient, customers)
        now = _second(present, "present")
        incident = None
        if incident_at is not None:
            surge = LIVE_INCIDENT._replace(factor=incident_factor)
            incident = _moved(surge, _second(incident_at, "incident_at"))
        self._seed = seed
        self._seasons = seasons(
            Random(f"{seed}:calendar"),
            present=now,
            weeks=weeks,
            rate=rate,
            live_rate=live_rate,
            incident=INCIDENT,
            live_incident=incident,
            ancient=ancient,
            steady=steady,
        )
        self._hours = Hours(ZONE, WEEKLY, frozenset({self.holiday}))
        self._clientele = Clientele(seed, count=customers, begins=self._seasons.begins, present=now)
        self._begins = self._clientele.first if customers else self._seasons.first
        self._timeline: Timeline[Story] = Timeline()
        self._next = self._seasons.first // HOUR
        self._lock = Lock()

    @property
    def teams(self) -> Sequence[str]:
        """The three teams of the desk."""
        return TEAMS

    @property
    def hours(self) -> Hours:
        """The business hours of the desk's account. The holiday is closed."""
        return self._hours

    @property
    def begins(self) -> datetime:
        """Where the history begins; with customers or `ancient` tickets, 400 days earlier."""
        return _instant(self._begins)

    @property
    def present(self) -> datetime:
        """Where the history ends."""
        return _instant(self._seasons.present)

    @property
    def ends(self) -> None:
        """The desk never ends."""
        return

    @property
    def holiday(self) -> date:
        """The working day of the history on which almost nothing comes in."""
        return _instant(self._seasons.holiday * DAY).date()

    @property
    def incidents(self) -> Sequence[tuple[datetime, datetime]]:
        """Begin and end of each incident: the one in the history, then the one asked for."""
        return [(_instant(surge.begins), _instant(surge.ends)) for surge in self._seasons.surges]

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story whose first event is at or before `until`, by id."""
        self._grow(until)
        return self._timeline.stories(until)

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the instant of its last event
        there, ordered by (instant, id).
        """
        self._grow(until)
        return self._timeline.touched(after, until)

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Every customer that appears at or before `until`, by id."""
        return self._clientele.customers(until)

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """Each customer that appears or deals in (after, until], once, with the last such instant,
        ordered by (instant, id).
        """
        return self._clientele.touched(after, until)

    def _grow(self, until: datetime) -> None:
        """Draw every hour up to that of `until`.

        A story drawn later touches later hours only, so what was drawn before stays as it is.
        """
        last = hour_of(until)
        with self._lock:
            while self._next <= last:
                self._draw(self._next)
                self._timeline.seal(self._next)
                self._next += 1

    def _draw(self, hour: int) -> None:
        rng = Random(f"{self._seed}:{hour}")
        for arrival in self._seasons.arrivals(rng, hour):
            drawn = story(rng, len(self._timeline) + 1, arrival)
            self._timeline.add(self._clientele.given(drawn))


def _check(weeks: int, rate: float, live_rate: float | None, ancient: int, customers: int) -> None:
    if weeks < 1:
        message = f"a seeded desk needs at least one week of history, not {weeks}"
        raise ValueError(message)
    if rate < 0 or (live_rate is not None and live_rate < 0):
        message = f"tickets an hour cannot be negative: rate {rate}, live_rate {live_rate}"
        raise ValueError(message)
    if ancient < 0:
        message = f"a desk cannot have {ancient} ancient tickets: give 0 or more"
        raise ValueError(message)
    if customers < 0:
        message = f"a desk cannot have {customers} customers: give 0 or more"
        raise ValueError(message)


def _second(at: datetime, name: str) -> int:
    if at.tzinfo is None:
        message = f"{name} has no time zone: give an aware instant, for example in UTC"
        raise ValueError(message)
    return int(at.timestamp())


def _moved(surge: Surge, begins: int) -> Surge:
    return surge._replace(begins=begins, ends=begins + surge.ends - surge.begins)


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
