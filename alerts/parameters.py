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

    arrivals: the stretch of time whose arrivals are judged.
    recent: the stretch before it whose median is one usual value.
    seasons: how long ago the same moment is a further usual value.
    memory: how far the history must reach back before arrivals are judged at all.
    spike_for, spike_keep: how long a spike must last to be told, and how long it is told after.
    backlog_for: how long a backlog must stand above the usual one.
    stale_after: the age of a source's last success from which its data are stale.
    failing: the stretch of time whose polls are judged.
    economics: the stretches of time over which churn, retention and payback are told.
    stale_for, failing_for, down_for: how long a stale or failing source, or an exporter that does
        not answer, must stay so. A restart serves the old data until its first poll ends.
    """

    arrivals: timedelta = timedelta(minutes=30)
    recent: timedelta = timedelta(hours=3)
    seasons: tuple[timedelta, ...] = (timedelta(days=1), timedelta(weeks=1))
    memory: timedelta = timedelta(days=1)
    spike_for: timedelta = timedelta(minutes=3)
    spike_keep: timedelta = timedelta(minutes=15)
    backlog_for: timedelta = timedelta(hours=1)
    stale_after: timedelta = timedelta(minutes=30)
    stale_for: timedelta = timedelta(minutes=5)
    failing: timedelta = timedelta(minutes=15)
    economics: tuple[timedelta, ...] = (timedelta(days=30), timedelta(days=90))
    failing_for: timedelta = timedelta(minutes=5)
    down_for: timedelta = timedelta(minutes=5)

    @property
    def horizon(self) -> timedelta:
        """As far as the rules on arrivals ever look back."""
        return max((self.recent, *self.seasons))


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
        arrivals=timedelta(minutes=1),
        recent=timedelta(minutes=10),
        seasons=(),
        memory=timedelta(minutes=1),
        spike_for=timedelta(seconds=30),
        spike_keep=timedelta(minutes=5),
        stale_after=timedelta(minutes=1),
        stale_for=timedelta(seconds=15),
        failing=timedelta(minutes=1),
        failing_for=timedelta(seconds=30),
        down_for=timedelta(seconds=30),
    )
)
"""The same rules with shorter windows, for a Prometheus with minutes of history."""

VARIANTS: Mapping[str, Parameters] = MappingProxyType({"deskpulse": PRODUCTION, "demo": DEMO})
"""Every committed rule file by its name."""
