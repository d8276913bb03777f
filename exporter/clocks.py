"""Business time: how much of a span of time somebody was there to work. Pure.

A minute counts when a clock on the wall shows opening hours in it. So an hour that the wall shows
twice, when summer time ends, counts twice, and one that it never shows counts not at all. A year is
cut where the zone's offset changes; within such a piece, hours on the wall are intervals of UTC.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""Open from and until before, in minutes since midnight on the wall; 1440 is the day's end."""

MILLISECOND: Final = timedelta(milliseconds=1)
SECOND: Final = 1_000
MINUTE: Final = 60_000
DAY: Final = 86_400_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.toordinal()
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2299


def _begin(year: int) -> int:
    return (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // MILLISECOND


BEGIN: Final = _begin(FIRST_YEAR)
"""Before this instant (1900) nobody is there."""

END: Final = _begin(LAST_YEAR + 1)
"""From this instant on (2300) nobody is there any more: what would take longer ends here."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When somebody is there.

    zone: as in the time zone database.
    weekly: the intervals of each weekday, Monday first; sorted, apart from each other.
    holidays: countries or country-regions ("DE", "DE-BY") whose holidays are closed.
    exceptions: days with intervals of their own, before holidays and weekdays; none: closed.
    """

    name: str
    zone: str
    weekly: tuple[tuple[Interval, ...], ...]
    holidays: tuple[str, ...] = ()
    exceptions: tuple[tuple[date, tuple[Interval, ...]], ...] = ()


def is_holiday(schedule: Schedule, day: date) -> bool:
    """Whether a day is closed whatever its weekday, by an exception or a public holiday."""
    for own, hours in schedule.exceptions:
        if own == day:
            return not hours
    return any(_number(day) in _holidays(region, day.year) for region in schedule.holidays)


class BusinessClock:
    """The clock of one schedule. All instants and durations are milliseconds.

    Years are worked out when they are first asked for. May be used by several threads. Raises
    `zoneinfo.ZoneInfoNotFoundError` when made for a zone that there is not.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._openings = _Openings(schedule)
        self._known = _Timeline(LAST_YEAR, FIRST_YEAR, ())  # covers nothing

    def elapsed(self, start: int, end: int) -> int:
        """Open time between two instants; 0 where `end` is not after `start`."""
        if end <= start:
            return 0
        known = self._known
        if start < known.since or end > known.until:
            known = self._reaching(start, end)
        return known.opened(end) - known.opened(start)

    def last_within(self, start: int, budget: int) -> int:
        """The last instant at which no more than `budget` has elapsed since `start`.

        Over closed hours that is the next opening. Where the schedule does not open for long
        enough any more it is `END`, or `start` where that is later still.
        """
        known = self._reaching(start, start)
        while True:
            found = known.last_at(known.opened(start) + budget)
            if found is not None:
                return found
            if known.until >= END:
                return max(start, END)
            known = self._reaching(start, 2 * known.until - known.since)

    def _reaching(self, start: int, end: int) -> _Timeline:
        """What is known, grown until it covers both instants as far as there are years."""
        known = self._known
        first = min(known.first, _year(start))
        last = max(known.last, _year(end))
        if (first, last) != (known.first, known.last):
            years = (self._openings.of(year) for year in range(first, last + 1))
            # Never changed in place: another thread may be reading the one before.
            self._known = known = _Timeline(first, last, chain.from_iterable(years))
        return known


@cache
def business_clock(schedule: Schedule) -> BusinessClock:
    """The clock of a schedule, made once."""
    return BusinessClock(schedule)


class _Timeline:
    """The open intervals of some years on end, and how much was open before each edge.

    edges: openings and closings in turn.
    shifts: what leads from an instant between two edges to the time that was open before it; an
        open instant is added to it.
    sums: the time that was open before each opening, and at the end of all.
    """

    __slots__ = ("edges", "first", "last", "shifts", "since", "sums", "until")

    def __init__(self, first: int, last: int, edges: Iterable[int]) -> None:
        self.first, self.last = first, last
        self.since, self.until = _begin(first), _begin(last + 1)
        self.edges = list(edges)
        self.shifts = [total := 0]
        for at in range(0, len(self.edges), 2):
            opening, closing = self.edges[at], self.edges[at + 1]
            self.shifts.append(total - opening)
            self.shifts.append(total := total + closing - opening)
        self.sums = self.shifts[::2]

    def opened(self, instant: int) -> int:
        """Open time before `instant`, reckoned from `since`."""
        at = bisect_right(self.edges, instant)
        return self.shifts[at] + instant if at & 1 else self.shifts[at]

    def last_at(self, opened: int) -> int | None:
        """The last instant with no more than this open before it; None: later than `until`."""
        at = bisect_right(self.sums, opened) - 1
        if at == len(self.sums) - 1:
            return None
        return self.edges[2 * at] + opened - self.sums[at]


class _Openings:
    """The open intervals of a schedule, a year of UTC at a time."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._zone = ZoneInfo(schedule.zone)
        self._exceptions = {_number(day): hours for day, hours in schedule.exceptions}
        self._years: dict[int, list[int]] = {}

    def of(self, year: int) -> list[int]:
        """Openings and closings in turn, each after the one before it."""
        if year not in self._years:
            edges: list[int] = []
            for opening, closing in self._intervals(year):
                if edges and edges[-1] == opening:
                    edges[-1] = closing
                else:
                    edges += opening, closing
            self._years[year] = edges
        return self._years[year]

    def _intervals(self, year: int) -> Iterator[tuple[int, int]]:
        closed = self._closed(year)
        for since, until, offset in pieces(self._zone, year):
            for day in range((since + offset) // DAY, (until - 1 + offset) // DAY + 1):
                midnight = day * DAY - offset
                for begin, end in self._hours(day, closed):
                    opening = max(since, midnight + begin * MINUTE)
                    closing = min(until, midnight + end * MINUTE)
                    if opening < closing:
                        yield opening, closing

    def _hours(self, day: int, closed: frozenset[int]) -> tuple[Interval, ...]:
        if day in self._exceptions:
            return self._exceptions[day]
        return () if day in closed else self._schedule.weekly[(day + EPOCH_DAY - 1) % 7]

    def _closed(self, year: int) -> frozenset[int]:
        """Holidays, those included that New Year's night in UTC belongs to on the wall."""
        near = range(year - 1, year + 2)
        days = (_holidays(region, one) for region in self._schedule.holidays for one in near)
        return frozenset[int]().union(*days)


@cache
def _holidays(region: str, year: int) -> frozenset[int]:
    import holidays

    country, _, subdivision = region.partition("-")
    with warnings.catch_warnings():
        # Some countries warn of years that they know nothing of: those have no holidays.
        warnings.simplefilter("ignore")
        days = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return frozenset(map(_number, days))


def pieces(zone: ZoneInfo, year: int) -> Iterator[tuple[int, int, int]]:
    """The pieces of a year between changes of the offset: since, until, offset.

    Looking once a day finds every change: no two have ever come within three days.
    """
    since, end = _begin(year), _begin(year + 1)
    offset = _offset(zone, since)
    for probe in range(since + DAY, end + 1, DAY):
        later = _offset(zone, probe)
        if later != offset:
            change = _change(zone, probe, later)
            yield since, change, offset
            since, offset = change, later
    yield since, end, offset


def _change(zone: ZoneInfo, probe: int, later: int) -> int:
    """The first instant of the day before `probe` at which the offset is what it is then."""
    seconds = range(probe - DAY, probe, SECOND)
    at = bisect_left(seconds, True, key=lambda instant: _offset(zone, instant) == later)
    return probe - DAY + at * SECOND


def _offset(zone: ZoneInfo, instant: int) -> int:
    moment = EPOCH + instant * MILLISECOND
    return (moment.astimezone(zone).replace(tzinfo=UTC) - moment) // MILLISECOND


def _number(day: date) -> int:
    return day.toordinal() - EPOCH_DAY


def _year(instant: int) -> int:
    return (EPOCH + min(max(instant, BEGIN), END - 1) * MILLISECOND).year
