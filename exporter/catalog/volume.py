"""The metrics of arrivals: how many tickets come, how many were to be expected, a row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors import Fact
from exporter.metric import HOUR, MINUTE, About, Metric, Type

ARRIVALS: Final = "support_arrivals"
EXPECTED: Final = "support_arrivals_expected"
LOWER: Final = "support_arrivals_lower"
UPPER: Final = "support_arrivals_upper"
SCORE: Final = "support_arrivals_score"
JUDGED: Final = "support_arrivals_judged"

WINDOWS: Final = {
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "3h": 3 * HOUR,
}
"""Windows that end at the last whole minute before the watermark, in seconds."""

SPIKE: Final = "spike"
DROP: Final = "drop"

THOUSANDTHS: Final = 1000
_BY_WINDOW: Final = ("channel", "window")

# name, labels, stored units of one, help
_ROWS: Final = (
    (
        ARRIVALS,
        _BY_WINDOW,
        1,
        "Tickets created in the window up to the last whole minute before the watermark.",
    ),
    (
        EXPECTED,
        _BY_WINDOW,
        THOUSANDTHS,
        "Tickets to be expected in the window, by the weeks before; absent while these are few.",
    ),
    (LOWER, _BY_WINDOW, THOUSANDTHS, "Below so many tickets in the window, too few came."),
    (UPPER, _BY_WINDOW, THOUSANDTHS, "Above so many tickets in the window, too many came."),
    (
        SCORE,
        ("channel", "direction"),
        THOUSANDTHS,
        "From 1 on, too many tickets came (spike) or too few (drop); absent while not judged.",
    ),
    (
        JUDGED,
        ("channel",),
        1,
        "1 while arrivals are judged; 0 while their history is short or the source not up to date.",
    ),
)


def rows() -> Iterator[Metric]:
    """Every metric of arrivals."""
    for name, labels, scale, text in _ROWS:
        yield Metric(name, Type.GAUGE, About.BUSINESS, text, labels, Fact.CREATED, scale=scale)
