"""The truth of a real year: the numbers that were counted by other means from the same log."""

from __future__ import annotations

import bisect
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Fact, Measures, Told
from connectors.testing.replay import ReplayedDesk
from connectors.testing.truth import Truth, truth
from tests.peers import shared_data

MARCH = datetime(2016, 3, 31, 23, 59, 59, tzinfo=UTC)
APRIL = datetime(2016, 4, 30, 23, 59, 59, tzinfo=UTC)
UNTOLD = (Fact.FIRST_RESPONSE, Fact.AWAITING_FIRST_RESPONSE)
MEASURES = Measures(
    told={fact: Told() for fact in Fact if fact not in UNTOLD},
    first_solve_survives_reopening=False,
)


@pytest.fixture(scope="module")
def desk() -> ReplayedDesk:
    return ReplayedDesk.read(shared_data("tickets/uci_incident_event_log.csv.xz"))


def numbers(told: Truth) -> tuple[int, int, int]:
    """Created, open, reopened."""
    return (
        sum(told.counters["support_tickets_created_total"].values()),
        sum(told.gauges.get("support_tickets_open", {}).values()),
        sum(told.counters["support_tickets_reopened_total"].values()),
    )


def resolutions(told: Truth) -> tuple[int, int]:
    """How many, and their seconds."""
    found = told.histograms["support_resolution_seconds"].values()
    return sum(one.count for one in found), sum(one.sum for one in found)


def test_the_end_of_march(desk: ReplayedDesk) -> None:
    told = truth(desk, [MARCH], MEASURES)
    assert numbers(told) == (9_202, 1_481, 124)
    assert resolutions(told)[0] == 7_377


def test_the_end_of_april(desk: ReplayedDesk) -> None:
    told = truth(desk, [APRIL], MEASURES)
    assert numbers(told) == (17_136, 1_195, 219)
    assert resolutions(told)[0] == 15_796


@pytest.mark.parametrize("earlier", [[], [MARCH], [MARCH, APRIL]])
def test_the_end_of_the_log(desk: ReplayedDesk, earlier: list[datetime]) -> None:
    told = truth(desk, [*earlier, desk.ends], MEASURES)
    assert numbers(told) == (24_918, 0, 331)
    assert resolutions(told) == (24_918, 15_907_861_680)


def test_what_is_not_told_has_no_series(desk: ReplayedDesk) -> None:
    told = truth(desk, [MARCH], MEASURES)
    names = {*told.counters, *told.gauges, *told.histograms}
    assert not {name for name in names if "response" in name or "unanswered" in name}


def test_every_event_of_the_log_is_touched_in_its_window(desk: ReplayedDesk) -> None:
    instants = {story.id: [event.at for event in story.events] for story in desk.stories(desk.ends)}
    begin = desk.begins - timedelta(seconds=1)
    for days in (0, 1, 17, 40, 93, 200):
        after, until = begin + timedelta(days=days), begin + timedelta(days=days + 5, minutes=7)
        expected = []
        for number, moments in instants.items():
            position = bisect.bisect_right(moments, until)
            if position and moments[position - 1] > after:
                expected.append((moments[position - 1], number))
        assert [(at, story.id) for at, story in desk.touched(after, until)] == sorted(expected)
