"""From a desk to whoever is on call: one incident, one message; an outage of the source, another.

Everything is real but the desk: exporter, Prometheus with the rules, Alertmanager, a receiver of
HTTP. The desk's clock is moved by the test, five minutes at a time, so that hours pass in a minute
or two.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from alerts.alertmanager import ROUTES, render
from alerts.parameters import DEMO
from alerts.receivers import Webhook, everywhere
from alerts.rules import render as rules
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Faults, status
from connectors.testing.seeded import SeededDesk
from tests.alertmanager import Told, alertmanager, told
from tests.programs import (
    Program,
    complete_to,
    configure,
    eventually,
    running,
    served,
    source,
    value,
)
from tests.prometheus import prometheus

PRESENT: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)
STEP: Final = timedelta(minutes=5)
"""The longest that is not taken for an outage."""

QUICK: Final = tuple(replace(one, wait="1s", interval="1s") for one in ROUTES)
RULES: Final = replace(
    DEMO,
    windows=replace(
        DEMO.windows,
        spike_keep=timedelta(seconds=2),
        stale_after=timedelta(seconds=15),
        stale_for=timedelta(seconds=2),
    ),
)


@dataclass(frozen=True)
class Scene:
    """A desk, and who is told of it."""

    clock: StandingClock
    faults: Faults
    program: Program
    told: Told

    def move(self, until: datetime, pages: int | None = None) -> None:
        """Let the desk live on, and the exporter follow. pages: stop once so much was told."""
        while self.clock.at < until and (pages is None or len(self.pages) < pages):
            self.clock.at += STEP
            at = self.clock.at.timestamp()
            eventually(
                lambda at=at: complete_to(self.program.scrape(), "desk") >= at - 1,  # type: ignore[misc]
                "a poll of what happened meanwhile",
                within=60,
            )

    @property
    def pages(self) -> list[tuple[str, str]]:
        """What woke somebody, in order: the alert, and whether it fired or ended."""
        found: list[tuple[str, str]] = []
        for body in self.told.at("/page"):
            found += [(one["labels"]["alertname"], one["status"]) for one in body["alerts"]]
        return list(dict.fromkeys(found))

    def messages(self, alert: str) -> list[Any]:
        """The notifications that told of an alert."""
        return [
            body
            for body in self.told.at("/page")
            if any(one["labels"]["alertname"] == alert for one in body["alerts"])
        ]


@pytest.fixture(scope="module")
def desk() -> SeededDesk:
    return SeededDesk(11, present=PRESENT, weeks=6, rate=8.0)


@pytest.fixture
def scene(tmp_path: Path, desk: SeededDesk) -> Iterator[Scene]:
    begin = desk.incidents[0][0] - timedelta(minutes=15)
    clock, faults = StandingClock(begin), Faults()
    with ExitStack() as stack:
        server = stack.enter_context(served(desk, clock, "servicenow", faults=faults))
        folder = configure(tmp_path / "exporter", {"desk": source(server, poll="1s")})
        program = stack.enter_context(running(folder, "run", "--listen", "127.0.0.1:0"))
        got = stack.enter_context(told())
        receivers = {
            severity: (Webhook(f"{got.url}/{severity}"),) for severity in everywhere(Webhook("x"))
        }
        manager = stack.enter_context(
            alertmanager(tmp_path / "am", render(receivers, routes=QUICK))
        )
        eventually(lambda: complete_to(program.scrape(), "desk"), "a first import", within=120)
        stack.enter_context(
            prometheus(
                tmp_path / "prometheus",
                program.url.removeprefix("http://"),
                rules=rules(RULES),
                alertmanager=manager.url.removeprefix("http://"),
            )
        )
        yield Scene(clock, faults, program, got)


def test_an_incident_is_told_once_and_is_told_to_be_over(scene: Scene, desk: SeededDesk) -> None:
    begin, end = desk.incidents[0]
    scene.move(begin)
    assert scene.pages == [], "a first import and a quiet desk wake nobody"
    scene.move(end)
    eventually(lambda: scene.pages, "the spike", within=30)
    scene.move(end + timedelta(hours=4), pages=2)
    eventually(lambda: len(scene.pages) == 2, "that it is over", within=60)
    assert scene.pages == [("VolumeSpike", "firing"), ("VolumeSpike", "resolved")]
    first, last = scene.messages("VolumeSpike")
    (alert,) = first["alerts"]
    assert alert["labels"]["source"] == "desk"
    assert "expected" in alert["annotations"]["summary"]
    assert alert["annotations"]["runbook_url"].endswith("VolumeSpike.md")
    assert "deskpulse-volume" in alert["annotations"]["dashboard_url"]
    assert [one["status"] for one in last["alerts"]] == ["resolved"]


def test_an_outage_of_the_source_is_told_as_that_and_as_nothing_else(scene: Scene) -> None:
    scene.move(scene.clock.at + STEP)
    scene.faults.always("/", status(503))
    eventually(lambda: scene.pages, "that the data are old", within=60)
    assert scene.pages == [("SourceStale", "firing")]
    scene.clock.at += timedelta(hours=2)  # what came in the outage comes all at once
    scene.faults.clear()
    eventually(lambda: len(scene.pages) > 1, "that it is over", within=60)
    at = scene.clock.at.timestamp()
    eventually(lambda: complete_to(scene.program.scrape(), "desk") >= at - 1, "a catch-up")
    judged = value(scene.program.scrape(), "support_arrivals_judged", source="desk", channel="web")
    assert judged == 0, "what comes all at once is not judged"
    threading.Event().wait(5)  # some evaluations, in which nothing is to be told
    assert scene.pages == [("SourceStale", "firing"), ("SourceStale", "resolved")]
