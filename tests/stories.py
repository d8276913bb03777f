"""Little stories written by hand, and what is true of them. Minutes count from `BEGIN`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Fact, Measures, Told
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.hours import Hours
from connectors.testing.policy import Policy
from connectors.testing.truth import Truth, truth

Labels = frozenset[tuple[str, str]]

BEGIN = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
"""A Monday, nine o'clock in Berlin."""

DAY = 24 * 60

ALL = Measures(told={fact: Told() for fact in Fact})
CUSTOMER, AGENT, BOT, SYSTEM = Role.CUSTOMER, Role.AGENT, Role.BOT, Role.SYSTEM

OFFICE = Hours("Europe/Berlin", dict.fromkeys(range(5), (("09:00", "17:00"),)))
"""Opens at minute 0 and closes at minute 480 of each of `BEGIN` and the four days after it."""

ALWAYS = Hours("UTC", dict.fromkeys(range(7), (("00:00", "24:00"),)))


@dataclass(frozen=True)
class HandDesk:
    """A desk of the stories given."""

    told: tuple[Story, ...]
    hours: Hours | None = None
    teams: Sequence[str] = ()
    begins: datetime = BEGIN
    ends: datetime | None = None

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story that has begun."""
        return [story for story in self.told if story.events[0].at <= until]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in that time, once, with the last of those instants."""
        found = []
        for story in self.told:
            instants = [event.at for event in story.events if after < event.at <= until]
            if instants:
                found.append((instants[-1], story.id, story))
        for instant, _, story in sorted(found, key=lambda row: row[:2]):
            yield instant, story

    def customers(self, until: datetime) -> Sequence[Patron]:
        """These are stories of tickets."""
        return ()

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """None."""
        return iter(())


def minute(minutes: float) -> datetime:
    """An instant."""
    return BEGIN + timedelta(minutes=minutes)


def event(
    minutes: float, kind: Kind, value: str = "", role: Role = AGENT, *, public: bool = True
) -> Event:
    """Anything that happens."""
    return Event(minute(minutes), kind, role, value, public)


def comment(minutes: float, role: Role, value: str = "", *, public: bool = True) -> Event:
    """Somebody writes something."""
    return event(minutes, Kind.COMMENT, value, role, public=public)


def status(minutes: float, value: str) -> Event:
    """A status is set."""
    return event(minutes, Kind.STATUS, value)


def team(minutes: float, name: str) -> Event:
    """A team takes the ticket; "" for none."""
    return event(minutes, Kind.TEAM, name)


def rated(minutes: float, value: str) -> Event:
    """The customer answers: survey, score, best score."""
    return event(minutes, Kind.RATED, value, CUSTOMER)


def solved(minutes: float) -> list[Event]:
    """The ticket is solved."""
    return [status(minutes, "solved"), event(minutes, Kind.STAMP, "solved")]


def closed(minutes: float) -> list[Event]:
    """The ticket is closed."""
    return [status(minutes, "closed"), event(minutes, Kind.STAMP, "closed")]


def reopened(minutes: float) -> list[Event]:
    """The ticket comes back."""
    return [status(minutes, "open"), event(minutes, Kind.REOPENED)]


def ticket(
    *events: Event, number: int = 1, at: float = 0, by: Role = CUSTOMER, **more: Any
) -> Story:
    """An e-mail of normal priority for Billing that comes at minute `at`; `more` is of `Story`."""
    opening = (
        event(at, Kind.OPENED, role=by),
        comment(at, by),
        event(at, Kind.STATUS, "new", SYSTEM),
        event(at, Kind.PRIORITY, "normal", SYSTEM),
        event(at, Kind.TEAM, "Billing", SYSTEM),
    )
    return replace(Story(number, minute(at), "email", by, (*opening, *events)), **more)


def telling(precision: Mapping[Fact, int], **more: Any) -> Measures:
    """A vendor that tells everything, some of it less precisely; `more` is of `Measures`."""
    told = {fact: Told(precision.get(fact, 1)) for fact in Fact}
    return Measures(told=told, **more)


def after(
    *polls: float,
    stories: Sequence[Story],
    measures: Measures = ALL,
    policy: Policy | None = None,
    hours: Hours | None = None,
) -> Truth:
    """The truth after the last of some polls; `hours` are those of the vendor's account."""
    instants = [minute(poll) for poll in polls]
    return truth(HandDesk(tuple(stories), hours), instants, measures, policy)


def labels(**named: str) -> Labels:
    """The labels of one series."""
    return frozenset(named.items())


QUEUE = labels(team="Billing", priority="normal")
FULL = labels(team="Billing", priority="normal", channel="email")


def spread(told: Truth, metric: str) -> dict[Labels, tuple[int, int]]:
    """Count and sum of a histogram by labels."""
    found = told.histograms.get(metric, {})
    return {key: (value.count, value.sum) for key, value in found.items()}
