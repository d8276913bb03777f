"""PromQL out of series: the few shapes of query that the panels are made of."""

from __future__ import annotations

from typing import Final

from dashboards import limits
from dashboards.series import (
    EXPECTED,
    LOWER,
    OLDEST_UNANSWERED,
    PROMISED,
    RATINGS_LATEST,
    UPPER,
    WATERMARK,
    Series,
)

HOUR: Final = "1h"
DAY: Final = "1d"
WEEK: Final = "7d"
MONTHLY: Final = "28d"
MONTH: Final = "30d"
QUARTER: Final = "90d"
STEP: Final = "$__rate_interval"
"""The time between two points of a graph; Grafana puts it in."""

LAST_HOUR: Final = 'window="1h"'


def total(series: Series, *by: str, offset: str = "", where: str = "") -> str:
    """A gauge added up, for each value of the labels in `by`."""
    matchers = (where,) if where else ()
    return f"sum{_by(by)}({series.now(*matchers, offset=offset)})"


def greatest(series: Series, *by: str, where: str = "") -> str:
    """The greatest of what cannot be added up, for each value of the labels in `by`."""
    return f"max{_by(by)}({series.now(*([where] if where else []))})"


def least(series: Series, *by: str) -> str:
    """The least of what cannot be added up, for each value of the labels in `by`."""
    return f"min{_by(by)}({series.now()})"


def counted(series: Series, window: str, *by: str, offset: str = "", where: str = "") -> str:
    """How much a counter grew within a window."""
    matchers = (where,) if where else ()
    return f"sum{_by(by)}(increase({series.now(*matchers, window=window, offset=offset)}))"


def quantile(share: float, series: Series, window: str) -> str:
    """A quantile of the durations within a window in seconds, absent where they are too few."""
    buckets = counted(series.part("bucket"), window, "le")
    enough = f"round({counted(series.part('count'), window)}) >= {limits.LEAST}"
    return f"histogram_quantile({share}, {buckets}) and on() ({enough})"


def share(part: str, whole: str) -> str:
    """A part of a whole; absent where the whole is too little."""
    return f"{part} / ({whole} >= {limits.LEAST})"


def too_few(whole: str) -> str:
    """NaN where there is a whole and it is too little, else absent."""
    return f"({whole} < {limits.LEAST}) * NaN"


def age_of_oldest(*by: str) -> str:
    """How long the oldest unanswered ticket had waited at its source's watermark, in seconds."""
    watermark = f"max by (source) ({WATERMARK.now()})"
    oldest = f"min by (source, team) ({OLDEST_UNANSWERED.now()})"
    return f"max{_by(by)}({watermark} - on(source) group_right() {oldest})"


def rated(rating: str = "", offset: str = "") -> str:
    """Tickets by the rating that stands, given in a week."""
    where = 'window="7d"' + (f', rating="{rating}"' if rating else "")
    return total(RATINGS_LATEST, where=where, offset=offset)


def content(offset: str = "") -> str:
    """CSAT of a week: good / (good + bad)."""
    return share(rated("good", offset), rated(offset=offset))


def promised(outcome: str, *by: str, where: str = "") -> str:
    """Promises of a week that came to this outcome, or to any."""
    matchers = [f'outcome="{outcome}"'] if outcome else []
    return counted(PROMISED, WEEK, *by, where=", ".join([*matchers, *([where] if where else [])]))


def most_usual() -> str:
    """The upper bound for all channels together, as if none knew of the others."""
    return f"{total(EXPECTED, where=LAST_HOUR)} + sqrt({_spread(UPPER)})"


def least_usual() -> str:
    """The lower bound for all channels together, likewise."""
    return f"clamp_min({total(EXPECTED, where=LAST_HOUR)} - sqrt({_spread(LOWER)}), 0)"


def _spread(bound: Series) -> str:
    return f"sum(({bound.now(LAST_HOUR)} - {EXPECTED.now(LAST_HOUR)}) ^ 2)"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""
