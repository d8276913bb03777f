"""A desk of stories that are written down, for whatever has to happen exactly so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from connectors.testing.desk import Patron, Story
from connectors.testing.hours import Hours
from connectors.testing.timeline import Lived, begun, touched

TEAMS = ("Billing", "Technical")
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)
"""Where a desk without stories begins."""


class WrittenDesk:
    """These stories and customers and no others, by ascending id.

    hours: of the vendor's account; None: it is always open.
    """

    def __init__(
        self,
        *stories: Story,
        teams: Sequence[str] = TEAMS,
        hours: Hours | None = None,
        begins: datetime | None = None,
        customers: Sequence[Patron] = (),
    ) -> None:
        self._stories = stories
        self._customers = tuple(customers)
        self._teams = tuple(teams)
        self._hours = hours
        lives: list[Lived] = [*stories, *customers]
        instants = [at for life in lives for at in life.instants]
        self._begins = begins or min(instants, default=EMPTY)
        self._ends = max(instants, default=None)

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
        return self._ends

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story whose first event is at or before `until`, by id."""
        return begun(self._stories, until)

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the last of those instants,
        ordered by (instant, id).
        """
        return touched(self._stories, after, until)

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Every customer that appears at or before `until`, by id."""
        return begun(self._customers, until)

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """Each customer touched in (after, until], once, with the last of those instants, ordered
        by (instant, id).
        """
        return touched(self._customers, after, until)
