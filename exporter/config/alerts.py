"""`alerts`: where a number begins to be bad, who is told, and where Prometheus finds what it needs.

alerts:
  receivers: ...    # exporter/config/receivers.py
  thresholds: ...   # exporter/config/thresholds.py
  links: ...
  targets: {exporter: 127.0.0.1:9464, alertmanager: 127.0.0.1:9093}
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Final

from alerts.installation import Installation, Targets
from exporter.config.groups import Group
from exporter.config.receivers import read_receivers
from exporter.config.thresholds import read_parameters
from exporter.config.values import a_server

KEYS: Final = ("receivers", "thresholds", "links", "targets")
TARGETS: Final = tuple(field.name for field in fields(Targets))
AS_ALERTS: Final = "write 'receivers:', 'thresholds:', 'links:' or 'targets:' below it"
AS_TARGETS: Final = "write 'exporter:' or 'alertmanager:' below it, each as HOST:PORT"


def read_alerts(top: Group, scrape_interval: timedelta) -> Installation:
    """What an operator decides about alerts; what is wrong is noted and left out.

    scrape_interval: the longest at which a Prometheus may scrape.
    """
    group = top.group("alerts", AS_ALERTS)
    group.only(KEYS, "alerts")
    targets = group.group("targets", AS_TARGETS)
    targets.only(TARGETS, "targets")
    default = Installation()
    told = {name: targets.taken(name, getattr(default.targets, name), a_server) for name in TARGETS}
    return Installation(
        read_parameters(group),
        read_receivers(group),
        Targets(**told),
        min(default.scrape_interval, scrape_interval),
    )
