"""One story of the desk as RT writes it down: a ticket, and the transactions of its life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.testing.desk import Event, Kind, Role, Story

INCOMING: Final = "Incoming"
SYSTEM: Final = "RT_System"
BOT: Final = "autopilot"
NOBODY: Final = "Nobody"
DELETED: Final = "deleted"
ORGANIZATION: Final = "desk.example"
ABSORBED: Final = 50_000_000
"""Where the numbers of tickets begin that were merged into others of the desk."""

STATUSES: Final[Mapping[str, str]] = {
    "new": "new",
    "open": "open",
    "pending": "stalled",
    "hold": "parked",
    "solved": "resolved",
    "closed": "archived",
}
INACTIVE: Final = frozenset({"resolved", "archived", "rejected", DELETED})
PRIORITIES: Final[Mapping[str, int]] = {"low": 10, "normal": 50, "high": 75, "urgent": 100}


@dataclass(slots=True)
class Entry:
    """One transaction. ticket: the number of its object."""

    at: datetime
    ticket: int
    kind: str
    creator: str
    field: str = ""
    old: str = ""
    new: str = ""
    id: int = 0


@dataclass(slots=True)
class Kept:
    """One ticket as it stands, and how many of its transactions were written down."""

    story: Story
    queue: str
    created: datetime
    changed: datetime
    status: str = "new"
    priority: int = PRIORITIES["normal"]
    owner: str = NOBODY
    resolved: datetime | None = None
    merged_into: int = 0
    written: int = 0
    customer: str = ""

    @property
    def is_listed(self) -> bool:
        """Whether a search may find it."""
        return self.status != DELETED and not self.merged_into


@dataclass(slots=True)
class Life:
    """The transactions of a story so far, and the ticket that they make."""

    story: Story
    ids: Mapping[str, int]
    entries: list[Entry] = field(default_factory=list)

    def lived(self, now: datetime) -> Kept:
        """The ticket at an instant; `entries` are then those up to it, in order."""
        opened = self.story.events[0]
        begin = [one for one in self.story.events if one.at == opened.at]
        first = {one.kind: one.value for one in begin}
        kept = Kept(
            self.story,
            first.get(Kind.TEAM) or INCOMING,
            self.story.created_at,
            opened.at,
            priority=PRIORITIES[first.get(Kind.PRIORITY, "normal")],
        )
        self._write(opened.at, "Create", self._name(self.story.opened_by))
        for event in _after_the_opening(self.story, now):
            for entry in self._told(kept, event):
                self.entries.append(entry)
                if entry.ticket == self.story.id:
                    kept.changed = entry.at
        return kept

    def _write(self, at: datetime, kind: str, creator: str) -> None:
        self.entries.append(Entry(at, self.story.id, kind, creator))

    def _told(self, kept: Kept, event: Event) -> Iterator[Entry]:
        number, who = self.story.id, self._name(event.role)
        if event.kind is Kind.COMMENT and event.value == "merged":
            absorbed = ABSORBED + number
            yield Entry(event.at, absorbed, "Correspond", who)
            for one in (absorbed, number):  # RT writes the same link down at both
                yield Entry(event.at, one, "AddLink", who, "MergedInto", "", _uri(number))
        elif event.kind in (Kind.OFFERED, Kind.RATED):  # a program for surveys takes a note
            yield Entry(event.at, number, "Comment", BOT)
        elif event.kind is Kind.COMMENT:
            yield Entry(event.at, number, "Correspond" if event.public else "Comment", who)
            if event.public:
                yield Entry(event.at, number, "EmailRecord", SYSTEM)
        elif event.kind is Kind.MERGED:
            kept.merged_into = int(event.value)
            link = _uri(kept.merged_into)
            yield Entry(event.at, number, "AddLink", who, "MergedInto", "", link)
            yield Entry(event.at, kept.merged_into, "AddLink", who, "MergedInto", "", link)
        else:
            yield from self._set(kept, event, who)

    def _set(self, kept: Kept, event: Event, who: str) -> Iterator[Entry]:
        number, at = self.story.id, event.at
        if event.kind is Kind.STATUS or event.kind in (Kind.DELETED, Kind.SPAM):
            new = STATUSES[event.value] if event.kind is Kind.STATUS else DELETED
            if new != kept.status:
                yield Entry(at, number, "Status", who, "Status", kept.status, new)
                if (new in INACTIVE) != (kept.status in INACTIVE):
                    kept.resolved = at if new in INACTIVE else None
                kept.status = new
        elif event.kind is Kind.TEAM:
            old, kept.queue = kept.queue, event.value or INCOMING
            if old != kept.queue:
                told = str(self.ids[old]), str(self.ids[kept.queue])
                yield Entry(at, number, "Set", who, "Queue", *told)
        elif event.kind is Kind.PRIORITY:
            was, kept.priority = kept.priority, PRIORITIES[event.value]
            if was != kept.priority:
                yield Entry(at, number, "Set", who, "Priority", str(was), str(kept.priority))
        elif event.kind is Kind.ASSIGNED:
            kept.owner = agent(self.story) if event.value else NOBODY
            yield Entry(at, number, "Set", who, "Owner", "6", "14" if event.value else "6")

    def _name(self, role: Role) -> str:
        names = {
            Role.CUSTOMER: requestor(self.story),
            Role.AGENT: agent(self.story),
            Role.BOT: BOT,
            Role.SYSTEM: SYSTEM,
        }
        return names[role]


def requestor(story: Story) -> str:
    """The name of whoever asked, which is a mail address."""
    return f"customer-{story.id}@desk.example"


def agent(story: Story) -> str:
    """The name of the agent."""
    return f"agent-{story.id % 7}"


def _uri(number: int) -> str:
    return f"fsck.com-rt://{ORGANIZATION}/ticket/{number}"


def _after_the_opening(story: Story, now: datetime) -> Sequence[Event]:
    """What happens once the ticket is written down, with its message, queue and priority."""
    opened = story.events[0]
    events = [one for one in story.events[1:] if one.at <= now]
    first = events[0] if events else opened
    if (first.kind, first.at, first.role) == (Kind.COMMENT, opened.at, story.opened_by):
        events = events[1:]
    for kind in (Kind.TEAM, Kind.PRIORITY):
        same = (one for one in events if one.kind is kind and one.at == opened.at)
        if (told := next(same, None)) is not None:
            events.remove(told)
    return events
