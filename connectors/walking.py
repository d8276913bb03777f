"""Walking a list that is ordered by time of change, so that nothing is lost between two answers.

Every vendor pages such a list in its own way, and each way goes wrong alike: a second with more
changes than a page holds, rows that move while they are read, a page that comes again and again.
A connector says how one page is asked for; the rest is here.

A walk stands on whole seconds. The next one begins at the second that was reached and tells it
again, and never later than `overlap` before the vendor's clock, for what was changed in the last
seconds may still be on its way into the list. Telling a row twice is harmless, losing one is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from connectors.contract import Fatal, Rejection
from connectors.cursors import foreign

RowT = TypeVar("RowT")
PlaceT = TypeVar("PlaceT", bound=Hashable)
Key = tuple[datetime, Hashable]

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""No ticket is older."""

OVERLAP: Final = timedelta(seconds=10)
AHEAD: Final = timedelta(minutes=5)
"""How far the clock of answers may be ahead of that of changes; `check` warns from there on."""

LONGEST: Final = 200_000
"""Requests of one walk; at a hundred rows each beyond any desk, and not for ever."""

MOST_AGAIN: Final = 100
"""How often one second is read anew because it was another by then."""

NAMELESS: Final = "(without id)"
"""The subject of a rejection that nobody knows by a name."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[RowT, PlaceT]):
    """One answer of a vendor.

    rows: the oldest change first. following: where the rest begins, None at the end.
    at: the vendor's clock, as `Reply.at` has it. rejected: the rows that could not be read; those
        whose subject is `NAMELESS` count once for each of them on each page, others once.
    """

    rows: Sequence[RowT]
    following: PlaceT | None
    at: datetime
    rejected: Sequence[Rejection] = ()


@dataclass(frozen=True, slots=True)
class Leg(Generic[RowT]):
    """What one answer told that this walk had not told before.

    cursor: where the next walk may begin. complete_to: on the last leg, and only there.
    """

    rows: tuple[RowT, ...]
    rejected: tuple[Rejection, ...]
    cursor: str
    complete_to: datetime | None = None


def cursor_at(at: datetime) -> str:
    """The cursor with which a walk tells everything that changed at this instant or later."""
    return _second(at).astimezone(UTC).isoformat()


class Walk(Generic[RowT, PlaceT]):
    """One list of one vendor.

    name: begins every message, as in "source 'desk': the list of tickets".
    ask: the answer to "what changed at this instant or later", from a place on; None: from the
        first row on. Instants are asked for in whole seconds.
    key: a row's time of change and its id.
    shifts: whether places count rows, as page numbers and offsets do: a ticket that changes then
        moves all behind it up, so that the walk goes on by time wherever it can.
    overlap: how long a change may take to show in the list.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[datetime, PlaceT | None], Answer[RowT, PlaceT]],
        key: Callable[[RowT], Key],
        *,
        shifts: bool = False,
        overlap: timedelta = OVERLAP,
    ) -> None:
        self._name = name
        self._ask = ask
        self._key = key
        self._shifts = shifts
        self._overlap = overlap

    def legs(self, cursor: str | None) -> Iterator[Leg[RowT]]:
        """Everything that changed since `cursor` (None: all there is). Raises `ConnectorError`."""
        begun, place, steps = self._begin(cursor), None, _Steps[PlaceT]()
        since = begun
        first = answer = self._ask(since, place)
        told = _Told(since, _second(first.at - self._overlap))
        for _ in range(LONGEST):
            rows = self._fresh(told, answer, again=place is not None)
            rejected = told.rejected(answer.rejected, (since, place))
            if answer.following is None:
                yield Leg(rows, rejected, cursor_at(self._reached(told, begun)), first.at)
                return
            if rows or rejected:
                yield Leg(rows, rejected, cursor_at(min(told.latest, told.horizon)))
            before = place, self._keys(answer)
            since, place = self._onward(told, since, answer.following)
            if not steps.on(since, place):
                raise self._broken("says that more follows, but its place does not move on")
            answer = self._ask(since, place)
            if place is not None and self._shifts and self._moved(since, *before):
                place, answer = None, self._ask(since, None)
                told.forget()
                if not steps.again(since):
                    raise self._broken(f"was another each of {MOST_AGAIN} times that it was read")
        raise self._broken("does not come to an end")

    def _reached(self, told: _Told, begun: datetime) -> datetime:
        """Where the next walk begins. The clock that dates answers may be ahead of the one that
        dates changes: what it says to be over may still be changing.
        """
        return min(told.horizon, max(begun, told.latest - self._overlap, told.horizon - AHEAD))

    def _begin(self, cursor: str | None) -> datetime:
        if cursor is None:
            return BEGINNING
        try:
            return datetime.fromisoformat(cursor).astimezone(UTC)
        except ValueError:
            raise foreign(self._name) from None

    def _fresh(self, told: _Told, answer: Answer[RowT, PlaceT], *, again: bool) -> tuple[RowT, ...]:
        """The rows that were not told before; `again`: it follows on rows of the same walk."""
        rows = tuple(row for row in answer.rows if told.add(self._key(row)))
        if told.is_disordered:
            raise self._broken("does not keep the order that was asked for, oldest change first")
        if again and answer.rows and not rows:
            raise self._broken("tells the same rows again instead of those that follow")
        return rows

    def _onward(
        self, told: _Told, since: datetime, following: PlaceT
    ) -> tuple[datetime, PlaceT | None]:
        if self._shifts and told.latest > since:
            return told.latest, None
        return since, following

    def _moved(self, since: datetime, place: PlaceT | None, keys: set[Hashable]) -> bool:
        """Whether the page before is another by now: a row may have slipped from the next page
        into one that had already been read."""
        return self._keys(self._ask(since, place)) != keys

    def _keys(self, answer: Answer[RowT, PlaceT]) -> set[Hashable]:
        return {*(self._key(row) for row in answer.rows), *answer.rejected}

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"{self._name} {what}. Nothing is lost; if it stays so, its API has changed: look for "
            "a newer version of the connector."
        )


class _Steps(Generic[PlaceT]):
    """The places that a walk has passed, none of them twice."""

    def __init__(self) -> None:
        self._passed: set[tuple[datetime, PlaceT | None]] = set()
        self._again: Counter[datetime] = Counter()

    def on(self, since: datetime, place: PlaceT | None) -> bool:
        """Whether this place is a new one."""
        is_new = (since, place) not in self._passed
        self._passed.add((since, place))
        return is_new

    def again(self, since: datetime) -> bool:
        """The walk goes its way from there again: whether that is not once too often."""
        self._passed.clear()
        self._again[since] += 1
        return self._again[since] < MOST_AGAIN


class _Told:
    """What a walk has told.

    horizon: what changed up to then is in the list and in order. latest: the second up to which
    that was told. is_disordered: whether something older came after it.
    """

    def __init__(self, latest: datetime, horizon: datetime) -> None:
        self.latest = latest
        self.horizon = horizon
        self.is_disordered = False
        self._at_latest: set[Key] = set()
        self._young: set[Key] = set()
        self._rejected: set[Hashable] = set()

    def add(self, key: Key) -> bool:
        """Whether it is new that this row exists."""
        second = _second(key[0])
        if second > self.horizon:
            return _added(self._young, key)
        if second > self.latest:
            self.latest = second
            self._at_latest.clear()
        self.is_disordered |= second < self.latest
        return _added(self._at_latest, key)

    def rejected(self, rejections: Sequence[Rejection], page: Hashable) -> tuple[Rejection, ...]:
        """Those that were not told before. What has no name is known by its page only."""
        count: Counter[Rejection] = Counter()
        told = []
        for one in rejections:
            count[one] += 1
            known = (one, page, count[one]) if one.subject == NAMELESS else one
            if _added(self._rejected, known):
                told.append(one)
        return tuple(told)

    def forget(self) -> None:
        """What was told of the last second is told again."""
        self._at_latest.clear()
        self._young.clear()


T = TypeVar("T")


def _added(known: set[T], one: T) -> bool:
    is_new = one not in known
    known.add(one)
    return is_new


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
