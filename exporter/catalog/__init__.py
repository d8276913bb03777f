"""Every metric that deskpulse publishes, one row each. Nothing else names a metric."""

from __future__ import annotations

from connectors import Channel, Ending, Fact, Priority
from exporter.catalog import business, customers, health, volume
from exporter.customers.account import Experience
from exporter.knowledge import Extra
from exporter.labels import NONE
from exporter.metric import Metric

CATALOG: dict[str, Metric] = {
    row.name: row for row in (*business.rows(), *volume.rows(), *customers.rows(), *health.rows())
}
"""Every metric by its name, in the order of exposition."""

OBSERVED: dict[Fact | Extra, tuple[Metric, ...]] = {
    kind: tuple(m for m in CATALOG.values() if kind in m.fed_by) for kind in (*Fact, *Extra)
}
"""The counters and histograms that each kind of observation feeds."""

VOCABULARIES: dict[str, tuple[str, ...]] = {
    "channel": tuple(Channel),
    "priority": tuple(Priority),
    "rating": ("good", "bad"),
    "group": ("promoter", "passive", "detractor"),
    "outcome": ("met", "breached"),
    "reason": (*Ending, NONE),
    "experience": tuple(Experience),
}
"""Labels whose values are known beforehand; others join them where the operator lists them."""

TODAY = {
    Fact.CREATED: "created",
    Fact.FIRST_RESPONSE: "first_response",
    Fact.SOLVED: "solved",
    Fact.REOPENED: "reopened",
    Fact.SATISFACTION: "rated",
}
"""The facts that are counted by the day, with their names there."""

CAPPED = ("team", "category", "language")
"""Labels with values of the vendor's or the operator's own, of which there may be too many."""
