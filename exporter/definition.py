"""How a source's numbers are defined by its operator: clocks, targets, categories. Pure.

What counts as which is said here once and used everywhere: when a fact is observed, when numbers
are counted anew, and when somebody asks why a number is what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from connectors import Fact, Ticket
from exporter.clocks import BusinessClock, Schedule, business_clock


class Target(StrEnum):
    """What may be promised to customers, by the fact that keeps the promise."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"

    @property
    def fact(self) -> Fact:
        """The fact that keeps the promise."""
        return Fact.FIRST_RESOLUTION if self is Target.RESOLUTION else Fact(self.value)


class ClockName(StrEnum):
    """The clock that a promise is measured by."""

    CALENDAR = "calendar"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Promise:
    """One rule of what was promised; an empty set means any.

    within: milliseconds on `clock`.
    """

    target: Target
    clock: ClockName
    within: int
    priorities: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    @property
    def is_for_all(self) -> bool:
        """Whether it was made for tickets of every kind."""
        return not (self.priorities or self.teams or self.channels)

    def covers(self, priority: str, team: str, channel: str) -> bool:
        """Whether it was made for such tickets."""
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.priorities, priority),
                (self.teams, team),
                (self.channels, channel),
            )
        )


@dataclass(frozen=True, slots=True)
class Category:
    """One category: any of the tags, or any of these values of a field."""

    name: str
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def holds(self, ticket: Ticket) -> bool:
        """Whether the ticket is one of these."""
        if not self.tags.isdisjoint(ticket.tags):
            return True
        return any(
            not values.isdisjoint(ticket.chosen(field)) for field, values in self.fields.items()
        )


@dataclass(frozen=True, slots=True)
class Economics:
    """What the operator says of money; none of it changes what is counted.

    Amounts, rates and the margin in millionths.
    acquisition_cost: what it costs to win a customer, by currency.
    margin: the share of revenue that remains after what serving it costs.
    rates: what one unit of a currency is worth in the currency `into`.
    """

    acquisition_cost: Mapping[str, int] = field(default_factory=dict)
    margin: int | None = None
    into: str | None = None
    rates: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """What the operator decided for one source.

    schedule: the business hours of teams that have none of their own in `team_schedules`; without
        either there is no business time.
    promises: the first that covers a ticket counts.
    at_risk: milliseconds before a promise is broken at which it is at risk.
    categories: the first that holds a ticket counts; else the value of `category_field`, if given.
    """

    schedule: Schedule | None = None
    team_schedules: Mapping[str, Schedule] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    at_risk: int = 3_600_000
    categories: tuple[Category, ...] = ()
    category_field: str | None = None

    @property
    def has_business_time(self) -> bool:
        """Whether any team has business hours."""
        return self.schedule is not None or bool(self.team_schedules)

    @property
    def has_categories(self) -> bool:
        """Whether tickets are told apart by category."""
        return bool(self.categories) or self.category_field is not None

    @property
    def fields(self) -> frozenset[str]:
        """The fields of tickets that categories are made from."""
        named = {name for one in self.categories for name in one.fields}
        return frozenset(named | ({self.category_field} if self.category_field else set()))

    @property
    def targets(self) -> frozenset[Target]:
        """The targets for which anything was promised."""
        return frozenset(promise.target for promise in self.promises)

    def clock(self, team: str) -> BusinessClock | None:
        """The business clock of a team; None where it has no business hours."""
        schedule = self.team_schedules.get(team, self.schedule)
        return None if schedule is None else business_clock(schedule)

    def business(self, team: str, start: int, end: int) -> int | None:
        """Business time between two instants, everything in milliseconds."""
        clock = self.clock(team)
        return None if clock is None else clock.elapsed(start, end)

    def breaks_at(
        self, target: Target, labels: tuple[str, str, str], start: int, step: int
    ) -> int | None:
        """The first instant at which a promise that nobody kept is broken; None: none was made.

        labels: team, priority and channel when the promise's clock started, at `start`.
        step: the vendor's precision; durations are told in whole steps, rounded down.
        Instants and durations in milliseconds.
        """
        team, priority, channel = labels
        for promise in self.promises:
            if promise.target is target and promise.covers(priority, team, channel):
                break
        else:
            return None
        last = start + promise.within
        if promise.clock is ClockName.BUSINESS:
            clock = self.clock(team)
            if clock is None:
                return None
            last = clock.last_within(start, promise.within)
        return start + ((last - start) // step + 1) * step

    def category(self, ticket: Ticket) -> str | None:
        """The category of a ticket; None where it has none."""
        for category in self.categories:
            if category.holds(ticket):
                return category.name
        values = ticket.chosen(self.category_field) if self.category_field else ()
        return values[0] if values else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the schedule, else UTC."""
        return ZoneInfo(self.schedule.zone if self.schedule else "UTC")

    def midnight(self, at: int) -> int:
        """The midnight before an instant, in the zone of the schedule, else in UTC."""
        local = datetime.fromtimestamp(at / 1000, self.zone)
        return (
            round(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp())
            * 1000
        )

    @property
    def fingerprint(self) -> str:
        """Twelve characters that change with anything that changes a number."""
        content = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(content).hexdigest()[:12]
