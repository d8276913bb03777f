"""What a query must give, reckoned in Python from what was told at several instants.

Each function gives a `Reckoned`: for a moment, rows by the values of the labels in `by`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

from tests.moments import Told
from tests.pipeline import Labels

Rows: TypeAlias = dict[tuple[str, ...], float]
LEAST: Final = 20
HOUR: Final = 1
DAY: Final = 24
WEEK: Final = 7 * DAY
MONTHLY: Final = 28 * DAY
MONTH: Final = 30 * DAY
QUARTER: Final = 90 * DAY


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of the desk, and what was told then and earlier."""

    name: str
    at: datetime
    told: Mapping[datetime, Told]

    def back(self, hours: float) -> Told:
        """What was told so many hours earlier."""
        return self.told[self.at - timedelta(hours=hours)]


Reckoned: TypeAlias = Callable[[Moment], Rows]
Where: TypeAlias = str | Collection[str]


def _grouped(
    found: Mapping[Labels, float], by: Iterable[str]
) -> dict[tuple[str, ...], list[float]]:
    groups: dict[tuple[str, ...], list[float]] = {}
    for labels, value in found.items():
        has = dict(labels)
        groups.setdefault(tuple(has.get(label, "") for label in by), []).append(value)
    return groups


def now(name: str, *by: str, ago: float = 0, **where: Where) -> Reckoned:
    """The sum of a gauge."""
    return _folded(sum, name, by, ago, where)


def greatest(name: str, *by: str, ago: float = 0, **where: Where) -> Reckoned:
    """The greatest value of a gauge."""
    return _folded(max, name, by, ago, where)


def least(name: str, *by: str, ago: float = 0, **where: Where) -> Reckoned:
    """The least value of a gauge."""
    return _folded(min, name, by, ago, where)


def number(name: str, **where: Where) -> Reckoned:
    """How many series of a gauge there are."""
    return _folded(len, name, (), 0, where)


def _folded(
    fold: Callable[[list[float]], float],
    name: str,
    by: tuple[str, ...],
    ago: float,
    where: Mapping[str, Where],
) -> Reckoned:
    def rows(moment: Moment) -> Rows:
        found = moment.back(ago).values(name, **where)
        return {key: fold(values) for key, values in _grouped(found, by).items()}

    return rows


def grew(name: str, window: float, *by: str, ago: float = 0, **where: Where) -> Reckoned:
    """By how much a counter grew within a window."""

    def rows(moment: Moment) -> Rows:
        after = moment.back(ago).values(name, **where)
        before = moment.back(ago + window).values(name, **where)
        grown = {labels: value - before[labels] for labels, value in after.items()}
        return {key: sum(values) for key, values in _grouped(grown, by).items()}

    return rows


def age(of: Reckoned) -> Reckoned:
    """Seconds since an instant in Unix seconds."""
    return lambda m: {key: m.at.timestamp() - value for key, value in of(m).items()}


def both(one: Reckoned, other: Reckoned, how: Callable[[float, float], float]) -> Reckoned:
    """Of two rows with the same labels, what `how` makes of them."""

    def rows(moment: Moment) -> Rows:
        left, right = one(moment), other(moment)
        return {key: how(left[key], right[key]) for key in left.keys() & right.keys()}

    return rows


def plus(one: Reckoned, other: Reckoned) -> Reckoned:
    """The sum of two."""
    return both(one, other, lambda a, b: a + b)


def minus(one: Reckoned, other: Reckoned) -> Reckoned:
    """The difference of two."""
    return both(one, other, lambda a, b: a - b)


def mapped(how: Callable[[float], float], one: Reckoned) -> Reckoned:
    """What `how` makes of every value."""
    return lambda m: {key: how(value) for key, value in one(m).items()}


def share(part: Reckoned, whole: Reckoned, at_least: float = LEAST) -> Reckoned:
    """A part of a whole, absent where the whole is less than `at_least`."""

    def rows(moment: Moment) -> Rows:
        parts, wholes = part(moment), whole(moment)
        return {key: parts[key] / n for key, n in wholes.items() if n >= at_least and key in parts}

    return rows


def or_too_few(one: Reckoned, whole: Reckoned) -> Reckoned:
    """Not-a-number in the place of what is absent because there are too few."""

    def rows(moment: Moment) -> Rows:
        few = {key: math.nan for key, n in whole(moment).items() if n < LEAST}
        return few | one(moment)

    return rows


def where(one: Reckoned, holds: Callable[[float], bool]) -> Reckoned:
    """The rows whose value holds."""
    return lambda m: {key: value for key, value in one(m).items() if holds(value)}


def spread(bound: str, middle: str, **labels: Where) -> Reckoned:
    """The sum of the squared distances of two gauges, series by series."""

    def rows(moment: Moment) -> Rows:
        far, near = (moment.back(0).values(name, **labels) for name in (bound, middle))
        return {(): sum((far[key] - near[key]) ** 2 for key in far)}

    return rows


def quantile(share: float, name: str, window: float) -> Reckoned:
    """As Prometheus reads a quantile off buckets, where there are enough: linear within one."""

    def rows(moment: Moment) -> Rows:
        found = grew(f"{name}_bucket", window, "le")(moment)
        counts = sorted((float(le), count) for (le,), count in found.items())
        if not counts or counts[-1][1] < LEAST:
            return {}
        rank = share * counts[-1][1]
        for (low, below), (high, upto) in pairwise([(0.0, 0.0), *counts]):
            if upto >= rank:
                inside = (rank - below) / (upto - below)
                return {(): low if math.isinf(high) else low + (high - low) * inside}
        raise AssertionError(counts)

    return rows


def waits(*by: str) -> Reckoned:
    """How long the oldest unanswered ticket of each team had waited at its source's watermark."""

    def rows(moment: Moment) -> Rows:
        told = moment.back(0)
        complete = {
            dict(labels)["source"]: value
            for labels, value in told.values(
                "deskpulse_source_complete_to_timestamp_seconds"
            ).items()
        }
        oldest = told.values("support_oldest_unanswered_created_timestamp_seconds")
        waited = {labels: complete[dict(labels)["source"]] - at for labels, at in oldest.items()}
        return {key: max(values) for key, values in _grouped(waited, by).items()}

    return rows
