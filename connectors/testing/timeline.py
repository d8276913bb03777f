"""The index of a virtual desk: which stories have begun, and which were touched when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.testing.desk import Story

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour_of(at: datetime) -> int:
    """The whole hours from 1970 to `at`."""
    return (at - EPOCH) // HOUR


class Timeline:
    """Stories by the instant at which they appear, and their moments by the hour.

    Stories are added in the order in which they appear. An hour is sealed when nothing more can
    be added to it; only sealed hours may be asked for.
    """

    def __init__(self) -> None:
        self._begun: list[datetime] = []
        self._stories: list[Story] = []
        self._by_id: dict[int, Story] = {}
        self._moments: dict[int, list[tuple[datetime, int]]] = {}
        self._answer: tuple[Story, ...] = ()

    def __len__(self) -> int:
        return len(self._stories)

    def add(self, story: Story) -> None:
        """Take in one story with all that ever happens in it."""
        self._stories.append(story)
        self._by_id[story.id] = story
        self._begun.append(story.events[0].at)
        before = None
        for event in story.events:
            if event.at != before:
                before = event.at
                self._moments.setdefault(hour_of(before), []).append((before, story.id))

    def seal(self, hour: int) -> None:
        """Declare that no further story will touch this hour."""
        if hour in self._moments:
            self._moments[hour].sort()

    def hours(self) -> list[int]:
        """Every hour in which something happens, in order."""
        return sorted(self._moments)

    def stories(self, until: datetime) -> tuple[Story, ...]:
        """Every story that appears at or before `until`, by id."""
        count = bisect_right(self._begun, until)
        answer = self._answer
        if len(answer) != count:
            answer = tuple(sorted(self._stories[:count], key=lambda story: story.id))
            self._answer = answer
        return answer

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
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
