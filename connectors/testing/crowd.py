"""A desk of very many tickets, each with an ordinary life, as quick to make as possible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.hours import Hours

TEAMS = ("Billing", "Orders", "Technical")
CHANNELS = ("email", "web", "chat", "phone")
APART = timedelta(seconds=20)
LIFE = timedelta(hours=3)


class CrowdedDesk:
    """`count` tickets, one every 20 seconds, the last of them over at `ends`.

    Each is answered after ten minutes and solved after three hours.
    """

    def __init__(self, count: int, ends: datetime) -> None:
        self._ends = ends
        self._begins = ends - LIFE - (count - 1) * APART
        self._stories = [self._story(number) for number in range(count)]
        self._begun = [story.events[0].at for story in self._stories]

    @property
    def teams(self) -> Sequence[str]:
        """The teams, who take turns."""
        return TEAMS

    @property
    def hours(self) -> Hours | None:
        """It is always open."""
        return None

    @property
    def begins(self) -> datetime:
        """When the first ticket comes in."""
        return self._begins

    @property
    def ends(self) -> datetime:
        """When the last ticket is solved."""
        return self._ends

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story that begins at or before `until`, by id."""
        return self._stories[: bisect_right(self._begun, until)]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the last of those instants."""
        first = bisect_right(self._begun, after - LIFE)
        found = []
        for story in self._stories[first : bisect_right(self._begun, until)]:
            instants = [event.at for event in story.events if after < event.at <= until]
            if instants:
                found.append((instants[-1], story.id, story))
        for instant, _, story in sorted(found, key=lambda row: row[:2]):
            yield instant, story

    def _story(self, number: int) -> Story:
        at = self._begins + number * APART
        answered, solved = at + timedelta(minutes=10), at + LIFE
        return Story(
            id=number + 1,
            created_at=at,
            channel=CHANNELS[number % len(CHANNELS)],
            opened_by=Role.CUSTOMER,
            events=(
                Event(at, Kind.OPENED, Role.CUSTOMER),
                Event(at, Kind.COMMENT, Role.CUSTOMER),
                Event(at, Kind.TEAM, Role.SYSTEM, TEAMS[number % len(TEAMS)]),
                Event(answered, Kind.ASSIGNED, Role.AGENT, "yes"),
                Event(answered, Kind.STATUS, Role.AGENT, "open"),
                Event(answered, Kind.COMMENT, Role.AGENT),
                Event(solved, Kind.STATUS, Role.AGENT, "solved"),
                Event(solved, Kind.STAMP, Role.AGENT, "solved"),
            ),
        )
