"""Where a number begins to be bad. Alerts and dashboards take it from here, and only from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a number begins to be bad.

    spike_score, drop_score: the score of arrivals from which there are too many, or too few; 1 is
        the bound that the exporter draws for each channel out of its own past.
    backlog_ratio: open tickets as a multiple of what is usual.
    backlog_floor: open tickets above what is usual below which the backlog is not growing.
    old_after: the age from which an open ticket is old; told by classes of age, the next one up.
    ageing_ratio: old open tickets as a multiple of those of a week ago.
    ageing_floor: old open tickets more than a week ago below which the backlog does not grow old.
    unanswered_at_work: the longest wait for a first response while the team answers others; this
        and the next two are told by classes of age (1d, 3d, 7d and 30d are limits of theirs).
    unanswered_always: the longest wait whether or not the team is at work; longer than a weekend.
    unanswered_abandoned: the wait from which a ticket is taken for abandoned, and told no more.
    first_response_objective: the share of promised first responses that are to come in time.
    resolution_objective: the share of promised resolutions that are to come in time.
    burn_share: the share of broken promises that is too many at any objective.
    at_risk_floor: promises about to break below which nobody is told.
    at_risk_ratio: promises about to break as a multiple of those that are kept in an hour.
    satisfaction_drop: how far CSAT must have fallen, as a share of 1.
    reopen_rise: how far reopens for each solve must have risen.
    deviations: how many standard errors a change must be; less than 3 is chance now and then.
    churn_ratio: the share of customers that left as a multiple of that of the window before.
    failing_share: the share of failed polls from which a source counts as failing.
    throttled_share: the share of time that may be spent waiting because the vendor asks for it.
    rejected_floor: records of an hour that cannot be read below which nobody is told.
    rejected_share: the share of records that may be unreadable.
    least_outcomes: promises within a window below which no share of them is judged.
    least_ratings: ratings below which no share of them is told.
    least_solves: solves below which no share of them is told.
    least_customers: customers below which no share of them and no mean is told.
    least_new_customers: the same of new customers within the window.
    """

    spike_score: float = 1
    drop_score: float = 1
    backlog_ratio: float = 1.5
    backlog_floor: int = 25
    old_after: timedelta = timedelta(days=7)
    ageing_ratio: float = 1.5
    ageing_floor: int = 20
    unanswered_at_work: timedelta = timedelta(days=1)
    unanswered_always: timedelta = timedelta(days=3)
    unanswered_abandoned: timedelta = timedelta(days=7)
    first_response_objective: float = 0.9
    resolution_objective: float = 0.9
    burn_share: float = 0.9
    at_risk_floor: int = 10
    at_risk_ratio: float = 1
    satisfaction_drop: float = 0.05
    reopen_rise: float = 0.05
    deviations: float = 3
    churn_ratio: float = 1.5
    failing_share: float = 0.5
    throttled_share: float = 0.5
    rejected_floor: int = 5
    rejected_share: float = 0.01
    least_outcomes: int = 20
    least_ratings: int = 20
    least_solves: int = 20
    least_customers: int = 20
    least_new_customers: int = 5


THRESHOLDS = Thresholds()
"""The thresholds that the committed rules are built with."""
