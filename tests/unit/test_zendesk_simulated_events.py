"""The export of metric events tells the same, whatever was asked for before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from connectors.testing.seeded import SeededDesk
from connectors.zendesk.simulated_events import SimulatedEvents

PRESENT: Final = datetime(2026, 3, 20, 23, 59, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk() -> SeededDesk:
    return SeededDesk(3, present=PRESENT, weeks=1, rate=6, live_rate=60)


def asked(events: SimulatedEvents, start: datetime, visible: datetime) -> list[Any]:
    """Every event from a second on, page by page."""
    found: dict[object, object] = {}
    at = int(start.timestamp())
    while True:
        page: dict[str, Any] = events.page({"start_time": str(at)}, visible)
        found |= {one["id"]: one for one in page["ticket_metric_events"]}
        if page["end_of_stream"]:
            return list(found.values())
        at = page["end_time"]


def test_who_polls_on_is_told_what_who_asks_first_is_told(desk: SeededDesk) -> None:
    """Every second over midnight, from a little before, as a poll does it."""
    polled = SimulatedEvents(desk, 40)
    new = 0
    for number in range(0, 90, 6):
        visible = PRESENT + timedelta(seconds=number)
        for back in (timedelta(minutes=10), timedelta(seconds=3), timedelta()):
            found = asked(polled, visible - back, visible)
            assert found == asked(SimulatedEvents(desk, None), visible - back, visible)
            new += len(found)
    assert new > 0, "nothing happened: choose another desk"


def test_a_day_is_the_same_asked_at_once_and_hour_by_hour(desk: SeededDesk) -> None:
    begin = desk.begins - timedelta(hours=1)
    whole = asked(SimulatedEvents(desk, None), begin, PRESENT)
    times = [one["time"] for one in whole]
    assert times == sorted(times)
    events = SimulatedEvents(desk, None)
    at = begin
    while at <= PRESENT:
        assert asked(events, at, PRESENT) == [o for o in whole if o["time"] >= f"{at:%FT%TZ}"]
        at += timedelta(hours=7)
