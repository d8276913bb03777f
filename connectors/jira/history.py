"""An issue's life, out of what was changed of it: solves, reopens, waits, reassignments. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from connectors.jira.log import History, Item
from connectors.records import Solve, Status

STATUS: Final = "status"
RESOLUTION: Final = "resolution"
WAITING: Final = frozenset({Status.NEW, Status.OPEN, Status.HOLD})
"""The statuses in which a customer waits."""

LATE: Final = timedelta(seconds=2)
"""How much later than the issue says itself to have changed its log may say so."""


class Stretch(NamedTuple):
    """A status from an instant on."""

    since: datetime
    status: Status


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that happened. stretches: the statuses in order; first: the team it began with.

    team_changes: from which team to which, "" being none.
    """

    stretches: Sequence[Stretch]
    team_changes: Sequence[tuple[str, str]] = field(default=())

    @property
    def solves(self) -> Iterator[Solve]:
        """Every time it was solved, with how long its customer had waited until then."""
        waited = timedelta(0)
        for before, now in pairwise(self.stretches):
            if before.status in WAITING:
                waited += now.since - before.since
            if before.status.is_open and not now.status.is_open:
                yield Solve(now.since, waited=waited // timedelta(seconds=1))

    @property
    def reopens(self) -> int:
        """How often it came back."""
        return sum(
            now.status.is_open and not before.status.is_open
            for before, now in pairwise(self.stretches)
        )

    @property
    def reassignments(self) -> int:
        """How often it went from one team to another."""
        return sum(bool(one and other) and one != other for one, other in self.team_changes)


def life(
    created: datetime,
    status: Stretch,
    histories: Sequence[History],
    meanings: Mapping[str, Status],
    team: str | None,
) -> Life:
    """The life of an issue.

    status: the one that it has now, since when it last changed. histories: in any order; what is
    younger than that change is left out. meanings: of statuses, by id and by name in small
    letters. team: the id of the field
    that holds the team.
    """
    told = [one for one in histories if one.at <= status.since + LATE]
    told.sort(key=lambda one: (one.at, len(one.id), one.id))
    return Life(
        list(_stretches(created, status.status, told, meanings)),
        [_team(item) for one in told for item in one.items if team and item.field == team],
    )


def _stretches(
    created: datetime, now: Status, told: Sequence[History], meanings: Mapping[str, Status]
) -> Iterator[Stretch]:
    """A status that the site has no more is judged by whether the issue was resolved."""
    resolved = False
    begun = False
    for history in told:
        items = {item.field: item for item in history.items}
        resolved_before = resolved
        if RESOLUTION in items:
            resolved = bool(items[RESOLUTION].after)
            resolved_before = bool(items[RESOLUTION].before)
        if STATUS not in items:
            continue
        change = items[STATUS]
        if not begun:
            before = (change.before, change.before_name)
            yield Stretch(created, _meaning(before, meanings, resolved_before))
            begun = True
        after = (change.after, change.after_name)
        yield Stretch(history.at, _meaning(after, meanings, resolved))
    if not begun:
        yield Stretch(created, now)


def _meaning(
    status: tuple[str | None, str | None], meanings: Mapping[str, Status], resolved: bool
) -> Status:
    """By the id of a status, else by the name that it had, which may be that of another by now."""
    number, name = status
    known = meanings.get(number or "") or meanings.get((name or "").strip().lower())
    return known or (Status.SOLVED if resolved else Status.OPEN)


def _team(item: Item) -> tuple[str, str]:
    return item.before or item.before_name or "", item.after or item.after_name or ""
