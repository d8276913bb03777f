"""A desk that lives while it is read: nothing is lost because something else changed meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connectors.testing.desk import Deal, Dealing, Event, Kind, Patron, Role, Story
from connectors.testing.server import SimRequest, SimResponse
from connectors.testing.written import TEAMS, WrittenDesk
from exporter.certify.bench import PRESENT, Bench
from exporter.certify.line import Line, Samples, differences
from exporter.certify.scale import Broken, Rule, Tier

PAGE: Final = 12
ANSWERS: Final = 80
"""So many answers after the beginning it is the present; until then each takes hours."""

BEGIN: Final = PRESENT - timedelta(days=10)
STEP: Final = (PRESENT - BEGIN) / ANSWERS
TIED: Final = 60
"""Tickets that came within one second, as many as came one by one."""

PRICE: Final = "team 49.00 EUR month 1"
APART: Final = timedelta(minutes=20)
LATER: Final = (3, 30, 80, 120)
"""After so many hours a ticket is asked about again, answered, asked about, and solved."""


def moving(bench: Bench) -> None:
    """A first import during which every third ticket changes, some page after page, and two polls
    after it: in the end the numbers are those of one calm import.
    """
    desk = _desk()
    with bench.line(desk) as line:
        line.poll(PRESENT)
        calm = line.samples()
    found = _lived_through(bench, desk)
    if wrong := differences(found, calm):
        raise Broken(
            f"records changed while they were read, and {len(wrong)} series are wrong two polls "
            f"later: {wrong[0].replace('truth', 'expected')}. A record that changes leaves its "
            "place, and those behind it move up, onto pages that were read: walk by time of change "
            "or by the vendor's own cursor; connectors.walking does"
        )


def _lived_through(bench: Bench, desk: WrittenDesk) -> Samples:
    """What comes of a poll that takes days, and two more."""
    with bench.line(desk, page_limit=PAGE) as line:
        living = _Living(line)
        line.server.answer = living.answer
        line.poll(BEGIN)
        line.server.answer = None
        for _ in range(2):
            line.poll(PRESENT)
        return line.samples()


class _Living:
    """Answers as the vendor does, and lets some time pass after each answer."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._until = PRESENT + line.measures.lag

    def answer(self, request: SimRequest) -> SimResponse:
        """The vendor's answer; the next one comes hours later."""
        line = self._line
        response = line.server.simulator.answer(request)
        line.clock.at = min(line.clock.at + STEP, self._until)
        line.server.simulator.catch_up()
        return response


def _desk() -> WrittenDesk:
    """Tickets and customers of which each third one goes on while it is read, and the others are
    left alone.
    """
    second = BEGIN - timedelta(days=5)
    begun = [second] * TIED + [second + (one + 1) * timedelta(hours=1) for one in range(TIED)]
    return WrittenDesk(
        *(_story(number, at) for number, at in enumerate(begun)),
        customers=[_patron(number, at) for number, at in enumerate(begun)],
    )


def _story(number: int, at: datetime) -> Story:
    """Its life has one possible course only, so that it is all the same when one looks."""
    events: tuple[Event, ...] = (
        Event(at, Kind.OPENED, Role.CUSTOMER),
        Event(at, Kind.COMMENT, Role.CUSTOMER),
        Event(at, Kind.TEAM, Role.SYSTEM, TEAMS[number % len(TEAMS)]),
    )
    if number % 3 == 0:
        events += _taken_up(BEGIN + number * APART)
    return Story(number + 1, at, "email", Role.CUSTOMER, events)


def _patron(number: int, at: datetime) -> Patron:
    """Pays from then on, always the same; each third one ends it."""
    dealings: tuple[Dealing, ...] = (Dealing(at, Deal.PAID, number + 1, PRICE),)
    if number % 3 == 0:
        dealings += (Dealing(BEGIN + number * APART, Deal.ENDED, number + 1, "price"),)
    return Patron(number + 1, at, f"ACME-{number + 1}", (), dealings)


def _taken_up(at: datetime) -> tuple[Event, ...]:
    """It is answered, asked about again, answered, and solved."""
    asked, again, thanked, solved = (at + timedelta(hours=hours) for hours in LATER)
    return (
        Event(at, Kind.COMMENT, Role.AGENT),
        Event(asked, Kind.COMMENT, Role.CUSTOMER),
        Event(again, Kind.COMMENT, Role.AGENT),
        Event(thanked, Kind.COMMENT, Role.CUSTOMER),
        Event(solved, Kind.COMMENT, Role.AGENT),
        Event(solved, Kind.STATUS, Role.AGENT, "solved"),
        Event(solved, Kind.STAMP, Role.AGENT, "solved"),
    )


RULES: Final = (
    Rule("moving", Tier.SILVER, "What changes while it is read hides nothing else", moving),
)
