"""What a queue's past says of it, learned once a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, WEEK, Arrivals, Flags, Floats
from exporter.volume.calendar import QUARTERS, Calendar
from exporter.volume.history import History, running
from exporter.volume.level import Level
from exporter.volume.limits import Limits, limits, restless
from exporter.volume.profile import usual
from exporter.volume.routines import routines
from exporter.volume.sensitivity import DEFAULT, Sensitivity
from exporter.volume.tails import deviations

INCIDENTS: Final = ((HOUR, 3.6), (3 * HOUR, 3.0))
"""Windows, and the deviations beyond which they are an incident that nothing is learned from."""

SLACK: Final = 1.25
"""So many times as far may lie what tells how much arrivals vary."""

BUSY: Final = 160
"""The busiest quarters of the week, forty hours, are what a busy hour is told by."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is usual for a queue.

    until: the instant before which everything was learned, in Unix seconds.
    weeks: of history, from the first ticket on.
    rates: usual arrivals of each quarter of an hour of the week on the wall.
    level: the present one, at `until`.
    routines: by window and quarter of the week, what came on top at that time of two recent days.
    """

    calendar: Calendar
    sensitivity: Sensitivity
    until: int
    weeks: float
    rates: Floats
    level: Level
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
    usually = rates[past.slots]
    level = Level()
    levels = level.path(past.counts * calm, usually * calm)
    lag = max(sensitivity.windows) // QUARTER
    levels = np.concatenate((np.ones(lag), levels))[1 : len(usually) + 1]
    came = running(past.counts, sensitivity.windows)
    meant = running(usually, sensitivity.windows) * levels
    busy = float(np.sort(rates)[-BUSY:].mean()) * HOUR / QUARTER
    most = past.ordinary & ~incidents(
        past.counts, usually, _clump(past.counts[calm], usually[calm]), SLACK
    )
    found = limits(came, meant, most, busy, weeks, sensitivity)
    scores = (came - meant) / found.above(meant)
    return Model(
        calendar,
        sensitivity,
        until,
        weeks,
        rates,
        level.after(past.counts * calm, usually * calm),
        restless(found, scores.max(axis=0), past),
        routines(scores, came - meant, past),
    )


def _week(
    past: History, until: int, sensitivity: Sensitivity, shape: Floats | None = None
) -> tuple[Floats, Flags]:
    """The rates of a week, and which quarters of the past belong to no incident and no holiday."""
    age = (until - past.start - QUARTER * np.arange(len(past.counts))) / WEEK
    weights = 0.5 ** (age / sensitivity.half_life)
    calm = past.ordinary
    rates = np.zeros(7 * QUARTERS)
    for _ in range(3):
        rates = usual(past, weights * calm, shape)
        expected = rates[past.slots]
        clump = _clump(past.counts[calm], expected[calm])
        calm = past.ordinary & ~incidents(past.counts, expected, clump)
    return rates, calm


def _clump(counts: Floats, expected: Floats) -> float:
    """Variance to mean of single quarters, at least that of single tickets."""
    errors = float(np.square(counts - expected).sum())
    return max(1.0, errors / max(float(expected.sum()), 1.0))


def incidents(counts: Floats, expected: Floats, clump: float, slack: float = 1.0) -> Flags:
    """Which quarters belong to an incident, or to hours in which too little came."""
    windows = [window for window, _ in INCIDENTS]
    meant = running(expected, windows)
    z = deviations(running(counts, windows), meant, clump + 0.02 * meant)
    found = np.zeros(len(expected), dtype=np.bool_)
    for (window, far), row in zip(INCIDENTS, z, strict=True):
        ends = np.abs(row) > far * slack
        found |= running(ends[::-1].astype(np.float64), [window])[0][::-1] > 0
    return found
