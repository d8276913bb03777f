"""The same decisions in the words of the desk's truth and in those of the exporter."""

from __future__ import annotations

from datetime import timedelta

from connectors.testing.hours import Hours
from connectors.testing.policy import Policy, Promised
from exporter.clocks import Schedule
from exporter.definition import Category, ClockName, Definition, Promise, Target

MILLISECOND = timedelta(milliseconds=1)

CATEGORIES = (
    ("money", frozenset({"invoice", "refund"})),
    ("trouble", frozenset({"outage", "login"})),
)

NEW_YORK = Hours("America/New_York", dict.fromkeys(range(7), (("22:00", "24:00"),)))
"""Hours that a night in Europe falls into, with other days of changing the clocks."""


def everything(hours: Hours | None, *, categories: bool = True) -> Policy:
    """A policy in which everything is decided: two clocks, every target, categories by tags."""
    return Policy(
        hours=hours,
        team_hours={"Orders": NEW_YORK},
        promised=(
            Promised("first_response", "business", timedelta(hours=1), frozenset({"urgent"})),
            Promised(
                "first_response", "calendar", timedelta(minutes=10), channels=frozenset({"chat"})
            ),
            Promised("first_response", "business", timedelta(hours=4)),
            Promised("next_response", "calendar", timedelta(hours=2), teams=frozenset({"Billing"})),
            Promised("next_response", "business", timedelta(hours=3)),
            Promised("resolution", "business", timedelta(hours=16), frozenset({"urgent", "high"})),
            Promised("resolution", "calendar", timedelta(days=3)),
        ),
        at_risk=timedelta(minutes=90),
        categories=CATEGORIES if categories else (),
    )


def definition(policy: Policy) -> Definition:
    """The policy as the exporter's configuration would say it."""
    return Definition(
        schedule=None if policy.hours is None else schedule("default", policy.hours),
        team_schedules={team: schedule(team, hours) for team, hours in policy.team_hours.items()},
        promises=tuple(
            Promise(
                Target(one.target),
                ClockName(one.clock),
                one.within // MILLISECOND,
                one.priorities,
                one.teams,
                one.channels,
            )
            for one in policy.promised
        ),
        at_risk=policy.at_risk // MILLISECOND,
        categories=tuple(Category(name, tags) for name, tags in policy.categories),
    )


def schedule(name: str, hours: Hours) -> Schedule:
    """Business hours as a schedule."""
    closed = tuple((day, ()) for day in hours.closed if day not in hours.special)
    special = tuple((day, _intervals(spans)) for day, spans in hours.special.items())
    return Schedule(
        name,
        hours.zone,
        tuple(_intervals(hours.weekly.get(day, ())) for day in range(7)),
        exceptions=tuple(sorted((*closed, *special))),
    )


def _intervals(spans: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((_minutes(begin), _minutes(end)) for begin, end in spans)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
