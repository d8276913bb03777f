"""The truth of promises: kept, broken, and still to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from connectors.contract import Fact, Measures, Told
from connectors.testing.desk import Event, Kind, Story
from connectors.testing.policy import Policy, Promised
from connectors.testing.truth import Truth
from tests.stories import (
    AGENT,
    ALL,
    CUSTOMER,
    DAY,
    OFFICE,
    after,
    closed,
    comment,
    event,
    labels,
    reopened,
    solved,
    team,
    telling,
    ticket,
)

OUTCOMES = "support_sla_outcomes_total"
STANDING = "support_sla_open"
HALF_HOUR = timedelta(minutes=30)
RESPONSE = Promised("first_response", "calendar", HALF_HOUR)
NEXT = Promised("next_response", "calendar", HALF_HOUR)
RESOLUTION = Promised("resolution", "calendar", HALF_HOUR)


def promising(*promised: Promised, at_risk: float = 10) -> Policy:
    return Policy(OFFICE, promised=promised, at_risk=timedelta(minutes=at_risk))


def outcomes(told: Truth) -> dict[str, int]:
    """Outcomes of tickets of normal priority for Billing."""
    found: dict[str, int] = {}
    for key, value in told.counters.get(OUTCOMES, {}).items():
        named = dict(key)
        assert (named["team"], named["priority"]) == ("Billing", "normal")
        found[named["outcome"]] = found.get(named["outcome"], 0) + value
    return found


def became(
    *events: Event,
    polls: Sequence[float],
    promised: Promised = RESPONSE,
    measures: Measures = ALL,
) -> dict[str, int]:
    """What became of a promise of half an hour for a ticket that comes at minute 0."""
    story = ticket(*events)
    return outcomes(after(*polls, stories=[story], measures=measures, policy=promising(promised)))


def standing(
    *events: Event, poll: float, promised: Promised = RESPONSE, measures: Measures = ALL
) -> str | None:
    """How the promise stands at a poll, the only one."""
    told = after(poll, stories=[ticket(*events)], measures=measures, policy=promising(promised))
    states = [dict(key)["state"] for key in told.gauges.get(STANDING, {})]
    assert len(states) <= 1
    return states[0] if states else None


MET, BREACHED = {"met": 1}, {"breached": 1}


# --- first response -------------------------------------------------------------------------------


def test_a_promise_is_kept_up_to_its_very_last_second() -> None:
    assert became(comment(30, AGENT), polls=[60]) == MET
    assert became(comment(30 + 1 / 60, AGENT), polls=[60]) == BREACHED


def test_time_is_judged_as_the_vendor_tells_it() -> None:
    coarse = telling({Fact.FIRST_RESPONSE: 60})
    assert became(comment(30.9, AGENT), polls=[60], measures=coarse) == MET
    assert became(comment(31, AGENT), polls=[60], measures=coarse) == BREACHED
    assert became(polls=[30.9], measures=coarse) == {}
    assert became(polls=[31], measures=coarse) == BREACHED


def test_a_breach_is_found_while_the_ticket_is_open_though_nothing_happens_to_it() -> None:
    assert became(polls=[10, 30]) == {}
    assert became(polls=[10, 20, 31]) == BREACHED
    assert became(polls=[10, 20, 31, 40, 50]) == BREACHED


def test_a_breach_is_found_at_the_first_import() -> None:
    assert became(polls=[500]) == BREACHED
    assert became(comment(100, AGENT), *solved(110), polls=[500]) == BREACHED


def test_an_answer_after_the_breach_does_not_count_again() -> None:
    assert became(comment(40, AGENT), polls=[10, 35, 50, 60]) == BREACHED


def test_an_answer_is_known_only_when_a_poll_has_seen_it() -> None:
    assert became(comment(20, AGENT), polls=[10]) == {}
    assert became(comment(20, AGENT), polls=[10, 20]) == MET


def test_solved_without_an_answer_in_time_has_no_outcome() -> None:
    assert became(*solved(20), polls=[25, 100, 200]) == {}
    assert standing(*solved(20), poll=25) is None


def test_solved_without_an_answer_too_late_is_a_breach() -> None:
    assert became(*solved(40), polls=[25, 100]) == BREACHED


def test_of_several_solves_the_first_known_one_decides() -> None:
    story = [*solved(20), *reopened(22), *solved(90)]
    assert became(*story, polls=[21, 100]) == {}
    assert became(*story, polls=[10, 100]) == BREACHED


def test_after_a_reopen_the_clock_simply_goes_on() -> None:
    story = [*solved(20), *reopened(60)]
    assert became(*story, polls=[25, 50]) == {}
    assert became(*story, polls=[25, 50, 60]) == BREACHED
    assert became(*solved(10), *reopened(15), comment(20, AGENT), polls=[12, 40]) == MET


@pytest.mark.parametrize("polls", [[40], [10, 40], [40, 50]])
def test_a_removed_ticket_breaks_no_promise(polls: list[float]) -> None:
    assert became(event(20, Kind.SPAM), polls=polls) == {}


def test_outcomes_carry_the_labels_of_the_poll_that_found_them() -> None:
    story = ticket(team(35, "Orders"), comment(60, AGENT), team(70, "Billing"))
    for polls, name in (([10, 40, 90], "Orders"), ([10, 32, 90], "Billing"), ([10, 90], "Billing")):
        told = after(*polls, stories=[story], policy=promising(RESPONSE))
        expected = labels(target="first_response", outcome="breached", team=name, priority="normal")
        assert told.counters[OUTCOMES] == {expected: 1}


# --- which promise --------------------------------------------------------------------------------


def test_the_first_rule_that_covers_the_ticket_counts() -> None:
    short = timedelta(minutes=5)
    rules = (
        Promised("first_response", "calendar", short, priorities=frozenset({"urgent"})),
        Promised("first_response", "calendar", short, teams=frozenset({"Orders"})),
        Promised("first_response", "calendar", short, channels=frozenset({"chat"})),
        Promised("resolution", "calendar", short),
        RESPONSE,
        Promised("first_response", "calendar", short),
    )
    told = after(20, stories=[ticket(comment(10, AGENT))], policy=promising(*rules))
    key = labels(target="first_response", outcome="met", team="Billing", priority="normal")
    assert told.counters[OUTCOMES][key] == 1
    chat = ticket(comment(10, AGENT), channel="chat")
    late = after(20, stories=[chat], policy=promising(*rules))
    assert key not in late.counters[OUTCOMES]


def test_nothing_was_promised_to_tickets_that_no_rule_covers() -> None:
    urgent = Promised("first_response", "calendar", HALF_HOUR, priorities=frozenset({"urgent"}))
    assert became(polls=[500], promised=urgent) == {}
    assert standing(poll=500, promised=urgent) is None


def test_the_promise_is_that_of_the_first_sight() -> None:
    orders = Promised("first_response", "calendar", timedelta(hours=9), teams=frozenset({"Orders"}))
    story = ticket(team(15, "Orders"), team(90, "Billing"), comment(100, AGENT))
    policy = promising(orders, RESPONSE)
    assert outcomes(after(10, 120, stories=[story], policy=policy)) == BREACHED
    assert outcomes(after(20, 120, stories=[story], policy=policy)) == MET


def test_a_promise_in_business_hours_waits_for_the_opening() -> None:
    hour = Promised("first_response", "business", timedelta(hours=1))
    story = ticket(at=450)  # half an hour before the office closes
    policy = promising(hour, at_risk=15)
    for poll, state in (
        (480, "on_track"),
        (DAY, "on_track"),
        (DAY + 15, "on_track"),
        (DAY + 16, "at_risk"),
        (DAY + 30, "at_risk"),
        (DAY + 31, "breached"),
    ):
        told = after(470, poll, stories=[story], policy=policy)
        assert [dict(key)["state"] for key in told.gauges[STANDING]] == [state]
        assert outcomes(told) == (BREACHED if state == "breached" else {})


def test_a_promise_in_business_hours_to_a_team_without_them_is_none() -> None:
    hour = Promised("first_response", "business", timedelta(hours=1))
    policy = Policy(team_hours={"Orders": OFFICE}, promised=(hour, RESPONSE))
    told = after(500, stories=[ticket()], policy=policy)
    assert outcomes(told) == {}
    assert STANDING not in told.gauges


@pytest.mark.parametrize(
    ("promised", "fact"),
    [
        (RESPONSE, Fact.FIRST_RESPONSE),
        (NEXT, Fact.NEXT_RESPONSE),
        (RESOLUTION, Fact.FIRST_RESOLUTION),
    ],
)
def test_what_the_vendor_does_not_tell_cannot_be_promised(promised: Promised, fact: Fact) -> None:
    story = [comment(1, AGENT), comment(2, CUSTOMER)] if promised is NEXT else []
    untold = Measures(told={one: Told() for one in Fact if one is not fact})
    assert became(*story, polls=[90], promised=promised) == BREACHED
    assert became(*story, polls=[90], promised=promised, measures=untold) == {}
    assert standing(*story, poll=90, promised=promised) == "breached"
    assert standing(*story, poll=90, promised=promised, measures=untold) is None


# --- next response --------------------------------------------------------------------------------

ASKED = (comment(5, AGENT), comment(100, CUSTOMER))


def test_every_exchange_has_an_outcome() -> None:
    talk = [*ASKED, comment(110, AGENT), comment(200, CUSTOMER), comment(290, AGENT)]
    for polls in ([500], [105, 205, 500], [105, 250, 500]):
        assert became(*talk, polls=polls, promised=NEXT) == {"met": 1, "breached": 1}


def test_a_waiting_exchange_is_broken_by_the_passing_of_time() -> None:
    assert became(*ASKED, polls=[101, 130], promised=NEXT) == {}
    assert became(*ASKED, polls=[101, 120, 131], promised=NEXT) == BREACHED


def test_the_clock_of_an_exchange_does_not_mind_earlier_solves() -> None:
    story = [comment(5, AGENT), *solved(10), comment(100, CUSTOMER), *reopened(100)]
    assert became(*story, *solved(120), polls=[20, 110, 500], promised=NEXT) == {}
    assert became(*story, *solved(140), polls=[20, 110, 500], promised=NEXT) == BREACHED


def test_the_promise_to_an_exchange_is_that_of_the_poll_that_first_saw_the_question() -> None:
    orders = Promised("next_response", "calendar", timedelta(hours=9), teams=frozenset({"Orders"}))
    story = ticket(*ASKED, team(110, "Orders"), team(190, "Billing"), comment(200, AGENT))
    policy = promising(orders, NEXT)
    assert outcomes(after(50, 105, 300, stories=[story], policy=policy)) == BREACHED
    assert outcomes(after(50, 115, 300, stories=[story], policy=policy)) == MET


def test_only_an_exchange_that_waits_stands() -> None:
    assert standing(comment(5, AGENT), poll=99, promised=NEXT) is None
    assert standing(*ASKED, poll=119, promised=NEXT) == "on_track"
    assert standing(*ASKED, poll=131, promised=NEXT) == "breached"
    assert standing(*ASKED, comment(125, AGENT), poll=131, promised=NEXT) is None


# --- resolution -----------------------------------------------------------------------------------

FORGETFUL = Measures(told=ALL.told, first_solve_survives_reopening=False)


def test_the_first_solve_keeps_the_promise_and_a_reopen_changes_nothing() -> None:
    assert became(*solved(20), polls=[60], promised=RESOLUTION) == MET
    assert became(*solved(40), polls=[60], promised=RESOLUTION) == BREACHED
    again = [*solved(20), *reopened(50), *solved(90)]
    for polls in ([100], [25, 60, 100]):
        assert became(*again, polls=polls, promised=RESOLUTION) == MET
    assert standing(*solved(20), *reopened(50), poll=60, promised=RESOLUTION) is None


def test_a_closing_without_a_solve_keeps_it_too() -> None:
    assert became(*closed(20), polls=[60], promised=RESOLUTION) == MET


def test_an_unsolved_ticket_breaks_it() -> None:
    assert became(comment(5, AGENT), polls=[10, 31], promised=RESOLUTION) == BREACHED
    assert became(*solved(40), polls=[10, 31, 50], promised=RESOLUTION) == BREACHED


def test_a_first_solve_that_was_not_told_leaves_it_open_how_it_ended() -> None:
    story = [*solved(20), *reopened(25), *solved(50)]
    told = {"promised": RESOLUTION, "measures": FORGETFUL}
    assert became(*story, polls=[10, 60], **told) == {}  # type: ignore[arg-type]
    assert became(*story, *reopened(70), polls=[10, 80], **told) == {}  # type: ignore[arg-type]
    assert became(*story, polls=[22, 60], **told) == MET  # type: ignore[arg-type]


def test_a_ticket_whose_first_solve_was_not_told_does_not_stand() -> None:
    story = [*solved(40), *reopened(45)]
    assert standing(*story, poll=90, promised=RESOLUTION, measures=FORGETFUL) is None
    assert became(*story, polls=[90], promised=RESOLUTION, measures=FORGETFUL) == {}


def test_a_later_solve_in_time_tells_that_the_first_was_in_time() -> None:
    story = [*solved(10), *reopened(15), *solved(25)]
    assert became(*story, polls=[5, 60], promised=RESOLUTION, measures=FORGETFUL) == MET
    reopen = [*solved(10), *reopened(15)]
    assert became(*reopen, polls=[5, 90], promised=RESOLUTION, measures=FORGETFUL) == MET


def test_what_was_counted_before_the_unseen_solve_stays() -> None:
    story = [*solved(40), *reopened(45), *solved(60)]
    assert became(*story, polls=[35, 50, 70], promised=RESOLUTION, measures=FORGETFUL) == BREACHED


# --- how promises stand ---------------------------------------------------------------------------


def test_a_promise_is_on_track_then_at_risk_then_breached() -> None:
    second = 1 / 60
    assert standing(poll=20) == "on_track"
    assert standing(poll=20 + second) == "at_risk"
    assert standing(poll=30) == "at_risk"
    assert standing(poll=30 + second) == "breached"


def test_a_kept_promise_and_a_closed_ticket_do_not_stand() -> None:
    assert standing(comment(5, AGENT), poll=20) is None
    assert standing(comment(35, AGENT), poll=40) is None
    assert standing(*solved(35), poll=40) is None
    assert standing(event(5, Kind.DELETED), poll=40) is None


def test_standing_carries_the_labels_of_now_and_every_target_its_own() -> None:
    story: Story = ticket(team(15, "Orders"))
    told = after(10, 25, stories=[story], policy=promising(RESPONSE, NEXT, RESOLUTION))
    assert told.gauges[STANDING] == {
        labels(target=target, state="at_risk", team="Orders", priority="normal"): 1
        for target in ("first_response", "resolution")
    }
