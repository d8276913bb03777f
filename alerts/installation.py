"""What one installation decides about its alerts: where they begin, who is told, what it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from alerts.parameters import PRODUCTION, Parameters
from alerts.receivers import Receivers
from alerts.rules import Severity


@dataclass(frozen=True, slots=True)
class Targets:
    """HOST:PORT of what Prometheus talks to, by default as the compose file names them.

    exporter: what it scrapes. alertmanager: where it sends alerts.
    """

    exporter: str = "exporter:9464"
    alertmanager: str = "alertmanager:9093"


@dataclass(frozen=True, slots=True)
class Installation:
    """All that rules and configurations are built from, and dashboards take their colours from.

    scrape_interval: how often Prometheus scrapes.
    """

    parameters: Parameters = PRODUCTION
    receivers: Receivers = field(default_factory=dict)
    targets: Targets = field(default_factory=Targets)
    scrape_interval: timedelta = timedelta(seconds=30)

    @property
    def untold(self) -> tuple[Severity, ...]:
        """The severities of which nobody is told."""
        return tuple(one for one in Severity if not self.receivers.get(one))
