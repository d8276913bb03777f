"""The customers of the seeded desk: when they appear, and which of them a ticket is from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Lock

from connectors.testing.arrivals import BEFORE, HOUR
from connectors.testing.desk import Deal, Kind, Patron, Role, Story
from connectors.testing.patrons import patron
from connectors.testing.timeline import Timeline, hour_of

KNOWN = 0.82
"""The share of tickets of which somebody knows whose they are."""

# How much some ask, and how many are so: most never do.
APPETITES = (0, 1, 2, 8)
SHARES = (0.62, 0.22, 0.11, 0.05)

SLOW = timedelta(days=1)
TRIES = 8
STAYS = datetime.max.replace(tzinfo=UTC)


class Clientele:
    """A pure function of its parameters, like the desk. Several threads may ask at once.

    count: how many have appeared by `present`, the first of them 400 days before `begins` (both in
        seconds since 1970). More go on appearing afterwards, as many a day as before.
    """

    def __init__(self, seed: int, *, count: int, begins: int, present: int) -> None:
        self.first = begins - BEFORE
        self._seed = seed
        self._present = present
        self._rate = count * HOUR / (present - self.first)
        rng = Random(f"{seed}:customers")
        self._past = sorted(rng.randrange(self.first, present) for _ in range(count))
        self._timeline: Timeline[Patron] = Timeline()
        self._next = self.first // HOUR
        self._lock = Lock()
        self._patrons: list[Patron] = []
        self._begun: list[datetime] = []
        self._left: list[datetime] = []
        self._appetite: list[int] = []

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Every customer that appears at or before `until`, by id."""
        self.grow(until)
        return self._timeline.stories(until)

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Patron]]:
        """Each customer touched in (after, until], with the last such instant, in order."""
        self.grow(until)
        return self._timeline.touched(after, until)

    def grow(self, until: datetime) -> None:
        """Draw every hour up to that of `until`; what was drawn before stays as it is."""
        last = hour_of(until)
        with self._lock:
            while self._rate and self._next <= last:
                for second in self._births(self._next):
                    self._add(second)
                self._timeline.seal(self._next)
                self._next += 1

    def given(self, story: Story) -> Story:
        """The same ticket with its customer, where somebody knows. Nothing else of it changes.

        Of two who may have asked, the one that leaves first had the ticket that went badly.
        """
        if not self._rate:
            return story
        rng, at = Random(f"{self._seed}:customer of:{story.id}"), story.events[0].at
        if rng.random() >= KNOWN:
            return story
        self.grow(at)
        several = 2 if _went_badly(story) else 1
        found = [index for index in self._drawn(rng, at) if self._left[index] > at][:several]
        if not found:
            return story
        return replace(story, customer=self._patrons[min(found, key=self._left.__getitem__)].id)

    def _drawn(self, rng: Random, at: datetime) -> Iterator[int]:
        """Some of the customers of that moment; who asks more often is drawn more often."""
        there = bisect_right(self._begun, at)
        total = self._appetite[there - 1] if there else 0
        if total:
            for _ in range(TRIES):
                yield bisect_right(self._appetite, rng.randrange(total))

    def _births(self, hour: int) -> Iterator[int]:
        """When customers appear in an hour, ascending."""
        begin, end = hour * HOUR, (hour + 1) * HOUR
        yield from self._past[bisect_left(self._past, begin) : bisect_left(self._past, end)]
        if end <= self._present:
            return
        rng, at = Random(f"{self._seed}:customers:{hour}"), float(max(begin, self._present))
        while (at := at + rng.expovariate(self._rate / HOUR)) < end:
            yield int(at)

    def _add(self, second: int) -> None:
        number = len(self._patrons) + 1
        rng = Random(f"{self._seed}:customer:{number}")
        appetite = rng.choices(APPETITES, SHARES)[0]
        one = patron(rng, number, second)
        self._timeline.add(one)
        self._patrons.append(one)
        self._begun.append(one.created_at)
        self._left.append(_left(one))
        self._appetite.append(appetite + (self._appetite[-1] if self._appetite else 0))


def _left(one: Patron) -> datetime:
    """When the last subscription ended for good; of those who still hold one, or never did,
    never.
    """
    ended = {event.subscription for event in one.events if event.kind is Deal.ENDED}
    held = {event.subscription for event in one.events if event.subscription}
    if held != ended or not ended:
        return STAYS
    return max(event.at for event in one.events if event.kind is Deal.ENDED)


def _went_badly(story: Story) -> bool:
    """Whether the customer was dissatisfied, or had no reply for a day."""
    soon = story.events[0].at + SLOW
    replied = dissatisfied = False
    for event in story.events:
        if event.kind is Kind.COMMENT and event.role is Role.AGENT and event.public:
            replied = replied or event.at <= soon
        elif event.value == "satisfaction 0 1":
            dissatisfied = True
    return dissatisfied or not replied
