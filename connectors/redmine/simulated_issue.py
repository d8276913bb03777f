"""One story of the desk as Redmine writes it down: an issue and its journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.testing.desk import Event, Kind, Role, Story

Json = dict[str, object]

ON_HOLD: Final = "On hold"
STATUSES: Final[Mapping[str, tuple[int, str, bool]]] = {
    "new": (1, "New", False),
    "open": (2, "In Progress", False),
    "solved": (3, "Resolved", False),
    "pending": (4, "Feedback", False),
    "closed": (5, "Closed", True),
    "rejected": (6, "Rejected", True),
    "hold": (7, ON_HOLD, False),
}
"""Their ids, their names, and whether Redmine calls them closed."""

PRIORITIES: Final[Mapping[str, tuple[int, str]]] = {
    "low": (1, "Low"),
    "normal": (2, "Normal"),
    "high": (3, "High"),
    "urgent": (4, "Urgent"),
}
PROJECT: Final = 1
AGENTS: Final = range(11, 16)
BOT: Final = 20
NOBODY: Final = 2
CUSTOMERS: Final = 1000
CHANNEL: Final = "Channel"
CUSTOMER: Final = "Customer"
TOPIC: Final = "Topic"
REMOVALS: Final = frozenset({Kind.MERGED, Kind.SPAM, Kind.DELETED})


@dataclass(slots=True)
class Life:
    """An issue as it stands after what has happened so far. gone: it was deleted."""

    story: Story
    categories: Mapping[str, int]
    status: str = "new"
    priority: str = "normal"
    category: str = ""
    assigned: bool = False
    gone: bool = False
    closed: datetime | None = None
    changed: datetime | None = None
    journals: list[Json] = field(default_factory=list)

    def live(self, now: datetime) -> None:
        """Let everything happen up to an instant."""
        opened = self.story.events[0]
        self.changed = opened.at
        for number, event in enumerate(self.story.events[1:]):
            if event.at > now:
                break
            is_opening = (
                number == 0
                and event.kind is Kind.COMMENT
                and (event.at, event.role) == (opened.at, self.story.opened_by)
            )
            if not is_opening:
                self._happen(event)

    def _happen(self, event: Event) -> None:
        if event.kind in REMOVALS:
            self.gone = True
        elif event.kind in (Kind.OFFERED, Kind.RATED) or event.value == "merged":
            self._note(event, "between us", private=True)  # a program's, or of another issue
        elif event.kind is Kind.COMMENT:
            self._note(event, "a note", private=not event.public)
        elif event.kind in (Kind.STATUS, Kind.TEAM, Kind.PRIORITY, Kind.ASSIGNED):
            for name, old, new in self._changed(event):
                if old != new:
                    self._note(event, "", (name, old, new))

    def _changed(self, event: Event) -> Iterator[tuple[str, int | None, int | None]]:
        if event.kind is Kind.STATUS:
            old, self.status = self.status, event.value
            if STATUSES[self.status][2] and not STATUSES[old][2]:
                self.closed = event.at
            yield "status_id", STATUSES[old][0], STATUSES[self.status][0]
        elif event.kind is Kind.PRIORITY:
            was, self.priority = self.priority, event.value
            yield "priority_id", PRIORITIES[was][0], PRIORITIES[self.priority][0]
        elif event.kind is Kind.TEAM:
            before, self.category = self.category, event.value
            yield "category_id", self.categories.get(before), self.categories.get(self.category)
        else:
            held, self.assigned = self.assigned, bool(event.value)
            agent = self._user(Role.AGENT)
            yield "assigned_to_id", agent if held else None, agent if self.assigned else None

    def _note(
        self,
        event: Event,
        text: str,
        change: tuple[str, int | None, int | None] | None = None,
        *,
        private: bool = False,
    ) -> None:
        self.changed = event.at
        details = []
        if change is not None:
            name, old, new = change
            told = {"old_value": _text(old), "new_value": _text(new)}
            details.append({"property": "attr", "name": name, **told})
        self.journals.append(
            {
                "id": self.story.id * 1000 + len(self.journals) + 1,
                "user": named(self._user(event.role)),
                "notes": text,
                "created_on": instant(event.at),
                "private_notes": private,
                "details": details,
            }
        )

    def _user(self, role: Role) -> int:
        users = {
            Role.CUSTOMER: CUSTOMERS + self.story.id,
            Role.AGENT: AGENTS[self.story.id % len(AGENTS)],
            Role.BOT: BOT,
            Role.SYSTEM: NOBODY,
        }
        return users[role]

    def issue(self, customer: str, *, private: bool) -> Json:
        """The issue with its journals. private: whether private notes may be seen."""
        number, name, is_closed = STATUSES[self.status]
        told: Json = {
            "id": self.story.id,
            "project": named(PROJECT, "Support"),
            "tracker": named(3, "Support"),
            "status": {"id": number, "name": name, "is_closed": is_closed},
            "priority": named(*PRIORITIES[self.priority]),
            "author": named(self._user(self.story.opened_by)),
            "subject": f"Request {self.story.id}",
            "description": "of no interest",
            "custom_fields": _custom_fields(self.story, customer),
            "created_on": instant(self.story.created_at),
            "updated_on": instant(self.changed),
            "closed_on": instant(self.closed),
        }
        if self.assigned:
            told["assigned_to"] = named(self._user(Role.AGENT))
        if self.category:
            told["category"] = named(self.categories[self.category], self.category)
        shown = [one for one in self.journals if private or not one["private_notes"]]
        return {**told, "journals": shown}


def named(number: int, name: str = "Somebody") -> Json:
    """A reference to a record."""
    return {"id": number, "name": name}


def instant(at: datetime | None) -> str | None:
    """An instant as Redmine writes it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _custom_fields(story: Story, customer: str) -> list[Json]:
    return [
        {"id": 1, "name": CHANNEL, "value": story.channel},
        {"id": 2, "name": CUSTOMER, "value": customer},
        {"id": 3, "name": TOPIC, "multiple": True, "value": list(story.tags)},
    ]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
