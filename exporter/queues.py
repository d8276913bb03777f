"""When tickets of one channel were created, by the day and the minute. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

MINUTES: Final = 1440
"""Minutes of a day of UTC, which has neither more nor less."""

Day = Mapping[int, int]
"""Tickets by the minute of a day of UTC, where there were any."""

Queue = Mapping[int, Day]
"""The arrivals of one channel by the day, counted since 1970, where there were any."""


def between(queue: Queue, since: int, until: int) -> Iterator[tuple[int, int]]:
    """Minute and tickets from the minute `since` on and before `until`, counted since 1970."""
    for day in range(since // MINUTES, (until - 1) // MINUTES + 1):
        for minute, number in queue.get(day, {}).items():
            at = day * MINUTES + minute
            if since <= at < until:
                yield at, number
