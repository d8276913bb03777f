"""When tickets reach the seeded desk: seasons of the day and the week, a holiday, incidents.

Instants are whole seconds since 1970, and days are days since then (a Thursday), all UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from random import Random
from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY
BEFORE = 400 * DAY

# Shares of the rate of a busy hour: by hour of the day, and by day of the week from Monday.
BY_HOUR = (
    *(0.22, 0.20, 0.18, 0.18, 0.20, 0.25, 0.40, 0.60, 0.85, 1.00, 1.10, 1.05),
    *(0.90, 1.00, 1.05, 1.05, 1.00, 0.85, 0.70, 0.60, 0.50, 0.45, 0.35, 0.28),
)
BY_DAY = (1.20, 1.08, 1.04, 1.00, 0.92, 0.42, 0.34)
HOLIDAY = 0.03


class Surge(NamedTuple):
    """An incident: from `begins` to `ends` arrivals are `factor` times what they would be.

    The tickets on top come in mostly through one channel and for one team.
    """

    begins: int
    ends: int
    factor: float
    channel: str
    team: str


class Arrival(NamedTuple):
    """A ticket reaching the desk: when, of which surge, and what the desk is like.

    live: the desk is quick and knows no shifts. holiday: the day on which nobody works.
    ancient: the ticket is older than the history.
    """

    second: int
    surge: Surge | None
    live: bool
    holiday: int
    ancient: bool = False


@dataclass(frozen=True, slots=True)
class Seasons:
    """How many tickets to expect when.

    begins, present: the history lies between them.
    rate: tickets in a busy hour; live_rate: tickets in every hour from `present` on, if given.
    steady: whether every hour of the history is a busy one.
    holiday: the day with almost nothing.
    ancient: the seconds of the tickets before the history, ascending.
    """

    begins: int
    present: int
    rate: float
    live_rate: float | None
    holiday: int
    surges: tuple[Surge, ...]
    ancient: tuple[int, ...] = ()
    steady: bool = False

    @property
    def first(self) -> int:
        """No ticket comes in earlier."""
        return self.begins - BEFORE if self.ancient else self.begins

    def arrivals(self, rng: Random, hour: int) -> list[Arrival]:
        """The tickets of one hour (counted since 1970), in the order in which they come."""
        begin, end = hour * HOUR, (hour + 1) * HOUR
        old = self.ancient[bisect_left(self.ancient, begin) : bisect_left(self.ancient, end)]
        found = [Arrival(second, None, False, self.holiday, True) for second in old]
        found += self._piece(rng, max(begin, self.begins), min(end, self.present), live=False)
        live = self.live_rate is not None
        found += self._piece(rng, max(begin, self.present), end, live=live)
        return sorted(found, key=attrgetter("second"))

    def _piece(self, rng: Random, begin: int, end: int, *, live: bool) -> Iterator[Arrival]:
        if begin >= end:
            return
        expected = self.live_rate if live and self.live_rate is not None else self._season(begin)
        for second in _poisson(rng, begin, end, expected):
            yield Arrival(second, None, live, self.holiday)
        for surge in self.surges:
            extra = expected * (surge.factor - 1)
            for second in _poisson(rng, max(begin, surge.begins), min(end, surge.ends), extra):
                yield Arrival(second, surge, live, self.holiday)

    def _season(self, second: int) -> float:
        """Tickets an hour that this moment's season lets expect."""
        if self.steady:
            return self.rate
        share = BY_HOUR[second % DAY // HOUR] * BY_DAY[weekday(second)]
        return self.rate * share * (HOLIDAY if second // DAY == self.holiday else 1.0)


def weekday(second: int) -> int:
    """The day of the week, Monday being 0."""
    return (second // DAY + 3) % 7


def seasons(
    rng: Random,
    *,
    present: int,
    weeks: int,
    rate: float,
    live_rate: float | None,
    incident: Surge,
    live_incident: Surge | None,
    ancient: int = 0,
    steady: bool = False,
) -> Seasons:
    """Lay a history of `weeks` before `present`: its holiday early, its incident later.

    `incident` gives length, factor, channel and team; the moment is drawn here, on a working day.
    `ancient` is how many tickets come in during the 400 days before the history, all of them
    before its first hour, so that they change nothing in it.
    """
    begins = present - weeks * WEEK
    days = [day for day in range(begins // DAY + 1, present // DAY) if weekday(day * DAY) < 5]
    middle = len(days) // 2
    holiday = rng.choice(days[:middle])
    start = rng.choice(days[middle:]) * DAY + rng.randrange(9, 14) * HOUR
    past = incident._replace(begins=start, ends=start + incident.ends - incident.begins)
    surges = (past,) if live_incident is None else (past, live_incident)
    old = sorted(rng.randrange(begins - BEFORE, begins - begins % HOUR) for _ in range(ancient))
    return Seasons(begins, present, rate, live_rate, holiday, surges, tuple(old), steady)


def _poisson(rng: Random, begin: int, end: int, per_hour: float) -> Iterator[int]:
    """Seconds in [begin, end) of independent arrivals, ascending."""
    if per_hour <= 0:
        return
    at = begin + rng.expovariate(per_hour / HOUR)
    while at < end:
        yield int(at)
        at += rng.expovariate(per_hour / HOUR)
