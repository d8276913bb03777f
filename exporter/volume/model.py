"""What a queue's past says of it, learned once a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import HOUR, QUARTER, WEEK, Arrivals, Floats
from exporter.volume.calendar import Calendar
from exporter.volume.calm import Calm, calm
from exporter.volume.history import History, running
from exporter.volume.level import Level
from exporter.volume.limits import Limits, Past, limits, restless
from exporter.volume.routines import routines
from exporter.volume.sensitivity import DEFAULT, Sensitivity

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

    @property
    def extremes(self) -> tuple[Floats, Floats]:
        """The most and the least that is usual in each quarter of the week.

        In the first weeks that of any weekday: the only Wednesday so far may have been a holiday.
        """
        if self.weeks >= self.sensitivity.few:
            return self.rates, self.rates
        days = self.rates.reshape(7, -1)
        return np.tile(days.max(axis=0), 7), np.tile(days.min(axis=0), 7)


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
        other = pool.recent(until, sensitivity.memory)
        shape = calm(other, _weights(other, until, sensitivity)).rates
    usual = calm(past, _weights(past, until, sensitivity), shape)
    came, meant = _windows(past, usual, sensitivity)
    found = limits(came, meant, _past(past, usual, weeks, shape), sensitivity)
    scores = (came - meant) / found.above(meant)
    return Model(
        calendar,
        sensitivity,
        until,
        weeks,
        usual.rates,
        Level().after(past.counts * usual.calm, usual.rates[past.slots] * usual.calm),
        restless(found, scores.max(axis=0), past),
        routines(scores, came - meant, past),
    )


def _past(past: History, usual: Calm, weeks: float, pool: Floats | None) -> Past:
    busy = float(np.sort(usual.rates)[-BUSY:].mean()) * HOUR / QUARTER
    own = float(usual.rates.sum())
    of_source = own if pool is None else float(pool.sum())
    return Past(usual.bearable, past.days, weeks, own, of_source, busy)


def _weights(past: History, until: int, sensitivity: Sensitivity) -> Floats:
    age = (until - past.start - QUARTER * np.arange(len(past.counts))) / WEEK
    weights: Floats = 0.5 ** (age / sensitivity.half_life)
    return weights


def _windows(past: History, usual: Calm, sensitivity: Sensitivity) -> tuple[Floats, Floats]:
    """By window and quarter at its end, what came and what was meant to, at the level before it."""
    expected = usual.rates[past.slots]
    levels = Level().path(past.counts * usual.calm, expected * usual.calm)
    lag = max(sensitivity.windows) // QUARTER
    before = np.concatenate((np.ones(lag), levels))[1 : len(expected) + 1]
    windows = sensitivity.windows
    return running(past.counts, windows), running(expected, windows) * before
