"""A promise is broken at the first instant at which more is told than was promised."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Channel, Priority, Status, Ticket
from exporter.clocks import END, Schedule
from exporter.definition import Category, ClockName, Definition, Promise, Target

HOUR = 3_600_000
DAY = 24 * HOUR
DAYTIME = ((480, 1080),)
OFFICE = Schedule("office", "Europe/Berlin", (*(DAYTIME,) * 5, (), ()), ("DE-BY",))
NIGHT = Schedule("night", "Australia/Lord_Howe", (((0, 160), (1300, 1440)),) * 7)
BEGIN = 1_700_000_000_000
LABELS = ("Billing", "urgent", "email")


def promised(**changes: object) -> Promise:
    return Promise(**{"target": Target.RESOLUTION, "clock": ClockName.CALENDAR, "within": HOUR}
                   | changes)  # type: ignore[arg-type]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    clock=st.sampled_from(ClockName),
    schedule=st.sampled_from([OFFICE, NIGHT]),
    step=st.sampled_from([1_000, 60_000]),
    start=st.integers(BEGIN // 1000, BEGIN // 1000 + 86_400 * 366).map(lambda s: s * 1000),
    within=st.one_of(
        st.integers(1_000, 3 * DAY), st.integers(1, 100).map(lambda quarter: quarter * HOUR // 4)
    ),
)
def test_a_promise_breaks_when_what_is_told_is_more_for_the_first_time(
    clock: ClockName, schedule: Schedule, step: int, start: int, within: int
) -> None:
    promise = promised(clock=clock, within=within)
    definition = Definition(schedule=schedule, promises=(promise,))

    def told(end: int) -> int:
        """What the vendor tells of an answer at `end`: rounded down to its steps first."""
        floored = start + (end - start) // step * step
        if clock is ClockName.CALENDAR:
            return floored - start
        return definition.business("Billing", start, floored) or 0

    breaks_at = definition.breaks_at(Target.RESOLUTION, LABELS, start, step)
    assert breaks_at is not None
    assert (breaks_at - start) % step == 0
    assert told(breaks_at - 1) <= within
    assert told(breaks_at) > within


def test_a_promise_that_can_never_be_broken_breaks_when_time_ends() -> None:
    closed = Schedule("closed", "UTC", ((),) * 7)
    promise = promised(clock=ClockName.BUSINESS)
    definition = Definition(schedule=closed, promises=(promise,))
    breaks_at = definition.breaks_at(Target.RESOLUTION, LABELS, BEGIN, 60_000)
    assert breaks_at is not None
    assert END <= breaks_at < END + DAY


@pytest.mark.parametrize(
    ("labels", "within"),
    [
        (("Billing", "urgent", "email"), 1),
        (("Billing", "high", "email"), 2),
        (("Orders", "high", "email"), 2),
        (("Orders", "high", "chat"), 3),
        (("none", "low", "chat"), 3),
    ],
)
def test_the_first_target_that_covers_a_ticket_counts(
    labels: tuple[str, str, str], within: int
) -> None:
    rules = (
        promised(target=Target.NEXT_RESPONSE, within=9 * HOUR),
        promised(within=HOUR, priorities=frozenset({"urgent"})),
        promised(
            within=2 * HOUR,
            teams=frozenset({"Billing", "Orders"}),
            channels=frozenset({"email"}),
        ),
        promised(within=3 * HOUR),
        promised(within=4 * HOUR),
    )
    breaks_at = Definition(promises=rules).breaks_at(Target.RESOLUTION, labels, BEGIN, 1_000)
    assert breaks_at == BEGIN + within * HOUR + 1_000


def test_nothing_is_promised_where_no_target_covers_or_no_clock_runs() -> None:
    urgent = promised(priorities=frozenset({"urgent"}))
    definition = Definition(promises=(urgent, promised(clock=ClockName.BUSINESS)))
    assert definition.breaks_at(Target.FIRST_RESPONSE, LABELS, BEGIN, 1_000) is None
    assert definition.breaks_at(Target.RESOLUTION, ("a", "low", "chat"), BEGIN, 1_000) is None
    assert definition.breaks_at(Target.RESOLUTION, LABELS, BEGIN, 1_000) is not None
    assert definition.targets == {Target.RESOLUTION}


def test_each_team_has_its_own_hours_or_those_of_the_source() -> None:
    definition = Definition(schedule=OFFICE, team_schedules={"Night": NIGHT})
    for team, schedule in (("Night", NIGHT), ("Billing", OFFICE), ("none", OFFICE)):
        clock = definition.clock(team)
        assert clock is not None
        assert clock.schedule == schedule
    assert definition.has_business_time
    only = Definition(team_schedules={"Night": NIGHT})
    assert only.has_business_time
    assert only.clock("Billing") is None
    assert only.business("Billing", 0, DAY) is None
    assert not Definition().has_business_time


def ticket(tags: tuple[str, ...] = (), **fields: str) -> Ticket:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    return Ticket("1", moment, moment, Status.NEW, Priority.NORMAL, Channel.EMAIL, None,
                  assigned=False, tags=tags, fields=fields)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "category"),
    [
        (ticket(("x", "refund")), "billing"),
        (ticket(("outage", "refund"), kind="bug"), "billing"),
        (ticket(("outage",)), "outage"),
        (ticket(cause="power"), "outage"),
        (ticket(cause="weather", kind="bug"), "bug"),
        (ticket(("other",), cause="weather"), None),
    ],
)
def test_the_first_category_that_holds_a_ticket_counts(told: Ticket, category: str | None) -> None:
    definition = Definition(
        categories=(
            Category("billing", frozenset({"invoice", "refund"})),
            Category("outage", frozenset({"outage"}), {"cause": frozenset({"power", "fire"})}),
        ),
        category_field="kind",
    )
    assert definition.category(told) == category
    assert Definition(category_field="kind").has_categories
    assert not Definition().has_categories


def test_the_fingerprint_does_not_depend_on_the_order_of_sets() -> None:
    teams = [f"team {number}" for number in range(50)]
    one = Definition(promises=(promised(teams=frozenset(teams)),))
    same = Definition(promises=(promised(teams=frozenset(reversed(teams))),))
    assert one.fingerprint == same.fingerprint
    assert len(one.fingerprint) == 12
    assert one.fingerprint != Definition().fingerprint
