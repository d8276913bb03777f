"""Where a number on a dashboard begins to be bad: where the alerts say so, and nowhere else."""

from __future__ import annotations

from typing import Final

from alerts.parameters import PRODUCTION

LEAST: Final = 20
"""Fewer than this many are too few for a ratio or a quantile."""

WARNING: Final = "orange"
BAD: Final = "red"

UNANSWERED: Final = (
    (PRODUCTION.thresholds.unanswered_at_work.total_seconds(), WARNING),
    (PRODUCTION.thresholds.unanswered_always.total_seconds(), BAD),
)
"""The longest wait for a first answer: too long at work, and too long at any time."""

STALE: Final = ((PRODUCTION.windows.stale_after.total_seconds(), BAD),)
"""The age of data."""
