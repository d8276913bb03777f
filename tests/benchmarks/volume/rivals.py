"""Other ways to tell a spike, each as scores by five minutes, 1 being its published threshold.

adaptive, robust: the two strategies of grafana/promql-anomaly-detection, on tickets a minute.
z-score: GitLab's seasonal prediction, on tickets an hour.
oracle: knows the true local rate, so that what it misses is hidden by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from exporter.volume import Sensitivity, replay
from exporter.volume.arrivals import Floats, Integers
from exporter.volume.tails import bound
from tests.benchmarks.volume.queues import DAY, SLOT, WEEK, Queue

HOUR: Final = 12
SPARSE: Final = 5 / 60
STEADY: Final = np.full(1, 1e-4)
Scores = tuple[Floats, Floats]
"""Of spikes and of drops."""


def deskpulse(queue: Queue, counts: Integers, first: int, last: int) -> Scores:
    """Ours, as it would have been told."""
    series = queue.series
    since, until = (series.start + SLOT * (WEEK * week + 1) for week in (first, last))
    told = replay(series.arrivals(counts), series.calendar(), since, until)
    return told.spike, told.drop


def oracle(queue: Queue, counts: Integers, first: int, last: int) -> Scores:
    """The same windows and evidence around the rate that is true."""
    sensitivity = Sensitivity()
    weekly = float(queue.rate.mean()) * WEEK
    needed, _ = sensitivity.evidence(weekly, weekly)
    best = np.full(len(counts), -np.inf)
    for window in sensitivity.windows:
        came, meant = (_sums(values, window // SLOT) for values in (counts, queue.rate))
        far = [bound(meant, 1.0, STEADY, times, needed) for times in sensitivity.spikes]
        best = np.maximum(best, (came - meant) / (np.min(far, axis=0) - meant))
    return _told(_twice(best), first, last)


def adaptive(queue: Queue, counts: Integers, first: int, last: int) -> Scores:
    """The mean of an hour and two standard deviations, the same of a day and a week ago."""
    level = _dense(counts)
    mean, spread = _rolling(level, HOUR)
    wide = np.where(spread > 0.5 * mean, spread, np.nan)
    lately, _ = _rolling(wide, 26 * HOUR)
    uppers = [mean + 2 * lately, 1.5 * mean]
    uppers += [_ago(mean + 2 * spread, slots) for slots in (WEEK - 6, DAY - 6)]
    upper = np.fmax.reduce(uppers)
    return _told(_twice((level - mean) / (upper - mean)), first, last)


def robust(queue: Queue, counts: Integers, first: int, last: int) -> Scores:
    """The median of a day and two median deviations, the same of an hour a day and a week ago."""
    level = _dense(counts)
    median = _median(level, DAY, 6)
    spread = _median(np.abs(level - median), DAY, 6)
    hour = _median(level, HOUR, 1)
    uppers = [median + 2 * spread, 1.5 * median]
    for slots in (WEEK - 3, DAY - 3):
        then = _ago(hour, slots)
        uppers.append(then + 2 * _median(np.abs(_ago(level, slots) - then), HOUR, 3))
    upper = np.fmax.reduce(uppers)
    return _told(_twice((hour - median) / (upper - median)), first, last)


def z_score(queue: Queue, counts: Integers, first: int, last: int) -> Scores:
    """The median of what three weeks predict for this hour, and two deviations of a week."""
    hourly = _sums(counts, HOUR)
    week, spread = _rolling(hourly, WEEK)
    around, _ = _rolling(hourly, 4 * HOUR)
    said = [_ago(around, n * WEEK - 2 * HOUR) + week - _ago(week, n * WEEK) for n in (1, 2, 3)]
    predicted = np.median(said, axis=0)
    return _told(_twice((hourly - predicted) / (2 * spread)), first, last)


Way = Callable[[Queue, Integers, int, int], Scores]
RIVALS: Final[dict[str, Way]] = {"adaptive": adaptive, "robust": robust, "z-score": z_score}


def _told(scores: Floats, first: int, last: int) -> Scores:
    part = np.nan_to_num(scores[first * WEEK : last * WEEK], nan=-1.0, posinf=-1.0, neginf=-1.0)
    return part, np.zeros(len(part))


def _twice(scores: Floats) -> Floats:
    """The weaker of two evaluations five minutes apart."""
    return np.minimum(scores, _ago(scores, 1))


def _dense(counts: Integers) -> Floats:
    """Tickets a minute where there are any, and enough of them in the last hour."""
    level = np.where(counts > 0, counts * 60 / SLOT, np.nan)
    mean, _ = _rolling(level, HOUR)
    return np.where(mean < SPARSE, np.nan, level)


def _ago(values: Floats, slots: int) -> Floats:
    return np.concatenate((np.full(slots, np.nan), values[:-slots]))


def _sums(values: Floats | Integers, slots: int) -> Floats:
    total = np.concatenate((np.zeros(slots), np.cumsum(values)))
    return (total[slots:] - total[:-slots]).astype(np.float64)


def _rolling(values: Floats, slots: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what there is in the last slots."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = _sums(known, slots)
        mean = _sums(filled, slots) / n
        variance = _sums(filled**2, slots) / n - mean**2
    return mean, np.sqrt(np.maximum(variance, 0))


def _median(values: Floats, slots: int, step: int) -> Floats:
    """The median of what there is in the last slots, looked at every `step` of them."""
    padded = np.concatenate((np.full(slots - 1, np.nan), values))
    ordered = np.sort(sliding_window_view(padded, slots)[::step], axis=1)
    known = np.isfinite(ordered).sum(axis=1)
    middle = np.stack([np.maximum(known - 1, 0) // 2, known // 2 * (known > 0)], axis=1)
    middle[:, 1] = np.minimum(middle[:, 1], slots - 1)
    found = np.take_along_axis(ordered, middle, axis=1).mean(axis=1)
    return np.repeat(found, step)[: len(values)]
