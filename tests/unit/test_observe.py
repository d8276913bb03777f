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
    Fact,
    Measures,
    Priority,
    Record,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
    Told,
)
from exporter.book import NEGATIVE
from exporter.knowledge import Extra, Known
from exporter.observe import Change, Observer

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL = frozenset(Fact)
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


def minutes(number: int) -> datetime:
    return NINE + timedelta(minutes=number)


def told(ticket: Ticket, at: int, **changes: Any) -> Ticket:
    return replace(ticket, changed_at=minutes(at), **changes)


ANSWERED = told(NEW, 5, status=Status.PENDING, first_response_at=minutes(5), assigned=True)
SOLVED = told(
    ANSWERED, 60, status=Status.SOLVED, first_solved_at=minutes(60), solves=(Solve(minutes(60)),)
)
REOPENED = told(SOLVED, 90, status=Status.OPEN, reopens=1)
SOLVED_AGAIN = told(REOPENED, 120, status=Status.SOLVED, solves=(Solve(minutes(120)),))
GONE = Removed("7", minutes(200), Removal.SPAM)


def observe_all(*records: Record, facts: frozenset[Fact] = ALL) -> list[Change]:
    known: Known | None = None
    observer = Observer(Measures({fact: Told() for fact in facts}))
    changes = []
    for record in records:
        changes.append(observer.observe(known, record))
        known = changes[-1].known
    return changes


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
def test_no_key_is_ever_given_twice(records: list[Record]) -> None:
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
