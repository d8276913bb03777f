"""What a configuration comes to: its sources, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from alerts.installation import Installation
from connectors import Connector, Fact, Measures, Settings
from exporter.config.customers import Service
from exporter.config.problems import Problem
from exporter.config.values import HostPort
from exporter.config.webhooks import WebhookConfig
from exporter.definition import Definition, Economics
from exporter.labels import Labeller
from exporter.source import CONFIRM

DEFAULT_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One helpdesk to be polled.

    poll: the time between two polls.
    teams: known teams, whose series exist from the start.
    max_teams: how many values the label `team` may take.
    settings: what the vendor needs; secrets in it are `SecretStr`.
    definition: its business hours, targets and categories. money: what is said of money.
    service: what is said of the support that its customers have.
    confirm: how long a verdict on its arrivals must stand.
    webhooks: who may wake its poll; None: nobody.
    max_categories: how many values the label `category` may take.
    category_lines: where each category stands in the file.
    labeller: makes labels of what the vendor says, with the key of this installation.
    beside: every source of the file by its name, this one among them.
    """

    name: str
    vendor: str
    poll: timedelta
    teams: tuple[str, ...]
    max_teams: int
    settings: Settings
    connector_type: type[Connector[Any]]
    definition: Definition = field(default_factory=Definition)
    money: Economics = field(default_factory=Economics)
    service: Service = field(default_factory=Service)
    confirm: timedelta = CONFIRM
    webhooks: WebhookConfig | None = None
    max_categories: int = DEFAULT_MAX
    category_lines: Mapping[str, int] = field(default_factory=dict)
    labeller: Labeller = field(default_factory=Labeller)
    beside: Mapping[str, SourceConfig] = field(default_factory=dict, repr=False, compare=False)

    def connector(self) -> Connector[Any]:
        """A new connector with these settings. Asks no network."""
        return self.connector_type(self.name, self.settings)

    def measures(self) -> Measures:
        """What the source can tell. Asks no network."""
        connector = self.connector()
        try:
            return connector.measures()
        finally:
            connector.close()

    def helpdesks(self) -> tuple[str, ...]:
        """The sources whose tickets say how its customers were served; none where it has none."""
        if Fact.CUSTOMERS not in self.measures().told:
            return ()
        candidates = self.service.helpdesks or self.beside
        return tuple(
            name
            for name in candidates
            if name in self.beside and Fact.CUSTOMER in self.beside[name].measures().told
        )


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration that can be used.

    store_url: SQLAlchemy's URL, its path absolute.
    scrape_interval: the longest interval at which a Prometheus scrapes.
    alerts: where alerts begin and who is told; dashboards take their colours from its parameters.
    public_url: where the world reaches it, through whatever stands in front; "" where nobody said.
    warnings: what works and had better be changed.
    """

    path: Path
    store_url: str
    listen: HostPort
    scrape_interval: timedelta
    sources: tuple[SourceConfig, ...]
    alerts: Installation = field(default_factory=Installation)
    public_url: str = ""
    warnings: tuple[Problem, ...] = ()
