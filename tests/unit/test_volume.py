"""Volume: what is usual, what is too much, what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.volume import Arrivals, Calendar, Judgement, Sensitivity, judge, learn, replay

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, tzinfo=BERLIN)
WEEKS = 10
EVERY_DAY = Calendar(BERLIN)


def instant(day: int, hour: float = 0, begin: datetime = MONDAY) -> int:
    """Unix seconds of an hour on the wall of the nth day."""
    local = begin.replace(tzinfo=None) + timedelta(days=day, hours=hour)
    return int(local.replace(tzinfo=BERLIN).timestamp())


def desk(
    hourly: float, weeks: int = WEEKS, seed: int = 1, begin: datetime = MONDAY
) -> tuple[int, np.ndarray]:
    """A desk open from 9 to 17 on weekdays, with a tenth of it at other times."""
    start, end = instant(0, begin=begin), instant(7 * weeks, begin=begin)
    walls = [datetime.fromtimestamp(at, BERLIN) for at in range(start, end, 900)]
    busy = np.array([9 <= at.hour < 17 and at.weekday() < 5 for at in walls])
    rate = np.repeat(np.where(busy, hourly, hourly / 10), 15) / 60
    return start, np.random.default_rng(seed).poisson(rate)


def with_more(start: int, minutes: np.ndarray, at: int, count: int, lasting: int = 180) -> Arrivals:
    """So many more tickets, evenly over so many minutes."""
    more = minutes.copy()
    first = (at - start) // 60
    np.add.at(more, first + np.arange(count) * lasting // count, 1)
    return Arrivals(start, more)


def without(start: int, minutes: np.ndarray, since: int, until: int) -> Arrivals:
    less = minutes.copy()
    less[(since - start) // 60 : (until - start) // 60] = 0
    return Arrivals(start, less)


def verdict(arrivals: Arrivals, at: int, calendar: Calendar = EVERY_DAY) -> Judgement:
    return judge(learn(arrivals, calendar.midnight(at), calendar), arrivals, at)


def test_three_times_the_usual_is_a_spike_and_the_usual_is_none() -> None:
    start, minutes = desk(20)
    before, after = instant(65, 10), instant(65, 13)
    spike = with_more(start, minutes, before, 120)
    assert verdict(Arrivals(start, minutes), after).spike < 1
    assert verdict(spike, after).spike >= 1
    assert verdict(spike, before).spike < 1


def test_bounds_enclose_what_is_expected() -> None:
    start, minutes = desk(6)
    found = verdict(Arrivals(start, minutes), instant(66, 12.55))
    assert [band.window for band in found.bands] == list(range(900, 10801, 900))
    for band in found.bands:
        assert 0 <= band.lower <= band.expected < band.upper
    hour = found.bands[3]
    assert hour.expected == pytest.approx(6, rel=0.2)
    first = (instant(66, 11.55) - start) // 60
    assert hour.arrivals == minutes[first : first + 60].sum()


def test_a_form_that_breaks_is_a_drop() -> None:
    start, minutes = desk(20)
    broken = without(start, minutes, instant(65, 10), instant(66))
    assert verdict(broken, instant(65, 10)).drop < 1
    assert verdict(broken, instant(65, 13)).drop >= 1


def test_nothing_at_night_is_no_drop() -> None:
    start, minutes = desk(20)
    quiet = without(start, minutes, instant(64, 18), instant(65, 8))
    assert verdict(quiet, instant(65, 3)).drop < 1


def test_a_holiday_is_no_drop_and_no_ordinary_day() -> None:
    start, minutes = desk(20)
    closed = without(start, minutes, instant(58), instant(59))
    calendar = Calendar(BERLIN, {date(2026, 3, 4)}.__contains__)
    assert verdict(closed, instant(58, 13)).drop >= 1
    assert verdict(closed, instant(58, 13), calendar).drop < 1
    next_week = verdict(closed, instant(65, 13), calendar).bands[3]
    assert next_week.expected == pytest.approx(20, rel=0.2)


def test_a_weekday_whose_only_one_so_far_was_a_holiday_that_nobody_told_of_is_like_any_other() -> (
    None
):
    start, minutes = desk(20, weeks=3)
    closed = without(start, minutes, instant(3), instant(4))
    told = replay(closed, EVERY_DAY, instant(8), instant(14))
    assert np.nanmax(told.spike) < 1
    twice = with_more(start, closed.minutes, instant(10, 10), 240)
    assert np.nanmax(replay(twice, EVERY_DAY, instant(10), instant(11)).spike) >= 1


def test_the_day_between_a_holiday_and_a_weekend_is_no_drop() -> None:
    start, minutes = desk(20)
    bridge = without(start, minutes, instant(59), instant(61))
    calendar = Calendar(BERLIN, {date(2026, 3, 5)}.__contains__)
    assert verdict(bridge, instant(60, 13)).drop >= 1
    assert verdict(bridge, instant(60, 13), calendar).drop < 1


def test_what_piled_up_over_a_holiday_is_no_spike() -> None:
    start, minutes = desk(20)
    rush = with_more(start, minutes, instant(66, 9), 160, lasting=480)
    after = Calendar(BERLIN, {date(2026, 3, 11)}.__contains__)
    found = verdict(rush, instant(66, 13), after).spike
    assert found < verdict(rush, instant(66, 13)).spike


def test_an_hour_of_the_week_is_that_of_the_wall() -> None:
    begin = datetime(2026, 2, 9, tzinfo=BERLIN)
    start, minutes = desk(20, begin=begin)
    summer = instant(50, 9.5, begin)  # 31 March, two days into summer time
    assert datetime.fromtimestamp(summer, UTC).hour == 7
    half_hour = verdict(Arrivals(start, minutes), summer).bands[1]
    assert half_hour.expected == pytest.approx(10, rel=0.25)


@pytest.mark.parametrize("seed", [1, 2])
def test_an_opening_is_a_leap_and_is_learned_as_one(seed: int) -> None:
    """The hour before it has a tenth of what the hour after it has."""
    start, minutes = desk(6, seed=seed)
    rates = learn(Arrivals(start, minutes), instant(70), EVERY_DAY).rates.reshape(7, 24, 4)[:5]
    before, opening, evening = (rates[:, hour].sum(axis=1).mean() for hour in (8, 9, 17))
    assert opening > 0.85 * 6
    assert max(before, evening) < 0.2 * 6


def test_nothing_is_judged_in_the_first_week_and_bounds_are_wide_in_the_second() -> None:
    start, minutes = desk(20, weeks=6)
    arrivals = Arrivals(start, minutes)
    young = verdict(arrivals, instant(6, 12))
    assert young.learning
    assert np.isnan(young.spike)
    assert np.isnan(young.drop)
    early, late = verdict(arrivals, instant(8, 12)), verdict(arrivals, instant(36, 12))
    assert not early.learning
    assert early.weeks == pytest.approx(8 / 7, abs=0.05)
    assert early.bands[2].upper > late.bands[2].upper


def test_history_begins_with_the_first_ticket() -> None:
    start, minutes = desk(20)
    late = without(start, minutes, start, instant(62))
    assert verdict(late, instant(66, 12)).learning
    assert verdict(Arrivals(start, minutes * 0), instant(66, 12)).learning
    nothing = Arrivals(start, np.zeros(0, dtype=np.int64))
    assert learn(nothing, instant(30), EVERY_DAY).learning


def test_an_incident_hardly_raises_the_bounds_of_the_week_after() -> None:
    start, minutes = desk(20)
    spike = with_more(start, minutes, instant(58, 10), 240)
    usual = verdict(Arrivals(start, minutes), instant(65, 13)).bands[4].upper
    after = verdict(spike, instant(65, 13)).bands[4].upper
    assert after == pytest.approx(usual, rel=0.1)


def rings(arrivals: Arrivals, days: range, hour: float) -> list[int]:
    found = []
    for day in days:
        at = instant(day, hour)
        told = replay(arrivals, EVERY_DAY, at, at + 4 * 3600)
        found += [day] * bool((told.spike >= 1).any())
    return found


def test_a_new_nightly_batch_rings_at_most_twice() -> None:
    start, minutes = desk(20)
    nightly = Arrivals(start, minutes)
    for day in range(56, 70):
        nightly = with_more(start, nightly.minutes, instant(day, 2 + day % 3 / 6), 60, lasting=15)
    assert rings(nightly, range(56, 70), 2) == [56, 57]


def test_a_new_weekly_batch_rings_at_most_twice() -> None:
    start, minutes = desk(20)
    weekly = Arrivals(start, minutes)
    for day in (35, 42, 49, 56, 63):
        weekly = with_more(start, weekly.minutes, instant(day, 2), 60, lasting=15)
    assert rings(weekly, range(35, 70, 7), 2) == [35, 42]


def test_more_than_the_routine_still_rings() -> None:
    start, minutes = desk(20)
    nightly = Arrivals(start, minutes)
    for day in range(56, 70):
        nightly = with_more(start, nightly.minutes, instant(day, 2), 60, lasting=15)
    nightly = with_more(start, nightly.minutes, instant(66, 2), 120, lasting=60)
    assert rings(nightly, range(58, 70), 2) == [66]


def test_a_small_queue_borrows_the_shape_of_its_source() -> None:
    start, whole = desk(60, seed=2)
    small = np.random.default_rng(3).binomial(whole, 0.02)
    at = instant(70)
    alone = learn(Arrivals(start, small), at, EVERY_DAY).rates
    pooled = learn(Arrivals(start, small), at, EVERY_DAY, pool=Arrivals(start, whole)).rates
    night, day = slice(12, 28), slice(40, 64)
    assert pooled.sum() == pytest.approx(alone.sum(), rel=0.1)
    assert pooled[day].mean() / pooled[night].mean() == pytest.approx(10, rel=0.3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 3 * 288), st.integers(0, 2**32 - 1))
def test_the_future_changes_nothing_and_replay_says_what_judge_said(step: int, seed: int) -> None:
    start, minutes = desk(8, weeks=5)
    at = instant(28) + 300 * step
    known = (at - start) // 60
    other = minutes.copy()
    other[known:] = np.random.default_rng(seed).poisson(3, len(other) - known)
    then = verdict(Arrivals(start, minutes[:known]), at)
    for whole in (Arrivals(start, minutes), Arrivals(start, other)):
        assert verdict(whole, at) == then
        told = replay(whole, EVERY_DAY, at, at + 300)
        assert told.at.tolist() == [at]
        assert (told.spike[0], told.drop[0]) == (then.spike, then.drop)
        for band, *row in zip(then.bands, *(part[0] for part in told[1:5]), strict=True):
            assert row == [band.arrivals, band.expected, band.lower, band.upper]


def test_a_replay_of_days_is_what_was_judged_each_day() -> None:
    start, minutes = desk(8, weeks=6)
    arrivals = Arrivals(start, minutes)
    told = replay(arrivals, EVERY_DAY, instant(33, 22), instant(36, 2), step=1800)
    assert len(told.at) == 2 * 52
    said = [verdict(arrivals, int(at)) for at in told.at]
    assert told.spike.tolist() == [one.spike for one in said]
    assert told.drop.tolist() == [one.drop for one in said]


def test_both_evaluations_must_agree() -> None:
    start, minutes = desk(20)
    arrivals = with_more(start, minutes, instant(65, 10), 120)
    at = instant(65, 11)
    eager = Sensitivity(confirm=0)
    alone = [
        judge(learn(arrivals, instant(65), EVERY_DAY, eager), arrivals, moment).spike
        for moment in (at - 300, at)
    ]
    assert verdict(arrivals, at).spike == min(alone)


def test_a_new_level_is_learned_and_no_incident_without_an_end() -> None:
    start, minutes = desk(20)
    more = minutes.copy()
    more[(instant(49) - start) // 60 :] *= 2
    found = verdict(Arrivals(start, more), instant(65, 13))
    assert found.bands[11].expected == pytest.approx(120, rel=0.25)
    assert found.spike < 1


def test_what_is_not_known_yet_is_not_missing() -> None:
    start, minutes = desk(20)
    arrivals = Arrivals(start, minutes)
    model = learn(arrivals, instant(69), EVERY_DAY)
    with pytest.raises(ValueError, match="cannot be judged yet"):
        judge(model, arrivals, arrivals.end + 60)
    assert replay(arrivals, EVERY_DAY, instant(69), instant(75)).at[-1] == arrivals.end
