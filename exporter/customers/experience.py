"""What support a customer had in the time before an instant, by the worst of it. Pure.

Everything is reckoned out of instants, and only of those up to the instant in question. So it makes
no difference how much more is known by the time of reckoning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from exporter import opinions
from exporter.customers.account import Account, Experience

DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a customer may expect, in milliseconds by the calendar.

    window: how long before an instant its support counts, by when tickets were created.
    slow_response, slow_resolution: what takes longer was slow.
    """

    window: int = 90 * DAY
    slow_response: int = DAY
    slow_resolution: int = 7 * DAY


class Waiting(NamedTuple):
    """Of which tickets a helpdesk tells whether they still wait."""

    response: bool = True
    resolution: bool = True


class Trace(NamedTuple):
    """What one ticket says of the support that its customer had. Instants are Unix milliseconds.

    answered_at: of the first response; solved_at: of the first solve; late_at: of the first solve
        that took longer than a slow resolution. None: not that anybody told.
    unhappy_at: of the first bad rating; breached_at: of the first broken promise.
    removed_at: when it was deleted, merged or marked as spam; None: it counts.
    is_answered, is_open: as its vendor tells it now.
    """

    created_at: int
    answered_at: int | None = None
    solved_at: int | None = None
    late_at: int | None = None
    unhappy_at: int | None = None
    breached_at: int | None = None
    removed_at: int | None = None
    is_answered: bool = False
    is_open: bool = True


class Served(NamedTuple):
    """What support a customer had. asked: whether it created a ticket in that time."""

    experience: Experience = Experience.NONE
    asked: bool = False


def counts(trace: Trace, at: int, expected: Expectations) -> bool:
    """Whether a ticket was created in the time before an instant and not removed by then."""
    return at - expected.window < trace.created_at <= at and not _by(trace.removed_at, at)


def lived(trace: Trace, at: int, expected: Expectations, waiting: Waiting) -> Experience | None:
    """What a customer had from one ticket up to an instant; None: it does not count there."""
    if not counts(trace, at, expected):
        return None
    if _by(trace.unhappy_at, at):
        return Experience.UNHAPPY
    if _by(trace.breached_at, at):
        return Experience.BREACHED
    return Experience.SLOW if _is_slow(trace, at, expected, waiting) else Experience.ON_TARGET


def served(tickets: Iterable[Experience], *, complained: bool) -> Served:
    """The worst of everything. complained: whether it was unhappy beside its tickets."""
    found = [*tickets]
    asked = bool(found)
    if complained:
        found.append(Experience.UNHAPPY)
    return Served(max(found, key=rank, default=Experience.NONE), asked)


_RANKS = {experience: number for number, experience in enumerate(Experience)}


def rank(experience: Experience) -> int:
    """How bad it is; 0 is nothing at all."""
    return _RANKS[experience]


def complaints(account: Account) -> tuple[int, ...]:
    """When a customer said that it was unhappy or a detractor, beside any ticket."""
    bad = (opinions.BAD, opinions.DETRACTOR)
    return tuple(one.at for one in account.opinions if opinions.mark(one) in bad)


def _is_slow(trace: Trace, at: int, expected: Expectations, waiting: Waiting) -> bool:
    age = at - trace.created_at
    if _by(trace.late_at, at):
        return True
    if trace.answered_at is not None and trace.answered_at <= at:
        if trace.answered_at - trace.created_at > expected.slow_response:
            return True
    elif waiting.response and age > expected.slow_response and _is_unanswered(trace, at):
        return True
    return waiting.resolution and age > expected.slow_resolution and _was_open(trace, at)


def _is_unanswered(trace: Trace, at: int) -> bool:
    """Whether it waited for a first response, which nobody told up to that instant."""
    return (trace.answered_at is not None or not trace.is_answered) and _was_open(trace, at)


def _was_open(trace: Trace, at: int) -> bool:
    """Whether it was not solved yet. One that is closed without an instant is not held open."""
    return trace.solved_at > at if trace.solved_at is not None else trace.is_open


def _by(instant: int | None, at: int) -> bool:
    return instant is not None and instant <= at
