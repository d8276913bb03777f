"""Business hours by brute force, against numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from connectors.testing.hours import Hours, Span

BERLIN = "Europe/Berlin"
NIGHTS: tuple[Span, ...] = (("01:00", "04:00"),)
WORKDAYS = dict.fromkeys(range(5), (("09:00", "12:30"), ("13:15", "17:00")))
OFFICE = Hours(BERLIN, WORKDAYS)
ALWAYS = Hours("UTC", dict.fromkeys(range(7), (("00:00", "24:00"),)))


def on(wall: str, zone: str = BERLIN) -> datetime:
    """An instant by the clock on the wall."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours(schedule: Hours, start: str, end: str) -> float:
    return schedule.elapsed(on(start, schedule.zone), on(end, schedule.zone)) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-03-03 10:00", "2025-03-03 11:00", 1),
        ("2025-03-03 12:00", "2025-03-03 13:30", 0.75),  # over the break
        ("2025-03-03 00:00", "2025-03-04 00:00", 7.25),
        ("2025-03-03 16:30", "2025-03-04 09:15", 0.75),  # over a night
        ("2025-03-07 16:30", "2025-03-10 09:15", 0.75),  # over a weekend
        ("2025-03-08 10:00", "2025-03-09 20:00", 0),  # a weekend
        ("2025-03-03 17:00", "2025-03-04 09:00", 0),  # from closing to opening
        ("2025-03-03 00:00", "2025-03-17 00:00", 72.5),
        ("2024-03-04 00:00", "2025-03-03 00:00", 52 * 36.25),
    ],
)
def test_only_open_time_counts(start: str, end: str, expected: float) -> None:
    assert hours(OFFICE, start, end) == expected


def test_seconds_within_a_minute_count() -> None:
    start, end = on("2025-03-03 08:59:30"), on("2025-03-03 09:00:30")
    assert OFFICE.elapsed(start, end) == timedelta(seconds=30)
    assert OFFICE.elapsed(end, end + timedelta(seconds=7.25)) == timedelta(seconds=7.25)
    closing = on("2025-03-03 16:59:50")
    assert OFFICE.elapsed(closing, closing + timedelta(minutes=9)) == timedelta(seconds=10)


def test_nothing_elapses_backwards() -> None:
    start = on("2025-03-03 10:00")
    assert OFFICE.elapsed(start, start) == timedelta(0)
    assert OFFICE.elapsed(start, start - timedelta(hours=1)) == timedelta(0)


def test_who_never_closes_has_calendar_time() -> None:
    start, end = on("2025-03-29 10:00:17"), on("2025-10-27 11:30:01")
    assert ALWAYS.elapsed(start, end) == end - start


@pytest.mark.parametrize(
    ("spans", "spring", "autumn"),
    [
        ((("00:00", "24:00"),), 23, 25),
        (NIGHTS, 2, 4),
        ((("02:00", "03:00"),), 0, 2),
        ((("02:30", "03:30"),), 0.5, 1.5),
        ((("03:00", "04:00"),), 1, 1),
    ],
)
def test_the_clocks_change(spans: tuple[Span, ...], spring: float, autumn: float) -> None:
    sundays = Hours(BERLIN, {6: spans})
    assert hours(sundays, "2025-03-30 00:00", "2025-03-31 00:00") == spring
    assert hours(sundays, "2025-10-26 00:00", "2025-10-27 00:00") == autumn
    assert hours(sundays, "2025-11-02 00:00", "2025-11-03 00:00") == sum(
        int(end[:2]) - int(start[:2]) for start, end in spans
    )


def test_a_zone_that_gave_up_its_summer_time_opens_by_its_own_clock() -> None:
    mornings = Hours("America/Sao_Paulo", dict.fromkeys(range(7), (("09:00", "10:00"),)))
    summer = datetime(2018, 12, 10, 11, tzinfo=UTC)  # nine o'clock, two hours behind
    since = datetime(2019, 12, 10, 12, tzinfo=UTC)  # nine o'clock, three hours behind
    for opening in (summer, since):
        assert mornings.elapsed(opening - timedelta(hours=9), opening) == timedelta(0)
        assert mornings.elapsed(opening, opening + timedelta(hours=9)) == timedelta(hours=1)


def test_offsets_of_quarter_hours_are_known() -> None:
    mornings = Hours("Asia/Kathmandu", {0: (("09:00", "10:00"),)})
    opening = datetime(2025, 3, 3, 3, 15, tzinfo=UTC)
    assert mornings.elapsed(opening - timedelta(hours=5), opening) == timedelta(0)
    assert mornings.elapsed(opening, opening + timedelta(minutes=61)) == timedelta(hours=1)


def test_holidays_are_closed_and_special_days_have_spans_of_their_own() -> None:
    schedule = Hours(
        BERLIN,
        WORKDAYS,
        closed=frozenset({date(2025, 4, 18), date(2025, 4, 21)}),
        special={
            date(2025, 4, 17): (("09:00", "12:00"),),
            date(2025, 4, 19): (("10:00", "11:00"),),
            date(2025, 4, 21): (("08:00", "08:30"),),
            date(2025, 4, 22): (),
        },
    )
    assert hours(schedule, "2025-04-17 00:00", "2025-04-18 00:00") == 3
    assert hours(schedule, "2025-04-18 00:00", "2025-04-19 00:00") == 0
    assert hours(schedule, "2025-04-19 00:00", "2025-04-20 00:00") == 1
    assert hours(schedule, "2025-04-21 00:00", "2025-04-22 00:00") == 0.5
    assert hours(schedule, "2025-04-22 00:00", "2025-04-23 00:00") == 0
    assert hours(schedule, "2025-04-14 00:00", "2025-04-28 00:00") == 72.5 - 4 * 7.25 + 3 + 1.5 + 0


def test_a_holiday_is_one_of_the_place_and_not_of_utc() -> None:
    schedule = Hours("Pacific/Auckland", dict.fromkeys(range(7), (("00:00", "24:00"),)))
    shut = Hours("Pacific/Auckland", schedule.weekly, closed=frozenset({date(2025, 4, 25)}))
    begin = on("2025-04-25 00:00", "Pacific/Auckland")
    assert shut.elapsed(begin - timedelta(hours=1), begin + timedelta(hours=25)) == timedelta(
        hours=2
    )


def test_what_was_asked_before_changes_no_answer() -> None:
    instants = [on("2025-01-01 00:00") + timedelta(minutes=7919 * n) for n in range(40)]
    expected = {
        (a, b): Hours(BERLIN, WORKDAYS).elapsed(a, b)
        for a, b in zip(instants, instants[3:], strict=False)
    }
    pairs = list(expected)
    Random(3).shuffle(pairs)
    asked = Hours(BERLIN, WORKDAYS)
    assert {pair: asked.elapsed(*pair) for pair in pairs} == expected


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2025, 10, 26)),
        ("Australia/Lord_Howe", date(2026, 4, 4)),  # back by half an hour
        ("Pacific/Apia", date(2011, 12, 30)),  # a day that was left out
        ("Europe/Amsterdam", date(1935, 5, 5)),  # twenty minutes and a few seconds off
        ("Asia/Kathmandu", date(2025, 3, 3)),
    ],
)
def test_every_minute_is_what_a_clock_on_the_wall_shows(zone: str, day: date) -> None:
    spans: tuple[Span, ...] = (("00:10", "02:30"), ("09:07", "12:31"), ("23:00", "24:00"))
    schedule = Hours(zone, dict.fromkeys((0, 2, 4, 6), spans), closed=frozenset({day}))
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1)
    minutes = [begin + timedelta(minutes=number) for number in range(3 * 24 * 60)]
    expected = [schedule.is_open(at.astimezone(ZoneInfo(zone))) for at in minutes]
    minute = timedelta(minutes=1)
    assert [schedule.elapsed(at, at + minute) == minute for at in minutes] == expected


def test_parts_add_up_to_the_whole() -> None:
    rng, begin = Random(5), on("2025-03-20 00:00")
    for _ in range(300):
        a, b, c = sorted(begin + timedelta(seconds=rng.randrange(86400 * 20)) for _ in range(3))
        whole = OFFICE.elapsed(a, c)
        assert OFFICE.elapsed(a, b) + OFFICE.elapsed(b, c) == whole
        assert timedelta(0) <= whole <= c - a


@pytest.mark.parametrize(
    "span",
    [
        *[("9:00", "17:00"), ("17:00", "09:00"), ("09:00", "09:00"), ("09:00", "25:00")],
        *[("9", "10"), ("09:60", "10:00"), ("24:00", "24:30"), ("-1:00", "10:00")],
    ],
)
def test_a_span_that_no_clock_shows_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match="nobody can be there"):
        Hours(BERLIN, {0: (span,)})
    with pytest.raises(ValueError, match="nobody can be there"):
        Hours(BERLIN, {}, special={date(2025, 1, 1): (span,)})
