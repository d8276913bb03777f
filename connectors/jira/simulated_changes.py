"""What was changed of a story of the desk, as the log of an issue has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from connectors.jira.simulated_issue import PRIORITIES, STATUSES, field
from connectors.testing.desk import Event, Kind, Story

Change = dict[str, Any]
DONE: Final = ("solved", "closed")
KINDS: Final = (Kind.STATUS, Kind.TEAM, Kind.PRIORITY, Kind.ASSIGNED)
NAMES: Final = {Kind.PRIORITY: "priority", Kind.ASSIGNED: "assignee"}


def histories(story: Story, now: datetime) -> Iterator[tuple[datetime, Change]]:
    """Every change after the issue was made, the oldest first, with its instant."""
    stands = {Kind.STATUS: "new"}
    begun = story.events[0].at
    for place, event in enumerate(story.events):
        if event.at > now:
            return
        if event.kind not in KINDS:
            continue
        before = stands.get(event.kind, "")
        stands[event.kind] = event.value
        if event.at == begun or before == event.value:
            continue
        yield (
            event.at,
            {
                "id": str(story.id * 1_000 + place),
                "author": {"accountId": "agent-7", "displayName": "Person agent-7"},
                "created": int(event.at.timestamp()) * 1000,
                "items": [_item(event, before), *_resolution(event, before)],
            },
        )


def _item(event: Event, before: str) -> Change:
    if event.kind is Kind.STATUS:
        (old, old_name, _), (new, new_name, _) = STATUSES[before], STATUSES[event.value]
        return _change("status", "jira", (old, old_name), (new, new_name))
    if event.kind is Kind.TEAM:
        one, other = _option(before), _option(event.value)
        return {**_change("Support team", "custom", one, other), "fieldId": field("Support team")}
    words = PRIORITIES if event.kind is Kind.PRIORITY else {"yes": "agent-7"}
    old_word, new_word = words.get(before), words.get(event.value)
    return _change(NAMES[event.kind], "jira", (old_word, old_word), (new_word, new_word))


def _resolution(event: Event, before: str) -> Iterator[Change]:
    """The workflow sets it with the first status that is done, and clears it with any other."""
    if event.kind is not Kind.STATUS or (before in DONE) == (event.value in DONE):
        return
    done, none = ("10000", "Done"), (None, None)
    if event.value in DONE:
        yield _change("resolution", "jira", none, done)
    else:
        yield _change("resolution", "jira", done, none)


def _option(team: str) -> tuple[str | None, str | None]:
    return (f"opt-{team}", team) if team else (None, None)


def _change(
    name: str, kind: str, old: tuple[str | None, str | None], new: tuple[str | None, str | None]
) -> Change:
    return {
        "field": name,
        "fieldtype": kind,
        "fieldId": name,
        "from": old[0],
        "fromString": old[1],
        "to": new[0],
        "toString": new[1],
    }
