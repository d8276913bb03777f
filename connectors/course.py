"""The course of a ticket, out of its changes of status as a vendor tells them one by one.

The rules are those of docs/semantics.md: each change to solved is a solve, a ticket closed without
one is over with its last closing, and its customer waits while it is new, open or on hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from connectors.records import Status

DONE: Final = (Status.SOLVED, Status.CLOSED)
SECOND: Final = timedelta(seconds=1)


class Turn(NamedTuple):
    """A change from one status to another."""

    at: datetime
    old: Status
    new: Status


@dataclass(frozen=True, slots=True)
class Course:
    """What was changed so far. steps: the status from each instant on; the first is that of the
    creation. solves, closes: when it was solved, and closed from work. reopens: how often it came
    back."""

    steps: tuple[tuple[datetime, Status], ...]
    solves: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    reopens: int

    @property
    def first_end(self) -> datetime | None:
        """The first solve; of a ticket that was closed without one, the first closing."""
        return next(iter(self.solves or self.closes), None)

    @property
    def ends(self) -> Sequence[datetime]:
        """The solves; the last closing of a ticket that stands closed without one."""
        is_closed = self.steps[-1][1] is Status.CLOSED
        return self.solves or (self.closes[-1:] if is_closed else ())

    def waited(self, until: datetime) -> int:
        """Seconds that the customer had waited by then."""
        spent = timedelta(0)
        for (begin, status), (end, _) in pairwise((*self.steps, (until, Status.OPEN))):
            if status.is_open and status is not Status.PENDING:
                spent += max(min(end, until) - begin, timedelta(0))
        return spent // SECOND


def course(created: datetime, now: Status, turns: Iterable[Turn]) -> Course:
    """The course of a ticket. now: its status, which is that of the beginning where none was
    changed. turns: in order. One that was over from the beginning was solved, or closed, then."""
    told = list(turns)
    begun = told[0].old if told else now
    steps = [(created, begun)]
    if begun in DONE:
        told.insert(0, Turn(created, Status.OPEN, begun))
    solves, closes, reopens = [], [], 0
    for at, old, new in told:
        steps.append((at, new))
        reopens += old in DONE and new not in DONE
        if new is Status.SOLVED and old is not Status.SOLVED:
            solves.append(at)
        elif new is Status.CLOSED and old not in DONE:
            closes.append(at)
    return Course(tuple(steps), tuple(solves), tuple(closes), reopens)
