"""What an operator promised and decided, in the words of the desk's truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.testing.hours import Hours


@dataclass(frozen=True)
class Promised:
    """target: first_response, next_response or resolution; clock: calendar or business.

    Empty `priorities`, `teams` and `channels` mean any.
    """

    target: str
    clock: str
    within: timedelta
    priorities: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def covers(self, team: str, priority: str, channel: str) -> bool:
        """Whether it was made for such tickets."""
        return (
            (not self.teams or team in self.teams)
            and (not self.priorities or priority in self.priorities)
            and (not self.channels or channel in self.channels)
        )


@dataclass(frozen=True)
class Policy:
    """The decisions that numbers depend on.

    hours: of teams that have none of their own in `team_hours`; None: no business time.
    promised: the first that covers a ticket counts.
    categories: name and tags; the first with a tag of the ticket counts.
    """

    hours: Hours | None = None
    team_hours: Mapping[str, Hours] = field(default_factory=dict)
    promised: tuple[Promised, ...] = ()
    at_risk: timedelta = timedelta(hours=1)
    categories: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def has_hours(self) -> bool:
        """Whether any team has business hours."""
        return self.hours is not None or bool(self.team_hours)

    def hours_of(self, team: str) -> Hours | None:
        """The business hours of a team ("none": of tickets without one); None: it has none."""
        return self.team_hours.get(team, self.hours)

    def promise(self, target: str, team: str, priority: str, channel: str) -> Promised | None:
        """What was promised for such a ticket; None: nothing."""
        for promised in self.promised:
            if promised.target == target and promised.covers(team, priority, channel):
                return promised
        return None

    def category(self, tags: Iterable[str]) -> str:
        """The category of a ticket with these tags, "none" without one."""
        tags = frozenset(tags)
        for name, wanted in self.categories:
            if tags & wanted:
                return name
        return "none"
