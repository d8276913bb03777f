"""A source: one vendor's account, as the exporter needs to know it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from connectors import Fact, Measures
from connectors.measures import OF_CUSTOMERS
from exporter.backlog import Cell
from exporter.catalog import CATALOG, VOCABULARIES
from exporter.customers.experience import Expectations
from exporter.customers.identity import Joining
from exporter.definition import Definition, Economics, Target
from exporter.labels import NONE, Labeller
from exporter.metric import About, Metric, Needs, Type
from exporter.observe import Observer

if TYPE_CHECKING:
    from exporter.usual import Usual

MAX_LANGUAGES = 50
CONFIRM = timedelta(minutes=5)
"""How long a verdict on arrivals must stand, unless an operator says otherwise."""


@dataclass(frozen=True)
class Source:
    """One vendor's account.

    teams: those that the operator named; their series exist from the start.
    max_teams, max_categories: how many of them may have series of their own.
    poll: how often it is asked.
    definition: how its operator defines its numbers. money: what the operator says of money.
    helpdesks: the sources whose tickets say how this source's customers were served, itself
        perhaps among them. joining: how these tickets find their customers; expectations: what
        those may expect.
    webhooks: whether polls are woken by them.
    labeller: makes labels of what the vendor says.
    """

    name: str
    vendor: str
    measures: Measures
    teams: tuple[str, ...] = ()
    max_teams: int = 50
    max_categories: int = 50
    poll: timedelta = timedelta(seconds=60)
    definition: Definition = field(default_factory=Definition)
    money: Economics = field(default_factory=Economics)
    helpdesks: tuple[str, ...] = ()
    joining: Joining = field(default_factory=Joining)
    expectations: Expectations = field(default_factory=Expectations)
    confirm: timedelta = CONFIRM
    webhooks: bool = False
    labeller: Labeller = field(default_factory=Labeller)

    @property
    def patience(self) -> int:
        """Milliseconds; a poll that brings more than this was catching up on an outage."""
        return max(3 * self.poll, timedelta(minutes=5)) // timedelta(milliseconds=1)

    @property
    def stale_after(self) -> int:
        """Milliseconds; the data of a source that is asked as it should be are never older."""
        return self.patience + self.measures.lag // timedelta(milliseconds=1)

    @cached_property
    def fingerprint(self) -> str:
        """Twelve characters that change with whatever changes how this source's facts count."""
        return self.definition.fingerprint

    @cached_property
    def telling(self) -> str:
        """Twelve characters that change with whatever changes which gauges a ticket fills."""
        told = sorted(OF_CUSTOMERS & self.measures.told.keys())
        business = sorted(name for name in self.metrics if CATALOG[name].about is About.BUSINESS)
        content = " ".join((self.fingerprint, *business, *told))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def observer(self) -> Observer:
        """What reads its records."""
        return Observer(self.measures, self.definition, self.labeller)

    @cached_property
    def usual(self) -> Usual:
        """What learns how many tickets usually come."""
        from exporter.usual import Usual

        return Usual(self.definition, self.confirm)

    @cached_property
    def metrics(self) -> frozenset[str]:
        """The names of the metrics that it has: absent, not zero, where it cannot tell."""
        return frozenset(name for name, metric in CATALOG.items() if self._tells(metric))

    def tells(self, metric: Metric) -> bool:
        """Whether this source has such a metric at all."""
        return metric.name in self.metrics

    def named(self, label: str) -> tuple[str, ...]:
        """The values of a label that the operator named."""
        if label == "team":
            return self.teams
        if label == "category":
            return tuple(dict.fromkeys(one.name for one in self.definition.categories))
        return ()

    def cap(self, label: str) -> int:
        """How many values of a label may have series of their own."""
        return {"team": self.max_teams, "category": self.max_categories}.get(label, MAX_LANGUAGES)

    def health_from_the_start(self) -> Iterator[Cell]:
        """Series about the source that exist before it was first asked."""
        for metric in filter(self.tells, _counted(About.SOURCE)):
            if not metric.labels:
                yield metric.name, ()
            for value in metric.values:
                yield metric.name, (value,)

    def business_from_the_start(self) -> Iterator[Cell]:
        """Counters and histograms over vocabularies, which exist once the source is primed."""
        known = self._vocabularies()
        for metric in _counted(About.BUSINESS):
            if self.tells(metric) and all(label in known for label in metric.labels):
                for labels in product(*(known[label] for label in metric.labels)):
                    yield metric.name, labels

    def economics(self) -> dict[Cell, int | None]:
        """What the operator says of money, as gauges."""
        if Fact.CUSTOMERS not in self.measures.told:
            return {}
        money = self.money
        told: dict[Cell, int | None] = {
            ("support_acquisition_cost", (currency,)): cost
            for currency, cost in money.acquisition_cost.items()
        }
        if money.margin is not None:
            told["support_gross_margin_ratio", ()] = money.margin
        if money.into is not None:
            for currency, rate in {money.into: 1_000_000, **money.rates}.items():
                told["support_exchange_rate", (currency, money.into)] = rate
        return told

    def _vocabularies(self) -> dict[str, tuple[str, ...]]:
        known = VOCABULARIES | {"target": tuple(sorted(self.targets))}
        if self.teams:
            known["team"] = (*self.teams, NONE)
        if self.definition.categories and not self.definition.category_field:
            known["category"] = (*self.named("category"), NONE)
        return known

    @cached_property
    def targets(self) -> frozenset[Target]:
        """The targets that were promised and of which the vendor tells whether they were met."""
        return frozenset(t for t in self.definition.targets if t.fact in self.measures.told)

    def _tells(self, metric: Metric) -> bool:
        has = {
            Needs.NOTHING: True,
            Needs.BUSINESS_HOURS: self.definition.has_business_time,
            Needs.TARGETS: bool(self.targets),
            Needs.CATEGORIES: self.definition.has_categories,
            Needs.ACQUISITION_COST: bool(self.money.acquisition_cost),
            Needs.MARGIN: self.money.margin is not None,
            Needs.EXCHANGE: self.money.into is not None,
            Needs.HELPDESKS: bool(self.helpdesks),
            Needs.WEBHOOKS: self.webhooks,
        }
        return has[metric.needs] and (metric.fact is None or metric.fact in self.measures.told)


def _counted(about: About) -> Iterator[Metric]:
    return (m for m in CATALOG.values() if m.about is about and m.type is not Type.GAUGE)
