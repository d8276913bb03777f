"""The way that a ticket took through states and groups, out of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors import course
from connectors.course import Turn
from connectors.records import Status
from connectors.zammad.wire import Article, Entry, History, Ticket

TICKET = "Ticket"
ARTICLE = "Ticket::Article"

# Each closing is a solve: there is no word between the two.
TURNS = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "pending reminder": Status.PENDING,
    "pending action": Status.PENDING,
    **dict.fromkeys(("closed", "merged", "removed"), Status.SOLVED),
}

Types = Mapping[int, str]
"""The type of each state, by the number of the state."""


@dataclass(frozen=True, slots=True)
class Way:
    """course: through states. reassignments: from one team to another. tags: those that it has."""

    course: course.Course
    reassignments: int
    tags: frozenset[str]


def is_whole(history: History) -> bool:
    """Whether it begins with the ticket; of one that was imported from elsewhere it does not."""
    return any(entry.type == "created" and entry.object == TICKET for entry in history.history)


def articles(row: Ticket, history: History) -> list[Article]:
    """What was written on this ticket up to the row; not what came with a ticket merged into it,
    which is part of the history of that one."""
    written = {
        str(entry.o_id)
        for entry in history.history
        if entry.type == "created" and entry.object == ARTICLE
    }
    known = history.assets.articles
    found = (known[number] for number in written & known.keys())
    return [one for one in found if one.created_at <= row.updated_at]


def way(row: Ticket, history: History, types: Types, intake: str | None) -> Way:
    """The way of a ticket up to the row, which its history may have overtaken meanwhile."""
    about = [entry for entry in history.history if entry.object == TICKET]
    changes = [one for one in about if one.created_at <= row.updated_at]
    turns = [
        Turn(
            max(one.created_at, row.created_at),
            _status(one.id_from, types),
            _status(one.id_to, types),
        )
        for one in _updates(changes, "state")
    ]
    moves = _updates(changes, "group")
    return Way(
        course.course(row.created_at, _status(row.state_id, types), turns),
        sum(_is_reassignment(one, intake) for one in moves),
        _tags(about),
    )


def _status(state: int | None, types: Types) -> Status:
    return TURNS.get(types.get(state or 0, "open"), Status.OPEN)


def _updates(entries: Sequence[Entry], attribute: str) -> list[Entry]:
    return [one for one in entries if one.type == "updated" and one.attribute == attribute]


def _is_reassignment(entry: Entry, intake: str | None) -> bool:
    groups = {entry.value_from or None, entry.value_to or None} - {None, intake}
    return len(groups) == 2


def _tags(entries: Sequence[Entry]) -> frozenset[str]:
    tags: set[str] = set()
    for entry in entries:
        if entry.attribute == "tag" and entry.value_to:
            (tags.add if entry.type == "added" else tags.discard)(entry.value_to)
    return frozenset(tags)
