"""A desk of stories that are written down, for whatever has to happen exactly so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from connectors.testing.desk import Story
from connectors.testing.hours import Hours

TEAMS = ("Billing", "Technical")
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)
"""Where a desk without stories begins."""


class WrittenDesk:
    """These stories and no others, by ascending id.

    hours: of the vendor's account; None: it is always open.
    """

    def __init__(
        self,
        *stories: Story,
        teams: Sequence[str] = TEAMS,
        hours: Hours | None = None,
        begins: datetime | None = None,
    ) -> None:
        self._stories = stories
        self._teams = tuple(teams)
        self._hours = hours
        self._begins = begins or min((story.events[0].at for story in stories), default=EMPTY)

    @property
    def teams(self) -> Sequence[str]:
        """Every team that a story may name."""
        return self._teams

    @property
    def hours(self) -> Hours | None:
        """The business hours of the vendor's account."""
        return self._hours

    @property
    def begins(self) -> datetime:
        """No event is earlier."""
        return self._begins

    @property
    def ends(self) -> datetime | None:
        """The instant of the last event."""
        return max((story.events[-1].at for story in self._stories), default=None)

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story whose first event is at or before `until`, by id."""
        return [story for story in self._stories if story.events[0].at <= until]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the last of those instants,
        ordered by (instant, id).
        """
        last = []
        for story in self.stories(until):
            instants = [event.at for event in story.events if after < event.at <= until]
            if instants:
                last.append((instants[-1], story.id, story))
        for instant, _, story in sorted(last, key=lambda row: row[:2]):
            yield instant, story
