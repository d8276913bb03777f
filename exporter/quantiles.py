"""Exact quantiles of what was observed, for the numbers that people hold against a report. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from connectors import Fact

PERCENTILES = {"50": "0.5", "90": "0.9"}
"""By the value of the label: promtool wants the label `quantile` on summaries alone."""

EVERY = 5 * 60_000
"""Milliseconds; they are told anew when the watermark has come into another stretch of these."""

TOLD = (
    # metric, fact, whether on the business clock
    ("support_first_response_quantile_seconds", Fact.FIRST_RESPONSE, False),
    ("support_first_response_business_quantile_seconds", Fact.FIRST_RESPONSE, True),
    ("support_resolution_quantile_seconds", Fact.SOLVED, False),
    ("support_resolution_business_quantile_seconds", Fact.SOLVED, True),
)


def quantile(ascending: Sequence[int], q: str) -> int:
    """The exact quantile of sorted values: the least that at least q of them do not exceed."""
    return ascending[max(0, ceil(Fraction(q) * len(ascending)) - 1)]


def are_due(before: int | None, watermark: int) -> bool:
    """Whether they are told anew when the watermark moves."""
    return before is None or before // EVERY != watermark // EVERY
