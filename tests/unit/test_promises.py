"""Promises: what is promised for a ticket, when it is broken, and that it ends once.

Instants are minutes from nine o'clock. A promise of an hour is kept by an answer at 60 and broken
from the next second on, where the vendor tells seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import (
    Channel,
    Exchange,
    Fact,
    Measures,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
    Supplement,
    Ticket,
    Told,
)
from connectors.records import OfTicket
from exporter.clocks import Schedule
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.knowledge import PROMISED, Known, Observation, Pledge
from exporter.observe import Observer
from exporter.pledges import Clock, Standing, clocks, due_at, standing, turns
from tests.unit.test_observe import EVERYTHING, NEW, Step, follow, minutes, ms, observed, told

FIRST, NEXT, RESOLUTION = Target.FIRST_RESPONSE, Target.NEXT_RESPONSE, Target.RESOLUTION
SECOND = 1 / 60
LATE = 60 + SECOND
"""The first instant at which a promise of an hour is broken."""


def promise(target: Target, within: float = 60, **more: Any) -> Promise:
    """A promise of so many minutes."""
    return Promise(target, more.pop("clock", ClockName.CALENDAR), round(within * 60_000), **more)


HOUR = Definition(promises=tuple(promise(target) for target in Target))
Outcome = tuple[str, str, float]
"""Target, outcome, and the minute of the observation."""


def answered(at: float, **changes: Any) -> Ticket:
    return told(NEW, 200, status=Status.OPEN, first_response_at=minutes(at), **changes)


def solved(at: float, **changes: Any) -> Ticket:
    solve: dict[str, Any] = {"first_solved_at": minutes(at), "solves": (Solve(minutes(at)),)}
    return told(NEW, at, status=Status.SOLVED, **solve | changes)


def reopened(ticket: Ticket, at: float, **changes: Any) -> Ticket:
    return replace(ticket, changed_at=minutes(at), status=Status.OPEN, reopens=1, **changes)


def exchange(
    asked: float | None = None, answer: float | None = None, number: int = 1
) -> Supplement:
    at, then = (None if one is None else minutes(one) for one in (asked, answer))
    return Supplement("7", (Exchange(number, at, then),))


def outcomes_of(observations: Iterable[Observation]) -> list[Outcome]:
    kinds = frozenset(PROMISED.values())
    return [
        (o.marks[0], o.marks[1], (o.at - ms(0)) / 60_000) for o in observations if o.kind in kinds
    ]


def outcomes(
    *steps: Step, definition: Definition = HOUR, measures: Measures = EVERYTHING
) -> list[Outcome]:
    """How the promises of a ticket end, in the order in which that is seen."""
    return outcomes_of(observed(follow(Observer(measures, definition), *steps)))


def of(target: Target, *steps: Step, **more: Any) -> list[tuple[str, float]]:
    """The same of one target."""
    return [(how, at) for name, how, at in outcomes(*steps, **more) if name == target]


# --- kept or broken -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "outcome"), [(59, ("met", 59)), (60, ("met", 60)), (LATE, ("breached", LATE))]
)
@pytest.mark.parametrize("target", Target)
def test_a_promise_is_met_until_more_time_has_elapsed_than_was_promised(
    target: Target, at: float, outcome: tuple[str, float]
) -> None:
    keeps: dict[Target, tuple[OfTicket, ...]] = {
        FIRST: (NEW, answered(at)),
        NEXT: (NEW, exchange(0, at)),
        RESOLUTION: (NEW, solved(at)),
    }
    assert of(target, *keeps[target]) == [outcome]


@pytest.mark.parametrize("target", Target)
def test_a_breach_is_told_as_soon_as_the_watermark_reaches_it(target: Target) -> None:
    steps = (NEW, exchange(0))
    assert of(target, *steps, LATE - 0.001) == []
    assert of(target, *steps, LATE) == [("breached", LATE)]
    assert of(target, *steps, 500) == [("breached", LATE)], "dated when it was broken"


@pytest.mark.parametrize("target", Target)
def test_keeping_a_broken_promise_late_changes_nothing(target: Target) -> None:
    late = (answered(90), exchange(None, 90), solved(90, first_response_at=minutes(90)))
    assert of(target, NEW, exchange(0), 70, *late, 300) == [("breached", LATE)]


@pytest.mark.parametrize("target", Target)
def test_a_promise_that_was_kept_is_never_broken_later(target: Target) -> None:
    kept = (exchange(0, 5), solved(9, first_response_at=minutes(5)))
    assert [how for how, _ in of(target, NEW, *kept, 1000)] == ["met"]


def test_each_exchange_has_a_promise_of_its_own() -> None:
    steps = (answered(5), exchange(10, 20), exchange(30, None, 2), exchange(60, 200, 3))
    assert of(NEXT, NEW, *steps, 250) == [
        ("met", 20),
        ("breached", 120 + SECOND),
        ("breached", 90 + SECOND),
    ], "what was kept late is seen with the answer, what is still owed with the watermark"


def test_a_solve_within_the_time_is_no_outcome_of_an_answer_that_is_owed() -> None:
    """Solved without a reply in time: so far nothing was broken."""
    assert of(FIRST, NEW, solved(30), 500) == []
    assert of(NEXT, NEW, exchange(10), solved(30), 500) == []


def test_a_solve_that_comes_too_late_without_an_answer_is_a_breach() -> None:
    assert of(FIRST, NEW, solved(LATE), 500) == [("breached", LATE)]
    assert of(NEXT, NEW, exchange(10), solved(70 + SECOND), 500) == [("breached", 70 + SECOND)]


def test_the_breach_of_a_late_solve_waits_for_the_whole_poll() -> None:
    """The answer may be told after the solve within one poll."""
    assert of(NEXT, NEW, exchange(10), solved(80)) == []
    assert of(NEXT, NEW, exchange(10), solved(80), exchange(None, 20), 90) == [("met", 20)]


def test_a_solve_before_the_question_ends_no_promise_of_an_answer() -> None:
    first = solved(20)
    assert of(NEXT, NEW, first, reopened(first, 30), exchange(30), 90) == []
    assert of(NEXT, NEW, first, reopened(first, 30), exchange(30), 91) == [
        ("breached", 90 + SECOND)
    ]


def test_of_several_solves_the_first_after_the_question_ends_the_waiting() -> None:
    first = solved(20)
    second = solved(95, first_solved_at=minutes(20), reopens=1)
    assert of(NEXT, NEW, first, reopened(first, 30), exchange(30), second, 96) == [
        ("breached", 90 + SECOND)
    ]
    in_time = solved(85, first_solved_at=minutes(20), reopens=1)
    assert of(NEXT, NEW, first, reopened(first, 30), exchange(30), in_time, 96) == []


def test_a_response_that_was_refused_neither_keeps_nor_breaks_a_promise() -> None:
    """Somebody answered, and nobody can tell when."""
    assert of(FIRST, NEW, answered(-1), 500) == []


def test_a_ticket_that_reopens_unanswered_has_been_waiting_all_the_time() -> None:
    first = solved(30)
    again = reopened(first, 50)
    assert of(FIRST, NEW, first, 40, again, 55) == []
    assert of(FIRST, NEW, first, 40, again, 61) == [("breached", LATE)]
    assert of(FIRST, NEW, first, 100, again, 101) == [("breached", LATE)]


def test_a_reopen_starts_no_second_promise_of_a_resolution() -> None:
    first = solved(30)
    assert of(RESOLUTION, NEW, first, reopened(first, 50), 500) == [("met", 30)]


# --- the first solve that nobody told -------------------------------------------------------------

UNTOLD: dict[str, Any] = {"first_solved_at": None, "solves": ()}


def test_of_a_first_solve_that_was_never_told_there_is_no_outcome() -> None:
    lost = reopened(NEW, 50)
    assert of(RESOLUTION, NEW, lost, 500) == []
    (change,) = follow(Observer(EVERYTHING, HOUR), lost)
    assert standing(change.known.resolution, 0, ms(500)) is None, "nor does it stand anyhow"


def test_where_even_a_later_solve_came_in_time_the_lost_one_did() -> None:
    lost = reopened(NEW, 20)
    again = solved(40, first_solved_at=None, reopens=1)
    assert of(RESOLUTION, NEW, lost, again, replace(again, revision=1), 500) == [("met", 40)]


def test_a_later_solve_that_came_too_late_tells_nothing_of_the_lost_one() -> None:
    again = solved(90, first_solved_at=None, reopens=1)
    assert of(RESOLUTION, NEW, reopened(NEW, 20), again, 500) == []


def test_a_breach_that_was_counted_stays_when_the_first_solve_is_lost() -> None:
    assert of(RESOLUTION, NEW, 70, reopened(NEW, 80), 500) == [("breached", LATE)]


def test_a_lost_first_solve_that_is_told_after_all_counts() -> None:
    first = solved(30)
    assert of(RESOLUTION, NEW, reopened(NEW, 50), first) == [("met", 30)]


# --- what is promised -----------------------------------------------------------------------------


def test_the_first_rule_that_covers_a_ticket_counts() -> None:
    rules = Definition(
        promises=(
            promise(NEXT, 1),
            promise(FIRST, 10, priorities=frozenset({"urgent"})),
            promise(FIRST, 20, teams=frozenset({"Orders"}), channels=frozenset({"chat"})),
            promise(FIRST, 40),
            promise(FIRST, 5),
        )
    )
    urgent = replace(NEW, priority=Priority.URGENT)
    chat = replace(NEW, team="Orders", channel=Channel.CHAT)
    found = [
        of(FIRST, one, 100, definition=rules)
        for one in (urgent, chat, NEW, replace(chat, channel=Channel.EMAIL))
    ]
    assert found == [[("breached", within + SECOND)] for within in (10, 20, 40, 40)]


def test_nothing_is_promised_where_no_rule_covers_the_ticket() -> None:
    rules = Definition(promises=(promise(FIRST, teams=frozenset({"Orders"})),))
    assert outcomes(NEW, answered(500), 600, definition=rules) == []


def test_what_was_promised_at_first_sight_stays_whatever_the_ticket_becomes() -> None:
    rules = Definition(promises=(promise(FIRST, 10, priorities=frozenset({"urgent"})),))
    urgent = replace(NEW, priority=Priority.URGENT)
    later = told(NEW, 1, priority=Priority.NORMAL, team="Orders", channel=Channel.CHAT)
    assert of(FIRST, urgent, later, 11, definition=rules) == [("breached", 10 + SECOND)]
    assert of(FIRST, NEW, told(NEW, 1, priority=Priority.URGENT), 99, definition=rules) == []


def test_what_is_promised_for_a_later_message_is_as_the_ticket_was_then() -> None:
    rules = Definition(promises=(promise(NEXT, 10, teams=frozenset({"Orders"})), promise(NEXT, 30)))
    moved = told(NEW, 5, team="Orders")
    assert of(NEXT, NEW, exchange(0), moved, 100, definition=rules) == [("breached", 30 + SECOND)]
    assert of(NEXT, NEW, moved, exchange(0), 100, definition=rules) == [("breached", 10 + SECOND)]


def test_an_outcome_has_the_labels_of_when_it_was_observed() -> None:
    moved = told(NEW, 30, team="Orders", priority=Priority.HIGH)
    *_, lapsed = follow(Observer(EVERYTHING, HOUR), NEW, moved, 70)
    assert {(o.team, o.priority) for o in lapsed.observations} == {("Orders", "high")}
    *_, kept = follow(Observer(EVERYTHING, HOUR), NEW, replace(answered(20), team="Night"))
    (outcome,) = (o for o in kept.observations if o.kind is PROMISED[FIRST])
    assert outcome.team == "Night"


def test_only_what_the_vendor_tells_can_be_promised() -> None:
    silent = Measures({fact: Told() for fact in Fact if fact is not Fact.FIRST_RESPONSE})
    assert of(FIRST, NEW, 500, measures=silent) == []
    assert of(RESOLUTION, NEW, 500, measures=silent) == [("breached", LATE)]


def test_on_the_business_clock_the_night_does_not_count() -> None:
    """The desk opens from nine to ten; an hour and a second is over at nine the next day."""
    opens = Schedule("an hour", "UTC", (((540, 600),),) * 7)
    rules = (promise(FIRST, clock=ClockName.BUSINESS),)
    definition = Definition(team_schedules={"Billing": opens}, promises=rules)
    day = 24 * 60
    assert of(FIRST, NEW, day, definition=definition) == []
    assert of(FIRST, NEW, day + SECOND, definition=definition) == [("breached", day + SECOND)]
    nobody = replace(NEW, team="Night")
    assert of(FIRST, nobody, 9 * day, definition=definition) == [], "no hours, no promise by them"


# --- the vendor's precision -----------------------------------------------------------------------

MINUTES = Measures({fact: Told(precision=60) for fact in Fact})


def test_where_minutes_are_told_a_promise_is_broken_a_whole_minute_later() -> None:
    assert of(FIRST, NEW, 60.99, measures=MINUTES) == []
    assert of(FIRST, NEW, 61, measures=MINUTES) == [("breached", 61)]
    assert of(FIRST, NEW, answered(60), 61, measures=MINUTES) == [("met", 60)]
    assert of(FIRST, NEW, answered(61), 61, measures=MINUTES) == [("breached", 61)]


# --- removal --------------------------------------------------------------------------------------


def test_nothing_is_broken_for_a_ticket_that_is_gone() -> None:
    gone = Removed("7", minutes(30), Removal.DELETED)
    assert outcomes(NEW, exchange(0), gone, 500, exchange(None, 10), 600) == []


def test_a_ticket_that_comes_back_is_held_to_what_was_promised() -> None:
    gone = Removed("7", minutes(30), Removal.DELETED)
    back = told(NEW, 600)
    assert of(FIRST, NEW, gone, 500, back) == []
    assert of(FIRST, NEW, gone, 500, back, 600) == [("breached", LATE)]


# --- once, whatever is told how often and in which order ------------------------------------------

DONE = solved(95, first_response_at=minutes(80))
LIFE: tuple[OfTicket, ...] = (
    NEW,
    told(NEW, 80, status=Status.OPEN, first_response_at=minutes(80)),
    exchange(82, None),
    exchange(None, 85),
    exchange(86, 150, 2),
    DONE,
    reopened(DONE, 100),
    Removed("7", minutes(60), Removal.SPAM),
)


@given(st.lists(st.one_of(st.sampled_from(LIFE), st.integers(0, 300)), max_size=16))
def test_no_promise_ends_twice(steps: list[Step]) -> None:
    ends = [
        (o.kind, o.ordinal)
        for o in observed(follow(Observer(EVERYTHING, HOUR), *steps))
        if o.kind in PROMISED.values()
    ]
    assert len(ends) == len(set(ends))


@given(st.permutations(LIFE[:-1]), st.lists(st.sampled_from(LIFE[:-1]), max_size=5))
def test_within_a_poll_neither_order_nor_repeats_matter(
    order: list[OfTicket], repeats: list[OfTicket]
) -> None:
    straight = [
        ("first_response", "breached", LATE),
        ("next_response", "breached", 146 + SECOND),
        ("next_response", "met", 85),
        ("resolution", "breached", LATE),
    ]
    assert sorted(outcomes(*LIFE[:-1], 200)) == straight
    assert sorted(outcomes(*order, *repeats, 200)) == straight


moments = st.integers(1, 7200)


@given(
    answer=st.none() | moments,
    solve=st.none() | moments,
    within=st.integers(1, 7200),
    precision=st.sampled_from((1, 60)),
    polls=st.lists(moments, min_size=1, max_size=5, unique=True).map(sorted),
)
def test_a_first_response_ends_as_the_rule_says_at_whichever_polls(
    answer: int | None, solve: int | None, within: int, precision: int, polls: list[int]
) -> None:
    """In seconds. The rule, read off what each poll shows, against the observer's."""

    def elapsed(at: int) -> int:
        return at // precision * precision

    def seen(at: int | None, poll: int) -> int | None:
        return at if at is not None and at <= poll else None

    def rule(poll: int) -> str | None:
        reply, end = seen(answer, poll), seen(solve, poll)
        until = reply if reply is not None else end if end is not None else poll
        if elapsed(until) > within:
            return "breached"
        return None if reply is None else "met"

    steps: list[Step] = []
    for poll in polls:
        reply, end = seen(answer, poll), seen(solve, poll)
        steps += [
            replace(
                NEW,
                changed_at=minutes(poll / 60),
                status=Status.OPEN if end is None else Status.SOLVED,
                first_response_at=None if reply is None else minutes(elapsed(reply) / 60),
                first_solved_at=None if end is None else minutes(end / 60),
                solves=() if end is None else (Solve(minutes(end / 60)),),
            ),
            poll / 60,
        ]
    rules = Definition(promises=(promise(FIRST, within / 60),))
    measures = Measures({fact: Told(precision) for fact in Fact})
    expected = next((ending for poll in polls if (ending := rule(poll))), None)
    found = [how for how, _ in of(FIRST, *steps, definition=rules, measures=measures)]
    assert found == ([] if expected is None else [expected])


# --- how promises stand ---------------------------------------------------------------------------


def test_a_promise_is_on_track_then_at_risk_then_breached() -> None:
    pledge = Pledge(1000)
    assert [standing(pledge, 100, at) for at in (0, 899, 900, 999, 1000, 9999)] == [
        Standing.ON_TRACK,
        Standing.ON_TRACK,
        Standing.AT_RISK,
        Standing.AT_RISK,
        Standing.BREACHED,
        Standing.BREACHED,
    ]
    assert turns(pledge, 100) == (900, 1000)


@pytest.mark.parametrize("pledge", [Pledge(), Pledge(1000, counted=True, over=True)])
def test_what_was_not_promised_or_is_over_does_not_stand_anyhow(pledge: Pledge) -> None:
    assert standing(pledge, 100, 950) is None
    assert turns(pledge, 100) == ()


def test_a_breach_that_was_counted_still_stands_as_breached() -> None:
    assert standing(Pledge(1000, counted=True), 100, 1000) is Standing.BREACHED


def test_a_ticket_runs_the_clocks_of_its_promises_while_it_counts() -> None:
    *_, seen = follow(Observer(EVERYTHING, HOUR), NEW, exchange(10), exchange(None, 5, 2))
    running = [(clock.target, clock.number, clock.start) for clock in clocks(seen.known)]
    assert running == [(FIRST, 0, ms(0)), (RESOLUTION, 0, ms(0)), (NEXT, 1, ms(10))]
    gone = follow(Observer(EVERYTHING, HOUR), NEW, Removed("7", minutes(1), Removal.SPAM))
    assert list(clocks(gone[-1].known)) == []
    assert list(clocks(Known("7"))) == []


def test_a_breach_is_due_once_and_only_while_the_promise_is_owed() -> None:
    def due(known: Known) -> dict[Target, int | None]:
        return {clock.target: due_at(known, clock) for clock in clocks(known)}

    late = ms(LATE)
    steps = follow(Observer(EVERYTHING, HOUR), NEW, 70, solved(80), answered(81))
    assert due(steps[0].known) == {FIRST: late, RESOLUTION: late}
    assert due(steps[1].known) == {FIRST: None, RESOLUTION: None}
    assert due(follow(Observer(EVERYTHING, HOUR), NEW, solved(30))[-1].known)[FIRST] is None
    assert due_at(steps[0].known, Clock(FIRST, 0, ms(0), Pledge())) is None
