"""The seeded desk: a function of its seed, with seasons, incidents and every kind of trouble."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.testing.arrivals import BY_DAY, BY_HOUR
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.lives import SHIFTS, next_shift
from connectors.testing.seeded import SeededDesk
from connectors.testing.states import first_response

PRESENT = datetime(2025, 3, 3, 9, 17, 23, tzinfo=UTC)
LATER = PRESENT + timedelta(days=60)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REMOVALS = (Kind.MERGED, Kind.SPAM, Kind.DELETED)


@pytest.fixture(scope="module")
def desk() -> SeededDesk:
    return SeededDesk(7, present=PRESENT)


@pytest.fixture(scope="module")
def history(desk: SeededDesk) -> list[Story]:
    return list(desk.stories(PRESENT))


def kinds(story: Story) -> list[Kind]:
    return [event.kind for event in story.events]


def comments(story: Story, role: Role) -> list[Event]:
    return [event for event in story.events if event.kind is Kind.COMMENT and event.role is role]


def statuses(story: Story) -> list[str]:
    return [event.value for event in story.events if event.kind is Kind.STATUS]


def stamps(story: Story, value: str) -> list[datetime]:
    return [e.at for e in story.events if e.kind is Kind.STAMP and e.value == value]


def arrivals(desk: Desk, begin: datetime, end: datetime) -> list[Story]:
    return [story for story in desk.stories(end) if begin <= story.created_at < end]


# --- a pure function of its parameters ------------------------------------------------------------


def test_two_desks_of_one_seed_are_equal_however_they_are_asked() -> None:
    at_once = SeededDesk(3, present=PRESENT, weeks=2)
    in_steps = SeededDesk(3, present=PRESENT, weeks=2)
    moments = [PRESENT - timedelta(days=days, minutes=7 * days) for days in (9, 13, 1, 4, 0)]
    for moment in moments:
        in_steps.stories(moment)
        list(in_steps.touched(moment - HOUR, moment))
    whole = at_once.stories(PRESENT + DAY)
    for moment in moments:
        assert in_steps.stories(moment) == tuple(s for s in whole if s.created_at <= moment)
    assert in_steps.stories(PRESENT + DAY) == whole


def test_another_seed_is_another_desk() -> None:
    one, other = (SeededDesk(seed, present=PRESENT, weeks=1).stories(PRESENT) for seed in (1, 2))
    assert [s.created_at for s in one] != [s.created_at for s in other]


def test_several_threads_may_ask_at_once() -> None:
    desk = SeededDesk(5, present=PRESENT, weeks=2)
    moments = [PRESENT - HOUR * (n % 40) for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(desk.stories, moments))
    calm = SeededDesk(5, present=PRESENT, weeks=2)
    assert answers == [calm.stories(moment) for moment in moments]


def test_the_desk_goes_on_after_the_present(desk: SeededDesk) -> None:
    assert desk.ends is None
    assert len(desk.stories(PRESENT + 7 * DAY)) > len(desk.stories(PRESENT)) + 500
    assert desk.begins == PRESENT - timedelta(weeks=8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"weeks": 0}, "one week"), ({"rate": -1.0}, "negative"), ({"live_rate": -1.0}, "negative")],
)
def test_parameters_that_give_no_desk_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SeededDesk(1, present=PRESENT, **wrong)  # type: ignore[arg-type]


def test_a_present_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="present has no time zone"):
        SeededDesk(1, present=PRESENT.replace(tzinfo=None))


# --- what every story keeps to --------------------------------------------------------------------


def test_ids_count_up_in_the_order_of_appearance(history: list[Story]) -> None:
    assert [story.id for story in history] == list(range(1, len(history) + 1))
    assert all(a.created_at <= b.created_at for a, b in pairwise(history))


def test_every_story_opens_with_its_first_comment_and_is_sorted(history: list[Story]) -> None:
    for story in history:
        first, second = story.events[:2]
        assert (first.kind, second.kind) == (Kind.OPENED, Kind.COMMENT)
        assert first.at == second.at == story.created_at
        assert first.role is second.role is story.opened_by
        assert all(a.at <= b.at for a, b in pairwise(story.events))


def test_instants_are_whole_seconds_in_utc(history: list[Story]) -> None:
    instants = [event.at for story in history for event in story.events]
    assert all(at.tzinfo is UTC and at.microsecond == 0 for at in instants)


def test_a_status_solved_or_closed_has_its_stamp_in_the_same_instant(history: list[Story]) -> None:
    for story in history:
        for value in ("solved", "closed"):
            told = [e.at for e in story.events if e.kind is Kind.STATUS and e.value == value]
            assert told == stamps(story, value)


def test_open_after_solved_is_a_reopen_in_the_same_instant(history: list[Story]) -> None:
    for story in history:
        changes = [event for event in story.events if event.kind is Kind.STATUS]
        expected = [b.at for a, b in pairwise(changes) if a.value == "solved" and b.value == "open"]
        assert [e.at for e in story.events if e.kind is Kind.REOPENED] == expected


def test_nothing_happens_after_a_removal(history: list[Story]) -> None:
    for story in history:
        assert not set(REMOVALS) & set(kinds(story)[:-1])


def test_a_merged_ticket_is_closed_just_before_and_names_an_earlier_one(
    history: list[Story],
) -> None:
    merged = [story for story in history if story.events[-1].kind is Kind.MERGED]
    assert merged
    for story in merged:
        status, stamp, last = story.events[-3:]
        assert (status.kind, status.value) == (Kind.STATUS, "closed")
        assert (stamp.kind, stamp.value) == (Kind.STAMP, "closed")
        assert status.at == stamp.at == last.at
        assert 1 <= int(last.value) < story.id


def test_nothing_is_done_to_a_closed_ticket(history: list[Story]) -> None:
    for story in history:
        changes = statuses(story)
        assert "closed" not in changes[:-1]


def test_every_team_is_one_of_the_desks(desk: SeededDesk, history: list[Story]) -> None:
    named = {e.value for story in history for e in story.events if e.kind is Kind.TEAM}
    assert named == set(desk.teams)
    assert len(desk.teams) == 3


# --- everything occurs ----------------------------------------------------------------------------


def _answered_in_one_second(story: Story) -> bool:
    pairs = pairwise(e for e in story.events if e.kind is Kind.COMMENT)
    return any(
        a.at == b.at and a.role is Role.CUSTOMER and b.role is Role.AGENT
        for a, b in pairs
        if a.at != story.created_at
    )


def _bot_before_human(story: Story) -> bool:
    human = first_response(story, LATER)
    return human is not None and any(e.at <= human for e in comments(story, Role.BOT))


def _deleted_after_solve(story: Story) -> bool:
    return kinds(story)[-1] is Kind.DELETED and bool(stamps(story, "solved"))


def _reopened_for_good(story: Story) -> bool:
    return Kind.REOPENED in kinds(story) and statuses(story)[-1] not in ("solved", "closed")


def _closed_days_after_solve(story: Story) -> bool:
    solved, closed = stamps(story, "solved"), stamps(story, "closed")
    return bool(solved and closed and closed[-1] - solved[-1] >= 4 * DAY)


def _teamless_at_first(story: Story) -> bool:
    return all(e.at > story.created_at for e in story.events if e.kind is Kind.TEAM)


EDGES = {
    "a bot answers before the human": (0.05, _bot_before_human),
    "an internal note": (0.05, lambda s: any(not e.public for e in comments(s, Role.AGENT))),
    "opened by an agent": (0.03, lambda s: s.opened_by is Role.AGENT),
    "opened by an agent, and answered": (
        0.02,
        lambda s: s.opened_by is Role.AGENT and first_response(s, LATER) is not None,
    ),
    "customer and agent in one second": (0.02, _answered_in_one_second),
    "a comment merged in": (
        0.01,
        lambda s: any(e.value == "merged" for e in comments(s, Role.AGENT)),
    ),
    "reopened": (0.05, lambda s: Kind.REOPENED in kinds(s)),
    "reopened twice": (0.008, lambda s: kinds(s).count(Kind.REOPENED) >= 2),
    "reopened and never solved again": (0.005, _reopened_for_good),
    "closed without a solve": (
        0.01,
        lambda s: (
            bool(stamps(s, "closed"))
            and not stamps(s, "solved")
            and kinds(s)[-1] is not Kind.MERGED
        ),
    ),
    "merged": (0.01, lambda s: kinds(s)[-1] is Kind.MERGED),
    "spam": (0.01, lambda s: kinds(s)[-1] is Kind.SPAM),
    "deleted early": (
        0.005,
        lambda s: kinds(s)[-1] is Kind.DELETED and not stamps(s, "solved"),
    ),
    "deleted after a solve": (0.005, _deleted_after_solve),
    "no team at first": (0.05, _teamless_at_first),
    "a change of team": (0.05, lambda s: kinds(s).count(Kind.TEAM) > 1),
    "a change of priority": (0.03, lambda s: kinds(s).count(Kind.PRIORITY) > 1),
    "put back by its agent": (
        0.05,
        lambda s: any(e.kind is Kind.ASSIGNED and not e.value for e in s.events),
    ),
    "never answered": (0.03, lambda s: first_response(s, LATER) is None),
    "pending": (0.1, lambda s: "pending" in statuses(s)),
    "on hold": (0.03, lambda s: "hold" in statuses(s)),
    "closed days after the solve": (0.5, _closed_days_after_solve),
    "never finished": (0.02, lambda s: statuses(s)[-1] not in ("solved", "closed")),
}


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_occurs_in_a_noticeable_share(edge: str, history: list[Story]) -> None:
    least, holds = EDGES[edge]
    share = sum(map(holds, history)) / len(history)
    assert least <= share < 0.9


def test_all_channels_and_priorities_occur(history: list[Story]) -> None:
    channels = Counter(story.channel for story in history)
    assert set(channels) == {"email", "chat", "phone", "web", "social", "api", "other"}
    assert min(channels.values()) > 100
    priorities = {e.value for s in history for e in s.events if e.kind is Kind.PRIORITY}
    assert priorities == {"urgent", "high", "normal", "low"}


def test_tickets_share_seconds(history: list[Story]) -> None:
    created = Counter(story.created_at for story in history)
    closed = Counter(at for story in history for at in stamps(story, "closed"))
    assert max(created.values()) >= 2
    assert max(closed.values()) >= 10


# --- seasons, shifts, incidents -------------------------------------------------------------------


def test_the_history_has_eight_to_ten_thousand_tickets() -> None:
    for seed in range(3):
        assert 8_000 <= len(SeededDesk(seed, present=PRESENT).stories(PRESENT)) <= 10_000


def test_the_rate_scales_the_desk(history: list[Story]) -> None:
    double = SeededDesk(7, present=PRESENT, rate=24.0).stories(PRESENT)
    assert 1.9 < len(double) / len(history) < 2.1


def test_days_and_weeks_have_their_seasons(history: list[Story]) -> None:
    by_hour = Counter(story.created_at.hour for story in history)
    by_day = Counter(story.created_at.weekday() for story in history)
    assert by_hour[10] > 3 * by_hour[3]
    assert by_day[0] > 2 * by_day[6]
    assert by_day[1] > 2 * by_day[5]
    assert len(BY_HOUR) == 24
    assert len(BY_DAY) == 7


def test_on_the_holiday_almost_nothing_comes_in(desk: SeededDesk, history: list[Story]) -> None:
    per_day = Counter(story.created_at.date() for story in history)
    assert desk.holiday.weekday() < 5
    assert desk.begins.date() < desk.holiday < PRESENT.date()
    assert per_day[desk.holiday] < 0.15 * median(per_day.values())


def test_the_incident_is_four_times_the_same_hours_of_other_weeks(desk: SeededDesk) -> None:
    ((begin, end),) = desk.incidents
    assert end - begin == 3 * HOUR
    assert desk.begins < begin < end < PRESENT
    during = arrivals(desk, begin, end)
    before = len(arrivals(desk, begin - 7 * DAY, end - 7 * DAY))
    assert 2.5 < len(during) / before < 6
    of_it = [s for s in during if s.channel == "web"]
    assert len(of_it) > 0.55 * len(during)


def test_an_incident_can_be_asked_for() -> None:
    begin = PRESENT + timedelta(minutes=50)
    desk = SeededDesk(7, present=PRESENT, weeks=1, live_rate=600, incident_at=begin)
    end = desk.incidents[-1][1]
    assert desk.incidents[-1] == (begin, begin + timedelta(minutes=10))
    assert 350 < len(arrivals(desk, begin, end)) < 650
    assert 60 < len(arrivals(desk, end, end + timedelta(minutes=10))) < 150


def test_agents_answer_mostly_on_shift(history: list[Story]) -> None:
    replies = [e.at for s in history for e in comments(s, Role.AGENT) if e.at > s.created_at]
    working = [at for at in replies if at.weekday() < 5 and 7 <= at.hour < 21]
    assert 0.75 < len(working) / len(replies) < 1


@given(
    st.sampled_from(sorted(SHIFTS)),
    st.integers(min_value=1_700_000_000, max_value=1_705_000_000),
)
def test_the_next_shift_is_the_first_second_on_shift(team: str, second: int) -> None:
    days, first, last = SHIFTS[team]

    def on_shift(moment: int) -> bool:
        at = datetime.fromtimestamp(moment, UTC)
        return at.weekday() < days and first <= at.hour < last

    opening = next_shift(team, second)
    assert on_shift(opening)
    assert not any(on_shift(moment) for moment in range(second, opening, 600))
    assert opening == second or not on_shift(opening - 1)


# --- the live part --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live() -> SeededDesk:
    return SeededDesk(7, present=PRESENT.replace(hour=2), weeks=1, live_rate=900)


def test_live_arrivals_come_at_their_rate_at_any_time_of_day(live: SeededDesk) -> None:
    for hours in range(6):
        begin = live.present + HOUR * hours
        assert 780 < len(arrivals(live, begin, begin + HOUR)) < 1020
    assert len(arrivals(live, live.present - HOUR, live.present)) < 30


def test_live_chats_are_answered_within_a_minute_or_so(live: SeededDesk) -> None:
    def minutes(channel: str) -> float:
        waits = [
            (answer - story.created_at).total_seconds() / 60
            for story in arrivals(live, live.present, live.present + HOUR)
            if story.channel == channel and (answer := first_response(story, LATER))
        ]
        return median(waits)

    assert 0.3 < minutes("chat") < 2
    assert 5 < minutes("email") < 120


def test_live_tickets_are_solved_while_one_looks_on(live: SeededDesk) -> None:
    end = live.present + HOUR
    fresh = arrivals(live, live.present, end)
    solved = [s for s in fresh if any(at <= end for at in stamps(s, "solved"))]
    assert 0.15 < len(solved) / len(fresh) < 0.8


# --- touched --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_touched_is_what_a_look_at_every_event_finds(data: st.DataObject) -> None:
    desk = SMALL
    instants = sorted({event.at for story in desk.stories(LATER) for event in story.events})
    moment = st.one_of(
        st.sampled_from(instants),
        st.datetimes(
            desk.begins.replace(tzinfo=None) - DAY,
            LATER.replace(tzinfo=None),
            timezones=st.just(UTC),
        ),
    )
    after, until = data.draw(moment), data.draw(moment)
    expected = []
    for story in desk.stories(until):
        found = [event.at for event in story.events if after < event.at <= until]
        if found:
            expected.append((found[-1], story.id, story))
    told = [(at, story.id, story) for at, story in desk.touched(after, until)]
    assert told == sorted(expected, key=lambda row: row[:2])


SMALL = SeededDesk(11, present=PRESENT, weeks=1, rate=1.0)


def test_an_import_from_the_beginning_of_time_touches_every_story_once(desk: SeededDesk) -> None:
    beginning = datetime.min.replace(tzinfo=UTC)
    ids = [story.id for _, story in desk.touched(beginning, PRESENT)]
    assert sorted(ids) == [story.id for story in desk.stories(PRESENT)]
