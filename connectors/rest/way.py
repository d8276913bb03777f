"""How far a walk has come, and what it hands over on the way."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from connectors.rest.mapping import Reading
from connectors.rest.paging import FIRST, Answer, Place

# What a record shows of the last seconds may be newer than the place where it stands in the list,
# and the clock that dates answers may be ahead of the one that dates changes.
UNSETTLED: Final = timedelta(seconds=10)
SECOND: Final = timedelta(seconds=1)


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


class Asked(NamedTuple):
    """A request: from which instant on, how long before it, and from which place in the list."""

    since: datetime | None
    overlap: timedelta | None
    place: Place


@dataclass(slots=True)
class Way:
    """How far a walk has come.

    since, place: what is asked for next; overlap: how long before `since`, None: as the settings
    say. by_time: it steps from instant to instant where it can; stepped: it has just done so,
    `back` being where the pagination would have led. counted: its places may count from the top,
    so that they shift. began: the clock of the first answer. settled: the newest change some time
    before that, for a record that changes while an answer is written shows its new time in its old
    place. pages: answers with records. last: the request before this one, and what it told.
    again: how often it began again since the last step. moved: whether a record that was told
    came once more at a place further on.
    """

    since: datetime | None
    place: Place = FIRST
    by_time: bool = False
    counted: bool = False
    overlap: timedelta | None = None
    stepped: bool = False
    back: Asked | None = None
    began: datetime | None = None
    newest: datetime | None = None
    settled: datetime | None = None
    pages: int = 0
    is_sorted: bool = True
    last: tuple[Asked, set[Hashable]] | None = None
    again: int = 0
    moved: bool = False
    _told: dict[str, datetime] = field(default_factory=dict)

    @property
    def asked(self) -> Asked:
        """What the next request asks for, which no walk does twice."""
        return Asked(self.since, self.overlap, self.place)

    def reached(self, newest: datetime | None, lag: timedelta) -> datetime | None:
        """Up to where everything is told, `newest` being the newest change that was."""
        if newest is None or self.began is None:
            return self.since
        reached = min(newest, self.began - lag)
        return reached if self.since is None else max(reached, self.since)

    def retreat(self) -> None:
        """Go where the pagination would have led, and step no more."""
        if self.back:
            self.since, self.overlap, self.place = self.back
        self.by_time, self.stepped, self.back = False, False, None

    def begin_again(self) -> None:
        """Go back to the first place from the instant that was reached."""
        self.place, self.last = FIRST, None
        self.again += 1

    def take(self, answer: Answer, reading: Reading) -> None:
        """Note what an answer brought."""
        began = self.began = self.began or answer.at
        self.pages += bool(answer.records)
        told = [record.changed_at for record in reading.records]
        self.newest = max([self.newest, *told] if self.newest else told, default=None)
        known = [self.settled, *told] if self.settled and not self.stepped else told
        settled = [at for at in known if at < began - UNSETTLED]
        self.is_sorted &= ascends(settled)
        self.settled = max(settled, default=self.settled)
        self.last = self.asked, keys(reading)
        if self.counted:
            self._remember(reading, began - UNSETTLED)

    def _remember(self, reading: Reading, young: datetime) -> None:
        """Whether a record had left its place, where one that is young may have shown its new time
        already.
        """
        if self.stepped:
            self._told.clear()
        for record in reading.records:
            before, at = self._told.get(record.id), record.changed_at
            self.moved |= before is not None and (before < at or at >= young)
            self._told[record.id] = at

    def on(self, place: Place, reached: datetime | None) -> None:
        """Go on to a place, or to the first one from an instant that was reached."""
        self.back = Asked(self.since, self.overlap, place) if reached else None
        self.stepped = reached is not None
        if reached:
            self.since, self.overlap, self.place = reached, SECOND, FIRST
            self.again = 0
        else:
            self.place = place


def keys(reading: Reading) -> set[Hashable]:
    """What tells the records of one answer from those of another."""
    told = {(record.id, record.changed_at) for record in reading.records}
    return told | set(reading.rejected)


def ascends(moments: Sequence[datetime]) -> bool:
    """Whether none is earlier than the one before."""
    return all(one <= other for one, other in pairwise(moments))
