"""Counting a ticket anew by another definition: what follows from it, and what stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from connectors import Exchange, Fact, Measures, Priority, Removal, Removed, Solve, Status, Told
from exporter.clocks import Schedule
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.knowledge import PROMISED, Known, Observation
from exporter.observe import Observer
from exporter.recount import Recounted, recounted
from tests.unit.test_observe import (
    ANSWERED,
    EVERYTHING,
    NEW,
    SOLVED,
    Step,
    follow,
    minutes,
    ms,
    observed,
    told,
)
from tests.unit.test_promises import (
    HOUR,
    LATE,
    SECOND,
    Outcome,
    exchange,
    outcomes_of,
    promise,
    reopened,
    solved,
)

NOTHING = Definition()
STRICT = Definition(promises=tuple(promise(target, 2) for target in Target))
HALF = Schedule("from half past nine", "UTC", (((570, 1440),),) * 7)
ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
OUTCOMES = frozenset(PROMISED.values())
MINUTE = 60_000

Seen = tuple[Known, list[Observation]]


def seen(definition: Definition, *steps: Step, measures: Measures = EVERYTHING) -> Seen:
    """A ticket and all that was observed of it."""
    changes = follow(Observer(measures, definition), *steps)
    return changes[-1].known, observed(changes)


def anew(
    definition: Definition, ticket: Seen, until: float | None, measures: Measures = EVERYTHING
) -> Recounted:
    """The ticket counted anew by this definition, everything being told up to a minute."""
    watermark = None if until is None else ms(until)
    return recounted(Observer(measures, definition), *ticket, watermark)


def ends(found: Iterable[Observation]) -> list[Outcome]:
    return sorted(outcomes_of(found))


def business(found: Iterable[Observation]) -> dict[str, int | None]:
    return {one.kind.value: one.business for one in found if one.value is not None}


LIFE = (NEW, ANSWERED, exchange(10, 50), replace(SOLVED, solves=(Solve(minutes(60), 1800, 600),)))


# --- business time --------------------------------------------------------------------------------


def test_business_time_is_that_of_the_new_hours() -> None:
    ticket = seen(NOTHING, *LIFE)
    assert set(business(ticket[1]).values()) == {None, 600_000}
    found = anew(Definition(schedule=HALF), ticket, 100).observations
    assert business(found) == {
        "first_response": 0,
        "next_response": 20 * MINUTE,
        "solved": 30 * MINUTE,
        "first_resolution": 30 * MINUTE,
        "requester_wait": 600_000,  # by the vendor's own schedule
    }
    calendar = [(one.kind, one.at, one.value) for one in found]
    assert calendar == [(one.kind, one.at, one.value) for one in ticket[1]]


def test_without_hours_there_is_no_business_time_any_more() -> None:
    found = anew(NOTHING, seen(Definition(schedule=HALF), *LIFE), 100).observations
    assert business(found)["solved"] is None
    assert business(found)["requester_wait"] == 600_000


def test_the_clock_stays_that_of_the_team_that_had_it() -> None:
    moved = replace(SOLVED, team="Orders")
    ticket = seen(NOTHING, NEW, moved)
    hours = Definition(team_schedules={"Billing": HALF, "Orders": ALWAYS})
    assert business(anew(hours, ticket, 100).observations)["solved"] == 30 * MINUTE


def test_business_time_of_a_ticket_that_is_gone_is_counted_anew_too() -> None:
    gone = Removed("7", minutes(90), Removal.SPAM)
    ticket = seen(STRICT, *LIFE, gone, 100)
    before = ends(ticket[1])
    again = anew(Definition(schedule=HALF), ticket, 200)
    assert business(again.observations)["solved"] == 30 * MINUTE
    assert ends(again.observations) == before != [], "what was promised ended as it did"
    assert again.known == ticket[0]


def test_a_ticket_that_was_never_told_has_nothing_to_count() -> None:
    ticket = seen(STRICT, exchange(10, 50))
    assert anew(HOUR, ticket, 100) == (ticket[0], [])


# --- promises -------------------------------------------------------------------------------------


def test_what_is_promised_now_was_promised_from_the_beginning() -> None:
    ticket = seen(NOTHING, *LIFE)
    assert ends(ticket[1]) == []
    again = anew(HOUR, ticket, 100)
    assert ends(again.observations) == [
        ("first_response", "met", 5),
        ("next_response", "met", 50),
        ("resolution", "met", 60),
    ]
    assert again.known.response.over
    assert again.known.resolution.over
    assert [talk.pledge.over for talk in again.known.talks] == [True]


def test_a_stricter_promise_was_broken_and_a_laxer_one_kept() -> None:
    strict = anew(STRICT, seen(HOUR, *LIFE), 100)
    assert ends(strict.observations) == [
        ("first_response", "breached", 2 + SECOND),
        ("next_response", "breached", 12 + SECOND),
        ("resolution", "breached", 2 + SECOND),
    ]
    lax = anew(HOUR, (strict.known, strict.observations), 100)
    assert ends(lax.observations) == ends(seen(HOUR, *LIFE)[1])


def test_what_is_promised_no_more_has_no_outcome() -> None:
    again = anew(NOTHING, seen(HOUR, *LIFE), 100)
    assert ends(again.observations) == []
    assert again.known.response.breaks_at is None
    assert len(again.observations) == len(seen(NOTHING, *LIFE)[1])


def test_a_promise_that_is_still_owed_is_broken_at_the_watermark() -> None:
    ticket = seen(NOTHING, NEW, exchange(10))
    assert ends(anew(HOUR, ticket, 60).observations) == []
    assert ends(anew(HOUR, ticket, 70 + SECOND).observations) == [
        ("first_response", "breached", LATE),
        ("next_response", "breached", 70 + SECOND),
        ("resolution", "breached", LATE),
    ]
    before_the_first = anew(HOUR, ticket, None)
    assert ends(before_the_first.observations) == []
    assert before_the_first.known.response.breaks_at == ms(LATE)


def test_the_rule_is_chosen_by_team_and_priority_of_the_first_sight() -> None:
    rules = Definition(
        promises=(
            promise(Target.FIRST_RESPONSE, 2, teams=frozenset({"Orders"})),
            promise(Target.FIRST_RESPONSE, 30, priorities=frozenset({"normal"})),
            promise(Target.NEXT_RESPONSE, 3, teams=frozenset({"Orders"})),
        )
    )
    moved = told(NEW, 20, team="Orders", priority=Priority.HIGH)
    early = anew(rules, seen(NOTHING, NEW, exchange(10), moved), 200)
    assert ends(early.observations) == [("first_response", "breached", 30 + SECOND)]
    late = anew(rules, seen(NOTHING, NEW, moved, exchange(10)), 200)
    assert ends(late.observations) == [
        ("first_response", "breached", 30 + SECOND),
        ("next_response", "breached", 13 + SECOND),
    ]


def test_a_question_that_was_never_seen_with_its_ticket_is_promised_nothing() -> None:
    """Of a vendor that tells no exchanges nobody knows the team that had it."""
    silent = Measures({fact: Told() for fact in Fact if fact is not Fact.NEXT_RESPONSE})
    ticket = seen(NOTHING, NEW, exchange(10), exchange(None, 50, 2), measures=silent)
    again = anew(STRICT, ticket, 200)
    assert {target for target, _, _ in ends(again.observations)} == {"first_response", "resolution"}
    assert again.known.talks == ticket[0].talks


# --- what nobody can tell -------------------------------------------------------------------------


def test_a_first_response_that_was_refused_keeps_and_breaks_nothing() -> None:
    wrong = told(NEW, 5, first_response_at=minutes(-5))
    again = anew(HOUR, seen(NOTHING, wrong), 500)
    assert ends(again.observations) == [("resolution", "breached", LATE)]
    assert again.known.response.over


def test_a_first_solve_that_was_lost_has_no_outcome_unless_a_later_one_was_in_time() -> None:
    lost = reopened(NEW, 20)
    assert ("resolution", "met", 40) in ends(
        anew(
            HOUR, seen(NOTHING, lost, solved(40, first_solved_at=None, reopens=1)), 500
        ).observations
    )
    for steps in ((lost,), (lost, solved(90, first_solved_at=None, reopens=1))):
        again = anew(HOUR, seen(NOTHING, *steps), 500)
        assert "resolution" not in {target for target, _, _ in ends(again.observations)}
        assert again.known.resolution.over


# --- labels ---------------------------------------------------------------------------------------


def labels(found: Iterable[Observation]) -> set[tuple[str, str, str, str]]:
    return {
        (one.kind.value, one.team, one.priority, one.language)
        for one in found
        if one.kind in OUTCOMES
    }


def test_an_outcome_keeps_the_labels_that_it_was_observed_with() -> None:
    night = told(NEW, 30, team="Night", language="de")
    later = told(NEW, 300, team="Orders", priority=Priority.HIGH, language="fr")
    ticket = seen(STRICT, NEW, night, 40, later)
    found = labels(anew(HOUR, ticket, 400).observations)
    assert found == labels(ticket[1])
    assert {team for _, team, _, _ in found} == {"Night"}


def test_an_outcome_that_was_never_observed_has_the_labels_of_what_kept_it() -> None:
    answered = replace(ANSWERED, team="Night", exchanges=(Exchange(1, minutes(6), minutes(7)),))
    later = replace(SOLVED, team="Orders")
    ticket = seen(NOTHING, NEW, answered, later, told(later, 300, team="Last"))
    found = {kind: team for kind, team, _, _ in labels(anew(HOUR, ticket, 400).observations)}
    assert found == {
        "promised_first_response": "Night",
        "promised_next_response": "Night",
        "promised_resolution": "Orders",
    }


def test_an_outcome_that_nothing_kept_has_the_labels_of_now() -> None:
    ticket = seen(NOTHING, NEW, told(NEW, 30, team="Night"))
    assert {team for _, team, _, _ in labels(anew(HOUR, ticket, 400).observations)} == {"Night"}


# --- any life -------------------------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """A ticket of one team and priority, polled now and then, in the order of its life."""
    asked = draw(st.integers(5, 80))
    answer = draw(st.none() | st.integers(asked, 200))
    reply = draw(st.none() | st.integers(1, 200))
    solve = draw(st.none() | st.integers(1, 200))
    removal = draw(st.none() | st.integers(1, 200))
    steps: list[Step] = []
    for poll in sorted(draw(st.lists(st.integers(1, 250), min_size=1, max_size=5, unique=True))):
        replied = minutes(reply) if reply is not None and reply <= poll else None
        done = solve is not None and solve <= poll
        at = minutes(solve or 0)
        ticket = told(
            NEW,
            poll,
            status=Status.SOLVED if done else Status.OPEN,
            first_response_at=replied,
            first_solved_at=at if done else None,
            solves=(Solve(at),) if done else (),
        )
        steps.append(ticket)
        if asked <= poll:
            steps.append(exchange(asked, answer if answer is not None and answer <= poll else None))
        if removal is not None and removal <= poll:
            return [*steps, Removed("7", minutes(poll + 1), Removal.SPAM), poll + 2]
        steps.append(poll)
    return steps


definitions = st.builds(
    Definition,
    schedule=st.sampled_from((None, HALF, ALWAYS)),
    promises=st.lists(
        st.builds(
            Promise,
            st.sampled_from(Target),
            st.sampled_from(ClockName),
            st.integers(0, 150).map(lambda within: within * MINUTE),
        ),
        max_size=4,
    ).map(tuple),
)


def by_key(found: Iterable[Observation]) -> list[Observation]:
    return sorted(found, key=lambda one: (one.kind, one.ordinal))


@given(definitions, lives())
def test_counting_anew_by_the_same_definition_changes_nothing(
    definition: Definition, steps: list[Step]
) -> None:
    ticket = seen(definition, *steps)
    again = anew(definition, ticket, _last(steps))
    assert by_key(again.observations) == by_key(ticket[1])
    assert again.known == ticket[0]


@given(definitions, definitions, lives())
def test_counting_anew_gives_what_the_new_definition_would_have_given(
    old: Definition, new: Definition, steps: list[Step]
) -> None:
    """For tickets that still count: of one that is gone the outcomes stay."""
    ticket = seen(old, *steps)
    again, wanted = anew(new, ticket, _last(steps)), seen(new, *steps)
    if ticket[0].removed is None:
        assert by_key(again.observations) == by_key(wanted[1])
        assert again.known == wanted[0]
    else:
        facts = [
            [o for o in found if o.kind not in OUTCOMES]
            for found in (again.observations, wanted[1])
        ]
        assert by_key(facts[0]) == by_key(facts[1])


@given(definitions, definitions, lives(), st.none() | st.just(500))
def test_no_key_is_given_twice(
    old: Definition, new: Definition, steps: list[Step], until: float | None
) -> None:
    keys = [(one.kind, one.ordinal) for one in anew(new, seen(old, *steps), until).observations]
    assert len(keys) == len(set(keys))


def _last(steps: list[Step]) -> float:
    last = steps[-1]
    assert isinstance(last, float | int)
    return last


def test_a_breach_while_a_ticket_was_reopened_stays() -> None:
    first = solved(30)
    again = reopened(first, 50)
    second = replace(again, changed_at=minutes(100), status=Status.SOLVED)
    ticket = seen(
        HOUR, NEW, first, 40, again, 70, replace(second, solves=(Solve(minutes(100)),)), 110
    )
    assert ("first_response", "breached", LATE) in ends(ticket[1])
    assert ends(anew(HOUR, ticket, 110).observations) == ends(ticket[1])
