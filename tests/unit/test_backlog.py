"""The gauges that a ticket fills, and that waking it in time is the same as always looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.backlog import (
    AWAITING,
    AWAITING_REPLY,
    BY_AGE,
    BY_CATEGORY,
    BY_LANGUAGE,
    FILLED,
    OPEN,
    PROMISES,
    RATINGS,
    UNASSIGNED,
    Cell,
    age_class,
    filled,
    present,
    wakes_at,
)
from exporter.catalog import CATALOG
from exporter.definition import Definition, Target
from exporter.knowledge import Known, Ledger, Opinion, Pledge, State, Talk
from exporter.metric import AGE_CLASSES
from exporter.observe import Observer
from exporter.pledges import clocks, due_at
from tests.unit.test_observe import EVERYTHING

HOUR = 3_600_000
DAY = 24 * HOUR
BEGIN = 1_770_000_000_000
AT_RISK = HOUR
OBSERVER = Observer(EVERYTHING, Definition(at_risk=AT_RISK))


def state(**changes: Any) -> State:
    """An open ticket that came at `BEGIN`."""
    plain = State(BEGIN, "open", True, "normal", "Billing", "email", True, "money", "de")
    return replace(plain, **changes)


def known(**changes: Any) -> Known:
    return replace(Known("7", (BEGIN, 0), state(), answered=True), **changes)


def cells(ticket: Known, at: int | None = BEGIN) -> list[Cell]:
    return filled(ticket, at, AT_RISK)


def of(metric: str, ticket: Known, at: int | None = BEGIN) -> list[tuple[str, ...]]:
    return [labels for name, labels in cells(ticket, at) if name == metric]


# --- what an open ticket fills --------------------------------------------------------------------


def test_an_open_ticket_fills_one_cell_of_each_gauge_that_it_belongs_to() -> None:
    assert cells(known()) == [
        (OPEN, ("open", "normal", "Billing", "email")),
        (BY_CATEGORY, ("money",)),
        (BY_LANGUAGE, ("de",)),
        (BY_AGE, ("<4h", "Billing", "normal")),
    ]


@pytest.mark.parametrize("status", ["new", "open", "pending", "hold"])
def test_pending_and_hold_are_open(status: str) -> None:
    assert of(OPEN, known(state=state(status=status))) == [(status, "normal", "Billing", "email")]


@pytest.mark.parametrize(
    "gone",
    [
        None,
        Known("7"),
        known(state=state(status="solved", is_open=False)),
        known(state=state(status="closed", is_open=False)),
        known(removed="spam"),
    ],
    ids=["unheard of", "never told", "solved", "closed", "removed"],
)
def test_a_ticket_that_is_not_open_fills_none(gone: Known | None) -> None:
    assert filled(gone, BEGIN, AT_RISK) == []


def test_a_ticket_that_nobody_holds_is_unassigned() -> None:
    assert of(UNASSIGNED, known()) == []
    assert of(UNASSIGNED, known(state=state(assigned=False))) == [("Billing", "normal")]


def test_a_ticket_awaits_its_first_response_and_then_the_next() -> None:
    holder = [("Billing", "normal")]
    silent = known(answered=False)
    assert (of(AWAITING, silent), of(AWAITING_REPLY, silent)) == (holder, holder)
    asked = known(talks=(Talk(1, 1, 2), Talk(2, 3)))
    assert (of(AWAITING, asked), of(AWAITING_REPLY, asked)) == ([], holder)
    replied = known(talks=(Talk(1, 1, 2), Talk(2, None, 3)))
    assert (of(AWAITING, replied), of(AWAITING_REPLY, replied)) == ([], [])


@pytest.mark.parametrize(
    ("age", "name"),
    [
        (-DAY, "<4h"),
        (0, "<4h"),
        (4 * HOUR - 1, "<4h"),
        (4 * HOUR, "<1d"),
        (DAY - 1, "<1d"),
        (DAY, "<3d"),
        (3 * DAY, "<7d"),
        (7 * DAY, "<30d"),
        (30 * DAY - 1, "<30d"),
        (30 * DAY, "30d+"),
        (3000 * DAY, "30d+"),
    ],
)
def test_a_ticket_leaves_an_age_class_when_it_reaches_the_limit(age: int, name: str) -> None:
    assert age_class(BEGIN, BEGIN + age) == name
    assert of(BY_AGE, known(), BEGIN + age) == [(name, "Billing", "normal")]


def test_what_depends_on_time_waits_for_the_first_watermark() -> None:
    rated = known(
        opinions=(Opinion("satisfaction", 5, 5, BEGIN, True, True),),
        resolution=Pledge(BEGIN + DAY),
    )
    names = {name for name, _ in cells(rated, None)}
    assert names.isdisjoint({BY_AGE, PROMISES, RATINGS})
    assert names == {OPEN, BY_CATEGORY, BY_LANGUAGE}


# --- promises and ratings -------------------------------------------------------------------------


def test_each_promise_that_is_owed_stands_somewhere() -> None:
    owed = known(
        answered=False,
        response=Pledge(BEGIN),
        resolution=Pledge(BEGIN + AT_RISK),
        talks=(Talk(1, BEGIN, pledge=Pledge(BEGIN + DAY)), Talk(2, None, pledge=Pledge(BEGIN))),
    )
    holder = ("Billing", "normal")
    assert of(PROMISES, owed) == [
        ("first_response", "breached", *holder),
        ("resolution", "at_risk", *holder),
        ("next_response", "on_track", *holder),
    ]
    assert of(PROMISES, known(response=Pledge(BEGIN, counted=True, over=True))) == []
    assert of(PROMISES, replace(owed, state=state(is_open=False, status="solved"))) == []


def opinion(score: int, at: int, survey: str = "satisfaction", best: int = 5) -> Opinion:
    return Opinion(survey, score, best, at, dated=True, observed=True)


def test_a_rating_stands_in_each_window_that_it_was_given_in() -> None:
    rated = known(state=state(status="closed", is_open=False), opinions=(opinion(5, BEGIN),))

    def windows(at: int) -> list[str]:
        return [window for window, *_ in of(RATINGS, rated, at)]

    assert of(RATINGS, rated, BEGIN)[0] == ("1d", "good", "Billing")
    assert windows(BEGIN - 1) == [], "given after the watermark"
    assert windows(BEGIN) == windows(BEGIN + DAY - 1) == ["1d", "7d", "28d"]
    assert windows(BEGIN + DAY) == windows(BEGIN + 7 * DAY - 1) == ["7d", "28d"]
    assert windows(BEGIN + 7 * DAY) == windows(BEGIN + 28 * DAY - 1) == ["28d"]
    assert windows(BEGIN + 28 * DAY) == []


def test_the_last_rating_stands_alone_and_with_the_present_team() -> None:
    rated = known(
        state=state(team="Orders"),
        opinions=(opinion(5, BEGIN), opinion(2, BEGIN + 1), opinion(9, BEGIN + 2)),
    )
    assert {labels[1:] for labels in of(RATINGS, rated, BEGIN + 2)} == {("bad", "Orders")}
    assert of(RATINGS, replace(rated, removed="deleted"), BEGIN + 2) == []
    nps = known(opinions=(opinion(9, BEGIN, "recommendation", 10),))
    assert of(RATINGS, nps) == []


# --- series that exist ----------------------------------------------------------------------------

statuses = st.sampled_from(("new", "open", "pending", "hold", "solved", "closed"))


@st.composite
def states(draw: st.DrawFn) -> State:
    status = draw(statuses)
    return state(
        created_at=BEGIN + draw(st.integers(-40 * DAY, DAY)),
        status=status,
        is_open=status not in ("solved", "closed"),
        team=draw(st.sampled_from(("Billing", "none"))),
        assigned=draw(st.booleans()),
    )


@given(states(), st.booleans(), st.integers(0, 50 * DAY))
def test_every_cell_that_a_backlog_fills_exists_before_and_after(
    then: State, answered: bool, later: int
) -> None:
    exist = set(present(then, tuple(Target)))
    some = known(state=then, answered=answered)
    assert {cell for cell in cells(some, BEGIN + later)} <= exist
    assert {name for name, _ in exist} == set(FILLED)
    assert all(len(labels) == len(CATALOG[name].labels) for name, labels in exist)
    assert {labels[0] for name, labels in exist if name == BY_AGE} == {n for n, _ in AGE_CLASSES}


# --- waking ---------------------------------------------------------------------------------------

instants = st.integers(BEGIN - 2 * DAY, BEGIN + 40 * DAY)
pledges = st.one_of(
    st.just(Pledge()),
    st.builds(Pledge, instants, st.booleans(), st.booleans()),
)
talks = st.builds(
    Talk, st.integers(1, 3), st.none() | instants, st.none() | instants, st.just("Billing"),
    st.just("normal"), st.booleans(), pledges,
)  # fmt: skip
opinions = st.builds(
    Opinion, st.sampled_from(("satisfaction", "effort")), st.integers(0, 6), st.just(5), instants,
    st.booleans(), st.booleans(),
)  # fmt: skip
tickets = st.builds(
    Known,
    id=st.just("7"),
    state=st.none() | states(),
    removed=st.sampled_from((None, None, None, "spam")),
    answered=st.booleans(),
    talks=st.lists(talks, max_size=3, unique_by=lambda talk: talk.number).map(tuple),
    opinions=st.lists(opinions, max_size=3).map(tuple),
    response=pledges,
    resolution=pledges,
    ledger=st.lists(instants, max_size=2).map(lambda solves: Ledger(solves=tuple(solves))),
)


def edges(ticket: Known) -> list[int]:
    """Instants near which something may happen to it."""
    created = [BEGIN if ticket.state is None else ticket.state.created_at]
    found = [at + limit * 1000 for at in created for _, limit in AGE_CLASSES if limit is not None]
    for one in ticket.opinions:
        found += [one.at, *(one.at + days * DAY for days in (1, 7, 28))]
    for pledge in (ticket.response, ticket.resolution, *(talk.pledge for talk in ticket.talks)):
        if pledge.breaks_at is not None:
            found += [pledge.breaks_at, pledge.breaks_at - AT_RISK]
    return found


@st.composite
def lives(draw: st.DrawFn) -> tuple[Known, list[int]]:
    """A ticket, and the watermarks of some polls in order."""
    ticket = draw(tickets)
    near = st.builds(int.__add__, st.sampled_from(edges(ticket)), st.sampled_from((-1, 0, 1)))
    return ticket, sorted(draw(st.lists(st.one_of(instants, near), min_size=1, max_size=8)))


Look = tuple[Known, set[Cell], int]
"""A ticket, the cells that it fills, and how many breaches were taken down so far."""


def always_looking(ticket: Known, watermarks: Sequence[int]) -> list[Look]:
    found, breaches = [], 0
    for watermark in watermarks:
        change = OBSERVER.lapse(ticket, watermark)
        ticket, breaches = change.known, breaches + len(change.observations)
        found.append((ticket, set(cells(ticket, watermark)), breaches))
    return found


def woken_in_time(ticket: Known, watermarks: Sequence[int]) -> list[Look]:
    found, breaches = [], 0
    seen, wakes = set(cells(ticket, None)), wakes_at(ticket, None, AT_RISK)
    for watermark in watermarks:
        if wakes is not None and wakes <= watermark:
            change = OBSERVER.lapse(ticket, watermark)
            ticket, breaches = change.known, breaches + len(change.observations)
            seen, wakes = set(cells(ticket, watermark)), wakes_at(ticket, watermark, AT_RISK)
        found.append((ticket, seen, breaches))
    return found


@settings(max_examples=400)
@given(lives())
def test_waking_a_ticket_in_time_is_the_same_as_always_looking(
    life: tuple[Known, list[int]],
) -> None:
    assert woken_in_time(*life) == always_looking(*life)


@settings(max_examples=400)
@given(lives())
def test_a_ticket_never_wakes_in_the_past_and_at_once_only_for_a_breach_that_is_due(
    life: tuple[Known, list[int]],
) -> None:
    ticket, watermarks = life
    for watermark in watermarks:
        wakes = wakes_at(ticket, watermark, AT_RISK)
        dues = [due_at(ticket, clock) for clock in clocks(ticket)]
        is_due = any(at is not None and at <= watermark for at in dues)
        assert wakes is None or wakes >= watermark
        assert (wakes == watermark) is is_due
        after = OBSERVER.lapse(ticket, watermark).known
        later = wakes_at(after, watermark, AT_RISK)
        assert later is None or later > watermark


@given(lives())
def test_before_the_first_watermark_it_wakes_at_once_or_never(
    life: tuple[Known, list[int]],
) -> None:
    ticket, watermarks = life
    wakes = wakes_at(ticket, None, AT_RISK)
    assert wakes in (None, 0)
    if wakes is None:
        assert all(cells(ticket, at) == cells(ticket, None) for at in watermarks)


def test_a_ticket_wakes_at_each_of_its_turns() -> None:
    pledge = Pledge(BEGIN + 2 * HOUR)
    open_one = known(answered=False, response=pledge)
    turns, at = [], BEGIN
    while (wakes := wakes_at(open_one, at, AT_RISK)) is not None:
        turns.append(wakes - BEGIN)
        at, open_one = wakes, OBSERVER.lapse(open_one, wakes).known
    assert turns == [HOUR, 2 * HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]


def test_nothing_ever_happens_to_a_ticket_that_is_done() -> None:
    done = known(state=state(status="closed", is_open=False))
    assert wakes_at(done, BEGIN, AT_RISK) is None
    assert wakes_at(known(removed="spam"), BEGIN, AT_RISK) is None
    assert wakes_at(Known("7"), None, AT_RISK) is None


def test_a_solve_that_came_too_late_wakes_its_ticket_though_it_is_closed() -> None:
    late = known(
        state=state(status="solved", is_open=False),
        answered=False,
        response=Pledge(BEGIN),
        ledger=Ledger(solves=(BEGIN + 5,)),
    )
    assert wakes_at(late, BEGIN + 9, AT_RISK) == BEGIN + 9
    (breach,) = OBSERVER.lapse(late, BEGIN + 9).observations
    assert breach.marks[0] == Target.FIRST_RESPONSE
