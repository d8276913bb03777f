"""Each rule of the truth, on little stories written by hand: lives of tickets and the backlog."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Fact, Measures, Told
from connectors.records import Removal
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.policy import Policy, Promised
from connectors.testing.seeded import SeededDesk
from connectors.testing.states import state
from connectors.testing.truth import BOUNDS, Distribution, Truth, age_class, truth
from tests.stories import (
    AGENT,
    ALL,
    BEGIN,
    BOT,
    CUSTOMER,
    FULL,
    OFFICE,
    QUEUE,
    Labels,
    after,
    closed,
    comment,
    event,
    labels,
    minute,
    rated,
    reopened,
    solved,
    spread,
    team,
    ticket,
)

CREATED = "support_tickets_created_total"
SOLVED = "support_tickets_solved_total"
REOPENED = "support_tickets_reopened_total"
REASSIGNED = "support_tickets_reassigned_total"
CORRECTIONS = "deskpulse_corrections_total"
FIRST_RESPONSE = "support_first_response_seconds"
FIRST_RESOLUTION = "support_first_resolution_seconds"
RESOLUTION = "support_resolution_seconds"
LANGUAGES = "support_tickets_created_by_language_total"


def backlog(told: Truth) -> dict[str, dict[Labels, int]]:
    """The gauges but for those that look back."""
    backward = ("support_today", "_quantile_seconds", "support_arrivals")
    return {name: seen for name, seen in told.gauges.items() if not name.endswith(backward)}


def response(*events: Event, by: Role = CUSTOMER) -> int | None:
    """Seconds to the first response of a ticket, None without one."""
    found = spread(after(600, stories=[ticket(*events, by=by)]), FIRST_RESPONSE)
    return found[QUEUE][1] if found else None


# --- first response -------------------------------------------------------------------------------


def test_the_first_public_reply_of_an_agent_is_the_first_response() -> None:
    assert response(comment(5, AGENT), comment(9, AGENT)) == 300


def test_a_customers_comment_is_no_response() -> None:
    assert response(comment(5, CUSTOMER)) is None


def test_a_bots_reply_is_no_response() -> None:
    assert response(comment(1, BOT), comment(7, AGENT)) == 420


def test_an_internal_note_is_no_response() -> None:
    assert response(comment(1, AGENT, public=False), comment(7, AGENT)) == 420


def test_a_comment_that_was_merged_in_is_no_response() -> None:
    assert response(comment(1, AGENT, "merged"), comment(7, AGENT)) == 420


def test_the_comment_with_which_an_agent_opened_a_ticket_does_not_answer_it() -> None:
    assert response(by=AGENT) is None
    assert response(comment(8, AGENT), comment(9, AGENT), by=AGENT) == 480


def test_the_second_comment_of_an_agent_answers_even_in_the_second_of_the_first() -> None:
    assert response(comment(0, AGENT), by=AGENT) == 0


def test_of_equal_instants_the_customers_comes_first_so_the_agents_is_the_reply() -> None:
    assert response(comment(0, AGENT)) == 0
    assert response(comment(4, CUSTOMER), comment(4, AGENT)) == 240


def test_a_response_after_the_poll_is_not_yet_told() -> None:
    story = ticket(comment(5, AGENT))
    assert spread(after(4.99, stories=[story]), FIRST_RESPONSE) == {}
    assert spread(after(5, stories=[story]), FIRST_RESPONSE) == {QUEUE: (1, 300)}


def test_a_response_counts_once_with_the_labels_of_the_first_sight() -> None:
    story = ticket(comment(5, AGENT), event(15, Kind.TEAM, "Orders"))
    told = after(10, 20, 30, stories=[story])
    assert spread(told, FIRST_RESPONSE) == {QUEUE: (1, 300)}
    late = after(20, 30, stories=[story])
    assert spread(late, FIRST_RESPONSE) == {labels(team="Orders", priority="normal"): (1, 300)}


# --- created --------------------------------------------------------------------------------------


def test_a_ticket_is_created_once_with_its_channel_only() -> None:
    told = after(1, 2, 3, stories=[ticket()])
    assert told.counters[CREATED] == {labels(channel="email"): 1}


def test_a_ticket_that_has_not_appeared_is_unknown() -> None:
    told = after(4, stories=[ticket(at=5)])
    assert told == Truth({}, {}, {})


def test_a_ticket_that_appears_late_counts_when_it_appears() -> None:
    story = ticket(at=10)
    early = Story(1, minute(0), "email", CUSTOMER, story.events)
    assert CREATED not in after(9, stories=[early]).counters
    told = after(10, stories=[early])
    assert told.counters[CREATED] == {labels(channel="email"): 1}
    oldest = told.gauges["support_oldest_open_created_timestamp_seconds"]
    assert oldest == {labels(team="Billing"): int(BEGIN.timestamp())}


# --- solves ---------------------------------------------------------------------------------------


def test_a_solve_is_counted_and_timed_from_creation() -> None:
    told = after(60, stories=[ticket(*solved(30))])
    assert told.counters[SOLVED] == {FULL: 1}
    assert spread(told, RESOLUTION) == spread(told, FIRST_RESOLUTION) == {QUEUE: (1, 1800)}


def test_two_solves_between_two_polls_leave_the_last() -> None:
    story = ticket(*solved(10), *reopened(20), *solved(30))
    told = after(5, 40, stories=[story])
    assert spread(told, RESOLUTION) == {QUEUE: (1, 1800)}
    assert spread(told, FIRST_RESOLUTION) == {QUEUE: (1, 600)}


def test_of_a_vendor_that_tells_every_transition_both_solves_count() -> None:
    story = ticket(*solved(10), *reopened(20), *solved(30))
    measures = replace(ALL, history="events")
    told = after(5, 40, stories=[story], measures=measures)
    assert told.counters[SOLVED] == {FULL: 2}
    assert spread(told, RESOLUTION) == {QUEUE: (2, 600 + 1800)}


def test_each_solve_that_a_poll_saw_counts() -> None:
    story = ticket(*solved(10), *reopened(20), *solved(30))
    told = after(15, 25, 40, 50, stories=[story])
    assert told.counters[SOLVED] == {FULL: 2}
    assert spread(told, RESOLUTION) == {QUEUE: (2, 600 + 1800)}
    assert spread(told, FIRST_RESOLUTION) == {QUEUE: (1, 600)}


def test_a_solve_is_still_told_while_the_ticket_is_reopened() -> None:
    told = after(25, stories=[ticket(*solved(10), *reopened(20))])
    assert spread(told, RESOLUTION) == {QUEUE: (1, 600)}
    assert sum(told.gauges["support_tickets_open"].values()) == 1


def test_a_ticket_closed_without_a_solve_uses_the_closing() -> None:
    told = after(60, stories=[ticket(*closed(30))])
    assert told.counters[SOLVED] == {FULL: 1}
    assert spread(told, RESOLUTION) == spread(told, FIRST_RESOLUTION) == {QUEUE: (1, 1800)}


def test_closing_a_solved_ticket_is_no_further_solve() -> None:
    told = after(15, 60, stories=[ticket(*solved(10), *closed(30))])
    assert spread(told, RESOLUTION) == spread(told, FIRST_RESOLUTION) == {QUEUE: (1, 600)}


def test_a_solved_state_whose_stamp_is_still_hidden_is_neither_open_nor_a_solve() -> None:
    story = ticket(event(10, Kind.STATUS, "solved"), event(50, Kind.STAMP, "solved"))
    early = after(20, stories=[story])
    assert backlog(early) == {}
    assert SOLVED not in early.counters
    assert spread(after(20, 50, stories=[story]), RESOLUTION) == {QUEUE: (1, 3000)}


def test_a_closing_stamp_of_a_ticket_that_is_not_closed_is_no_solve() -> None:
    story = ticket(event(10, Kind.STAMP, "closed"))
    assert SOLVED not in after(20, stories=[story]).counters


def test_a_solve_has_the_labels_of_the_poll_that_first_saw_it() -> None:
    story = ticket(*solved(10), event(12, Kind.PRIORITY, "high"), event(20, Kind.TEAM, ""))
    told = after(15, 30, stories=[story])
    assert told.counters[SOLVED] == {labels(team="Billing", priority="high", channel="email"): 1}
    late = after(30, stories=[story])
    assert late.counters[SOLVED] == {labels(team="none", priority="high", channel="email"): 1}


def test_what_an_agent_began_may_be_a_request_from_the_customers_first_message_on_only() -> None:
    measures = replace(ALL, outbound=False)
    told = [comment(5, AGENT), *solved(6), comment(10, CUSTOMER), *reopened(10)]
    story = ticket(*told, comment(12, AGENT), *solved(20), by=AGENT)
    unheard = ticket(comment(5, AGENT), *solved(6), number=2, by=AGENT)
    assert CREATED not in after(8, stories=[story, unheard], measures=measures).counters
    heard = after(8, 30, stories=[story, unheard], measures=measures)
    assert sum(heard.counters[CREATED].values()) == 1
    assert spread(heard, FIRST_RESPONSE) == {QUEUE: (1, 120)}
    assert spread(heard, FIRST_RESOLUTION) == {QUEUE: (1, 600)}
    assert heard.counters[REOPENED] == {FULL: 1}


# --- first resolution and reopens -----------------------------------------------------------------


def test_a_first_solve_that_does_not_survive_reopening_is_told_only_before_it() -> None:
    measures = Measures(told=ALL.told, first_solve_survives_reopening=False)
    story = ticket(*solved(10), *reopened(20), *solved(30))
    unseen = after(5, 25, 40, stories=[story], measures=measures)
    assert spread(unseen, FIRST_RESOLUTION) == {}
    assert spread(unseen, RESOLUTION) == {QUEUE: (2, 600 + 1800)}
    seen = after(15, 25, 40, stories=[story], measures=measures)
    assert spread(seen, FIRST_RESOLUTION) == {QUEUE: (1, 600)}


def test_of_a_vendor_that_tells_the_first_solve_beside_the_last_both_count() -> None:
    story = ticket(*solved(10), *reopened(20), *solved(30), *reopened(35), *solved(40))
    told = after(5, 60, stories=[story], measures=replace(ALL, both_solves=True))
    assert spread(told, RESOLUTION) == {QUEUE: (2, 600 + 2400)}


def test_a_solve_that_does_not_survive_reopening_is_told_only_before_it() -> None:
    measures = Measures(told=ALL.told, solves_survive_reopening=False)
    story = ticket(*solved(10), *reopened(20), *solved(30))
    unseen = after(5, 25, 40, stories=[story], measures=measures)
    assert spread(unseen, RESOLUTION) == {QUEUE: (1, 1800)}
    seen = after(15, 25, 40, stories=[story], measures=measures)
    assert spread(seen, RESOLUTION) == {QUEUE: (2, 600 + 1800)}


def test_a_first_resolution_counts_once_with_the_labels_of_the_first_sight() -> None:
    story = ticket(*solved(10), event(20, Kind.TEAM, "Orders"))
    assert spread(after(15, 30, stories=[story]), FIRST_RESOLUTION) == {QUEUE: (1, 600)}


def test_reopens_count_up_to_the_greatest_number_told() -> None:
    story = ticket(*solved(10), *reopened(20), *solved(30), *reopened(40))
    assert after(25, stories=[story]).counters[REOPENED] == {FULL: 1}
    assert after(25, 45, 50, stories=[story]).counters[REOPENED] == {FULL: 2}
    assert after(45, stories=[story]).counters[REOPENED] == {FULL: 2}


def test_each_reopen_has_the_labels_of_the_poll_that_first_saw_it() -> None:
    story = ticket(
        *solved(10), *reopened(20), event(27, Kind.TEAM, "Orders"), *solved(30), *reopened(40)
    )
    orders = labels(team="Orders", priority="normal", channel="email")
    assert after(25, 45, stories=[story]).counters[REOPENED] == {FULL: 1, orders: 1}
    assert after(45, stories=[story]).counters[REOPENED] == {orders: 2}


# --- reassignments --------------------------------------------------------------------------------


def test_a_reassignment_is_a_change_from_one_team_to_another() -> None:
    orders = labels(team="Orders", priority="normal", channel="email")
    assert after(60, stories=[ticket(team(5, "Orders"))]).counters[REASSIGNED] == {orders: 1}


@pytest.mark.parametrize("names", [[], ["Billing"], ["", "Orders"], [""]])
def test_the_first_team_the_same_team_and_none_are_no_reassignment(names: list[str]) -> None:
    story = ticket(*(team(5 + place, name) for place, name in enumerate(names)))
    assert REASSIGNED not in after(60, stories=[story]).counters


def test_each_reassignment_has_the_labels_of_the_poll_that_first_saw_it() -> None:
    story = ticket(team(5, "Orders"), team(15, "Billing"), team(16, "Orders"))
    orders = labels(team="Orders", priority="normal", channel="email")
    assert after(10, 20, 30, stories=[story]).counters[REASSIGNED] == {orders: 3}
    assert after(2, 15, stories=[story]).counters[REASSIGNED] == {FULL: 2}


# --- categories and languages ---------------------------------------------------------------------

CATEGORIES = (
    ("money", frozenset({"invoice", "refund"})),
    ("parcel", frozenset({"late", "refund"})),
)


def test_the_first_category_with_a_tag_of_the_ticket_counts() -> None:
    stories = [
        ticket(*solved(5), number=1, tags=("late", "refund")),
        ticket(number=2, tags=("late",)),
        ticket(number=3, tags=("odd",)),
        ticket(number=4),
    ]
    told = after(10, stories=stories, policy=Policy(categories=CATEGORIES))
    assert told.counters["support_tickets_created_by_category_total"] == {
        labels(category="money", channel="email"): 1,
        labels(category="parcel", channel="email"): 1,
        labels(category="none", channel="email"): 2,
    }
    solves = told.counters["support_tickets_solved_by_category_total"]
    assert solves == {labels(category="money", team="Billing"): 1}
    assert told.gauges["support_tickets_open_by_category"] == {
        labels(category="parcel"): 1,
        labels(category="none"): 2,
    }


def test_languages_are_counted_where_they_are_told() -> None:
    stories = [ticket(*solved(5), number=1, language="de"), ticket(number=2)]
    told = after(10, stories=stories)
    german, none = labels(language="de"), labels(language="none")
    assert told.counters[LANGUAGES] == {german: 1, none: 1}
    assert told.counters["support_tickets_solved_by_language_total"] == {german: 1}
    assert told.gauges["support_tickets_open_by_language"] == {none: 1}


# --- removals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.SPAM, Kind.MERGED])
def test_a_ticket_removed_before_it_was_seen_yields_nothing(kind: Kind) -> None:
    told = after(20, stories=[ticket(comment(1, AGENT), *solved(5), event(10, kind, "1"))])
    assert told == Truth({}, {}, {})


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.SPAM, Kind.MERGED])
def test_a_ticket_removed_after_it_was_counted_stays_counted_and_is_a_correction(
    kind: Kind,
) -> None:
    story = ticket(comment(1, AGENT), *closed(10), event(10, kind, "1"))
    told = after(5, 20, 30, stories=[story])
    assert told.counters == {
        CREATED: {labels(channel="email"): 1},
        LANGUAGES: {labels(language="none"): 1},
        CORRECTIONS: {frozenset(): 1},
    }
    assert spread(told, FIRST_RESPONSE) == {QUEUE: (1, 60)}
    assert spread(told, RESOLUTION) == {}
    assert backlog(told) == {}


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.SPAM, Kind.MERGED])
def test_a_ticket_that_vanishes_counts_on_as_it_last_stood(kind: Kind) -> None:
    vanishing = Measures(told=ALL.told, vanishing=frozenset({Removal.DELETED, Removal.SPAM}))
    stories = [ticket(comment(1, AGENT), event(10, kind, "1"))]
    told = after(5, 20, stories=stories, measures=vanishing)
    assert bool(backlog(told)) == (kind is not Kind.MERGED)
    assert (CORRECTIONS in told.counters) == (kind is Kind.MERGED)


# --- durations ------------------------------------------------------------------------------------


def test_durations_are_rounded_down_to_the_precision_of_their_fact() -> None:
    told = {**ALL.told, Fact.FIRST_RESPONSE: Told(precision=60), Fact.SOLVED: Told(precision=300)}
    story = ticket(comment(5.9, AGENT), *solved(14.5))
    numbers = after(60, stories=[story], measures=Measures(told=told))
    assert spread(numbers, FIRST_RESPONSE) == {QUEUE: (1, 300)}
    assert spread(numbers, RESOLUTION) == {QUEUE: (1, 600)}
    assert spread(numbers, FIRST_RESOLUTION) == {QUEUE: (1, 870)}


def test_a_negative_duration_is_left_out_but_its_solve_counts() -> None:
    story = ticket(*solved(10))
    late = Story(1, minute(10.01), "email", CUSTOMER, story.events)
    told = after(20, stories=[late])
    assert told.counters[SOLVED] == {FULL: 1}
    assert not {RESOLUTION, FIRST_RESOLUTION} & told.histograms.keys()


def test_buckets_are_cumulative_and_hold_their_bound() -> None:
    seconds = (60, 61, 2_592_001)
    stories = [ticket(*solved(s / 60), number=n) for n, s in enumerate(seconds)]
    told = after(100_000, stories=stories).histograms[RESOLUTION][QUEUE]
    assert told == Distribution(3, sum(seconds), (1, *[2] * 16, 3))
    assert len(BOUNDS) == len(told.buckets) == 18


# --- gauges ---------------------------------------------------------------------------------------


def test_only_open_tickets_are_backlog() -> None:
    stories = [
        ticket(number=1),
        ticket(event(1, Kind.STATUS, "pending"), number=2),
        ticket(event(1, Kind.STATUS, "hold"), number=3),
        ticket(*solved(1), number=4),
        ticket(*closed(1), number=5),
        ticket(event(1, Kind.SPAM), number=6),
    ]
    told = after(5, stories=stories).gauges["support_tickets_open"]
    assert told == {FULL | {("status", status)}: 1 for status in ("new", "pending", "hold")}


def test_gauges_are_those_of_the_last_poll() -> None:
    story = ticket(*solved(30))
    assert backlog(after(10, 20, stories=[story])) != {}
    assert backlog(after(10, 40, stories=[story])) == {}


def test_a_ticket_finished_before_an_earlier_poll_stays_out_of_the_backlog() -> None:
    told = after(40, 50, 60, stories=[ticket(*solved(30)), ticket(number=2)])
    assert sum(told.gauges["support_tickets_open"].values()) == 1
    assert told.counters[CREATED] == {labels(channel="email"): 2}


@pytest.mark.parametrize(
    ("hours", "name"),
    [
        (-1, "<4h"),
        (0, "<4h"),
        (3.999, "<4h"),
        (4, "<1d"),
        (23.999, "<1d"),
        (24, "<3d"),
        (72, "<7d"),
        (168, "<30d"),
        (719.999, "<30d"),
        (720, "30d+"),
    ],
)
def test_an_age_class_ends_just_before_its_bound(hours: float, name: str) -> None:
    assert age_class(timedelta(hours=hours)) == name


def test_the_backlog_is_split_by_age_at_the_watermark() -> None:
    stories = [ticket(number=1), ticket(at=60, number=2)]
    told = after(4 * 60, stories=stories).gauges["support_tickets_open_by_age"]
    assert told == {QUEUE | {("age", "<1d")}: 1, QUEUE | {("age", "<4h")}: 1}


def test_unassigned_is_open_and_held_by_nobody() -> None:
    stories = [
        ticket(number=1),
        ticket(event(1, Kind.ASSIGNED, "yes"), number=2),
        ticket(event(1, Kind.ASSIGNED, "yes"), event(2, Kind.ASSIGNED), number=3),
        ticket(*solved(1), number=4),
    ]
    assert after(5, stories=stories).gauges["support_tickets_unassigned"] == {QUEUE: 2}


def test_awaiting_is_open_without_a_first_response() -> None:
    stories = [
        ticket(number=1),
        ticket(comment(1, AGENT), number=2),
        ticket(comment(1, BOT), number=3),
        ticket(comment(9, AGENT), number=4),
        ticket(*solved(1), number=5),
    ]
    told = after(5, stories=stories).gauges
    assert told["support_tickets_awaiting_first_response"] == {QUEUE: 3}


def test_awaiting_is_told_by_age_as_well() -> None:
    stories = [
        ticket(number=1),
        ticket(at=3, number=2),
        ticket(comment(1, AGENT), number=3),
    ]
    told = after(4 * 60 + 1, stories=stories).gauges
    assert told["support_tickets_awaiting_first_response_by_age"] == {
        QUEUE | {("age", "<1d")}: 1,
        QUEUE | {("age", "<4h")}: 1,
    }


def test_the_oldest_open_and_the_oldest_unanswered_are_instants_of_creation() -> None:
    stories = [
        ticket(*solved(4), number=1),
        ticket(comment(3, AGENT), at=1, number=2),
        ticket(at=2, number=3),
        ticket(event(3, Kind.TEAM, ""), at=3, number=4),
    ]
    told = after(5, stories=stories).gauges
    billing, nobody = labels(team="Billing"), labels(team="none")
    start = int(BEGIN.timestamp())
    assert told["support_oldest_open_created_timestamp_seconds"] == {
        billing: start + 60,
        nobody: start + 180,
    }
    assert told["support_oldest_unanswered_created_timestamp_seconds"] == {
        billing: start + 120,
        nobody: start + 180,
    }


# --- what is not told -----------------------------------------------------------------------------

OF_CREATED, OF_SOLVED, OF_OPEN = {Fact.CREATED}, {Fact.SOLVED}, {Fact.OPEN}
LANGUAGE = {Fact.LANGUAGE}
NEEDS: dict[str, set[Fact]] = {
    CREATED: OF_CREATED,
    "support_first_response_quantile_seconds": {Fact.FIRST_RESPONSE},
    "support_first_response_business_quantile_seconds": {Fact.FIRST_RESPONSE},
    "support_resolution_quantile_seconds": OF_SOLVED,
    "support_resolution_business_quantile_seconds": OF_SOLVED,
    CORRECTIONS: OF_CREATED,
    "support_tickets_created_by_category_total": OF_CREATED,
    LANGUAGES: OF_CREATED | LANGUAGE,
    SOLVED: OF_SOLVED,
    "support_tickets_solved_by_category_total": OF_SOLVED,
    "support_tickets_solved_by_language_total": OF_SOLVED | LANGUAGE,
    REOPENED: {Fact.REOPENED},
    REASSIGNED: {Fact.REASSIGNED},
    "support_ratings_offered_total": {Fact.OFFERED},
    "support_ratings_total": {Fact.SATISFACTION},
    "support_ratings_changed_total": {Fact.SATISFACTION},
    "support_ratings_latest": {Fact.SATISFACTION},
    "support_nps_responses_total": {Fact.RECOMMENDATION},
    "support_effort_score": {Fact.EFFORT},
    FIRST_RESPONSE: {Fact.FIRST_RESPONSE},
    "support_first_response_business_seconds": {Fact.FIRST_RESPONSE},
    "support_next_response_seconds": {Fact.NEXT_RESPONSE},
    "support_next_response_business_seconds": {Fact.NEXT_RESPONSE},
    FIRST_RESOLUTION: {Fact.FIRST_RESOLUTION},
    "support_first_resolution_business_seconds": {Fact.FIRST_RESOLUTION},
    RESOLUTION: OF_SOLVED,
    "support_resolution_business_seconds": OF_SOLVED,
    "support_requester_wait_seconds": {Fact.REQUESTER_WAIT},
    "support_requester_wait_business_seconds": {Fact.REQUESTER_WAIT},
    "support_replies_per_ticket": {Fact.REPLIES},
    "support_tickets_open": OF_OPEN,
    "support_tickets_open_by_age": OF_OPEN,
    "support_tickets_open_by_category": OF_OPEN,
    "support_tickets_open_by_language": OF_OPEN | LANGUAGE,
    "support_oldest_open_created_timestamp_seconds": OF_OPEN,
    "support_tickets_unassigned": {Fact.UNASSIGNED},
    "support_tickets_awaiting_first_response": {Fact.AWAITING_FIRST_RESPONSE},
    "support_tickets_awaiting_first_response_by_age": {Fact.AWAITING_FIRST_RESPONSE},
    "support_oldest_unanswered_created_timestamp_seconds": {Fact.AWAITING_FIRST_RESPONSE},
    "support_tickets_awaiting_reply": {Fact.AWAITING_REPLY},
    "support_sla_outcomes_total": {Fact.FIRST_RESPONSE},
    "support_sla_open": {Fact.FIRST_RESPONSE},
    "support_today": set(),
    "support_arrivals": set(),
}
"""Every metric, and what a vendor must tell for it."""

DECIDED = Policy(
    hours=OFFICE,
    promised=(Promised("first_response", "calendar", timedelta(hours=1)),),
    categories=(("money", frozenset({"invoice"})),),
)
EVENTFUL = (
    ticket(
        comment(1, AGENT),
        *solved(2),
        *(event(3, Kind.OFFERED), rated(3, "satisfaction 1 1"), rated(3, "effort 5 5")),
        rated(3, "recommendation 9 10"),
        *(comment(6, CUSTOMER), *reopened(6), comment(7, AGENT)),
        *(rated(8, "satisfaction 0 1"), team(9, "Orders")),
        number=1,
    ),
    ticket(number=2),
    ticket(event(7, Kind.SPAM), number=3),
)


@pytest.mark.parametrize("fact", [None, *Fact])
def test_a_fact_that_is_not_told_has_no_series_and_all_others_stay(fact: Fact | None) -> None:
    measures = Measures(told={one: Told() for one in Fact if one is not fact})
    told = after(5, 10, stories=EVENTFUL, measures=measures, policy=DECIDED)
    names = {*told.counters, *told.gauges, *told.histograms}
    # Without `created` nothing is told of tickets.
    assert names == {name for name, needs in NEEDS.items() if fact not in OF_CREATED | needs}


def test_what_nobody_decided_has_no_series() -> None:
    told = after(5, 10, stories=EVENTFUL)
    names = {*told.counters, *told.gauges, *told.histograms}
    undecided = ("_business_", "_sla_", "_category")
    assert names == {name for name in NEEDS if not any(word in name for word in undecided)}


# --- samples --------------------------------------------------------------------------------------


def test_samples_have_the_names_and_bounds_of_an_exposition() -> None:
    samples = after(60, stories=[ticket(*solved(30)), ticket(number=2)]).as_samples()
    assert samples[CREATED, labels(channel="email")] == 2
    assert samples["support_tickets_unassigned", QUEUE] == 1
    assert samples[f"{RESOLUTION}_count", QUEUE] == 1
    assert samples[f"{RESOLUTION}_sum", QUEUE] == 1800
    assert samples[f"{RESOLUTION}_bucket", QUEUE | {("le", "900.0")}] == 0
    assert samples[f"{RESOLUTION}_bucket", QUEUE | {("le", "1800.0")}] == 1
    assert samples[f"{RESOLUTION}_bucket", QUEUE | {("le", "2592000.0")}] == 1
    assert samples[f"{RESOLUTION}_bucket", QUEUE | {("le", "+Inf")}] == 1
    bounds = [dict(key)["le"] for name, key in samples if name == f"{RESOLUTION}_bucket"]
    assert len(bounds) == 18
    assert all(type(value) is float for value in samples.values())


# --- on the seeded desk ---------------------------------------------------------------------------


def test_the_truth_of_a_seeded_desk_adds_up() -> None:
    desk = SeededDesk(7, present=BEGIN)
    polls = [BEGIN - timedelta(weeks=weeks) for weeks in (6, 3, 0)]
    told = truth(desk, polls, ALL)
    shown = [state(story, BEGIN) for story in desk.stories(BEGIN)]
    backlog = sum(one.open and not one.removed for one in shown)
    created = sum(told.counters[CREATED].values())
    corrections = told.counters[CORRECTIONS][frozenset()]
    assert created - corrections == sum(not one.removed for one in shown)
    for gauge in ("support_tickets_open", "support_tickets_open_by_age"):
        assert sum(told.gauges[gauge].values()) == backlog
    assert 0 < backlog < 0.15 * created
    solves = sum(told.counters[SOLVED].values())
    assert solves == sum(one.count for one in told.histograms[RESOLUTION].values())
    assert all(one.sum >= 0 for one in told.histograms[FIRST_RESPONSE].values())


def test_more_polls_never_see_less() -> None:
    desk = SeededDesk(7, present=BEGIN, weeks=2, rate=4.0)
    often = [BEGIN - timedelta(hours=hours) for hours in range(14 * 24, -1, -6)]
    many, one = truth(desk, often, ALL), truth(desk, often[-1:], ALL)
    for metric, values in one.counters.items():
        assert sum(many.counters[metric].values()) >= sum(values.values())
    assert sum(many.counters[SOLVED].values()) > sum(one.counters[SOLVED].values())
    assert backlog(many) == backlog(one)
