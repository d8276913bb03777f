"""The truth in business hours, and the truth of the present day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Fact
from connectors.testing.desk import Event, Kind
from connectors.testing.hours import Hours
from connectors.testing.policy import Policy
from tests.stories import (
    AGENT,
    ALWAYS,
    BEGIN,
    CUSTOMER,
    DAY,
    OFFICE,
    QUEUE,
    after,
    comment,
    labels,
    minute,
    rated,
    reopened,
    solved,
    spread,
    team,
    telling,
    ticket,
)

OPEN = Policy(hours=OFFICE)
RESPONSE = "support_first_response_seconds"
RESPONSE_BUSINESS = "support_first_response_business_seconds"
RESOLUTION_BUSINESS = "support_resolution_business_seconds"
NEXT_BUSINESS = "support_next_response_business_seconds"
ORDERS = labels(team="Orders", priority="normal")


def minutes(created: float, answered: float) -> tuple[float, float]:
    """The first response by the calendar and in business hours."""
    story = ticket(comment(answered, AGENT), at=created)
    told = after(answered + 1, stories=[story], policy=OPEN)
    (_, calendar), (_, business) = (
        spread(told, metric)[QUEUE] for metric in (RESPONSE, RESPONSE_BUSINESS)
    )
    return calendar / 60, business / 60


# --- durations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "answered", "business"),
    [
        (10, 70, 60),  # within a day
        (450, DAY + 10, 30 + 10),  # over a night
        (4 * DAY + 450, 7 * DAY + 10, 30 + 10),  # over a weekend
        (500, 600, 0),  # both after closing
        (500, DAY - 40, 0),  # answered before the next opening
        (-30, 5, 5),  # created before the opening
        (470, 480, 10),  # up to the closing
    ],
)
def test_business_time_is_that_in_which_somebody_is_there(
    created: float, answered: float, business: float
) -> None:
    assert minutes(created, answered) == (answered - created, business)


def test_what_is_opened_and_solved_outside_hours_took_no_time_and_counts() -> None:
    told = after(600, stories=[ticket(*solved(580), at=500)], policy=OPEN)
    assert spread(told, RESOLUTION_BUSINESS) == {QUEUE: (1, 0)}
    assert spread(told, "support_first_resolution_business_seconds") == {QUEUE: (1, 0)}
    assert told.histograms[RESOLUTION_BUSINESS][QUEUE].buckets[0] == 1


def test_the_end_is_rounded_before_either_clock_measures() -> None:
    story = ticket(comment(1.25, AGENT), at=-0.5)
    told = after(9, stories=[story], measures=telling({Fact.FIRST_RESPONSE: 60}), policy=OPEN)
    assert spread(told, RESPONSE) == {QUEUE: (1, 60)}
    assert spread(told, RESPONSE_BUSINESS) == {QUEUE: (1, 30)}


@pytest.mark.parametrize(
    ("day", "calendar", "business"),
    [((3, 30), 23, 2), ((10, 26), 25, 4)],
    ids=["spring", "autumn"],
)
def test_the_change_of_the_clocks(day: tuple[int, int], calendar: int, business: int) -> None:
    """From midnight to midnight in Berlin, where nights from one to four are worked."""
    nights = Hours("Europe/Berlin", dict.fromkeys(range(7), (("01:00", "04:00"),)))
    summer = day == (10, 26)
    month, number = day
    midnight = BEGIN.replace(month=month, day=number, hour=0) - timedelta(hours=2 if summer else 1)
    start = (midnight - BEGIN) / timedelta(minutes=1)
    story = ticket(comment(start + calendar * 60, AGENT), at=start)
    told = after(start + DAY * 2, stories=[story], policy=Policy(hours=nights))
    assert spread(told, RESPONSE) == {QUEUE: (1, calendar * 3600)}
    assert spread(told, RESPONSE_BUSINESS) == {QUEUE: (1, business * 3600)}


def test_a_team_has_its_own_hours_before_those_of_all() -> None:
    both = Policy(hours=OFFICE, team_hours={"Billing": ALWAYS})
    told = after(700, stories=[ticket(*solved(600))], policy=both)
    assert spread(told, RESOLUTION_BUSINESS) == {QUEUE: (1, 36000)}


def test_a_team_without_hours_has_no_business_time() -> None:
    told = after(700, stories=[ticket(*solved(600))], policy=Policy(team_hours={"Orders": OFFICE}))
    assert RESOLUTION_BUSINESS not in told.histograms


def test_tickets_without_a_team_are_measured_by_the_hours_of_all() -> None:
    told = after(700, stories=[ticket(team(0, ""), *solved(600))], policy=OPEN)
    nobody = labels(team="none", priority="normal")
    assert spread(told, RESOLUTION_BUSINESS) == {nobody: (1, 480 * 60)}


def test_the_hours_are_those_of_the_team_that_the_first_poll_saw() -> None:
    both = Policy(hours=OFFICE, team_hours={"Orders": ALWAYS})
    story = ticket(team(20, "Orders"), *solved(600))
    early = after(10, 700, stories=[story], policy=both)
    assert spread(early, RESOLUTION_BUSINESS) == {ORDERS: (1, 480 * 60)}
    late = after(30, 700, stories=[story], policy=both)
    assert spread(late, RESOLUTION_BUSINESS) == {ORDERS: (1, 600 * 60)}


def test_an_exchange_is_measured_by_the_team_of_the_poll_that_first_saw_the_question() -> None:
    both = Policy(hours=OFFICE, team_hours={"Orders": ALWAYS})
    story = ticket(
        comment(5, AGENT), comment(470, CUSTOMER), team(475, "Orders"), comment(500, AGENT)
    )
    asked_of_billing = after(10, 471, 600, stories=[story], policy=both)
    assert spread(asked_of_billing, NEXT_BUSINESS) == {ORDERS: (1, 600)}
    asked_of_orders = after(10, 480, 600, stories=[story], policy=both)
    assert spread(asked_of_orders, NEXT_BUSINESS) == {ORDERS: (1, 1800)}


# --- today ----------------------------------------------------------------------------------------

BERLIN = Policy(hours=OFFICE)
EVE = 15 * 60  # 23:00 in UTC, which is midnight in Berlin


def today(
    *events: Event, polls: tuple[float, ...], at: float = 0, policy: Policy | None = BERLIN
) -> dict[str, int]:
    told = after(*polls, stories=[ticket(*events, at=at)], policy=policy)
    found = told.gauges.get("support_today", {})
    return {dict(key)["fact"]: value for key, value in found.items()}


def test_today_counts_what_happened_since_midnight() -> None:
    course = [comment(5, AGENT), *solved(10), *reopened(20), *solved(30)]
    course.append(rated(40, "satisfaction 1 1"))
    assert today(*course, polls=(15, 25, 60)) == {
        "created": 1,
        "first_response": 1,
        "solved": 2,
        "reopened": 1,
        "rated": 1,
    }


def test_today_begins_at_midnight_where_the_team_is() -> None:
    story = [comment(EVE - 1, AGENT), *solved(EVE), rated(EVE + 5, "satisfaction 1 1")]
    polls = (EVE + 60,)
    assert today(*story, polls=polls) == {"solved": 1, "rated": 1}
    assert today(*story, polls=polls, policy=None) == {}
    assert today(*story, polls=(EVE + 30,), policy=None) == {
        "created": 1,
        "first_response": 1,
        "solved": 1,
        "rated": 1,
    }


def test_tomorrow_everything_is_over() -> None:
    assert today(comment(5, AGENT), *solved(10), polls=(60, DAY + 60)) == {}


def test_what_the_vendor_dates_after_the_watermark_has_not_happened_yet() -> None:
    early = replace(ticket(), created_at=minute(10))
    assert "support_today" not in after(5, stories=[early]).gauges
    assert after(10, stories=[early]).gauges["support_today"] == {labels(fact="created"): 1}


def test_a_response_belongs_to_the_day_that_the_vendor_tells() -> None:
    created = EVE - 0.5
    story = ticket(comment(EVE + 0.25, AGENT), at=created)
    coarse = telling({Fact.FIRST_RESPONSE: 60})
    told = after(EVE + 60, stories=[story], measures=coarse, policy=BERLIN)
    assert "support_today" not in told.gauges
    assert today(comment(EVE + 0.25, AGENT), at=created, polls=(EVE + 60,)) == {"first_response": 1}


def test_reopens_are_dated_by_the_last_change_at_first_sight() -> None:
    story = [*solved(10), *reopened(EVE - 10), team(EVE + 10, "Orders")]
    assert today(*story, polls=(EVE + 60,)) == {"reopened": 1}
    assert today(*story, polls=(EVE - 5, EVE + 60)) == {}


def test_what_was_counted_of_a_ticket_stays_when_it_is_removed() -> None:
    gone = Event(BEGIN + timedelta(minutes=50), Kind.DELETED, AGENT)
    assert today(comment(5, AGENT), gone, polls=(40, 60)) == {"created": 1, "first_response": 1}
