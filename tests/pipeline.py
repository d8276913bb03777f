"""From a virtual desk to samples, through real HTTP, a real connector and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from connectors import Connector, Measures
from connectors.discovery import discover, simulator
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Desk
from connectors.testing.policy import Policy
from connectors.testing.server import SimulatorServer
from connectors.testing.truth import Truth, truth
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Outcome, Poller
from tests.policies import definition

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]

BUSINESS = ("support_", "deskpulse_corrections")


@dataclass
class Pipeline:
    """One source, from the desk's clock to its samples."""

    clock: StandingClock
    server: SimulatorServer
    store: Store
    poller: Poller
    desk: Desk
    polls: list[datetime]
    policy: Policy | None = None

    @property
    def measures(self) -> Measures:
        """What the connector declares."""
        return self.poller.source.measures

    def poll(self, complete_to: datetime, *, from_start: bool = False) -> Outcome:
        """Poll when the vendor's answers are complete up to `complete_to`; it must succeed."""
        self.clock.at = complete_to + self.measures.lag
        outcome = self.poller.poll(from_start=from_start)
        assert outcome.error is None, outcome.error
        self.polls.append(complete_to)
        return outcome

    def body(self) -> bytes:
        """`/metrics` at its totals."""
        return Exposition(self.store.snapshot(), [self.poller.source.name], totals=True).body()

    def samples(self) -> Samples:
        """The business samples, without the label source."""
        return business(self.body())

    def truth(self) -> Truth:
        """What they must be."""
        return truth(self.desk, self.polls, self.measures, self.policy)


@contextmanager
def pipeline(
    vendor: str,
    desk: Desk,
    folder: Path,
    *,
    policy: Policy | None = None,
    url: str | None = None,
    **options: Any,
) -> Iterator[Pipeline]:
    """A pipeline whose store is at `url`, else lies in `folder`; options go to the source."""
    if policy is not None:
        options["definition"] = definition(policy)
    kind = discover().vendors[vendor]
    clock = StandingClock(desk.begins)
    with SimulatorServer(simulator(vendor)(desk, clock)) as server:
        settings = server.simulator.settings(server.url)
        settings.pop("vendor")

        def connect() -> Connector[Any]:
            return kind(vendor, kind.settings_type.model_validate(settings))

        connector = connect()
        source = Source(vendor, vendor, connector.measures(), **options)
        connector.close()
        store = Store.open(url or f"sqlite:///{folder / vendor}.db")
        store.prepare([source])

        def now() -> float:
            return clock.at.timestamp()

        poller = Poller(store, source, connect, now)
        try:
            yield Pipeline(clock, server, store, poller, desk, [], policy)
        finally:
            poller.close()
            store.close()


def samples(body: bytes) -> Samples:
    """Every sample of a page, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def business(body: bytes) -> Samples:
    """The business samples of a page with one source, without the label source."""
    return {
        (name, frozenset(pair for pair in labels if pair[0] != "source")): value
        for (name, labels), value in samples(body).items()
        if name.startswith(BUSINESS)
    }


def differences(published: Samples, expected: Samples) -> list[str]:
    """Where two sets of samples differ, in words; a sample that is missing counts as 0."""
    return [
        f"{key[0]}{sorted(key[1])}: published {published.get(key, 0)}, truth {expected.get(key, 0)}"
        for key in sorted(published.keys() | expected.keys(), key=str)
        if published.get(key, 0) != expected.get(key, 0)
    ]


def total(found: Samples, name: str) -> float:
    """A metric summed over its series; fails where it has none."""
    values = [value for (sample, _), value in found.items() if sample == name]
    assert values, f"{name} is absent"
    return sum(values)
