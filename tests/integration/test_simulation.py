"""What would have rung on a desk whose one incident is known, by the rules in a real Prometheus."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing.clock import RunningClock
from connectors.testing.seeded import SeededDesk
from tests.peers import require
from tests.programs import configure, deskpulse, served, source, synced

PRESENT = datetime(2026, 3, 16, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    folder: Path
    incident: tuple[datetime, datetime]

    def simulated(self, *words: str) -> list[dict[str, str]]:
        words = ("alerts", "simulate", "--since", "3w", "--format", "csv", *words)
        done = deskpulse(self.folder, *words, timeout=240)
        assert done.code == 0, done.said
        return list(csv.DictReader(done.out.splitlines()))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    require("prometheus")
    require("promtool")
    folder = tmp_path_factory.mktemp("simulated") / "desk"
    seeded = SeededDesk(11, present=PRESENT, weeks=6, rate=8.0)
    (incident,) = seeded.incidents
    with served(seeded, RunningClock(PRESENT), "servicenow") as server:
        configure(folder, {"desk": source(server)})
        synced(folder)
    return Desk(folder, incident)


def test_the_incident_would_have_rung_once_and_nothing_else_would_have_paged(desk: Desk) -> None:
    found = desk.simulated()
    (rang,) = (one for one in found if one["severity"] == "page")
    assert rang["alert"] == "VolumeSpike"
    at = datetime.fromisoformat(rang["from"])
    begin, end = desk.incident
    assert begin < at < begin + timedelta(hours=1)
    assert at + timedelta(minutes=int(rang["minutes"])) < end + timedelta(hours=3)


def test_a_higher_threshold_rings_less_and_a_page_of_it_can_be_kept(desk: Desk) -> None:
    page = desk.folder / "page.html"
    words = ("--threshold", "spike_score=99", "--format", "html", "--output", str(page))
    assert not desk.simulated(*words)
    text = page.read_text("utf-8")
    assert "What would have rung: desk" in text
    assert 'class="band"' in text
    assert "mark page" not in text.split("<body>")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--threshold", "spike_scor=2"), "spike_score"),
        (("--threshold", "spike_score=much"), "must be a number above 0"),
        (("--since", "yesterday"), "is no time"),
        (("nodesk",), "nodesk"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_its_remedy(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    done = deskpulse(desk.folder, "alerts", "simulate", *words)
    assert done.code == 2
    assert said in done.said
    assert "Traceback" not in done.said
