"""Each rule of observing, on records written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    Rating,
    Removal,
    Removed,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
    Told,
)
from connectors.records import OfTicket
from exporter.book import NEGATIVE
from exporter.clocks import Schedule
from exporter.definition import Category, Definition
from exporter.knowledge import Extra, Known, Observation, milliseconds
from exporter.observe import Change, Observer

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL = frozenset(Fact)
EVERYTHING = Measures({fact: Told() for fact in Fact})
NEW = Ticket(
    id="7",
    created_at=NINE,
    changed_at=NINE,
    status=Status.NEW,
    priority=Priority.NORMAL,
    channel=Channel.EMAIL,
    team="Billing",
    assigned=False,
)


def minutes(number: float) -> datetime:
    return NINE + timedelta(minutes=number)


def ms(number: float) -> int:
    """The same instant, as the store has it."""
    return milliseconds(minutes(number))


def told(ticket: Ticket, at: float, **changes: Any) -> Ticket:
    return replace(ticket, changed_at=minutes(at), **changes)


ANSWERED = told(NEW, 5, status=Status.PENDING, first_response_at=minutes(5), assigned=True)
SOLVED = told(
    ANSWERED, 60, status=Status.SOLVED, first_solved_at=minutes(60), solves=(Solve(minutes(60)),)
)
REOPENED = told(SOLVED, 90, status=Status.OPEN, reopens=1)
SOLVED_AGAIN = told(REOPENED, 120, status=Status.SOLVED, solves=(Solve(minutes(120)),))
GONE = Removed("7", minutes(200), Removal.SPAM)


Step = OfTicket | float
"""What a ticket's source does: it tells a record, or all that there is up to a minute."""


def follow(observer: Observer, *steps: Step) -> list[Change]:
    """What each step brings, about one ticket."""
    known = Known("7")
    changes = []
    for step in steps:
        if isinstance(step, float | int):
            changes.append(observer.lapse(known, ms(step)))
        else:
            changes.append(observer.observe(known, step))
        known = changes[-1].known
    return changes


def observed(changes: list[Change]) -> list[Observation]:
    """Everything that was observed."""
    return [one for change in changes for one in change.observations]


def refused(changes: list[Change]) -> list[str]:
    """Everything that was refused, by its reason."""
    return [reason for change in changes for reason in change.refused]


def observe_all(*records: OfTicket, facts: frozenset[Fact] = ALL) -> list[Change]:
    return follow(Observer(Measures({fact: Told() for fact in facts})), *records)


def kinds(change: Change) -> list[str]:
    return [observation.kind.value for observation in change.observations]


def test_a_new_ticket_is_created_once() -> None:
    first, second = observe_all(NEW, NEW)
    assert kinds(first) == ["created"]
    assert kinds(second) == []


def test_a_life_gives_each_fact_at_its_time() -> None:
    changes = observe_all(NEW, ANSWERED, SOLVED, REOPENED, SOLVED_AGAIN)
    assert [kinds(change) for change in changes] == [
        ["created"],
        ["first_response"],
        ["solved", "first_resolution"],
        ["reopened"],
        ["solved"],
    ]
    assert [o.value for o in changes[4].observations] == [120 * 60_000]


def test_a_ticket_seen_late_gives_every_fact_that_is_still_told() -> None:
    (change,) = observe_all(SOLVED_AGAIN)
    assert sorted(kinds(change)) == [
        "created",
        "first_resolution",
        "first_response",
        "reopened",
        "solved",
        "unseen",
    ]


def test_a_solve_that_left_no_trace_is_counted_as_unseen_once() -> None:
    changes = observe_all(NEW, SOLVED_AGAIN, SOLVED_AGAIN, told(SOLVED_AGAIN, 130))
    unseen = [kinds(change).count(Extra.UNSEEN.value) for change in changes]
    assert unseen == [0, 1, 0, 0]


def test_a_reopened_ticket_whose_vendor_keeps_the_solve_misses_none() -> None:
    (change,) = observe_all(REOPENED)
    assert "unseen" not in kinds(change)


def test_a_solve_without_its_instant_yet_is_not_observed() -> None:
    waiting = told(NEW, 60, status=Status.SOLVED)
    first, second = observe_all(waiting, told(waiting, 70, solves=(Solve(minutes(65)),)))
    assert "solved" not in kinds(first)
    assert kinds(second) == ["solved"]
    assert first.known.state is not None
    assert not first.known.state.is_open


def test_what_was_observed_stays_when_the_vendor_takes_it_back() -> None:
    changes = observe_all(ANSWERED, told(ANSWERED, 10, first_response_at=None), told(ANSWERED, 20))
    assert [kinds(change) for change in changes[1:]] == [[], []]
    assert changes[1].known.answered


def test_an_older_statement_adds_its_facts_and_changes_no_state() -> None:
    changes = observe_all(SOLVED_AGAIN, SOLVED)
    assert kinds(changes[1]) == ["solved"]
    assert changes[1].known.state == changes[0].known.state


def test_the_revision_breaks_ties_within_a_second() -> None:
    newer = replace(NEW, revision=2, priority=Priority.URGENT)
    state = observe_all(newer, replace(NEW, revision=1))[1].known.state
    assert state is not None
    assert state.priority == "urgent"


def test_a_removed_ticket_stays_counted_with_one_correction() -> None:
    changes = observe_all(NEW, GONE, GONE, replace(GONE, changed_at=minutes(300)))
    assert [kinds(change) for change in changes] == [["created"], ["corrected"], [], []]


def test_a_ticket_that_was_never_counted_needs_no_correction() -> None:
    gone, older = observe_all(GONE, NEW)
    assert kinds(gone) == kinds(older) == []


def test_a_ticket_that_comes_back_goes_on() -> None:
    back = told(ANSWERED, 300)
    changes = observe_all(NEW, GONE, back, Removed("7", minutes(400), Removal.DELETED))
    assert [kinds(change) for change in changes] == [
        ["created"],
        ["corrected"],
        ["first_response"],
        ["corrected"],
    ]


def test_a_duration_below_zero_is_refused_and_counted_when_it_is_mended() -> None:
    wrong = told(NEW, 5, first_response_at=minutes(-1))
    first, second = observe_all(wrong, told(wrong, 6, first_response_at=minutes(4)))
    assert first.refused == (NEGATIVE,)
    assert "first_response" not in kinds(first)
    assert kinds(second) == ["first_response"]


@pytest.mark.parametrize("fact", [Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED])
def test_a_fact_that_the_source_does_not_declare_is_never_observed(fact: Fact) -> None:
    (change,) = observe_all(SOLVED, facts=ALL - {fact})
    assert fact.value not in kinds(change)


LIFE = (NEW, ANSWERED, SOLVED, REOPENED, SOLVED_AGAIN)


@given(st.permutations(LIFE))
def test_the_order_of_arrival_changes_neither_the_facts_nor_the_end(order: list[Ticket]) -> None:
    def facts(changes: list[Change]) -> set[tuple[str, int, int | None]]:
        return {
            (o.kind.value, o.ordinal, o.value)
            for change in changes
            for o in change.observations
            if o.kind is not Extra.UNSEEN
        }

    straight, shuffled = observe_all(*LIFE), observe_all(*order)
    assert facts(shuffled) == facts(straight)
    assert shuffled[-1].known.state == straight[-1].known.state
    assert set(shuffled[-1].known.ledger.solves) == set(straight[-1].known.ledger.solves)


@given(st.lists(st.sampled_from((*LIFE, GONE)), max_size=12))
def test_no_key_is_ever_given_twice(records: list[OfTicket]) -> None:
    keys = [(o.kind, o.ordinal) for change in observe_all(*records) for o in change.observations]
    assert len(keys) == len(set(keys))


def test_a_late_statement_does_not_bring_a_removed_ticket_back() -> None:
    """The removal was told again at 300; what was said at 250 is older than that."""
    again = replace(GONE, changed_at=minutes(300))
    changes = observe_all(NEW, GONE, again, told(ANSWERED, 250))
    assert changes[-1].known.removed == "spam"
    assert kinds(changes[-1]) == []


def test_a_refusal_is_counted_once_for_each_version() -> None:
    wrong = told(NEW, 5, first_response_at=minutes(-1))
    assert [change.refused for change in observe_all(wrong, wrong)] == [(NEGATIVE,), ()]


@pytest.mark.parametrize(
    ("team", "label"),
    [
        ("Billing ", "Billing"),
        ("a\nb", "a b"),
        ("x" * 5000, "x" * 100),
        ("  ", "none"),
        (None, "none"),
    ],
)
def test_a_team_is_a_label_of_ordinary_shape(team: str | None, label: str) -> None:
    (change,) = observe_all(replace(NEW, team=team))
    assert change.observations[0].team == label


# --- what a solve tells ---------------------------------------------------------------------------

ONE_TOUCH = Solve(minutes(60), waited=1800, waited_business=600, replies=1)


def test_a_solve_that_stands_tells_the_wait_and_the_replies_once() -> None:
    done = replace(SOLVED, solves=(ONE_TOUCH,))
    first, again = observe_all(done, told(done, 70))
    found = {o.kind: (o.value, o.business) for o in first.observations}
    assert found[Fact.REQUESTER_WAIT] == (1_800_000, 600_000), "the vendor's own business clock"
    assert found[Fact.REPLIES] == (1, None)
    assert kinds(again) == []


def test_a_solve_that_tells_neither_is_only_a_solve() -> None:
    assert {Fact.REQUESTER_WAIT, Fact.REPLIES}.isdisjoint(kinds(observe_all(SOLVED)[0]))


def test_wait_and_replies_that_are_told_later_are_counted_later() -> None:
    changes = observe_all(SOLVED, told(SOLVED, 70, solves=(ONE_TOUCH,)))
    assert kinds(changes[1]) == ["requester_wait", "replies"]


def test_each_solve_has_a_wait_and_a_resolution_of_its_own() -> None:
    again = replace(SOLVED_AGAIN, solves=(Solve(minutes(120), waited=3600, replies=2),))
    changes = observe_all(replace(SOLVED, solves=(ONE_TOUCH,)), REOPENED, again)
    values = {o.kind: o.value for o in changes[2].observations}
    assert values == {
        Fact.SOLVED: 120 * 60_000,
        Fact.REQUESTER_WAIT: 3_600_000,
        Fact.REPLIES: 2,
    }


# --- what is counted by the vendor's own count ----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fact"), [("reopens", Fact.REOPENED), ("reassignments", Fact.REASSIGNED)]
)
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_a_count_that_goes_up_gives_each_step_once(
    name: str, fact: Fact, counts: list[int]
) -> None:
    """Where the vendor's count falls back, what was counted stays."""
    statements = [told(NEW, at, **{name: count}) for at, count in enumerate(counts)]
    numbers = [o.ordinal for o in observed(observe_all(*statements)) if o.kind is fact]
    assert numbers == list(range(1, max(counts) + 1))


def test_an_offer_is_counted_once_however_often_it_is_told() -> None:
    asked = told(SOLVED, 70, offered=True)
    changes = observe_all(SOLVED, asked, told(asked, 80), told(asked, 90, offered=False), asked)
    assert [kinds(change) for change in changes[1:]] == [["offered"], [], [], []]


# --- labels and business time ---------------------------------------------------------------------

ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
HALF = Schedule("from half past nine", "UTC", (((570, 1440),),) * 7)
BY_TEAM = Definition(team_schedules={"Billing": HALF, "Orders": ALWAYS})


def labels(change: Change, kind: str) -> tuple[str, str, str]:
    (found,) = (o for o in change.observations if o.kind == kind)
    return found.team, found.priority, found.channel


def test_an_observation_carries_the_labels_of_its_first_sight() -> None:
    moved = told(ANSWERED, 30, team="Orders", priority=Priority.HIGH)
    first, answer = observe_all(NEW, moved)
    assert labels(first, "created") == ("Billing", "normal", "email")
    assert labels(answer, "first_response") == ("Orders", "high", "email")


def test_the_business_clock_is_that_of_the_team_at_the_first_sight_of_the_ticket() -> None:
    moved = replace(SOLVED, team="Orders")
    changes = follow(Observer(EVERYTHING, BY_TEAM), NEW, moved)
    found = {o.kind: (o.value, o.business, o.clock, o.team) for o in changes[1].observations}
    hour, half = 60 * 60_000, 30 * 60_000
    assert found[Fact.FIRST_RESPONSE] == (5 * 60_000, 0, "Billing", "Orders")
    assert found[Fact.SOLVED] == (hour, half, "Billing", "Orders")
    assert found[Fact.FIRST_RESOLUTION] == (hour, half, "Billing", "Orders")


def test_a_team_without_hours_gives_no_business_time() -> None:
    changes = follow(Observer(EVERYTHING, BY_TEAM), replace(SOLVED, team=None))
    timed = [o for o in observed(changes) if o.value is not None]
    assert len(timed) == 3
    assert {(o.business, o.clock) for o in timed} == {(None, "none")}


def test_category_and_language_are_labels_of_the_moment() -> None:
    observer = Observer(
        EVERYTHING, Definition(categories=(Category("money", frozenset({"bill"})),))
    )
    tagged = told(ANSWERED, 20, tags=("bill",), language="de")
    changes = follow(observer, NEW, tagged)
    found = [(o.kind.value, o.category, o.language) for o in observed(changes)]
    assert found == [("created", "none", "none"), ("first_response", "money", "de")]
    state = changes[-1].known.state
    assert state is not None
    assert (state.category, state.language) == ("money", "de")


def test_a_telephone_number_in_a_team_reaches_no_label() -> None:
    (change,) = observe_all(replace(NEW, team="Anna +49 30 1234567"))
    assert "1234567" not in repr(change)


# --- removal --------------------------------------------------------------------------------------

BESIDE = Supplement(
    "7",
    (Exchange(1, minutes(10), minutes(20)),),
    (Rating(Survey.SATISFACTION, 1, 1, minutes(100)),),
)


def test_a_removed_ticket_gives_no_further_observation() -> None:
    changes = observe_all(NEW, GONE, BESIDE, told(SOLVED, 150))
    assert [kinds(change) for change in changes[2:]] == [[], []]


def test_a_ticket_that_comes_back_gives_what_it_was_told_meanwhile() -> None:
    back = observe_all(NEW, GONE, BESIDE, told(SOLVED, 300))[-1]
    assert {"next_response", "satisfaction", "solved"} <= set(kinds(back))


def test_what_is_told_beside_a_ticket_waits_for_the_ticket() -> None:
    first, ticket = observe_all(BESIDE, SOLVED)
    assert kinds(first) == []
    assert {"created", "next_response", "satisfaction"} <= set(kinds(ticket))


def test_nothing_new_is_known_of_what_is_told_again() -> None:
    """So the store writes nothing."""
    changes = observe_all(NEW, BESIDE, BESIDE)
    assert changes[2].known is changes[1].known


WHOLE = (*LIFE, replace(SOLVED_AGAIN, solves=(ONE_TOUCH,)), BESIDE, GONE, told(SOLVED_AGAIN, 400))


@given(st.lists(st.one_of(st.sampled_from(WHOLE), st.integers(0, 500)), max_size=14))
def test_no_key_is_given_twice_whatever_is_told_and_lapses(steps: list[Step]) -> None:
    changes = follow(Observer(EVERYTHING, BY_TEAM), *steps)
    keys = [(o.kind, o.ordinal) for o in observed(changes)]
    assert len(keys) == len(set(keys))


@given(st.lists(st.sampled_from(WHOLE), max_size=8))
def test_a_replay_in_order_counts_nothing_again(records: list[OfTicket]) -> None:
    in_order = sorted(records, key=_version)
    changes = observe_all(*in_order, *in_order)
    assert observed(changes[len(in_order) :]) == []


def _version(record: OfTicket) -> datetime:
    return NINE if isinstance(record, Supplement) else record.changed_at


def test_a_removal_of_the_same_version_as_a_statement_is_counted_once() -> None:
    gone = Removed("7", NEW.changed_at, Removal.SPAM)
    again = observe_all(NEW, gone, NEW, gone)
    assert kinds(again[1]) == ["corrected"]
    assert observed(again[2:]) == []
    assert again[-1].known.removed == "spam"


@given(st.permutations([told(NEW, at) for at in (1, 2, 3)]))
def test_a_refusal_does_not_depend_on_the_order_of_arrival(order: list[Ticket]) -> None:
    rated = (Rating(Survey.SATISFACTION, 9, 5, minutes(1)),)
    statements = [
        replace(one, ratings=rated) if one.changed_at == minutes(1) else one for one in order
    ]
    assert len(refused(observe_all(*statements))) == 1
