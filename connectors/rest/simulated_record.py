"""A ticket as the simulated helpdesk tells it: its words, and where in a record each fact is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.fields.simulated import fields
from connectors.testing.desk import Story
from connectors.testing.hours import Hours

STATES: Final = {
    "new": "submitted",
    "open": "in_progress",
    "pending": "waiting",
    "hold": "parked",
    "solved": "resolved",
    "closed": "archived",
    "deleted": "trashed",
    "merged": "joined",
    "spam": "junk",
}
URGENCIES: Final = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
CHANNELS: Final = {"email": "mail", "web": "form"}
SMILES: Final[Mapping[object, str]] = {1: "happy", 0: "unhappy"}

PATHS: Final = {
    "id": "id",
    "created": "created_at",
    "changed": "updated_at",
    "status": "state",
    "priority": "urgency",
    "channel": "via.channel",
    "team": "group.name",
    "assigned": "agent",
    "first_response": "times.first_reply",
    "first_solved": "times.first_resolved",
    "solved": "times.resolved",
    "closed": "times.archived",
    "reopens": "counts.reopens",
    "reassignments": "counts.transfers",
    "replies": "counts.replies",
    "waited": "times.waited",
    "waited_business": "times.waited_in_hours",
    "offered": "survey.sent",
    "rating": "survey.smile",
    "rating_at": "survey.at",
    "recommendation": "survey.recommends",
    "effort": "survey.effort",
    "language": "language",
    "tags": "labels.name",
}

Key = tuple[datetime, int]
"""Its place in the list: the instant of its last change, its number."""

Record = dict[str, object]


def record(story: Story, now: datetime, hours: Hours | None) -> tuple[Key, Record]:
    """A ticket after its place in the list; `hours` are those of the desk."""
    told = fields(story, now, hours)
    values = {fact: _written(value) for fact, value in told.items()} | {
        "id": story.id,
        "status": STATES[str(told["status"])],
        "priority": URGENCIES[str(told["priority"])],
        "channel": CHANNELS.get(story.channel, story.channel),
        "assigned": {"id": 100 + story.id % 7} if told["assigned"] else None,
        "rating": SMILES.get(told["rating"]),
    }
    made: dict[str, Record] = {}
    for fact, path in PATHS.items():
        group, _, name = path.rpartition(".")
        made.setdefault(group, {})[name] = values[fact]
    changed = max(event.at for event in story.events if event.at <= now)
    return (changed, story.id), {
        "subject": "It does not work as it did",
        **made.pop(""),
        **made,
        "group": made["group"] if told["team"] else None,
        "labels": [{"name": tag} for tag in story.tags],
    }


def _written(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
