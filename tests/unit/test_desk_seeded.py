"""The seeded desk: a function of its seed, with seasons, incidents and every kind of trouble."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.testing.arrivals import BY_DAY, BY_HOUR
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.dialogue import Exchange, dialogue
from connectors.testing.lives import SHIFTS, next_shift
from connectors.testing.seeded import SeededDesk
from connectors.testing.states import first_response
from connectors.testing.topics import LANGUAGES, NOISE, TAGS

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


def reopens(story: Story) -> list[datetime]:
    return [event.at for event in story.events if event.kind is Kind.REOPENED]


def offers(story: Story) -> list[datetime]:
    return [event.at for event in story.events if event.kind is Kind.OFFERED]


def rated(story: Story, survey: str = "satisfaction") -> list[tuple[datetime, int]]:
    """When each answer to a survey was given, and its score."""
    told = [(e.at, e.value.split()) for e in story.events if e.kind is Kind.RATED]
    return [(at, int(score)) for at, (name, score, _) in told if name == survey]


def exchanges(story: Story) -> list[Exchange]:
    return dialogue(story, LATER).exchanges


def arrivals(desk: Desk, begin: datetime, end: datetime) -> list[Story]:
    return [story for story in desk.stories(end) if begin <= story.created_at < end]


# --- a pure function of its parameters ------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"ancient": 40}, {"live_rate": 30.0}])
def test_two_desks_of_one_seed_are_equal_however_they_are_asked(more: dict[str, int]) -> None:
    at_once, in_steps = (
        SeededDesk(3, present=PRESENT, weeks=2, **more)  # type: ignore[arg-type]
        for _ in range(2)
    )
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
    [
        ({"weeks": 0}, "one week"),
        ({"rate": -1.0}, "negative"),
        ({"live_rate": -1.0}, "negative"),
        ({"ancient": -1}, "-1 ancient"),
    ],
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


def test_no_status_is_set_twice_in_a_row(history: list[Story]) -> None:
    for story in (*history, *ANCIENT.stories(PRESENT)):
        assert all(a != b for a, b in pairwise(statuses(story)))


def test_a_customer_is_asked_at_most_once_and_only_after_a_solve(history: list[Story]) -> None:
    for story in history:
        asked = offers(story)
        assert len(asked) <= 1
        assert not asked or asked[0] > stamps(story, "solved")[0]


def test_only_who_was_asked_answers_and_later(history: list[Story]) -> None:
    for story in history:
        answers = [event for event in story.events if event.kind is Kind.RATED]
        assert not answers or all(event.at > offers(story)[0] for event in answers)
        assert all(event.role is Role.CUSTOMER for event in answers)


def test_further_surveys_are_answered_once_by_those_who_rated(history: list[Story]) -> None:
    for story in history:
        for survey in ("recommendation", "effort"):
            further = rated(story, survey)
            assert len(further) <= 1
            if further:
                assert timedelta(0) <= further[0][0] - rated(story)[0][0] < timedelta(minutes=1)


def test_every_answer_is_within_its_scale(history: list[Story]) -> None:
    values = {e.value for story in history for e in story.events if e.kind is Kind.RATED}
    assert values == {
        *(f"satisfaction {score} 1" for score in (0, 1)),
        *(f"recommendation {score} 10" for score in range(11)),
        *(f"effort {score} 7" for score in range(1, 8)),
    }


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


def _answered(story: Story) -> list[tuple[datetime, datetime]]:
    """Begin and end of every exchange that has ended."""
    return [(e.asked_at, e.answered_at) for e in exchanges(story) if e.answered_at is not None]


def _waits_for_nobody(story: Story, *, customer: bool) -> bool:
    """Whether two messages came before the reply; of the customer, or of somebody else."""
    between = [
        event
        for asked, answered in _answered(story)
        for event in story.events
        if event.kind is Kind.COMMENT and asked < event.at < answered
    ]
    own = [e for e in between if e.role is Role.CUSTOMER and e.value != "merged"]
    return bool(own) if customer else len(between) > len(own)


def _thanked_and_solved(story: Story) -> bool:
    asked = [e.asked_at for e in exchanges(story) if e.answered_at is None]
    return bool(asked) and any(at > asked[0] for at in stamps(story, "solved"))


def _spans_a_reopen(story: Story) -> bool:
    return any(a < at < b for a, b in _answered(story) for at in reopens(story))


def _replies_in_a_run(story: Story) -> bool:
    said = dialogue(story, LATER)
    return story.channel == "chat" and said.turns < said.replies


def _answered_across(story: Story, day: date) -> bool:
    """Whether a whole day lies between the creation and the first response."""
    first = first_response(story, LATER)
    return first is not None and story.created_at.date() < day < first.date()


def _answered_at_night(story: Story) -> bool:
    first = first_response(story, LATER)
    return first is not None and not 6 <= first.hour < 20


def _answered_at_the_weekend(story: Story) -> bool:
    first = first_response(story, LATER)
    return first is not None and first.weekday() > 4


def _rated_then(story: Story, later: list[datetime]) -> bool:
    return bool(rated(story) and later and later[-1] > rated(story)[0][0])


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
    "an exchange": (0.3, lambda s: bool(exchanges(s))),
    "an exchange without an answer": (0.05, lambda s: len(_answered(s)) < len(exchanges(s))),
    "several exchanges": (0.1, lambda s: len(exchanges(s)) > 1),
    "written twice before the reply": (0.05, lambda s: _waits_for_nobody(s, customer=True)),
    "something that is no reply before it": (0.02, lambda s: _waits_for_nobody(s, customer=False)),
    "asked and answered in one second": (0.02, lambda s: any(a == b for a, b in _answered(s))),
    "thanks that nobody answers before the solve": (0.05, _thanked_and_solved),
    "an exchange that spans a reopen": (0.005, _spans_a_reopen),
    "several replies in a row in a chat": (0.05, _replies_in_a_run),
    "first answered at night": (0.02, _answered_at_night),
    "first answered at the weekend": (0.02, _answered_at_the_weekend),
    "offered": (0.5, lambda s: bool(offers(s))),
    "solved and never asked": (0.1, lambda s: bool(stamps(s, "solved")) and not offers(s)),
    "reopened before the offer": (
        0.01,
        lambda s: bool(offers(s) and reopens(s)) and reopens(s)[0] < offers(s)[0],
    ),
    "satisfied": (0.15, lambda s: [score for _, score in rated(s)][-1:] == [1]),
    "dissatisfied": (0.03, lambda s: [score for _, score in rated(s)][-1:] == [0]),
    "a changed rating": (0.01, lambda s: len(rated(s)) > 1),
    "changed back to the first": (0.004, lambda s: len(rated(s)) > 2),
    "rated, then reopened": (0.005, lambda s: _rated_then(s, reopens(s))),
    "rated, then deleted": (
        0.001,
        lambda s: kinds(s)[-1] is Kind.DELETED and bool(rated(s)),
    ),
    "a recommendation": (0.1, lambda s: bool(rated(s, "recommendation"))),
    "an effort": (0.08, lambda s: bool(rated(s, "effort"))),
    "rated and nothing further": (0.03, lambda s: kinds(s).count(Kind.RATED) == 1),
    "no tags": (0.05, lambda s: not s.tags),
    "several tags": (0.2, lambda s: len(s.tags) > 1),
    "a tag that tells nothing": (0.1, lambda s: bool(set(s.tags) & set(NOISE))),
    "no language": (0.04, lambda s: not s.language),
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


def test_there_are_exchanges_in_every_channel(history: list[Story]) -> None:
    answered = Counter(story.channel for story in history if _answered(story))
    assert set(answered) == {story.channel for story in history}
    assert min(answered.values()) > 50


def test_tags_are_of_the_first_team_or_noise(history: list[Story]) -> None:
    for story in history:
        team = next(event.value for event in story.events if event.kind is Kind.TEAM)
        assert set(story.tags) <= {*TAGS[team], *NOISE}
        assert len(set(story.tags)) == len(story.tags)


def test_every_tag_and_language_occurs(history: list[Story]) -> None:
    tags = Counter(tag for story in history for tag in story.tags)
    assert set(tags) == {tag for named in TAGS.values() for tag in named} | set(NOISE)
    assert min(tags.values()) > 100
    languages = Counter(story.language for story in history)
    assert set(languages) == set(LANGUAGES) == {"de", "en", "fr", "es", ""}
    assert min(languages.values()) > 100


def test_first_responses_span_the_holiday(desk: SeededDesk, history: list[Story]) -> None:
    assert sum(_answered_across(story, desk.holiday) for story in history) >= 20


def test_first_responses_span_the_change_to_summer_time() -> None:
    change = datetime(2025, 3, 30, 1, tzinfo=UTC)
    desk = SeededDesk(7, present=change + 7 * DAY, weeks=2)
    spanning = [
        story
        for story in desk.stories(change)
        if (first := first_response(story, LATER)) and story.created_at < change < first
    ]
    assert len(spanning) >= 20


def test_tickets_share_seconds(history: list[Story]) -> None:
    created = Counter(story.created_at for story in history)
    closed = Counter(at for story in history for at in stamps(story, "closed"))
    asked = Counter(at for story in history for at in offers(story))
    assert max(created.values()) >= 2
    assert max(asked.values()) >= 5
    assert max(closed.values()) >= 10


# --- ratings --------------------------------------------------------------------------------------


def test_customers_are_asked_a_day_after_the_solve_and_after_a_chat_within_minutes(
    history: list[Story],
) -> None:
    chats = []
    for story in history:
        for at in offers(story):
            waited = at - stamps(story, "solved")[0]
            if story.channel == "chat":
                chats.append(waited)
            else:
                assert DAY <= waited < DAY + HOUR
    assert 60 < median(waited.total_seconds() for waited in chats) < 300
    assert max(chats) < HOUR


def test_a_changed_rating_is_the_other_one(history: list[Story]) -> None:
    for story in history:
        assert all(a[1] != b[1] and a[0] < b[0] for a, b in pairwise(rated(story)))


def test_who_waited_long_or_came_back_rates_worse(history: list[Story]) -> None:
    scores: dict[str, list[int]] = {"quick": [], "slow": [], "reopened": []}
    for story in history:
        first = first_response(story, LATER)
        if story.channel == "chat" or first is None or not rated(story):
            continue
        at, score = rated(story)[0]
        speed = "slow" if first - story.created_at > 4 * HOUR else "quick"
        scores["reopened" if any(back < at for back in reopens(story)) else speed].append(score)
    quick, slow, reopened = (sum(found) / len(found) for found in scores.values())
    assert quick > slow + 0.08
    assert slow > reopened + 0.08


def test_the_satisfied_recommend_and_had_less_effort(history: list[Story]) -> None:
    for survey in ("recommendation", "effort"):
        by_score: dict[int, list[int]] = {0: [], 1: []}
        for story in history:
            for _, score in rated(story, survey):
                by_score[rated(story)[0][1]].append(score)
        assert median(by_score[1]) >= median(by_score[0]) + 2


# --- tickets older than the history, and business hours -------------------------------------------

ANCIENT = SeededDesk(7, present=PRESENT, weeks=1, ancient=200)
HISTORY_BEGINS = PRESENT - timedelta(weeks=1)


def test_ancient_tickets_come_before_the_history_and_change_nothing_in_it() -> None:
    plain = SeededDesk(7, present=PRESENT, weeks=1)
    stories = ANCIENT.stories(PRESENT)
    old = [story for story in stories if story.created_at < HISTORY_BEGINS]
    assert len(old) == 200
    assert ANCIENT.begins == HISTORY_BEGINS - 400 * DAY <= old[0].created_at
    assert plain.begins == HISTORY_BEGINS
    assert ANCIENT.holiday == plain.holiday
    fresh = [(s.created_at, s.channel, s.tags, s.language) for s in stories[200:]]
    assert fresh == [(s.created_at, s.channel, s.tags, s.language) for s in plain.stories(PRESENT)]


def test_some_ancient_tickets_are_open_and_some_were_solved_after_most_of_a_year() -> None:
    old = ANCIENT.stories(HISTORY_BEGINS)
    open_now = [s for s in old if not any(at <= PRESENT for at in stamps(s, "solved"))]
    a_year_old = [s for s in open_now if s.created_at < PRESENT - 366 * DAY]
    assert 40 < len(open_now) < 120
    assert a_year_old
    solved = [at for s in old for at in stamps(s, "solved") if at - s.created_at > 200 * DAY]
    answers = [(first_response(s, LATER), s) for s in old]
    assert any(at <= PRESENT for at in solved)
    assert any(at > PRESENT for at in solved)
    assert any(at and at - s.created_at > 200 * DAY for at, s in answers)


def test_business_hours_are_those_of_the_account(desk: SeededDesk) -> None:
    hours = desk.hours
    zone = ZoneInfo(hours.zone)

    def open_on(day: date) -> timedelta:
        begin, end = (datetime.combine(d, time(), zone) for d in (day, day + DAY))
        return hours.elapsed(begin.astimezone(UTC), end.astimezone(UTC))

    week = [desk.holiday + DAY * ahead for ahead in range(1, 8)]
    assert hours.zone == "Europe/Berlin"
    assert open_on(desk.holiday) == timedelta(0)
    by_day = {day.weekday(): open_on(day) for day in week}
    assert by_day == {**dict.fromkeys(range(5), 10 * HOUR), 5: 4 * HOUR, 6: timedelta(0)}


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
    st.one_of(st.none(), st.integers(min_value=0, max_value=3)),
)
def test_the_next_shift_is_the_first_second_on_shift(
    team: str, second: int, ahead: int | None
) -> None:
    days, first, last = SHIFTS[team]
    holiday = None if ahead is None else second // 86400 + ahead

    def on_shift(moment: int) -> bool:
        at = datetime.fromtimestamp(moment, UTC)
        return at.weekday() < days and first <= at.hour < last and moment // 86400 != holiday

    opening = next_shift(team, second, holiday)
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


def test_a_steady_desk_is_as_lively_at_any_hour_of_its_past() -> None:
    present = PRESENT.replace(hour=2)
    incident = present + timedelta(minutes=2)
    desk = SeededDesk(
        7, present=present, weeks=2, rate=30, live_rate=30, steady=True,
        incident_at=incident, incident_factor=100,
    )  # fmt: skip
    (begin, end), _ = desk.incidents
    for number in range(1, 4 * 14):
        since = present - 6 * HOUR * number
        if end <= since or since + 6 * HOUR <= begin:
            assert 120 < len(arrivals(desk, since, since + 6 * HOUR)) < 245
    assert len(arrivals(desk, present, incident)) < 6
    assert 400 < len(arrivals(desk, incident, incident + timedelta(minutes=10))) < 600


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


@pytest.mark.parametrize("seed", range(4))
def test_five_minutes_of_a_quick_desk_show_every_kind_of_answer(seed: int) -> None:
    desk = SeededDesk(
        seed, present=PRESENT, live_rate=900, incident_at=PRESENT + timedelta(minutes=2)
    )
    end = PRESENT + timedelta(minutes=6)
    fresh = [
        event.value.partition(" ")[0] or event.kind.value
        for _, story in desk.touched(PRESENT, end)
        for event in story.events
        if event.kind in (Kind.OFFERED, Kind.RATED) and PRESENT < event.at <= end
    ]
    assert set(fresh) == {"offered", "satisfaction", "recommendation", "effort"}


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


SMALL = SeededDesk(11, present=PRESENT, weeks=1, rate=1.0, ancient=10)


def test_each_offer_and_each_rating_is_touched_in_its_own_second() -> None:
    second = timedelta(seconds=1)
    asked = [
        (event.at, story)
        for story in SMALL.stories(PRESENT)
        for event in story.events
        if event.kind in (Kind.OFFERED, Kind.RATED)
    ]
    assert len(asked) > 50
    for at, story in asked:
        assert (at, story) in list(SMALL.touched(at - second, at))


def test_an_import_from_the_beginning_of_time_touches_every_story_once(desk: SeededDesk) -> None:
    beginning = datetime.min.replace(tzinfo=UTC)
    ids = [story.id for _, story in desk.touched(beginning, PRESENT)]
    assert sorted(ids) == [story.id for story in desk.stories(PRESENT)]
