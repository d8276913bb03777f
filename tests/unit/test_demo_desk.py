"""The desk of the demo, as its arrivals are judged at whatever hour somebody tries it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from exporter.cli.demo import CONFIRM, seeded
from exporter.definition import Definition
from exporter.queues import MINUTES
from exporter.usual import Queues, Usual

MONDAY_MORNING: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SATURDAY_NIGHT: Final = datetime(2026, 3, 7, 23, 50, tzinfo=UTC)


@pytest.mark.parametrize("began", [MONDAY_MORNING, SATURDAY_NIGHT])
def test_the_demos_incident_is_found_within_four_minutes_and_nothing_else_is(
    began: datetime,
) -> None:
    desk = seeded(began)
    incident = desk.incidents[-1][0]
    first, last = began - timedelta(hours=1), incident + timedelta(minutes=9)
    told = Usual(Definition(), CONFIRM).replay(
        arrivals(began, last), int(first.timestamp()), int(last.timestamp()), step=60
    )
    found = {
        (channel, direction): datetime.fromtimestamp(at, UTC)
        for channel, judged in told.items()
        for direction, score in (("spike", judged.spike), ("drop", judged.drop))
        for at in judged.at[score >= 1][:1].tolist()
    }
    assert found.keys() == {("chat", "spike")}
    assert incident < found["chat", "spike"] <= incident + timedelta(minutes=4)


def arrivals(began: datetime, until: datetime) -> Queues:
    """The tickets of each channel by day and minute, up to an instant."""
    found: defaultdict[str, dict[int, dict[int, int]]] = defaultdict(dict)
    for story in seeded(began).stories(until):
        day, minute = divmod(int(story.events[0].at.timestamp()) // 60, MINUTES)
        minutes = found[story.channel].setdefault(day, {})
        minutes[minute] = minutes.get(minute, 0) + 1
    return found
