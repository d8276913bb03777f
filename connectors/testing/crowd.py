"""A desk of very many tickets or customers, each with an ordinary life, quick to make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.testing.desk import Deal, Dealing, Event, Kind, Patron, Role, Story
from connectors.testing.hours import Hours

TEAMS = ("Billing", "Orders", "Technical")
CHANNELS = ("email", "web", "chat", "phone")
APART = timedelta(seconds=20)
LIFE = timedelta(hours=3)


PRICES = ("team 49.00 EUR month 1", "business 588.00 USD year 1", "team 9.00 EUR week 1")


class CrowdedDesk:
    """`count` tickets, one every 20 seconds, the last of them over at `ends`.

    Each is answered after ten minutes and solved after three hours.
    paying: customers in the place of tickets, who pay at once, and after three hours pay more, or
        every third of them leaves.
    """

    def __init__(self, count: int, ends: datetime, *, paying: bool = False) -> None:
        self._ends = ends
        self._begins = ends - LIFE - (count - 1) * APART
        numbers = range(count)
        self._stories = [] if paying else [self._story(number) for number in numbers]
        self._patrons = [self._patron(number) for number in numbers] if paying else []
        self._begun = [self._begins + number * APART for number in numbers]

    @property
    def teams(self) -> Sequence[str]:
        """The teams, who take turns."""
        return TEAMS

    @property
    def hours(self) -> Hours | None:
        """It is always open."""
        return None

    @property
    def begins(self) -> datetime:
        """When the first ticket comes in."""
        return self._begins

    @property
    def ends(self) -> datetime:
        """When the last ticket is solved."""
        return self._ends

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story that begins at or before `until`, by id."""
        return self._stories[: self._number(until)]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the last of those instants."""
        return _last(self._stories[self._first(after) : self._number(until)], after, until)

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Every customer that appears at or before `until`, by id."""
        return self._patrons[: self._number(until)]

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """Each customer with an instant in (after, until], once, with the last of those."""
        return _last(self._patrons[self._first(after) : self._number(until)], after, until)

    def _number(self, until: datetime) -> int:
        return bisect_right(self._begun, until)

    def _first(self, after: datetime) -> int:
        return bisect_right(self._begun, after - LIFE)

    def _patron(self, number: int) -> Patron:
        at = self._begins + number * APART
        price = PRICES[number % len(PRICES)]
        later = (Deal.PRICED, f"{price} x2") if number % 3 else (Deal.ENDED, "price")
        dealings = (
            Dealing(at, Deal.PAID, number + 1, price),
            Dealing(at + LIFE, later[0], number + 1, later[1]),
        )
        return Patron(
            number + 1, at, f"ACME-{number + 1}", (f"acme-{number + 1}.example",), dealings
        )

    def _story(self, number: int) -> Story:
        at = self._begins + number * APART
        answered, solved = at + timedelta(minutes=10), at + LIFE
        return Story(
            id=number + 1,
            created_at=at,
            channel=CHANNELS[number % len(CHANNELS)],
            opened_by=Role.CUSTOMER,
            events=(
                Event(at, Kind.OPENED, Role.CUSTOMER),
                Event(at, Kind.COMMENT, Role.CUSTOMER),
                Event(at, Kind.TEAM, Role.SYSTEM, TEAMS[number % len(TEAMS)]),
                Event(answered, Kind.ASSIGNED, Role.AGENT, "yes"),
                Event(answered, Kind.STATUS, Role.AGENT, "open"),
                Event(answered, Kind.COMMENT, Role.AGENT),
                Event(solved, Kind.STATUS, Role.AGENT, "solved"),
                Event(solved, Kind.STAMP, Role.AGENT, "solved"),
            ),
        )


LivedT = TypeVar("LivedT", Story, Patron)


def _last(
    lives: Sequence[LivedT], after: datetime, until: datetime
) -> Iterator[tuple[datetime, LivedT]]:
    found = []
    for life in lives:
        instants = [at for at in life.instants if after < at <= until]
        if instants:
            found.append((instants[-1], life.id, life))
    for instant, _, life in sorted(found, key=lambda row: row[:2]):
        yield instant, life
