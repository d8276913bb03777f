"""Where a number on a dashboard begins to be bad: where the alerts say so, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from alerts.parameters import Parameters

Limits: TypeAlias = Sequence[tuple[float, str]]
"""From which value on which colour holds, ascending; below the first one all is well."""

LEAST: Final = 20
"""Fewer than this many are too few for a ratio or a quantile."""

WELL: Final = "green"
WARNING: Final = "orange"
BAD: Final = "red"


def unanswered(parameters: Parameters) -> Limits:
    """The longest wait for a first answer: too long at work, and too long at any time."""
    thresholds = parameters.thresholds
    return (
        (thresholds.unanswered_at_work.total_seconds(), WARNING),
        (thresholds.unanswered_always.total_seconds(), BAD),
    )


def stale(parameters: Parameters) -> Limits:
    """The age of data."""
    return ((parameters.windows.stale_after.total_seconds(), BAD),)


def failing(parameters: Parameters) -> Limits:
    """The share of polls that fail."""
    return ((parameters.thresholds.failing_share, BAD),)


def spike(parameters: Parameters) -> Limits:
    """How far above the usual arrivals are."""
    return ((parameters.thresholds.spike_score, BAD),)


def drop(parameters: Parameters) -> Limits:
    """How far below the usual arrivals are."""
    return ((parameters.thresholds.drop_score, BAD),)


def volume(parameters: Parameters) -> Limits:
    """How far from the usual arrivals are, either way."""
    return tuple(sorted({*spike(parameters), *drop(parameters)}))


def kept(parameters: Parameters) -> Limits:
    """The share of promised first responses that came in time: too low below the objective."""
    return ((0, BAD), (parameters.thresholds.first_response_objective, WELL))


def throttled(parameters: Parameters) -> Limits:
    """Seconds of an hour that were waited because the vendor asked for it."""
    return ((parameters.thresholds.throttled_share * 3600, BAD),)
