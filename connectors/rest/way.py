"""How far a walk has come, and what it hands over on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from connectors.rest.mapping import Reading
from connectors.rest.paging import FIRST, Answer, Place


class Half(msgspec.Struct, frozen=True):
    """A walk that broke off at a place in the list that its vendor knows again.

    began, newest: the clock of its first answer, and the newest change so far.
    """

    place: Place
    began: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Leg:
    """One answer on the way.

    since: where the walk may begin again from now on; half: or rather go on. complete_to: on the
    last leg, the instant up to which everything is told.
    """

    reading: Reading
    since: datetime | None
    complete_to: datetime | None = None
    half: Half | None = None


@dataclass(slots=True)
class Way:
    """How far a walk has come.

    since, place: what is asked for next. by_time: it steps from instant to instant where it can;
    stepped: it has just done so, `back` being where the pagination would have led. began: the
    clock of the first answer. settled: the newest change before that, for a record that changes
    while an answer is written shows its new time in its old place. pages: answers with records.
    """

    since: datetime | None
    place: Place = FIRST
    by_time: bool = False
    stepped: bool = False
    back: tuple[datetime | None, Place] | None = None
    began: datetime | None = None
    newest: datetime | None = None
    settled: datetime | None = None
    pages: int = 0
    is_sorted: bool = True

    @property
    def asked(self) -> tuple[datetime | None, Place]:
        """What the next request asks for, which no walk does twice."""
        return self.since, self.place

    def reached(self, newest: datetime | None, lag: timedelta) -> datetime | None:
        """Up to where everything is told, `newest` being the newest change that was."""
        if newest is None or self.began is None:
            return self.since
        reached = min(newest, self.began - lag)
        return reached if self.since is None else max(reached, self.since)

    def retreat(self) -> None:
        """Go where the pagination would have led, and step no more."""
        if self.back:
            self.since, self.place = self.back
        self.by_time, self.stepped, self.back = False, False, None

    def take(self, answer: Answer, reading: Reading) -> None:
        """Note what an answer brought."""
        began = self.began = self.began or answer.at
        self.pages += bool(answer.records)
        told = [record.changed_at for record in reading.records]
        known = [self.newest, *told] if self.newest else told
        self.is_sorted &= ascends(known)
        self.newest = max(known, default=None)
        self.settled = max((at for at in known if at < began), default=self.settled)

    def on(self, place: Place, reached: datetime | None) -> None:
        """Go on to a place, or to the first one from an instant that was reached."""
        self.back = (self.since, place) if reached else None
        self.since, self.place = (reached, FIRST) if reached else (self.since, place)
        self.stepped = reached is not None


def ascends(moments: Sequence[datetime]) -> bool:
    """Whether none is earlier than the one before."""
    return all(one <= other for one, other in pairwise(moments))
