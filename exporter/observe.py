"""The heart: what a record tells that was not known before. Pure.

A vendor tells states; a metric counts events. `observe` holds the two apart: what is known of a
ticket is its newest state together with a ledger of what was counted for it. Each fact is counted
once, under a key made of the vendor's own facts (the instant of a solve, the number of a reopen)
and never of the order of arrival. So repeating, overlapping or shuffling records changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from connectors import Fact, Record, Removed, Ticket
from exporter.catalog import NO_TEAM

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """An aware instant as Unix milliseconds."""
    return (instant - _EPOCH) // _MILLISECOND


class Extra(StrEnum):
    """Observations about the telling rather than about the ticket."""

    CORRECTED = "corrected"
    UNSEEN = "unseen"


class State(msgspec.Struct, frozen=True, gc=False):
    """Where a ticket stands, in the store's units: milliseconds and plain words."""

    created_at: int
    status: str
    is_open: bool
    priority: str
    team: str
    channel: str
    assigned: bool


class Ledger(msgspec.Struct, frozen=True, gc=False):
    """What was counted for a ticket. It only ever grows."""

    created: bool = False
    first_response: bool = False
    first_resolution: bool = False
    solves: tuple[int, ...] = ()
    reopens: int = 0
    unseen: int = 0
    corrections: int = 0


class Known(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one ticket.

    version: (changed_at in milliseconds, revision) of the newest statement.
    state: None where only its removal was ever told.
    removed: why it no longer counts, or None.
    answered: whether a first response was ever told.
    """

    id: str
    version: tuple[int, int]
    state: State | None
    removed: str | None
    answered: bool
    ledger: Ledger


class Observation(msgspec.Struct, frozen=True, gc=False):
    """A fact that happened once. `at` and `value` in milliseconds; the labels of its moment."""

    subject: str
    kind: Fact | Extra
    ordinal: int
    at: int
    value: int | None
    team: str
    priority: str
    channel: str


class Change(NamedTuple):
    """What one record brought: the new knowledge, the new facts, and facts refused by reason."""

    known: Known
    observations: tuple[Observation, ...]
    refused: tuple[str, ...]


_LONGEST_LABEL = 100
NEGATIVE = "negative_duration"
_BLANK = Ledger()


def observe(before: Known | None, after: Record, told: frozenset[Fact]) -> Change:
    """What `after` adds to `before`, counting only facts that the source declares as `told`."""
    if isinstance(after, Removed):
        return _removal(before, after)
    reading = _Reading(before, after, told)
    if before is not None and before.removed and reading.version < before.version:
        return Change(before, (), ())
    return reading.change()


def _removal(before: Known | None, after: Removed) -> Change:
    version = (milliseconds(after.changed_at), after.revision)
    if before is None:
        known = Known(after.id, version, None, after.why.value, False, _BLANK)
        return Change(known, (), ())
    if version < before.version:
        return Change(before, (), ())
    if before.removed:
        return Change(msgspec.structs.replace(before, version=version), (), ())
    removed = msgspec.structs.replace(before, version=version, removed=after.why.value)
    if not before.ledger.created or before.state is None:
        return Change(removed, (), ())
    number = before.ledger.corrections + 1
    ledger = msgspec.structs.replace(before.ledger, corrections=number)
    state = before.state
    observation = Observation(
        after.id,
        Extra.CORRECTED,
        number,
        version[0],
        None,
        state.team,
        state.priority,
        state.channel,
    )
    return Change(msgspec.structs.replace(removed, ledger=ledger), (observation,), ())


def _label(team: str | None) -> str:
    """A team's name as a label: blanks and line breaks folded, no longer than a name is."""
    return " ".join((team or "").split())[:_LONGEST_LABEL] or NO_TEAM


class _Reading:
    """One ticket read against its ledger."""

    def __init__(self, before: Known | None, after: Ticket, told: frozenset[Fact]) -> None:
        self.before = before
        self.after = after
        self.told = told
        self.created_at = milliseconds(after.created_at)
        self.changed_at = milliseconds(after.changed_at)
        self.version = (self.changed_at, after.revision)
        self.ledger = before.ledger if before else _BLANK
        self.labels = (_label(after.team), after.priority.value, after.channel.value)
        self.observations: list[Observation] = []
        self.refused: list[str] = []

    def change(self) -> Change:
        before, after, ledger = self.before, self.after, self.ledger
        solves = self._solves()
        ledger = Ledger(
            created=ledger.created or self._once(Fact.CREATED, self.created_at),
            first_response=ledger.first_response
            or self._timed_once(Fact.FIRST_RESPONSE, after.first_response_at),
            first_resolution=ledger.first_resolution
            or self._timed_once(Fact.FIRST_RESOLUTION, after.first_solved_at),
            solves=solves,
            reopens=self._reopens(),
            unseen=self._unseen(solves),
            corrections=ledger.corrections,
        )
        answered = after.first_response_at is not None or (before is not None and before.answered)
        if before is not None and self.version < before.version:
            known = msgspec.structs.replace(before, answered=answered, ledger=ledger)
        else:
            known = Known(after.id, self.version, self._state(), None, answered, ledger)
        new = before is None or self.version > before.version
        return Change(known, tuple(self.observations), tuple(self.refused) if new else ())

    def _state(self) -> State:
        after, (team, priority, channel) = self.after, self.labels
        status = after.status
        return State(
            self.created_at, status.value, status.is_open, priority, team, channel, after.assigned
        )

    def _add(self, kind: Fact | Extra, ordinal: int, at: int, value: int | None = None) -> None:
        self.observations.append(Observation(self.after.id, kind, ordinal, at, value, *self.labels))

    def _once(self, kind: Fact, at: int) -> bool:
        if kind in self.told:
            self._add(kind, 0, at)
        return True

    def _timed_once(self, kind: Fact, instant: datetime | None) -> bool:
        if instant is None or kind not in self.told:
            return False
        at = milliseconds(instant)
        return self._timed(kind, 0, at)

    def _timed(self, kind: Fact, ordinal: int, at: int) -> bool:
        if at < self.created_at:
            self.refused.append(NEGATIVE)
            return False
        self._add(kind, ordinal, at, at - self.created_at)
        return True

    def _solves(self) -> tuple[int, ...]:
        known = self.ledger.solves
        if Fact.SOLVED not in self.told:
            return known
        for instant in self.after.solved_at:
            at = milliseconds(instant)
            if at not in known and self._timed(Fact.SOLVED, at, at):
                known = (*known, at)
        return known

    def _reopens(self) -> int:
        counted, told = self.ledger.reopens, self.after.reopens
        if Fact.REOPENED not in self.told or told <= counted:
            return counted
        for number in range(counted + 1, told + 1):
            self._add(Fact.REOPENED, number, self.changed_at)
        return told

    def _unseen(self, solves: tuple[int, ...]) -> int:
        """Every reopen followed a solve; solves that nobody told the instant of are unseen."""
        counted = self.ledger.unseen
        if Fact.SOLVED not in self.told or not self.after.reopens:
            return counted
        stands = bool(self.after.solved_at) and not self.after.status.is_open
        missing = self.after.reopens - (len(solves) - stands)
        for number in range(counted + 1, missing + 1):
            self._add(Extra.UNSEEN, number, self.changed_at)
        return max(counted, missing)
