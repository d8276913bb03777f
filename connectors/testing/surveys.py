"""What the customers of the seeded desk answer when they are asked how it was.

They are asked once, after the first solve: about a day later, after a chat within minutes. What
they say depends on what they had to go through until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from connectors.testing.arrivals import DAY, HOUR
from connectors.testing.desk import Event, Kind, Role
from connectors.testing.lives import MINUTE, Life

OFFERED = 0.85
CHANGED = 0.08
CHANGED_BACK = 0.35

# How likely a customer is satisfied, and by how much less after what they had to put up with.
HAPPY = 0.95
SLOW = 0.20
UNANSWERED = 0.35
REOPENED = 0.40
PATIENCE = 4 * HOUR


class Manners(NamedTuple):
    """How many answer, and medians in minutes: from the solve to the question (None: about a
    day), from there to the answer, and from one answer to another.
    """

    rated: float
    question: float | None
    answer: float
    change: float


class Scale(NamedTuple):
    """A further survey: the best score, the share of the rated who answer it, and what the
    dissatisfied and the satisfied answer.
    """

    best: int
    share: float
    scores: tuple[tuple[int, ...], tuple[int, ...]]


BY_MAIL = Manners(0.40, None, 240.0, 600.0)
IN_CHAT = Manners(0.45, 2.0, 1.5, 5.0)
LIVE = Manners(0.60, 0.2, 0.4, 1.0)
SAME_PAGE = 30

FURTHER = {
    "recommendation": Scale(
        10, 0.6, ((0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 8), (6, 7, 8, 8, 9, 9, 9, 10, 10))
    ),
    "effort": Scale(7, 0.5, ((1, 1, 2, 2, 3, 3, 4, 5), (3, 4, 5, 6, 6, 6, 7, 7, 7))),
}


def survey(life: Life) -> None:
    """Add to a life that is told to its end what was asked and answered about it.

    Nothing is added after a removal.
    """
    solved = next((event for event in life.events if event.value == "solved"), None)
    if solved is None or not life.chance(OFFERED):
        return
    manners = LIVE if life.live else IN_CHAT if life.channel == "chat" else BY_MAIL
    asked_at = _asked_at(life, solved.at, manners)
    added = [Event(asked_at, Kind.OFFERED, Role.SYSTEM)]
    if life.chance(manners.rated):
        added += _answers(life, asked_at, manners)
    last = life.events[-1]
    if last.kind is Kind.DELETED:
        added = [event for event in added if event.at < last.at]
    life.events = sorted([*life.events, *added], key=attrgetter("at"))


def _asked_at(life: Life, solved_at: datetime, manners: Manners) -> datetime:
    if manners.question is not None:
        return solved_at + _pause(life, manners.question)
    # The desk asks once an hour, so that many customers are asked in one instant.
    return solved_at + timedelta(seconds=DAY + -int(solved_at.timestamp()) % HOUR)


def _answers(life: Life, asked_at: datetime, manners: Manners) -> Iterator[Event]:
    """A rating, some further answers with it, and seldom a change of mind or two."""
    at = asked_at + _pause(life, manners.answer)
    good = life.chance(_happiness(life, at))
    yield _rated(at, "satisfaction", int(good), 1)
    for name, scale in FURTHER.items():
        if life.chance(scale.share):
            later = timedelta(seconds=int(life.random() * SAME_PAGE))
            yield _rated(at + later, name, life.rng.choice(scale.scores[good]), scale.best)
    share = CHANGED
    while life.chance(share):
        share = CHANGED_BACK
        at += _pause(life, manners.change)
        good = not good
        yield _rated(at, "satisfaction", int(good), 1)


def _happiness(life: Life, at: datetime) -> float:
    """How likely the customer is satisfied, with what has happened up to `at`."""
    share = HAPPY
    if life.replied_after is None:
        share -= UNANSWERED
    elif life.replied_after > PATIENCE * life.tempo:
        share -= SLOW
    if any(event.kind is Kind.REOPENED and event.at <= at for event in life.events):
        share -= REOPENED
    return share


def _rated(at: datetime, name: str, score: int, best: int) -> Event:
    return Event(at, Kind.RATED, Role.CUSTOMER, f"{name} {score} {best}")


def _pause(life: Life, minutes: float) -> timedelta:
    return timedelta(seconds=1 + int(minutes * MINUTE * life.rng.lognormvariate(0.0, 0.8)))
