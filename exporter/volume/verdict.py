"""Whether what came is what was to be expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from exporter.volume.arrivals import DAY, QUARTER, Arrivals, Flags, Floats, Integers
from exporter.volume.calendar import Calendar
from exporter.volume.calm import incidents
from exporter.volume.history import History, slots
from exporter.volume.model import Model, learned
from exporter.volume.sensitivity import DEFAULT, Sensitivity


@dataclass(frozen=True, slots=True)
class Band:
    """One window: its seconds, what came in it, what was expected, and the bounds."""

    window: int
    arrivals: float
    expected: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of one instant.

    bands: one for each window that ends at `at`.
    spike, drop: from 1 on it is a verdict; nan while learning.
    learning: whether history is too short to judge.
    weeks: how much history there is.
    """

    at: int
    bands: tuple[Band, ...]
    spike: float
    drop: float
    learning: bool
    weeks: float


class Replay(NamedTuple):
    """What would have been judged at each instant of `at`; the bands are by instant and window."""

    at: Integers
    arrivals: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    spike: Floats
    drop: Floats


def judge(model: Model, arrivals: Arrivals, at: int) -> Judgement:
    """What the model says of the instant `at`, a whole minute up to the watermark.

    Raises `ValueError` beyond it: what is not known yet is not missing.
    """
    if at > arrivals.end:
        message = f"nothing is known of arrivals after {arrivals.end}: {at} cannot be judged yet"
        raise ValueError(message)
    found = _judged(model, arrivals, np.array([at]))
    columns = zip(*(part[0].tolist() for part in found[1:5]), strict=True)
    windows = model.sensitivity.windows
    bands = (Band(window, *column) for window, column in zip(windows, columns, strict=True))
    spike, drop = float(found.spike[0]), float(found.drop[0])
    return Judgement(at, tuple(bands), spike, drop, model.learning, model.weeks)


def replay(
    arrivals: Arrivals,
    calendar: Calendar,
    since: int,
    until: int,
    sensitivity: Sensitivity = DEFAULT,
    step: int = 300,
    pool: Arrivals | None = None,
) -> Replay:
    """What would have been judged every `step` seconds in `since` ≤ t < `until`.

    It ends at the watermark. Each day is judged by what was learned up to its local midnight.
    """
    history = History.of(arrivals, calendar, until)
    other = None if pool is None else History.of(pool, calendar, until)
    end = min(until, arrivals.end + 1)
    parts = []
    midnight = calendar.midnight(since)
    while midnight < end:
        following = calendar.next_midnight(midnight)
        ats = np.arange(-(-max(since, midnight) // step) * step, min(end, following), step)
        if len(ats):
            model = learned(history, midnight, calendar, sensitivity, other)
            parts.append(_judged(model, arrivals, ats))
        midnight = following
    return Replay(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class _Windows(NamedTuple):
    """By window and instant: what came, what is expected, and the most and least that is usual."""

    came: Floats
    expected: Floats
    most: Floats
    least: Floats


def _judged(model: Model, arrivals: Arrivals, ats: Integers) -> Replay:
    """What the model says of each of the rising instants."""
    confirm = model.sensitivity.confirm
    both = np.unique(np.concatenate((ats, ats - confirm)))
    now, before = np.searchsorted(both, ats), np.searchsorted(both, ats - confirm)
    came, expected, most, least = _windows(model, arrivals, both)
    above, below = model.limits.above(most), model.limits.below(least)
    scores = ((came - most) / above).max(axis=0), ((least - came) / below).max(axis=0)
    if model.learning:
        scores = (np.full(len(both), np.nan),) * 2
    bands = came, expected, np.maximum(least - below, 0), most + above
    return Replay(
        ats,
        *(band[:, now].T for band in bands),
        *(np.minimum(score[now], score[before]) for score in scores),
    )


def _windows(model: Model, arrivals: Arrivals, ats: Integers) -> _Windows:
    windows, longest = model.sensitivity.windows, max(model.sensitivity.windows)
    # Sums begin where they always do: an instant and a whole day are judged alike to the digit.
    begin = min(int(ats[0]), model.until - model.sensitivity.confirm) - longest
    edges = np.arange(begin // QUARTER * QUARTER, int(ats[-1]) + QUARTER, QUARTER)
    wall = model.calendar.wall(edges)
    places, days = slots(wall), wall // DAY
    near = model.calendar.near(days)
    rates = model.rates[places]
    points = np.unique(np.concatenate([ats - window for window in (0, *windows)]))
    now = np.searchsorted(points, ats)
    then = np.stack([np.searchsorted(points, ats - window) for window in windows])

    def within(total: Floats) -> Floats:
        found: Floats = total[now] - total[then]
        return found

    levels = _levels(model, arrivals, edges, rates, near)
    level: Floats = levels[np.maximum((ats - longest - edges[0]) // QUARTER, 0)]

    def meant(rates: Floats) -> Floats:
        total: Floats = np.interp(points, edges, _before(rates[:-1]))
        return level * within(total)

    expected = most = least = meant(rates)
    highest, lowest = (week[places] for week in model.extremes)
    if near.any() or model.weeks < model.sensitivity.few:
        most = meant(np.where(near, model.sensitivity.near_holiday, 1.0) * highest)
        least = meant(np.where(near, 0.0, lowest))
    routine = model.routines[:, places[np.searchsorted(edges, ats, side="right") - 1]]
    return _Windows(within(_before(arrivals.between(points))), expected, most + routine, least)


def _levels(
    model: Model, arrivals: Arrivals, edges: Integers, rates: Floats, near: Flags
) -> Floats:
    """The level at each edge: that at the model's midnight, then what today's quarters add."""
    counts, meant = arrivals.between(edges), rates[:-1]
    calm = ~near[:-1] & ~incidents(counts, meant, model.limits.clump)
    calm &= edges[:-1] >= model.until
    first = int(np.searchsorted(edges, model.until))
    path = model.level.path((counts * calm)[first:], (meant * calm)[first:])
    return np.concatenate((np.full(first, path[0]), path))


def _before(values: Floats) -> Floats:
    """The sum of all values before each place, the place after the last included."""
    return np.concatenate(([0.0], np.cumsum(values)))
