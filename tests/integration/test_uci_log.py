"""The main job on a real log whose truth is known."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.file.connector import FileConnector
from connectors.file.settings import FileSettings
from connectors.records import Ticket
from connectors.testing.replay import ReplayedDesk
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller
from tests.peers import shared_data
from tests.pipeline import business, differences, pipeline, total

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

# The log as a file: a row for each update, which knows the final instants already.
AS_A_FILE = {
    "rows": "updates",
    "columns": {
        "id": "number",
        "created": "opened_at",
        "changed": "sys_updated_at",
        "status": "incident_state",
        "priority": "priority",
        "channel": "contact_type",
        "team": "assignment_group",
        "solved": "resolved_at",
        "closed": "closed_at",
        "reopens": "reopen_count",
        "reassignments": "reassignment_count",
    },
    "values": {
        "status": {
            "Active": "open",
            "-100": "open",
            "Awaiting User Info": "pending",
            "Awaiting Vendor": "hold",
            "Awaiting Problem": "hold",
            "Awaiting Evidence": "hold",
            "Resolved": "solved",
        },
        "priority": {
            "1 - Critical": "urgent",
            "2 - High": "high",
            "3 - Moderate": "normal",
            "4 - Low": "low",
        },
        "channel": {"IVR": "phone", "Self service": "web", "Direct opening": "other"},
    },
    "time_format": "%d/%m/%Y %H:%M",
    "missing": ["?"],
}


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
            assert total(found, "support_tickets_reassigned_total") == 17_914


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


@pytest.fixture(scope="module")
def log_file() -> FileConnector:
    path = shared_data("tickets/uci_incident_event_log.csv.xz")
    settings = FileSettings.model_validate({**AS_A_FILE, "path": str(path)})
    return FileConnector("log", settings)


def test_the_log_as_a_file_gives_the_numbers_of_its_end(
    log_file: FileConnector, desk: ReplayedDesk, tmp_path: Path
) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'log'}.db")
    source = Source("log", "file", log_file.measures(), max_teams=100)
    store.prepare([source])
    poller = Poller(store, source, lambda: log_file)
    first, second = poller.poll(), poller.poll()
    found = business(Exposition(store.snapshot(), ["log"], totals=True).body())
    states = store.states()
    poller.close()
    store.close()
    assert (first.error, first.records, first.rejected) == (None, 141_712, 0)
    assert (second.error, second.records, second.observations) == (None, 0, 0)
    assert tuple(total(found, name) for name in METRICS) == KNOWN[max(KNOWN)]
    assert total(found, "support_resolution_seconds_sum") == 15_907_861_680
    # This instance counts the first group of an incident that had none as well.
    assert total(found, "support_tickets_reassigned_total") == 23_414
    assert states["log"].complete_to == round(desk.ends.timestamp() * 1000)


def test_a_hundred_thousand_rows_are_read_in_well_under_half_a_minute(
    log_file: FileConnector,
) -> None:
    began = time.process_time()
    pages = list(log_file.changes(None))
    took = time.process_time() - began
    rows = [record for page in pages for record in page.records]
    assert len(rows) == 141_712
    assert len({row.id for row in rows if isinstance(row, Ticket) and row.reassignments}) == 11_369
    assert took < 20
