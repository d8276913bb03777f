"""Whether customers are content and what is solved stays solved: last week against before.

A share that moved is told when it moved by enough to matter and by more than chance would: by
`deviations` standard errors of the difference of two shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alerts.alert import About, Alert, Severity
from alerts.annotations import SHARE, Board, foremost, label, now, parts, selected, value
from alerts.backlog import MOST_OPEN
from alerts.parameters import Parameters
from alerts.recording import (
    SOLVED,
    SOURCE,
    Recording,
    increased,
    labels_of,
    named,
    unless_catching_up,
)
from alerts.thresholds import Thresholds

LATEST = "support_ratings_latest"
REOPENED = "support_tickets_reopened_total"

_AT = labels_of(SOURCE)

RATED = named(SOURCE, LATEST, "sum7d")
RATED_BEFORE = named(SOURCE, LATEST, "sum_before7d")
SATISFIED = named(SOURCE, LATEST, "good_ratio7d")
SATISFIED_BEFORE = named(SOURCE, LATEST, "good_ratio_before7d")
SATISFIED_ERROR = named(SOURCE, LATEST, "good_ratio_error7d")

SOLVES = named(SOURCE, SOLVED, "increase7d")
SOLVES_BEFORE = named(SOURCE, SOLVED, "increase_before7d")
REOPENS = named(SOURCE, REOPENED, "increase7d")
REOPENS_BEFORE = named(SOURCE, REOPENED, "increase_before7d")
RETURNED = named(SOURCE, REOPENED, "ratio7d")
RETURNED_BEFORE = named(SOURCE, REOPENED, "ratio_before7d")
RETURNED_ERROR = named(SOURCE, REOPENED, "ratio_error7d")

_WEEKS_BEFORE = ("1w", "2w", "3w", "4w")


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """Both shares, of last week and of before, with what they are shares of."""
    yield from _satisfaction(parameters.thresholds.least_ratings)
    yield from _reopens(parameters.thresholds.least_solves)


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Fewer customers content, or more tickets that come back."""
    yield _satisfaction_drop(parameters)
    yield _reopen_rate(parameters)


def _satisfaction(least: int) -> Iterator[Recording]:
    """The 28 days hold the last 7 as well: what came before is the difference."""
    week, month, good_week, good_month = (
        f'sum by ({SOURCE}) ({LATEST}{{window="{window}"{rating}}})'
        for rating in ("", ',rating="good"')
        for window in ("7d", "28d")
    )
    yield Recording(RATED, week, "n of CSAT: tickets with a rating of the last 7 days.")
    yield Recording(
        RATED_BEFORE, f"{month} - {week}", "n of CSAT of the three weeks before the last 7 days."
    )
    yield Recording(
        SATISFIED,
        f"{good_week}\n/ ({RATED} >= {least})\n",
        f"CSAT of the last 7 days: good / (good + bad); absent below n = {least}.",
    )
    yield Recording(
        SATISFIED_BEFORE,
        f"({good_month} - {good_week})\n/ ({RATED_BEFORE} >= {least})\n",
        f"CSAT of the three weeks before the last 7 days; absent below n = {least}.",
    )
    # sqrt(p (1 - p) (1/n + 1/m)), p being the share of both together: of 28 days.
    yield Recording(
        SATISFIED_ERROR,
        "sqrt(\n"
        f"  {good_month} / {month}\n"
        f"  * (1 - {good_month} / {month})\n"
        f"  * (1 / ({RATED} >= {least}) + 1 / ({RATED_BEFORE} >= {least}))\n"
        ")\n",
    )


def _reopens(least: int) -> Iterator[Recording]:
    """A ticket may come back several times, so that reopens are told for each solve."""
    yield Recording(SOLVES, increased(SOURCE, SOLVED, "7d"), "Solves of the last 7 days.")
    yield Recording(REOPENS, _reopened(), "Reopens of the last 7 days.")
    for before, counted in ((SOLVES_BEFORE, SOLVES), (REOPENS_BEFORE, REOPENS)):
        yield Recording(before, _weeks_before(counted))
    yield Recording(
        RETURNED,
        f"{REOPENS} / (round({SOLVES}) >= {least})",
        f"Reopens for each solve of the last 7 days; absent below {least} solves.",
    )
    yield Recording(
        RETURNED_BEFORE,
        f"{REOPENS_BEFORE} / (round({SOLVES_BEFORE}) >= {least})",
        f"The same of up to four weeks before; absent below {least} solves.",
    )
    # sqrt(r (1/n + 1/m)), r being the share of both together: counts by chance, not yes or no.
    yield Recording(
        RETURNED_ERROR,
        "sqrt(\n"
        f"  ({REOPENS} + {REOPENS_BEFORE}) / ({SOLVES} + {SOLVES_BEFORE})\n"
        f"  * (1 / ({SOLVES} > 0) + 1 / ({SOLVES_BEFORE} > 0))\n"
        ")\n",
    )


def _reopened() -> str:
    """0 where nothing was ever reopened, as the counter need not exist then."""
    return f"{increased(SOURCE, REOPENED, '7d')}\nor 0 * {SOLVES}\n"


def _weeks_before(counted: str) -> str:
    """The weeks before, as far as they are known."""
    weeks = (
        f'label_replace({counted} offset {week}, "week", "{week}", "", "")'
        for week in _WEEKS_BEFORE
    )
    return f"sum by ({SOURCE}) (\n  " + "\n  or ".join(weeks) + "\n)\n"


def _satisfaction_drop(parameters: Parameters) -> Alert:
    t, windows = parameters.thresholds, parameters.windows
    fell = f"{SATISFIED_BEFORE} - {SATISFIED}"
    bad = selected(LATEST, *_AT, window="7d", rating="bad")
    return Alert(
        name="SatisfactionDrop",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=_moved(SATISFIED, fell, t.satisfaction_drop, SATISFIED_ERROR, t),
        labels=_AT,
        limits=("satisfaction_drop", "deviations", "least_ratings"),
        hold=windows.quality_for,
        keep=windows.quality_keep,
        board=Board.CUSTOMERS,
        span=timedelta(days=28),
        summary=(
            f"{label('source')}: {value(SHARE)} of {now(RATED)} ratings of the last week are "
            f"good, expected about {now(SATISFIED_BEFORE, SHARE)} as in the three weeks before"
        ),
        description=(
            f"Most bad ratings: {foremost(_AT, **parts(bad, 'team'))}; {MOST_OPEN}. The difference "
            f"is more than chance makes of {now(RATED)} and {now(RATED_BEFORE)} ratings. "
            "Ratings come a day or more after what they rate."
        ),
    )


def _reopen_rate(parameters: Parameters) -> Alert:
    t, windows = parameters.thresholds, parameters.windows
    rose = f"{RETURNED} - {RETURNED_BEFORE}"
    back = f"increase({selected(REOPENED, *_AT)}[7d])"
    return Alert(
        name="ReopenRate",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=_moved(RETURNED, rose, t.reopen_rise, RETURNED_ERROR, t) + unless_catching_up(),
        labels=_AT,
        limits=("reopen_rise", "deviations", "least_solves"),
        hold=windows.quality_for,
        keep=windows.quality_keep,
        board=Board.QUEUE,
        span=timedelta(days=28),
        summary=(
            f"{label('source')}: {value(SHARE)} of {now(SOLVES)} tickets solved within a week "
            f"came back, expected about {now(RETURNED_BEFORE, SHARE)} as in the weeks before"
        ),
        description=(
            f"Foremost: {foremost(_AT, **parts(back, 'channel', 'team'))}; {MOST_OPEN}. What is "
            "solved does not stay solved."
        ),
    )


def _moved(current: str, by: str, least: float, error: str, t: Thresholds) -> str:
    """The current share, where it moved by enough to matter and by more than chance would."""
    return f"{current}\nand {by} >= {least}\nand {by} > {t.deviations} * {error}\n"
