"""What a vendor shows of a story at one instant, by the rules of docs/semantics.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.testing.desk import Event, Kind, Story
from connectors.testing.dialogue import Dialogue, dialogue
from connectors.testing.opinions import Statement, statement

Labels = frozenset[tuple[str, str]]

REMOVALS = (Kind.MERGED, Kind.SPAM, Kind.DELETED)


@dataclass(slots=True)
class State:
    """One story as it stands.

    changed_at: when something last happened to it.
    latest: the last value of each kind of event; solves, closes: the instants stamped so far.
    removal: how it was removed: merged, spam or deleted; "" while it was not.
    said: what customer and agents wrote. statements: what the customer answered, in order.
    """

    story: Story
    changed_at: datetime
    said: Dialogue
    latest: dict[Kind, str] = field(default_factory=dict)
    removal: str = ""
    offered: bool = False
    reopens: int = 0
    reassignments: int = 0
    solves: list[datetime] = field(default_factory=list)
    closes: list[datetime] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    @property
    def ratings(self) -> dict[str, Statement]:
        """The latest statement by survey."""
        return {one.survey: one for one in self.statements}

    @property
    def status(self) -> str:
        """One of the six statuses."""
        return self.latest.get(Kind.STATUS, "new")

    @property
    def open(self) -> bool:
        """Whether it is backlog."""
        return self.status not in ("solved", "closed")

    @property
    def removed(self) -> bool:
        """Whether it no longer counts as a ticket."""
        return bool(self.removal)

    @property
    def assigned(self) -> bool:
        """Whether one agent holds it."""
        return self.latest.get(Kind.ASSIGNED, "") == "yes"

    @property
    def team(self) -> str:
        """The team that holds it, "none" without one."""
        return self.latest.get(Kind.TEAM, "") or "none"

    @property
    def priority(self) -> str:
        """One of the four priorities."""
        return self.latest.get(Kind.PRIORITY, "normal")

    @property
    def solved_at(self) -> datetime | None:
        """The instant of its last solve; of its closing, where it is closed without one."""
        if self.solves:
            return self.solves[-1]
        if self.status == "closed" and self.closes:
            return self.closes[-1]
        return None

    @property
    def first_solve(self) -> datetime | None:
        """The instant of its first solve, of its first closing where there was none."""
        if self.solves:
            return self.solves[0]
        return self.closes[0] if self.closes else None

    def labels(self, *names: str) -> Labels:
        """The named labels as they are now."""
        values = {
            "channel": self.story.channel,
            "language": self.story.language or "none",
            "priority": self.priority,
            "status": self.status,
            "team": self.team,
        }
        return frozenset((name, values[name]) for name in names)


def state(story: Story, at: datetime) -> State:
    """What has happened to `story` up to and including `at`."""
    shown = State(story, story.events[0].at, dialogue(story, at))
    for event in story.events:
        if event.at > at:
            break
        shown.changed_at = event.at
        _happen(shown, event)
    return shown


def _happen(shown: State, event: Event) -> None:
    if event.kind is Kind.STAMP:
        stamps = shown.solves if event.value == "solved" else shown.closes
        stamps.append(event.at)
    elif event.kind is Kind.REOPENED:
        shown.reopens += 1
    elif event.kind is Kind.OFFERED:
        shown.offered = True
    elif event.kind is Kind.RATED:
        shown.statements.append(statement(event.value, event.at))
    elif event.kind in REMOVALS:
        shown.removal = event.kind.value
    else:
        before = shown.latest.get(event.kind, "")
        if event.kind is Kind.TEAM and before and event.value and before != event.value:
            shown.reassignments += 1
        shown.latest[event.kind] = event.value


def first_response(story: Story, at: datetime) -> datetime | None:
    """When an agent first replied, if that was up to `at`."""
    return dialogue(story, at).first_response
