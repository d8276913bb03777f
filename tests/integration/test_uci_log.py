"""The main job on a real log whose truth is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing.replay import ReplayedDesk
from tests.peers import shared_data
from tests.pipeline import differences, pipeline, total

KNOWN = {
    datetime(2016, 4, 1, tzinfo=UTC): (9_202, 1_481, 124, 7_377),
    datetime(2016, 5, 1, tzinfo=UTC): (17_136, 1_195, 219, 15_796),
    datetime(2017, 3, 1, tzinfo=UTC): (24_918, 0, 331, 24_918),
}
METRICS = (
    "support_tickets_created_total",
    "support_tickets_open",
    "support_tickets_reopened_total",
    "support_resolution_seconds_count",
)


@pytest.fixture(scope="module")
def desk() -> ReplayedDesk:
    return ReplayedDesk.read(shared_data("tickets/uci_incident_event_log.csv.xz"))


@pytest.mark.parametrize("moment", KNOWN)
def test_one_import_gives_the_known_numbers(
    moment: datetime, desk: ReplayedDesk, tmp_path: Path
) -> None:
    with pipeline("servicenow", desk, tmp_path, max_teams=100) as source:
        source.poll(moment - timedelta(seconds=1))
        found = source.samples()
        assert tuple(total(found, name) for name in METRICS) == KNOWN[moment]
        assert differences(found, source.truth().as_samples()) == []
        if moment == max(KNOWN):
            assert total(found, "support_resolution_seconds_sum") == 15_907_861_680


def test_three_syncs_end_with_the_numbers_of_one(desk: ReplayedDesk, tmp_path: Path) -> None:
    with pipeline("servicenow", desk, tmp_path, max_teams=100) as source:
        for moment, known in KNOWN.items():
            source.poll(moment - timedelta(seconds=1))
            found = source.samples()
            assert tuple(total(found, name) for name in METRICS[:3]) == known[:3]
            assert differences(found, source.truth().as_samples()) == []


def test_teams_beyond_the_cap_are_other_and_nothing_is_lost(
    desk: ReplayedDesk, tmp_path: Path
) -> None:
    moment = datetime(2016, 4, 1, tzinfo=UTC)
    with pipeline("servicenow", desk, tmp_path, max_teams=5) as source:
        source.poll(moment - timedelta(seconds=1))
        found = source.samples()
        assert tuple(total(found, name) for name in METRICS) == KNOWN[moment]
        teams = {dict(labels).get("team") for _, labels in found} - {None}
        assert len(teams) == 7, "five teams, none and other"
        assert {"none", "other"} < teams
