"""What a vendor shows of a story at one instant, by the rules of docs/semantics.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.testing.desk import Event, Kind, Role, Story

Labels = frozenset[tuple[str, str]]

REMOVALS = (Kind.MERGED, Kind.SPAM, Kind.DELETED)


@dataclass(slots=True)
class State:
    """One story as it stands.

    latest: the last value of each kind of event; solves, closes: the instants stamped so far;
    first_response: when a human agent first replied, None before that.
    """

    story: Story
    latest: dict[Kind, str] = field(default_factory=dict)
    removed: bool = False
    reopens: int = 0
    solves: list[datetime] = field(default_factory=list)
    closes: list[datetime] = field(default_factory=list)
    first_response: datetime | None = None

    @property
    def status(self) -> str:
        """One of the six statuses."""
        return self.latest.get(Kind.STATUS, "new")

    @property
    def open(self) -> bool:
        """Whether it is backlog."""
        return self.status not in ("solved", "closed")

    @property
    def assigned(self) -> bool:
        """Whether one agent holds it."""
        return self.latest.get(Kind.ASSIGNED, "") == "yes"

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
            "priority": self.latest.get(Kind.PRIORITY, "normal"),
            "status": self.status,
            "team": self.latest.get(Kind.TEAM, "") or "none",
        }
        return frozenset((name, values[name]) for name in names)


def state(story: Story, at: datetime) -> State:
    """What has happened to `story` up to and including `at`."""
    shown = State(story)
    for event in story.events:
        if event.at > at:
            break
        if event.kind is Kind.STAMP:
            stamps = shown.solves if event.value == "solved" else shown.closes
            stamps.append(event.at)
        elif event.kind is Kind.REOPENED:
            shown.reopens += 1
        elif event.kind in REMOVALS:
            shown.removed = True
        else:
            shown.latest[event.kind] = event.value
    shown.first_response = first_response(story, at)
    return shown


def first_response(story: Story, at: datetime) -> datetime | None:
    """When an agent first replied, if that was up to `at`.

    The message that opened the ticket is no reply, whoever wrote it. Of comments in one second
    the story's order decides, and there the customer's come first.
    """
    told = [event for event in story.events if event.kind is Kind.COMMENT and event.at <= at]
    opened = story.events[0]
    if told and told[0].at == opened.at and told[0].role is story.opened_by:
        told = told[1:]
    for event in told:
        if _is_reply(event):
            return event.at
    return None


def _is_reply(event: Event) -> bool:
    return event.role is Role.AGENT and event.public and event.value != "merged"
