"""Business hours by brute force: every minute is looked at on a clock on the wall."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from zoneinfo import ZoneInfo

Span = tuple[str, str]
"""Open from, and until before: "08:00", "18:00"; the end of a day is "24:00"."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MINUTES = DAY // MINUTE
HOUR = 60
AROUND = (-1, 0, 1)
DAYS_KEPT = 5_000


@dataclass(slots=True)
class _Counted:
    """What was counted so far: an unbroken run of days (since 1970, in UTC).

    within: by day, how many minutes were open before each of its minutes, and in all of it.
    before: by day, how many were open from the first day that was asked for to this one's begin.
    """

    within: dict[int, array[int]] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Hours:
    """When somebody is there.

    zone: as in the time zone database. weekly: spans by weekday, Monday is 0; a weekday that is
    missing is closed. closed: holidays. special: days with spans of their own, holidays or not.

    Raises ValueError for a span that no clock can show.
    """

    zone: str
    weekly: Mapping[int, tuple[Span, ...]]
    closed: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    _counted: _Counted = field(default_factory=_Counted, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for spans in (*self.weekly.values(), *self.special.values()):
            for opens, closes in spans:
                if not (_is_time(opens) and _is_time(closes) and opens < closes):
                    message = (
                        f'nobody can be there from "{opens}" to "{closes}": write both as hours '
                        f'and minutes, the later last, for example "08:00" and "18:00"'
                    )
                    raise ValueError(message)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two instants somebody was there; 0 where end < start."""
        if end <= start:
            return timedelta(0)
        return self._open_before(end) - self._open_before(start)

    def is_open(self, wall: datetime) -> bool:
        """Whether somebody is there at this minute, told by the clock on the wall."""
        return _is_within(f"{wall.hour:02}:{wall.minute:02}", self._spans(wall.date()))

    def _spans(self, day: date) -> tuple[Span, ...]:
        """When somebody is there on a day."""
        if day in self.special:
            return self.special[day]
        return () if day in self.closed else self.weekly.get(day.weekday(), ())

    def _open_before(self, at: datetime) -> timedelta:
        """Open time up to an instant, from an origin that stays the same."""
        minutes, rest = divmod(at - EPOCH, MINUTE)
        day, minute = divmod(minutes, MINUTES)
        with self._counted.lock:
            self._grow(day)
        within = self._counted.within[day]
        whole = (self._counted.before[day] + within[minute]) * MINUTE
        return whole + rest if within[minute + 1] > within[minute] else whole

    def _grow(self, day: int) -> None:
        """Count every day from those that were counted already up to this one."""
        within, before = self._counted.within, self._counted.before
        if not within:
            within[day], before[day] = self._count(day), 0
        while day not in within:
            first, last = min(within), max(within)
            if day > last:
                before[last + 1] = before[last] + within[last][-1]
                within[last + 1] = self._count(last + 1)
            else:
                within[first - 1] = self._count(first - 1)
                before[first - 1] = before[first] - within[first - 1][-1]

    def _count(self, day: int) -> array[int]:
        """The open minutes of one day in UTC, summed up minute by minute."""
        today = (EPOCH + day * DAY).date()
        return _sums(self.zone, day, tuple(self._spans(today + at * DAY) for at in AROUND))


@lru_cache(maxsize=DAYS_KEPT)
def _sums(zone: str, day: int, spans: tuple[tuple[Span, ...], ...]) -> array[int]:
    """The open minutes of a day in UTC; many desks have the same hours. spans: of the days
    `AROUND` it, for the day on the wall is another one."""
    around = b"".join(map(_open_minutes, spans))
    begin, place = EPOCH + day * DAY, ZoneInfo(zone)
    midnight = (begin + AROUND[0] * DAY).replace(tzinfo=None)

    def shown(minute: int) -> int:
        """How far the clock on the wall has come since the first midnight, in minutes."""
        wall = (begin + minute * MINUTE).astimezone(place).replace(tzinfo=None)
        return (wall - midnight) // MINUTE

    found = bytearray()
    for minute in range(0, MINUTES, HOUR):
        now, then = shown(minute), shown(minute + HOUR)
        if then - now == HOUR:  # nobody changed the clock meanwhile
            found += around[now:then]
        else:
            found += bytes(around[shown(minute + more)] for more in range(HOUR))
    return array("H", accumulate(found, initial=0))


@lru_cache(maxsize=DAYS_KEPT)
def _open_minutes(spans: tuple[Span, ...]) -> bytes:
    """Of every minute of a day on the wall, whether somebody is there: 1 or 0."""
    return bytes(_is_within(f"{at // HOUR:02}:{at % HOUR:02}", spans) for at in range(MINUTES))


def _is_within(minute: str, spans: tuple[Span, ...]) -> bool:
    return any(opens <= minute < closes for opens, closes in spans)


def _is_time(text: str) -> bool:
    hour, colon, minute = text[:2], text[2:3], text[3:]
    if not (len(text) == 5 and colon == ":" and (hour + minute).isdecimal()):
        return False
    return text == "24:00" or (int(hour) < 24 and int(minute) < 60)
