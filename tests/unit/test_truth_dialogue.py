"""The truth of what customers and agents say to each other: exchanges, waits and replies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Fact
from connectors.testing.desk import Event, Kind, Story
from connectors.testing.hours import Hours
from connectors.testing.policy import Policy
from tests.stories import (
    AGENT,
    ALL,
    BOT,
    CUSTOMER,
    OFFICE,
    QUEUE,
    after,
    comment,
    event,
    labels,
    minute,
    reopened,
    solved,
    spread,
    status,
    team,
    telling,
    ticket,
)

NEXT = "support_next_response_seconds"
AWAITING = "support_tickets_awaiting_reply"
WAIT = "support_requester_wait_seconds"
WAIT_BUSINESS = "support_requester_wait_business_seconds"
REPLIES = "support_replies_per_ticket"
ORDERS = labels(team="Orders", priority="normal")


def exchanges(*events: Event) -> tuple[int, int] | None:
    """How many exchanges were answered, and their seconds, after a first response at minute 5."""
    story = ticket(comment(5, AGENT), *events)
    return spread(after(600, stories=[story]), NEXT).get(QUEUE)


# --- next response --------------------------------------------------------------------------------


def test_a_message_after_the_first_response_starts_an_exchange() -> None:
    assert exchanges(comment(10, CUSTOMER), comment(14, AGENT)) == (1, 240)


def test_a_message_before_the_first_response_starts_none() -> None:
    story = ticket(comment(2, CUSTOMER), comment(5, AGENT), comment(9, AGENT))
    assert spread(after(60, stories=[story]), NEXT) == {}


def test_of_several_unanswered_messages_the_first_starts_the_clock() -> None:
    assert exchanges(comment(10, CUSTOMER), comment(12, CUSTOMER), comment(14, AGENT)) == (1, 240)


def test_every_answered_exchange_is_an_observation() -> None:
    talk = [comment(10, CUSTOMER), comment(14, AGENT), comment(20, CUSTOMER), comment(21, AGENT)]
    assert exchanges(*talk) == (2, 240 + 60)


@pytest.mark.parametrize(
    "ignored",
    [
        comment(12, BOT),
        comment(12, AGENT, public=False),
        comment(12, AGENT, "merged"),
    ],
)
def test_only_a_public_reply_of_a_human_agent_answers(ignored: Event) -> None:
    assert exchanges(comment(10, CUSTOMER), ignored, comment(14, AGENT)) == (1, 240)


@pytest.mark.parametrize("ignored", [comment(8, CUSTOMER, "merged"), comment(8, BOT)])
def test_what_is_no_message_of_the_customer_starts_no_exchange(ignored: Event) -> None:
    assert exchanges(ignored, comment(9, AGENT)) is None
    assert exchanges(ignored, comment(10, CUSTOMER), comment(14, AGENT)) == (1, 240)


def test_of_equal_instants_the_story_decides() -> None:
    assert exchanges(comment(10, CUSTOMER), comment(10, AGENT)) == (1, 0)
    assert exchanges(comment(10, AGENT), comment(10, CUSTOMER)) is None


def test_an_exchange_goes_on_over_a_solve_and_a_reopen() -> None:
    talk = [comment(10, CUSTOMER), *solved(12), *reopened(30), comment(40, AGENT)]
    assert exchanges(*talk) == (1, 1800)


def test_a_reopening_message_is_an_exchange() -> None:
    talk = [*solved(10), comment(30, CUSTOMER), *reopened(30), comment(40, AGENT)]
    assert exchanges(*talk) == (1, 600)


def test_all_exchanges_between_two_polls_are_told() -> None:
    talk = [comment(10, CUSTOMER), comment(11, AGENT), comment(20, CUSTOMER), comment(22, AGENT)]
    story = ticket(comment(5, AGENT), *talk)
    for polls in ([600], [1, 600], [10, 15, 20, 21, 30], [11, 22]):
        assert spread(after(*polls, stories=[story]), NEXT) == {QUEUE: (2, 60 + 120)}


def test_an_exchange_counts_once_with_the_labels_of_the_poll_that_saw_the_answer() -> None:
    story = ticket(comment(5, AGENT), comment(10, CUSTOMER), comment(14, AGENT), team(20, "Orders"))
    assert spread(after(15, 30, stories=[story]), NEXT) == {QUEUE: (1, 240)}
    assert spread(after(12, 30, stories=[story]), NEXT) == {ORDERS: (1, 240)}


def test_an_exchange_is_rounded_down_to_its_own_precision() -> None:
    story = ticket(comment(5, AGENT), comment(10.5, CUSTOMER), comment(14.25, AGENT))
    told = after(60, stories=[story], measures=telling({Fact.NEXT_RESPONSE: 60}))
    assert spread(told, NEXT) == {QUEUE: (1, 180)}


def test_a_removed_ticket_answers_nothing_any_more() -> None:
    story = ticket(
        comment(5, AGENT), comment(10, CUSTOMER), comment(14, AGENT), event(15, Kind.DELETED)
    )
    assert spread(after(12, 30, stories=[story]), NEXT) == {}


# --- awaiting a reply -----------------------------------------------------------------------------


def test_awaiting_is_open_without_a_first_response_or_with_a_waiting_exchange() -> None:
    asked = [comment(1, AGENT), comment(2, CUSTOMER)]
    stories = [
        ticket(number=1),
        ticket(*asked, number=2),
        ticket(comment(1, AGENT), number=3),
        ticket(*asked, comment(3, AGENT), number=4),
        ticket(*asked, *solved(4), number=5),
        ticket(*asked, comment(3, BOT), number=6),
    ]
    assert after(9, stories=stories).gauges[AWAITING] == {QUEUE: 3}


# --- requester wait -------------------------------------------------------------------------------

COURSE = (status(10, "open"), status(20, "pending"), status(50, "hold"), status(60, "open"))


def test_the_customer_waits_while_the_ticket_is_new_open_or_on_hold() -> None:
    told = after(120, stories=[ticket(*COURSE, *solved(90))])
    assert spread(told, WAIT) == {QUEUE: (1, (20 + 40) * 60)}


def test_before_its_first_status_a_ticket_is_new() -> None:
    bare = ticket(*solved(15))
    events = tuple(one for one in bare.events if one.value != "new")
    told = after(60, stories=[replace(bare, events=events)])
    assert spread(told, WAIT) == {QUEUE: (1, 900)}


def test_waiting_begins_with_the_creation_even_where_the_ticket_appears_later() -> None:
    late = replace(ticket(*solved(15), at=10), created_at=minute(0))
    assert spread(after(60, stories=[late]), WAIT) == {QUEUE: (1, 900)}
    early = replace(ticket(*solved(15)), created_at=minute(5))
    assert spread(after(60, stories=[early]), WAIT) == {QUEUE: (1, 600)}


def test_of_a_vendor_that_tells_every_transition_each_solve_tells_what_led_up_to_it() -> None:
    story = ticket(
        *(comment(5, AGENT), *solved(10), *reopened(20), comment(25, AGENT), *solved(30)),
        comment(35, AGENT),
    )
    told = after(60, stories=[story], measures=replace(ALL, history="events"))
    assert spread(told, WAIT) == {QUEUE: (2, (10 + 20) * 60)}
    assert spread(told, REPLIES) == {QUEUE: (2, 1 + 2)}


def test_a_vendor_without_business_hours_tells_waits_by_the_calendar_only() -> None:
    story, policy = ticket(*solved(10)), Policy(hours=OFFICE)
    told = after(60, stories=[story], measures=replace(ALL, business_waits=False), policy=policy)
    assert spread(told, WAIT) == {QUEUE: (1, 600)}
    assert spread(told, WAIT_BUSINESS) == {}


def test_each_standing_solve_that_a_poll_saw_tells_the_wait_up_to_it() -> None:
    story = ticket(*solved(10), *reopened(30), *solved(40))
    assert spread(after(15, 60, stories=[story]), WAIT) == {QUEUE: (2, 600 + 1200)}
    assert spread(after(5, 60, stories=[story]), WAIT) == {QUEUE: (1, 1200)}


def test_a_solve_that_no_longer_stands_tells_no_wait_and_no_replies() -> None:
    story = ticket(comment(5, AGENT), *solved(10), *reopened(20))
    told = after(25, stories=[story])
    assert spread(told, "support_resolution_seconds") == {QUEUE: (1, 600)}
    assert spread(told, WAIT) == spread(told, REPLIES) == {}
    seen = after(15, 25, 35, stories=[story])
    assert spread(seen, WAIT) == {QUEUE: (1, 600)}
    assert spread(seen, REPLIES) == {QUEUE: (1, 1)}


def test_a_closed_ticket_still_stands() -> None:
    story = ticket(*solved(10), event(20, Kind.STATUS, "closed"))
    assert spread(after(30, stories=[story]), WAIT) == {QUEUE: (1, 600)}


def test_business_waits_are_measured_in_the_vendors_hours() -> None:
    opens = Hours("UTC", {0: (("08:00", "09:00"),)})
    story = ticket(*COURSE, *solved(90))
    told = after(120, stories=[story], policy=Policy(hours=OFFICE), hours=opens)
    assert spread(told, WAIT_BUSINESS) == {QUEUE: (1, (20 + 10) * 60)}
    assert spread(told, WAIT) == {QUEUE: (1, 3600)}


def test_a_vendor_without_hours_is_always_open() -> None:
    other = Policy(team_hours={"Orders": OFFICE})
    story = ticket(*solved(600))
    told = after(700, stories=[story], policy=other)
    assert spread(told, WAIT_BUSINESS) == spread(told, WAIT) == {QUEUE: (1, 36000)}


def test_without_business_hours_of_the_operator_there_is_no_business_wait() -> None:
    told = after(120, stories=[ticket(*solved(90))], hours=OFFICE)
    assert WAIT_BUSINESS not in told.histograms


def test_the_whole_wait_is_rounded_down_and_not_each_part_of_it() -> None:
    story = ticket(status(20.5, "pending"), status(50, "open"), *solved(90.75))
    opens = Hours("UTC", {0: (("08:00", "09:00"),)})
    told = after(
        120,
        stories=[story],
        measures=telling({Fact.REQUESTER_WAIT: 60}),
        policy=Policy(hours=OFFICE),
        hours=opens,
    )
    assert spread(told, WAIT) == {QUEUE: (1, 61 * 60)}
    assert spread(told, WAIT_BUSINESS) == {QUEUE: (1, 30 * 60)}


# --- replies --------------------------------------------------------------------------------------


def replies(story: Story, *, merge: bool = True) -> int:
    """What the histogram holds of one ticket."""
    measures = replace(ALL, chat_replies_merge=merge)
    count, total = next(
        iter(spread(after(600, stories=[story], measures=measures), REPLIES).values())
    )
    assert count == 1
    return total


RUNS = (
    *(comment(1, AGENT), comment(2, AGENT), comment(3, BOT), comment(4, AGENT)),
    *(comment(5, CUSTOMER), comment(6, AGENT), comment(6, CUSTOMER, "merged"), comment(7, AGENT)),
    *solved(8),
)


def test_replies_are_public_ones_of_human_agents_after_the_opening() -> None:
    noise = [comment(1, BOT), comment(2, AGENT, public=False), comment(3, AGENT, "merged")]
    assert replies(ticket(*noise, comment(4, AGENT), *solved(9))) == 1
    assert replies(ticket(*solved(9), by=AGENT)) == 0


def test_in_an_e_mail_every_reply_counts() -> None:
    assert replies(ticket(*RUNS)) == 5


def test_in_a_chat_a_run_of_replies_counts_once() -> None:
    assert replies(ticket(*RUNS, channel="chat")) == 2


def test_in_the_chat_of_a_vendor_that_does_not_merge_every_reply_counts() -> None:
    assert replies(ticket(*RUNS, channel="chat"), merge=False) == 5


def test_replies_have_buckets_of_their_own() -> None:
    talks = (0, 1, 1, 4, 30)
    stories = [
        ticket(*(comment(1 + place, AGENT) for place in range(count)), *solved(60), number=number)
        for number, count in enumerate(talks)
    ]
    told = after(90, stories=stories)
    assert told.histograms[REPLIES][QUEUE].buckets == (1, 3, 3, 3, 4, 4, 4, 4, 5)
    samples = told.as_samples()
    bounds = ("0.0", "1.0", "2.0", "3.0", "5.0", "8.0", "13.0", "21.0", "+Inf")
    found = {dict(key)["le"] for name, key in samples if name == f"{REPLIES}_bucket"}
    assert found == set(bounds)
    zero, one = (samples[f"{REPLIES}_bucket", QUEUE | {("le", le)}] for le in bounds[:2])
    assert one - zero == 2  # one-touch
