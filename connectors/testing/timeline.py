"""The index of a virtual desk: which lives have begun, and which were touched when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour_of(at: datetime) -> int:
    """The whole hours from 1970 to `at`."""
    return (at - EPOCH) // HOUR


class Lived(Protocol):
    """A story or a customer: something that appears on the desk and has a life there."""

    @property
    def id(self) -> int:
        """Unique among its kind."""

    @property
    def instants(self) -> tuple[datetime, ...]:
        """When it appears and when something happens to it, ascending; at least one."""


LivedT = TypeVar("LivedT", bound=Lived)


class Timeline(Generic[LivedT]):
    """Stories by the instant at which they appear, and their moments by the hour.

    Stories are added in the order in which they appear. An hour is sealed when nothing more can
    be added to it; only sealed hours may be asked for. Customers are stories too.
    """

    def __init__(self) -> None:
        self._begun: list[datetime] = []
        self._stories: list[LivedT] = []
        self._by_id: dict[int, LivedT] = {}
        self._moments: dict[int, list[tuple[datetime, int]]] = {}
        self._answer: tuple[LivedT, ...] = ()

    def __len__(self) -> int:
        return len(self._stories)

    def add(self, story: LivedT) -> None:
        """Take in one story with all that ever happens in it."""
        instants = story.instants
        self._stories.append(story)
        self._by_id[story.id] = story
        self._begun.append(instants[0])
        before = None
        for at in instants:
            if at != before:
                before = at
                self._moments.setdefault(hour_of(at), []).append((at, story.id))

    def seal(self, hour: int) -> None:
        """Declare that no further story will touch this hour."""
        if hour in self._moments:
            self._moments[hour].sort()

    def hours(self) -> list[int]:
        """Every hour in which something happens, in order."""
        return sorted(self._moments)

    def stories(self, until: datetime) -> tuple[LivedT, ...]:
        """Every story that appears at or before `until`, by id."""
        count = bisect_right(self._begun, until)
        answer = self._answer
        if len(answer) != count:
            answer = tuple(sorted(self._stories[:count], key=lambda story: story.id))
            self._answer = answer
        return answer

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, LivedT]]:
        """Each story touched in (after, until], with the last such instant, by (instant, id)."""
        last = {number: at for at, number in self._between(after, until)}
        for at, number in sorted((at, number) for number, at in last.items()):
            yield at, self._by_id[number]

    def _between(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
        """The moments in (after, until], in order."""
        if not self._begun or until < self._begun[0]:
            return
        first, last = hour_of(after), hour_of(until)
        for hour in range(max(first, hour_of(self._begun[0])), last + 1):
            moments = self._moments.get(hour, [])
            begin = bisect_right(moments, after, key=_instant) if hour == first else 0
            end = bisect_right(moments, until, key=_instant) if hour == last else len(moments)
            yield from moments[begin:end]


def _instant(moment: tuple[datetime, int]) -> datetime:
    return moment[0]


def begun(lives: Iterable[LivedT], until: datetime) -> list[LivedT]:
    """Those of a few lives that appear at or before `until`, in their order."""
    return [life for life in lives if life.instants[0] <= until]


def touched(
    lives: Iterable[LivedT], after: datetime, until: datetime
) -> Iterator[tuple[datetime, LivedT]]:
    """Those of a few lives that are touched in (after, until], each with the last such instant, by
    (instant, id): what a `Timeline` gives, without one.
    """
    last = []
    for life in lives:
        instants = [at for at in life.instants if after < at <= until]
        if instants:
            last.append((instants[-1], life.id, life))
    for at, _, life in sorted(last, key=lambda row: row[:2]):
        yield at, life
