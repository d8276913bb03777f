"""Business time equals a count of minutes on the wall: over every way that clocks are changed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.clocks import END, BusinessClock, Interval, Schedule, business_clock

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NIGHT: tuple[Interval, ...] = ((0, 45), (135, 165), (1410, 1440))  # where clocks are changed
DAYTIME: tuple[Interval, ...] = ((480, 1080),)
ALWAYS: tuple[Interval, ...] = ((0, 1440),)
OFFICE = (DAYTIME,) * 5 + ((), ())
MIXED = (DAYTIME, NIGHT, ALWAYS, DAYTIME, NIGHT, (), NIGHT)
# A month in which each zone's clocks do something.
MONTHS = [
    ("Europe/Berlin", 2024, 3),
    ("Europe/Berlin", 2024, 10),
    ("America/New_York", 2023, 11),
    ("Australia/Lord_Howe", 2024, 4),
    ("Australia/Lord_Howe", 2024, 10),
    ("Asia/Kathmandu", 2024, 1),
    ("Asia/Kathmandu", 1985, 12),
    ("America/Sao_Paulo", 2018, 11),
    ("America/Sao_Paulo", 2019, 2),
    ("America/Sao_Paulo", 2019, 11),
    ("Africa/Casablanca", 2024, 3),
    ("Africa/Casablanca", 2024, 4),
    ("Pacific/Apia", 2011, 12),
    ("Asia/Pyongyang", 2015, 8),
    ("Antarctica/Troll", 2024, 3),
    ("America/Nuuk", 2023, 3),
    ("Pacific/Chatham", 2024, 4),
    ("UTC", 2024, 2),
    ("Europe/London", 1968, 2),
]


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def at(zone: str, text: str, fold: int = 0) -> int:
    return ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def is_open(schedule: Schedule, minute: int) -> bool:
    """Whether the clock on the wall shows opening hours in this minute of UTC."""
    wall = (EPOCH + timedelta(minutes=minute)).astimezone(ZoneInfo(schedule.zone))
    hours = schedule.weekly[wall.weekday()]
    if any(wall.date() in country_holidays(code[:2], subdiv=code[3:] or None)
           for code in schedule.holidays):  # fmt: skip
        hours = ()
    hours = dict(schedule.exceptions).get(wall.date(), hours)
    return any(begin <= wall.hour * 60 + wall.minute < end for begin, end in hours)


def counted(schedule: Schedule, start: int, end: int) -> int:
    """Business time by looking at every minute; what is open of the first and last is added."""
    whole = range(start // MINUTE, -(-end // MINUTE))
    return sum(
        min(end, (minute + 1) * MINUTE) - max(start, minute * MINUTE)
        for minute in whole
        if is_open(schedule, minute)
    )


def intervals() -> st.SearchStrategy[tuple[Interval, ...]]:
    """Sorted hours apart from each other, at any minute."""
    edges = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(sorted)
    return edges.map(lambda found: tuple(zip(found[::2], found[1::2], strict=False)))


@pytest.mark.parametrize(("zone", "year", "month"), MONTHS)
@pytest.mark.parametrize("weekly", [OFFICE, MIXED, (NIGHT,) * 7, (ALWAYS,) * 7])
def test_every_span_of_a_month_is_what_its_minutes_count(
    zone: str, year: int, month: int, weekly: Sequence[tuple[Interval, ...]]
) -> None:
    schedule = Schedule("s", zone, tuple(weekly))
    clock = BusinessClock(schedule)
    begin = ms(datetime(year, month, 1, tzinfo=UTC)) - 2 * DAY
    minutes = range(begin // MINUTE, begin // MINUTE + 35 * 1440)
    sums = list(accumulate((is_open(schedule, minute) for minute in minutes), initial=0))
    for after, opened in enumerate(sums[::7]):
        assert clock.elapsed(begin, begin + after * 7 * MINUTE) == opened * MINUTE
    assert clock.elapsed(begin, begin + 35 * DAY) == sums[-1] * MINUTE
    for (one, before), (other, after) in pairwise(list(enumerate(sums))[::1013]):
        span = clock.elapsed(begin + one * MINUTE, begin + other * MINUTE)
        assert span == (after - before) * MINUTE


@settings(max_examples=60, deadline=None)
@given(
    month=st.sampled_from(MONTHS),
    weekly=st.tuples(*[intervals()] * 7),
    special=intervals(),
    day=st.integers(0, 31),
    offset=st.integers(0, 31 * DAY),
    length=st.integers(0, 3 * DAY),
)
def test_any_schedule_is_what_its_minutes_count(
    month: tuple[str, int, int],
    weekly: tuple[tuple[Interval, ...], ...],
    special: tuple[Interval, ...],
    day: int,
    offset: int,
    length: int,
) -> None:
    zone, year, number = month
    begin = datetime(year, number, 1, tzinfo=UTC)
    exception = (begin.date() + timedelta(days=day), special)
    schedule = Schedule("s", zone, weekly, ("DE-BY", "US"), (exception,))
    start = ms(begin) + offset
    assert BusinessClock(schedule).elapsed(start, start + length) == counted(
        schedule, start, start + length
    )


@settings(max_examples=200, deadline=None)
@given(
    month=st.sampled_from(MONTHS),
    weekly=st.tuples(*[intervals()] * 7),
    offset=st.integers(0, 31 * DAY),
    budget=st.one_of(st.integers(0, 3 * DAY), st.integers(0, 4000).map(lambda m: m * MINUTE)),
)
def test_the_last_instant_within_a_budget_is_the_last(
    month: tuple[str, int, int],
    weekly: tuple[tuple[Interval, ...], ...],
    offset: int,
    budget: int,
) -> None:
    zone, year, number = month
    clock = BusinessClock(Schedule("s", zone, weekly))
    start = ms(datetime(year, number, 1, tzinfo=UTC)) + offset
    last = clock.last_within(start, budget)
    assert last >= start
    assert clock.elapsed(start, last) <= budget
    if last < END:
        assert clock.elapsed(start, last + 1) == budget + 1
    else:
        assert not any(weekly)


def test_an_hour_that_comes_twice_counts_twice_and_one_that_never_comes_does_not() -> None:
    night = Schedule("s", "Europe/Berlin", (((135, 165),),) * 7)
    clock = BusinessClock(night)
    spring, autumn = at("Europe/Berlin", "2024-03-31"), at("Europe/Berlin", "2024-10-27")
    assert clock.elapsed(autumn, autumn + DAY) == 60 * MINUTE
    assert clock.elapsed(spring, spring + DAY - HOUR) == 0
    first = at("Europe/Berlin", "2024-10-27T02:30")
    second = at("Europe/Berlin", "2024-10-27T02:30", fold=1)
    assert clock.elapsed(first, second) == 30 * MINUTE


def test_always_open_is_the_calendar_whatever_the_zone_does() -> None:
    start, end = ms(datetime(2009, 5, 1, 7, 3, tzinfo=UTC)), ms(datetime(2026, 2, 3, tzinfo=UTC))
    for zone in sorted({zone for zone, *_ in MONTHS}):
        clock = BusinessClock(Schedule("s", zone, (ALWAYS,) * 7))
        assert clock.elapsed(start, end) == end - start
        assert clock.last_within(start, 400 * DAY) == start + 400 * DAY


def test_a_day_that_a_country_skipped_was_never_open() -> None:
    clock = BusinessClock(Schedule("s", "Pacific/Apia", (DAYTIME,) * 7))
    before, after = at("Pacific/Apia", "2011-12-29T12:00"), at("Pacific/Apia", "2011-12-31T12:00")
    assert after - before == DAY
    assert clock.elapsed(before, after) == 10 * HOUR


def test_opened_and_solved_while_closed_took_no_time() -> None:
    clock = BusinessClock(Schedule("s", "Europe/Berlin", OFFICE))
    friday, sunday = (
        at("Europe/Berlin", "2024-06-07T18:00"),
        at("Europe/Berlin", "2024-06-09T23:00"),
    )
    assert clock.elapsed(friday, sunday) == 0
    assert clock.elapsed(sunday, friday) == 0
    assert clock.elapsed(sunday, at("Europe/Berlin", "2024-06-10T08:00")) == 0
    assert clock.elapsed(sunday, at("Europe/Berlin", "2024-06-10T08:00:00.001")) == 1


def test_what_is_used_up_at_closing_time_lasts_until_the_next_opening() -> None:
    clock = BusinessClock(Schedule("s", "Europe/Berlin", OFFICE))
    friday = at("Europe/Berlin", "2024-06-07T17:00")
    monday = at("Europe/Berlin", "2024-06-10T08:00")
    assert clock.last_within(friday, HOUR) == monday
    assert clock.last_within(friday, HOUR - 1) == at("Europe/Berlin", "2024-06-07T18:00") - 1
    assert clock.last_within(friday + 2 * HOUR, 0) == monday
    assert clock.last_within(friday, 2 * HOUR) == monday + HOUR


def test_holidays_of_a_region_are_closed_and_an_exception_comes_before_them() -> None:
    workshop = (date(2024, 12, 25), ((600, 660),))
    schedule = Schedule("s", "Europe/Berlin", (DAYTIME,) * 7, ("DE-BY",), (workshop,))
    clock = BusinessClock(schedule)
    monday = at("Europe/Berlin", "2024-12-23")  # 25th and 26th are holidays, and 1 and 6 January
    assert clock.elapsed(monday, monday + 7 * DAY) == 5 * 10 * HOUR + HOUR
    assert clock.elapsed(monday, monday + 15 * DAY) == 11 * 10 * HOUR + HOUR
    berlin = BusinessClock(Schedule("s", "Europe/Berlin", (DAYTIME,) * 7, ("DE-BE",)))
    epiphany = at("Europe/Berlin", "2025-01-06")
    assert berlin.elapsed(epiphany, epiphany + DAY) == 10 * HOUR
    assert clock.elapsed(epiphany, epiphany + DAY) == 0


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_new_years_day_is_closed_where_it_begins_in_another_year_of_utc(zone: str) -> None:
    clock = BusinessClock(Schedule("s", zone, (ALWAYS,) * 7, ("DE",)))
    eve = at(zone, "2024-12-31")
    assert clock.elapsed(eve, eve + DAY) == DAY
    assert clock.elapsed(eve + DAY, eve + 2 * DAY) == 0
    assert clock.elapsed(eve + 2 * DAY, eve + 3 * DAY) == DAY


def test_years_add_up_in_any_order_of_asking() -> None:
    schedule = Schedule("s", "America/New_York", MIXED, ("US-NY",))
    years = [ms(datetime(year, 7, 1, 15, 30, tzinfo=UTC)) for year in range(1999, 2031)]
    whole = BusinessClock(schedule).elapsed(years[0], years[-1])
    backwards = BusinessClock(schedule)
    assert sum(backwards.elapsed(a, b) for a, b in list(pairwise(years))[::-1]) == whole
    assert backwards.last_within(years[0], whole - 1) < years[-1]


def test_instants_before_1970_and_beyond_all_years_do_no_harm() -> None:
    clock = BusinessClock(Schedule("s", "Europe/Berlin", (ALWAYS,) * 7))
    old, now = ms(datetime(1961, 5, 6, tzinfo=UTC)), ms(datetime(2024, 1, 1, tzinfo=UTC))
    assert clock.elapsed(old, now) == now - old
    ages = ms(datetime(1, 1, 1, tzinfo=UTC))
    assert clock.elapsed(ages, now) == now - ms(datetime(1900, 1, 1, tzinfo=UTC))
    assert clock.elapsed(now, 10 * END) == END - now
    assert clock.elapsed(10 * END, 11 * END) == 0
    assert clock.last_within(10 * END, HOUR) == 10 * END
    assert clock.last_within(ages, 0) == ms(datetime(1900, 1, 1, tzinfo=UTC))


def test_a_schedule_that_never_opens_again_ends_where_time_does() -> None:
    once = (date(2024, 1, 1), ((0, 60),))
    clock = BusinessClock(Schedule("s", "UTC", ((),) * 7, (), (once,)))
    start = ms(datetime(2023, 6, 1, tzinfo=UTC))
    assert clock.last_within(start, HOUR - 1) == ms(datetime(2024, 1, 1, 1, tzinfo=UTC)) - 1
    assert clock.last_within(start, HOUR) == END
    assert clock.last_within(start, 366 * DAY) == END


def test_an_hour_a_week_is_enough_for_the_longest_promise() -> None:
    clock = BusinessClock(Schedule("s", "UTC", (((540, 600),), *((),) * 6)))
    monday = ms(datetime(2024, 1, 1, tzinfo=UTC))
    last = clock.last_within(monday, 366 * 24 * HOUR)
    assert last == monday + 366 * 24 * 7 * DAY + 9 * HOUR


def test_one_clock_may_be_asked_by_several_threads() -> None:
    schedule = Schedule("s", "Europe/Berlin", MIXED)
    instants = [ms(datetime(1980 + year, 3, 5, tzinfo=UTC)) for year in range(40)]
    spans = [(a, a + 90 * DAY) for a in instants + instants[::-1]]
    wanted = [BusinessClock(schedule).elapsed(*span) for span in spans]
    shared = BusinessClock(schedule)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda span: shared.elapsed(*span), spans)) == wanted


def test_a_schedule_has_one_clock() -> None:
    one, same = (Schedule("s", "UTC", OFFICE, ("DE",)) for _ in range(2))
    assert business_clock(one) is business_clock(same)
    with pytest.raises(ZoneInfoNotFoundError):
        BusinessClock(Schedule("s", "Mars/Base", OFFICE))
