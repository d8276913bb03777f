"""What a queue's past says of it, learned once a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, WEEK, Arrivals, Flags, Floats
from exporter.volume.calendar import QUARTERS, Calendar
from exporter.volume.history import History, running
from exporter.volume.limits import Limits, limits
from exporter.volume.profile import usual
from exporter.volume.routines import routines
from exporter.volume.sensitivity import DEFAULT, Sensitivity
from exporter.volume.tails import deviations

INCIDENTS: Final = ((HOUR, 4.0), (3 * HOUR, 3.5))
"""Windows and the deviations beyond which they are an incident, left out of what is learned."""

TREND: Final = 1.5
"""Weeks after which the present level forgets half."""

STEADY: Final = 100.0
"""Tickets that a level must bring to move half of the way."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is usual for a queue.

    until: the instant before which everything was learned, in Unix seconds.
    weeks: of history, from the first ticket on.
    rates: expected arrivals of each quarter of an hour of the week on the wall.
    routines: by window and quarter of the week, what came on top at that time of two recent days.
    """

    calendar: Calendar
    sensitivity: Sensitivity
    until: int
    weeks: float
    rates: Floats
    limits: Limits
    routines: Floats

    @property
    def learning(self) -> bool:
        """Whether history is too short to judge."""
        return self.weeks < self.sensitivity.least


def learn(
    arrivals: Arrivals,
    until: int,
    calendar: Calendar,
    sensitivity: Sensitivity = DEFAULT,
    pool: Arrivals | None = None,
) -> Model:
    """The model of a queue from what came before `until`, normally the last local midnight.

    pool: all arrivals of the source, whose shape a small queue borrows.
    """
    other = None if pool is None else History.of(pool, calendar, until)
    return learned(History.of(arrivals, calendar, until), until, calendar, sensitivity, other)


def learned(
    history: History,
    until: int,
    calendar: Calendar,
    sensitivity: Sensitivity,
    pool: History | None = None,
) -> Model:
    """The model out of histories that may go beyond `until`."""
    past = history.recent(until, sensitivity.memory)
    weeks = len(past.counts) * QUARTER / WEEK
    if not weeks:
        past = history.part(history.start, history.start + QUARTER)
    shape = None
    if pool is not None:
        shape, _ = _week(pool.recent(until, sensitivity.memory), until, sensitivity)
    rates, calm = _week(past, until, sensitivity, shape)
    rates = rates * _level(past, rates[past.slots], calm * _weights(past, until, TREND))
    expected = rates[past.slots]
    found = limits(past, expected, calm, weeks, sensitivity)
    came, meant = (running(values, sensitivity.windows) for values in (past.counts, expected))
    remarkable = came - meant > REMARKABLE * found.above(meant)
    usually = routines(np.where(remarkable, came - meant, 0.0), past)
    return Model(calendar, sensitivity, until, weeks, rates, found, usually)


REMARKABLE: Final = 0.7


def _week(
    past: History, until: int, sensitivity: Sensitivity, shape: Floats | None = None
) -> tuple[Floats, Flags]:
    """The rates of a week, and which quarters of the past belong to no incident and no holiday."""
    weights = _weights(past, until, sensitivity.half_life)
    calm = past.ordinary
    rates = np.zeros(7 * QUARTERS)
    for _ in range(3):
        rates = usual(past, weights * calm, shape)
        calm = past.ordinary & ~_incidents(past, rates[past.slots])
    return rates, calm


def _weights(past: History, until: int, half_life: float) -> Floats:
    age = (until - past.start - QUARTER * np.arange(len(past.counts))) / WEEK
    weights: Floats = 0.5 ** (age / half_life)
    return weights


def _incidents(past: History, expected: Floats) -> Flags:
    """Which quarters belong to an earlier incident, or to hours in which too little came."""
    windows = [window for window, _ in INCIDENTS]
    z = deviations(running(past.counts, windows), running(expected, windows), 0.03)
    found = np.zeros(len(expected), dtype=np.bool_)
    for (window, far), row in zip(INCIDENTS, z, strict=True):
        ends = (row > far) | (row < -far - 0.5)
        found |= running(ends[::-1].astype(np.float64), [window])[0][::-1] > 0
    return found


def _level(past: History, expected: Floats, weights: Floats) -> float:
    """How the last weeks compare with those that the rates are made of."""
    return (float(weights @ past.counts) + STEADY) / (float(weights @ expected) + STEADY)
