"""What the rules are built with: windows, thresholds, and where links lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from alerts.thresholds import THRESHOLDS, Thresholds

JOB = "deskpulse"
"""The name of the scrape job, on which `ExporterDown` relies."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Over how long the rules look, and how long something must last before it is told.

    spike_keep: how long a spike or drop is told after it is over. How long it must last to be told
        is `volume: confirm:` of its source.
    backlog_for: how long a backlog must stand above the usual one.
    ageing_for: how long there must be more old tickets than usual.
    at_work: how long a team must have answered somebody every hour to be at work.
    unanswered_for: how long a ticket must have been passed over.
    budget: the stretch of time for which an objective is promised; what may be late in it is the
        budget.
    burn_page_for, burn_ticket_for, burn_keep: how long a budget must burn too fast to page, to be
        a ticket, and how long it is told after.
    at_risk_for: how long more promises must be about to break than can be kept.
    quality_for, quality_keep: how long satisfaction, reopens or churn must have moved, and how long
        that is told after.
    stale_after: the age of a source's last success from which its data are stale.
    failing: the stretch of time whose polls are judged.
    economics: the stretches of time over which churn, retention and payback are told.
    stale_for, failing_for, down_for: how long a stale or failing source, or an exporter that does
        not answer, must stay so. A restart serves the old data until its first poll ends.
    refused_for: how long refused credentials must stay refused.
    throttled, throttled_for: the stretch of time of which the share spent waiting is judged, and
        how long it must stay so.
    """

    spike_keep: timedelta = timedelta(minutes=15)
    backlog_for: timedelta = timedelta(hours=1)
    ageing_for: timedelta = timedelta(hours=1)
    at_work: timedelta = timedelta(hours=4)
    unanswered_for: timedelta = timedelta(minutes=15)
    budget: timedelta = timedelta(days=30)
    burn_page_for: timedelta = timedelta(minutes=2)
    burn_ticket_for: timedelta = timedelta(minutes=15)
    burn_keep: timedelta = timedelta(minutes=15)
    at_risk_for: timedelta = timedelta(minutes=10)
    quality_for: timedelta = timedelta(hours=1)
    quality_keep: timedelta = timedelta(hours=12)
    stale_after: timedelta = timedelta(minutes=30)
    stale_for: timedelta = timedelta(minutes=5)
    failing: timedelta = timedelta(minutes=15)
    economics: tuple[timedelta, ...] = (timedelta(days=30), timedelta(days=90))
    failing_for: timedelta = timedelta(minutes=5)
    down_for: timedelta = timedelta(minutes=5)
    refused_for: timedelta = timedelta(minutes=2)
    throttled: timedelta = timedelta(hours=1)
    throttled_for: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of an alert lead.

    grafana: put before the path of a dashboard; empty for a path relative to Grafana itself.
    runbooks: the address or folder that holds `<Alert>.md`.
    """

    grafana: str = ""
    runbooks: str = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that `alerts.rules.render` needs to know."""

    windows: Windows = Windows()
    thresholds: Thresholds = THRESHOLDS
    links: Links = field(default_factory=Links)


PRODUCTION = Parameters()
"""For a desk with people at work: the committed `rules/deskpulse.yml`."""

DEMO = Parameters(
    windows=Windows(
        spike_keep=timedelta(minutes=5),
        stale_after=timedelta(minutes=1),
        stale_for=timedelta(seconds=15),
        failing=timedelta(minutes=1),
        failing_for=timedelta(seconds=30),
        down_for=timedelta(seconds=30),
    )
)
"""The same rules with shorter windows, so that what ends or is old is told within a minute."""

VARIANTS: Mapping[str, Parameters] = MappingProxyType({"deskpulse": PRODUCTION, "demo": DEMO})
"""Every committed rule file by its name."""
