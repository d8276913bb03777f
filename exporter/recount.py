"""Counting the facts of a ticket anew, by another definition than they were counted by. Pure.

Facts stay what they are: an instant, a value, the labels of their moment. What depends on the
definition is the business clock, and what was promised with how that ended. Categories are labels
of their moment too: tags are not stored, so they cannot be told apart anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from connectors import Fact
from exporter.book import Book
from exporter.definition import Target
from exporter.knowledge import PROMISED, Extra, Known, Observation, Pledge, State, Talk
from exporter.observe import Observer
from exporter.pledges import ended, lost, made, settled

_BY_CLOCK = frozenset({Fact.FIRST_RESPONSE, Fact.NEXT_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED})
_OUTCOMES = frozenset(PROMISED.values())
_Key = tuple[Fact | Extra, int]


class Recounted(NamedTuple):
    """A ticket and all its observations by the new definition."""

    known: Known
    observations: list[Observation]


def recounted(
    observer: Observer, known: Known, observations: Iterable[Observation], watermark: int | None
) -> Recounted:
    """The ticket with all of its observations, counted anew."""
    old = {(one.kind, one.ordinal): one for one in observations}
    facts = [_by_clock(observer, one) for key, one in old.items() if key[0] not in _OUTCOMES]
    outcomes = {key: one for key, one in old.items() if key[0] in _OUTCOMES}
    if known.state is None or known.removed:
        return Recounted(known, [*facts, *outcomes.values()])
    promised = _Promises(observer, known, known.state, old)
    known = promised.known()
    found = promised.book.observations
    if watermark is not None:
        lapsed = observer.lapse(known, watermark)
        known, found = lapsed.known, [*found, *lapsed.observations]
    return Recounted(known, [*facts, *(_labelled(one, old) for one in found)])


def _by_clock(observer: Observer, one: Observation) -> Observation:
    if one.kind not in _BY_CLOCK or one.value is None:
        return one
    business = observer.definition.business(one.clock, one.at - one.value, one.at)
    return one if business == one.business else replace(one, business=business)


_KEPT_BY = {
    Extra.PROMISED_FIRST_RESPONSE: Fact.FIRST_RESPONSE,
    Extra.PROMISED_NEXT_RESPONSE: Fact.NEXT_RESPONSE,
    Extra.PROMISED_RESOLUTION: Fact.FIRST_RESOLUTION,
}


def _labelled(one: Observation, old: dict[_Key, Observation]) -> Observation:
    """An outcome with the labels that it was first observed with, else those of what kept it."""
    kept_by = _KEPT_BY[Extra(one.kind)]
    before = old.get((one.kind, one.ordinal)) or old.get((kept_by, one.ordinal))
    if before is None:
        return one
    return replace(
        one,
        team=before.team,
        priority=before.priority,
        channel=before.channel,
        category=before.category,
        language=before.language,
    )


class _Promises:
    """What is promised for one ticket now, and how it ended."""

    def __init__(
        self, observer: Observer, known: Known, state: State, old: dict[_Key, Observation]
    ) -> None:
        self.book = Book(known.id, state, observer.definition)
        self._observer = observer
        self._known = known
        self._old = old
        team, priority = known.begun
        self._then = replace(state, team=team, priority=priority)

    def known(self) -> Known:
        """The ticket with its promises settled as far as they can be without the time of day."""
        return replace(
            self._known,
            response=self._response(),
            resolution=self._resolution(),
            talks=tuple(self._talk(talk) for talk in self._known.talks),
        )

    def _response(self) -> Pledge:
        pledge = self._made(Target.FIRST_RESPONSE, self._then, self._then.created_at)
        if self._ended(Target.FIRST_RESPONSE, 0, self._known.response, pledge):
            return self._known.response
        kept = self._at(Fact.FIRST_RESPONSE)
        if kept is None and self._known.answered:
            return Pledge(pledge.breaks_at, over=True)
        return settled(self.book, Target.FIRST_RESPONSE, 0, pledge, kept)

    def _resolution(self) -> Pledge:
        pledge = self._made(Target.RESOLUTION, self._then, self._then.created_at)
        if self._ended(Target.RESOLUTION, 0, self._known.resolution, pledge):
            return self._known.resolution
        kept = self._at(Fact.FIRST_RESOLUTION)
        ledger = self._known.ledger
        if kept is None and ledger.reopens:
            return lost(self.book, pledge, ended(ledger.solves, self._then.created_at))
        return settled(self.book, Target.RESOLUTION, 0, pledge, kept)

    def _talk(self, talk: Talk) -> Talk:
        if talk.asked is None or talk.team is None or talk.priority is None:
            return talk
        state = replace(self._then, team=talk.team, priority=talk.priority)
        pledge = self._made(Target.NEXT_RESPONSE, state, talk.asked)
        if self._ended(Target.NEXT_RESPONSE, talk.number, talk.pledge, pledge):
            return talk
        number = talk.number
        pledge = settled(self.book, Target.NEXT_RESPONSE, number, pledge, talk.answered)
        return replace(talk, pledge=pledge)

    def _ended(self, target: Target, ordinal: int, was: Pledge, now: Pledge) -> bool:
        """Whether this very promise has ended: what broke it may not be told any more."""
        outcome = self._old.get((PROMISED[target], ordinal))
        if outcome is None or was.breaks_at != now.breaks_at:
            return False
        self.book.observations.append(outcome)
        return True

    def _made(self, target: Target, state: State, start: int) -> Pledge:
        return made(self._observer.definition, self._observer.measures, target, state, start)

    def _at(self, fact: Fact) -> int | None:
        found = self._old.get((fact, 0))
        return None if found is None else found.at
