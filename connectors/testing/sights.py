"""What the polls have told of one story so far, and what the story stood like at first sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from connectors.contract import Fact, Measures
from connectors.testing.dialogue import Exchange
from connectors.testing.opinions import DATED, SATISFACTION, Statement
from connectors.testing.states import State


class Sight(NamedTuple):
    """A fact's instant, and the state of the poll that saw it first."""

    at: datetime
    shown: State


class Heard(NamedTuple):
    """A statement, when it counts as given, and the state of the poll that heard it first."""

    said: Statement
    at: datetime
    shown: State


@dataclass(slots=True)
class Seen:
    """Everything that was seen of one story.

    first: the first poll that showed it. corrected: it was removed.
    solved: solves by their instant; stood: those of which more is told, which are those that were
        seen while the ticket was solved, or all where every transition is told.
    asked, answered: exchanges by their number.
    heard: statements by their mark, in the order in which they were heard.
    """

    first: State | None = None
    corrected: bool = False
    first_response: Sight | None = None
    first_resolution: Sight | None = None
    solved: dict[datetime, State] = field(default_factory=dict)
    stood: dict[datetime, State] = field(default_factory=dict)
    reopened: list[State] = field(default_factory=list)
    reassigned: list[State] = field(default_factory=list)
    asked: dict[int, Sight] = field(default_factory=dict)
    answered: dict[int, Sight] = field(default_factory=dict)
    offered: State | None = None
    heard: dict[object, Heard] = field(default_factory=dict)

    @property
    def satisfaction(self) -> list[Heard]:
        """What was heard of the customer's satisfaction, in order."""
        return [heard for heard in self.heard.values() if heard.said.survey == SATISFACTION]


def look(seen: Seen, shown: State, measures: Measures) -> None:
    """Add what one poll tells of one story; of a removed ticket only that it is gone."""
    if shown.removed:
        seen.corrected = True
        return
    if seen.first is None:
        seen.first = shown
    _life(seen, shown, measures)
    for number, exchange in enumerate(shown.said.exchanges, 1):
        _talk(seen, shown, number, exchange)
    if shown.offered and seen.offered is None:
        seen.offered = shown
    for statement in _statements(shown, measures):
        if statement.in_scale and statement.mark not in seen.heard:
            at = statement.at if DATED[statement.survey] else shown.changed_at
            seen.heard[statement.mark] = Heard(statement, at, shown)


def _statements(shown: State, measures: Measures) -> Sequence[Statement]:
    """What is told of what the customer answered: the latest, or each that has an instant."""
    latest = shown.ratings.values()
    if measures.answers == "state":
        return [*latest]
    dated = [one for one in shown.statements if DATED[one.survey]]
    return [*dated, *(one for one in latest if not DATED[one.survey])]


def _life(seen: Seen, shown: State, measures: Measures) -> None:
    response = shown.said.first_response
    if response is not None and seen.first_response is None:
        seen.first_response = Sight(response, shown)
    survives = measures.first_solve_survives_reopening or shown.reopens == 0
    if shown.first_solve is not None and survives and seen.first_resolution is None:
        seen.first_resolution = Sight(shown.first_solve, shown)
    lasts = measures.history == "events"
    for at in _solves(shown, measures):
        if Fact.SOLVED in measures.told:
            seen.solved.setdefault(at, shown)
        if lasts or not shown.open:
            seen.stood.setdefault(at, shown)
    seen.reopened += [shown] * (shown.reopens - len(seen.reopened))
    seen.reassigned += [shown] * (shown.reassignments - len(seen.reassigned))


def _solves(shown: State, measures: Measures) -> Sequence[datetime]:
    """The solves that are told: the last one, the first one too, or all where a history lasts."""
    if measures.history == "events" and shown.solves:
        return shown.solves
    forgotten = shown.open and not measures.solves_survive_reopening
    if forgotten or shown.solved_at is None:
        return []
    first = shown.first_solve if measures.both_solves else None
    return [first or shown.solved_at, shown.solved_at]


def _talk(seen: Seen, shown: State, number: int, exchange: Exchange) -> None:
    seen.asked.setdefault(number, Sight(exchange.asked_at, shown))
    if exchange.answered_at is not None:
        seen.answered.setdefault(number, Sight(exchange.answered_at, shown))
