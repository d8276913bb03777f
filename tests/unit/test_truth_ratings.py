"""The truth of what customers answer when they are asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.testing.desk import Kind
from connectors.testing.truth import Truth
from tests.stories import (
    ALL,
    DAY,
    Labels,
    after,
    event,
    labels,
    rated,
    spread,
    team,
    ticket,
)

RATINGS = "support_ratings_total"
CHANGED = "support_ratings_changed_total"
OFFERED = "support_ratings_offered_total"
LATEST = "support_ratings_latest"
NPS = "support_nps_responses_total"
EFFORT = "support_effort_score"
GOOD = labels(rating="good", team="Billing")
BAD = labels(rating="bad", team="Billing")
BILLING = labels(team="Billing")


def latest(told: Truth) -> dict[Labels, int]:
    return told.gauges.get(LATEST, {})


def within(*windows: str, rating: str, team: str = "Billing") -> dict[Labels, int]:
    return {labels(window=window, rating=rating, team=team): 1 for window in windows}


# --- offers ---------------------------------------------------------------------------------------


def test_an_offer_counts_once_and_is_no_rating() -> None:
    story = ticket(event(5, Kind.OFFERED), event(15, Kind.OFFERED), team(16, "Orders"))
    told = after(10, 20, stories=[story])
    assert told.counters[OFFERED] == {BILLING: 1}
    assert RATINGS not in told.counters
    assert OFFERED not in after(4, stories=[story]).counters


# --- satisfaction ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        *[("0 1", "bad"), ("1 1", "good")],
        *[("1 5", "bad"), ("2 5", "bad"), ("3 5", "bad"), ("4 5", "good"), ("5 5", "good")],
    ],
)
def test_what_is_good_and_what_is_bad(score: str, rating: str) -> None:
    told = after(10, stories=[ticket(rated(5, f"satisfaction {score}"))])
    assert told.counters[RATINGS] == {labels(rating=rating, team="Billing"): 1}


@pytest.mark.parametrize(
    "value",
    [
        *("satisfaction 2 1", "satisfaction 0 5", "satisfaction 6 5", "satisfaction 3 3"),
        *("recommendation 11 10", "recommendation -1 10", "effort 0 5", "effort 6 5"),
        *("effort 8 7", "effort 3 10"),
    ],
)
def test_a_score_outside_its_scale_is_refused(value: str) -> None:
    told = after(10, stories=[ticket(rated(5, value))])
    assert not {RATINGS, NPS, CHANGED}.intersection(told.counters)
    assert EFFORT not in told.histograms
    assert latest(told) == {}
    assert labels(fact="rated") not in told.gauges["support_today"]


def test_a_statement_counts_once_with_the_team_of_the_first_sight() -> None:
    story = ticket(rated(5, "satisfaction 1 1"), team(15, "Orders"))
    assert after(10, 20, 30, stories=[story]).counters[RATINGS] == {GOOD: 1}
    orders = labels(rating="good", team="Orders")
    assert after(20, 30, stories=[story]).counters[RATINGS] == {orders: 1}


def test_a_rating_that_changed_is_another_statement() -> None:
    story = ticket(rated(5, "satisfaction 1 1"), rated(15, "satisfaction 0 1"))
    told = after(10, 20, stories=[story])
    assert told.counters[RATINGS] == {GOOD: 1, BAD: 1}
    assert told.counters[CHANGED] == {BILLING: 1}
    assert latest(told) == within("1d", "7d", "28d", rating="bad")


def test_of_several_changes_between_two_polls_only_the_latest_is_told() -> None:
    story = ticket(*(rated(5 + place, f"satisfaction {place % 2} 1") for place in range(4)))
    told = after(10, stories=[story])
    assert told.counters[RATINGS] == {GOOD: 1}
    assert CHANGED not in told.counters


def test_of_a_vendor_that_lists_every_answer_each_counts_however_seldom_it_is_polled() -> None:
    story = ticket(*(rated(5 + place, f"satisfaction {place % 2} 1") for place in range(4)))
    told = after(10, stories=[story], measures=replace(ALL, answers="events"))
    assert told.counters[RATINGS] == {GOOD: 2, BAD: 2}
    assert told.counters[CHANGED] == {BILLING: 3}


def test_a_rating_that_changed_back_counts_again_as_it_has_an_instant_of_its_own() -> None:
    story = ticket(
        *(rated(5 + 10 * place, f"satisfaction {1 - place % 2} 1") for place in range(3))
    )
    told = after(10, 20, 30, stories=[story])
    assert told.counters[RATINGS] == {GOOD: 2, BAD: 1}
    assert told.counters[CHANGED] == {BILLING: 2}
    assert latest(told) == within("1d", "7d", "28d", rating="good")


def test_a_removed_ticket_keeps_its_statements_but_has_no_latest_one() -> None:
    story = ticket(rated(5, "satisfaction 1 1"), event(15, Kind.DELETED))
    told = after(10, 20, stories=[story])
    assert told.counters[RATINGS] == {GOOD: 1}
    assert latest(told) == {}
    assert RATINGS not in after(20, stories=[story]).counters


def test_the_latest_rating_leaves_each_window_at_its_end() -> None:
    stories = [ticket(rated(5, "satisfaction 1 1"))]
    assert latest(after(5, stories=stories)) == within("1d", "7d", "28d", rating="good")
    assert latest(after(4 + DAY, stories=stories)) == within("1d", "7d", "28d", rating="good")
    assert latest(after(5 + DAY, stories=stories)) == within("7d", "28d", rating="good")
    assert latest(after(5 + 7 * DAY, stories=stories)) == within("28d", rating="good")
    assert latest(after(5 + 28 * DAY, stories=stories)) == {}


def test_the_latest_rating_belongs_to_the_team_of_now() -> None:
    story = ticket(rated(5, "satisfaction 1 1"), team(15, "Orders"))
    told = after(10, 20, stories=[story])
    assert latest(told) == within("1d", "7d", "28d", rating="good", team="Orders")


# --- recommendation and effort --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "group"),
    [
        *[(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive")],
        *[(9, "promoter"), (10, "promoter")],
    ],
)
def test_the_groups_of_recommendation(score: int, group: str) -> None:
    told = after(10, stories=[ticket(rated(5, f"recommendation {score} 10"))])
    assert told.counters[NPS] == {labels(group=group, team="Billing"): 1}
    assert RATINGS not in told.counters


def test_without_an_instant_each_distinct_score_counts_once() -> None:
    scores = (9, 3, 9)
    story = ticket(*(rated(5 + 10 * n, f"recommendation {s} 10") for n, s in enumerate(scores)))
    told = after(10, 20, 30, stories=[story])
    assert told.counters[NPS] == {
        labels(group="promoter", team="Billing"): 1,
        labels(group="detractor", team="Billing"): 1,
    }
    assert CHANGED not in told.counters


def test_effort_is_a_histogram_of_each_scale() -> None:
    stories = [ticket(rated(5, f"effort {n} {m}"), number=10 * m + n) for n, m in [(1, 5), (5, 5)]]
    stories.append(ticket(rated(5, "effort 7 7"), number=99))
    told = after(10, stories=stories)
    five, seven = (labels(scale=scale, team="Billing") for scale in ("5", "7"))
    assert spread(told, EFFORT) == {five: (2, 6), seven: (1, 7)}
    assert told.histograms[EFFORT][five].buckets == (1, 1, 1, 1, 2, 2, 2, 2)
    assert told.histograms[EFFORT][seven].buckets == (0, 0, 0, 0, 0, 0, 1, 1)
    bounds = {dict(key)["le"] for name, key in told.as_samples() if name == f"{EFFORT}_bucket"}
    assert bounds == {*(f"{n}.0" for n in range(1, 8)), "+Inf"}
