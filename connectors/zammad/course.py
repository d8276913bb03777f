"""The way that a ticket took through states and groups, out of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from connectors.zammad.wire import Article, Entry, History, Ticket

TICKET = "Ticket"
ARTICLE = "Ticket::Article"
CLOSED = "closed"
GONE = ("merged", "removed")
WAITING = ("new", "open")
"""The types of state in which the customer waits; the pending ones wait for the customer."""

Types = Mapping[int, str]
"""The type of each state, by the number of the state."""


@dataclass(frozen=True, slots=True)
class Course:
    """solves: each closing that came after something else, and how long the customer had waited.

    reopens: how often it was closed and then was not. reassignments: how often it went from one
    team to another. tags: those that it has.
    """

    solves: tuple[tuple[datetime, timedelta], ...]
    reopens: int
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


def course(row: Ticket, history: History, types: Types, intake: str | None) -> Course:
    """The way of a ticket up to the row, which its history may have overtaken meanwhile."""
    about = [entry for entry in history.history if entry.object == TICKET]
    changes = [one for one in about if one.created_at <= row.updated_at]
    turns = _turns(row, _updates(changes, "state"), types)
    return Course(
        solves=tuple(_solves(turns)),
        reopens=sum(_is_reopening(before, after) for (_, before), (_, after) in pairwise(turns)),
        reassignments=sum(_is_reassignment(one, intake) for one in _updates(changes, "group")),
        tags=_tags(about),
    )


def _updates(entries: Sequence[Entry], attribute: str) -> list[Entry]:
    return [one for one in entries if one.type == "updated" and one.attribute == attribute]


def _turns(row: Ticket, updates: Sequence[Entry], types: Types) -> list[tuple[datetime, str]]:
    """The types of state that it was in, each from when on."""
    first = updates[0].id_from if updates else row.state_id
    numbers = [first, *(one.id_to for one in updates)]
    begins = [row.created_at, *(max(one.created_at, row.created_at) for one in updates)]
    words = ("open" if number is None else types.get(number, "open") for number in numbers)
    return list(zip(begins, words, strict=True))


def _solves(turns: Sequence[tuple[datetime, str]]) -> list[tuple[datetime, timedelta]]:
    solves: list[tuple[datetime, timedelta]] = []
    waited, since, before = timedelta(0), turns[0][0], ""
    for at, state in turns:
        if before in WAITING:
            waited += at - since
        if state == CLOSED != before:
            solves.append((at, waited))
        since, before = at, state
    return solves


def _is_reopening(before: str, after: str) -> bool:
    return before == CLOSED and after not in (CLOSED, *GONE)


def _is_reassignment(entry: Entry, intake: str | None) -> bool:
    groups = {entry.value_from or None, entry.value_to or None} - {None, intake}
    return len(groups) == 2


def _tags(entries: Sequence[Entry]) -> frozenset[str]:
    tags: set[str] = set()
    for entry in entries:
        if entry.attribute == "tag" and entry.value_to:
            (tags.add if entry.type == "added" else tags.discard)(entry.value_to)
    return frozenset(tags)
