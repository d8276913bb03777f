"""What became of promises: kept, broken, or still to keep. No due time is ever computed.

A promise is broken at an instant when the time elapsed up to there, as the vendor tells it, is
more than was promised. Everything follows from asking this of one instant or another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.contract import Fact, Measures
from connectors.testing.hours import Hours
from connectors.testing.policy import Policy
from connectors.testing.sights import Seen, Sight
from connectors.testing.states import State

FACTS = {
    "first_response": Fact.FIRST_RESPONSE,
    "next_response": Fact.NEXT_RESPONSE,
    "resolution": Fact.FIRST_RESOLUTION,
}
"""By target, the fact that keeps the promise."""

Key = tuple[str, int]
"""The target and, of exchanges, the number."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise made for one ticket, by a clock that started at `start`.

    step: the vendor's precision. hours: None for the calendar.
    """

    within: timedelta
    start: datetime
    step: timedelta
    hours: Hours | None

    def broken(self, at: datetime) -> bool:
        """Whether more time has elapsed than was promised."""
        elapsed = (at - self.start) // self.step * self.step
        if self.hours is not None:
            elapsed = self.hours.elapsed(self.start, self.start + elapsed)
        return elapsed > self.within


@dataclass(slots=True)
class Pledged:
    """The promises of one story.

    made: as of the first sight of what started their clocks; None: none was made.
    outcomes: met or breached, and the state of the poll that found it.
    """

    made: dict[Key, Promise | None] = field(default_factory=dict)
    outcomes: dict[Key, tuple[str, State]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promises:
    """What a policy promises, to the customers of a vendor that tells `measures`."""

    policy: Policy
    measures: Measures

    def settle(self, pledged: Pledged, seen: Seen, shown: State, poll: datetime) -> bool:
        """Find the outcomes that one poll shows. Gives whether time alone may bring another."""
        for key, clock in self._clocks(seen):
            if key not in pledged.made:
                pledged.made[key] = self._promise(key[0], clock)
            promise = pledged.made[key]
            if promise is None or key in pledged.outcomes:
                continue
            outcome = _outcome(key, promise, seen, shown, poll)
            if outcome is not None:
                pledged.outcomes[key] = outcome, shown
        return any(key not in pledged.outcomes for key, _ in _unkept(pledged, seen, shown))

    def standing(
        self, pledged: Pledged, seen: Seen, shown: State, poll: datetime
    ) -> Iterator[tuple[str, str]]:
        """Target and state of each promise that an open ticket still has to keep."""
        for (target, _), promise in _unkept(pledged, seen, shown):
            if promise.broken(poll):
                yield target, "breached"
            elif promise.broken(poll + self.policy.at_risk):
                yield target, "at_risk"
            else:
                yield target, "on_track"

    def _clocks(self, seen: Seen) -> Iterator[tuple[Key, Sight]]:
        """Every clock that was seen to start: when it did, and the state at first sight of it."""
        if seen.first is None:
            return
        created = Sight(seen.first.story.created_at, seen.first)
        yield ("first_response", 0), created
        yield ("resolution", 0), created
        for number, asked in seen.asked.items():
            yield ("next_response", number), asked

    def _promise(self, target: str, clock: Sight) -> Promise | None:
        told = self.measures.told.get(FACTS[target])
        start, shown = clock
        promised = self.policy.promise(target, shown.team, shown.priority, shown.story.channel)
        if told is None or promised is None:
            return None
        hours = self.policy.hours_of(shown.team) if promised.clock == "business" else None
        if promised.clock == "business" and hours is None:
            return None
        return Promise(promised.within, start, timedelta(seconds=told.precision), hours)


def _outcome(key: Key, promise: Promise, seen: Seen, shown: State, poll: datetime) -> str | None:
    """What a poll shows of an unsettled promise: met, breached, or nothing so far."""
    kept = _kept(key, seen)
    if kept is not None:
        if kept < promise.start:
            return None
        return "breached" if promise.broken(kept) else "met"
    solves = [at for at in seen.solved if at >= promise.start]
    if _lost(key, seen, shown):
        return "met" if solves and not promise.broken(max(solves)) else None
    ended = poll if shown.open else min(solves, default=None)
    return "breached" if ended is not None and promise.broken(ended) else None


def _kept(key: Key, seen: Seen) -> datetime | None:
    """When the promise was kept, however late."""
    target, number = key
    kept = {
        "first_response": seen.first_response,
        "next_response": seen.answered.get(number),
        "resolution": seen.first_resolution,
    }[target]
    return None if kept is None else kept.at


def _lost(key: Key, seen: Seen, shown: State) -> bool:
    """Whether the first solve came and went without having been told."""
    return key[0] == "resolution" and seen.first_resolution is None and shown.reopens > 0


def _unkept(pledged: Pledged, seen: Seen, shown: State) -> Iterator[tuple[Key, Promise]]:
    """The promises that an open ticket has yet to keep."""
    if shown.removed or not shown.open:
        return
    for key, promise in pledged.made.items():
        if promise is not None and _kept(key, seen) is None and not _lost(key, seen, shown):
            yield key, promise
