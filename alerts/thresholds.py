"""Where a number begins to be bad. Alerts and dashboards take it from here, and only from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a number begins to be bad.

    spike_score: how many standard deviations above the expected arrivals are a spike.
    spike_dispersion: variance that a desk has beyond pure chance, as a share of the squared mean.
    spike_variance: variance that even an idle channel is granted, in squared tickets.
    spike_floor: tickets within the window below which nothing is a spike.
    backlog_ratio: open tickets as a multiple of what is usual.
    backlog_floor: open tickets above what is usual below which the backlog is not growing.
    unanswered_at_work: the longest wait for a first response while the team answers others.
    unanswered_always: the longest wait whether or not the team is at work; longer than a weekend.
    failing_share: the share of failed polls from which a source counts as failing.
    least_customers: customers below which no share of them and no mean is told.
    least_new_customers: the same of new customers within the window.
    """

    spike_score: float = 5
    spike_dispersion: float = 0.08
    spike_variance: float = 1.5
    spike_floor: int = 10
    backlog_ratio: float = 1.5
    backlog_floor: int = 25
    unanswered_at_work: timedelta = timedelta(hours=8)
    unanswered_always: timedelta = timedelta(hours=72)
    failing_share: float = 0.5
    least_customers: int = 20
    least_new_customers: int = 5


THRESHOLDS = Thresholds()
"""The thresholds that the committed rules are built with."""
