"""One source, from the clock of a simulator to its samples: HTTP, connector, store, page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from connectors import Connector, Measures, Page
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Desk
from connectors.testing.policy import Policy
from connectors.testing.server import SimulatorServer
from connectors.testing.truth import Truth, truth
from exporter.certify.candidate import Candidate
from exporter.certify.policies import definition
from exporter.certify.scale import Broken
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Outcome, Poller

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]

BUSINESS: Final = ("support_", "deskpulse_corrections")
JUDGED: Final = "support_arrivals_"
"""What is told of arrivals beside their number: a view on what is usual, and only while the source
is up to date."""

SAMPLE: Final = re.compile(r"([^{ ]+)(?:\{(.*)\})? (\S+)")
LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ESCAPED: Final = re.compile(r"\\(.)")
ESCAPES: Final = {"\\": "\\", '"': '"', "n": "\n"}

LASTING: Final = (
    *(name.encode() for name in BUSINESS),
    b"deskpulse_source_transitions_unseen",
    b"deskpulse_source_complete_to_timestamp_seconds",
)


@dataclass
class Line:
    """One source. skew: how far our clock is ahead of the vendor's."""

    clock: StandingClock
    server: SimulatorServer
    store: Store
    poller: Poller
    desk: Desk
    connect: Callable[[], Connector[Any]]
    policy: Policy | None = None
    polls: list[datetime] = field(default_factory=list)

    @property
    def source(self) -> Source:
        """As the exporter knows it."""
        return self.poller.source

    @property
    def measures(self) -> Measures:
        """What the connector declares."""
        return self.source.measures

    def look(self, complete_to: datetime) -> None:
        """Set the clock so that the vendor's answers are complete up to then."""
        self.clock.at = complete_to + self.measures.lag
        self.server.simulator.catch_up()

    def poll(self, complete_to: datetime, *, from_start: bool = False) -> Outcome:
        """Poll when the vendor's answers are complete up to then. Raises `Broken` when it fails."""
        self.look(complete_to)
        outcome = self.poller.poll(from_start=from_start)
        if outcome.error is not None:
            raise Broken(f"a poll that should succeed fails: {outcome.error}")
        self.polls.append(complete_to)
        return outcome

    def pages(self, cursor: str | None = None) -> list[Page]:
        """What a connector of its own reads now. Raises `ConnectorError`."""
        connector = self.connect()
        try:
            return list(connector.changes(cursor))
        finally:
            connector.close()

    def commit(self, page: Page) -> None:
        """Take a page in, whoever read it."""
        self.poller.commit(page, self.poller.now())

    def body(self) -> bytes:
        """`/metrics` at its totals."""
        return Exposition(self.store.snapshot(), [self.source.name], totals=True).body()

    def commit_all(self, cursor: str | None) -> list[Page]:
        """Take in all that a connector of its own reads from there; gives it."""
        pages = self.pages(cursor)
        for page in pages:
            self.commit(page)
        return pages

    def numbers(self) -> bytes:
        """The lines of `/metrics` that may not depend on how the vendor was asked."""
        lines = self.body().splitlines(True)
        unjudged = (line for line in lines if not line.startswith(JUDGED.encode()))
        return b"".join(line for line in unjudged if line.startswith(LASTING))

    def samples(self) -> Samples:
        """The business samples, without the label source."""
        return business(self.body())

    def truth(self) -> Truth:
        """What they must be."""
        return truth(self.desk, self.polls, self.measures, self.policy)


@contextmanager
def opened(
    candidate: Candidate,
    desk: Desk,
    folder: Path,
    *,
    policy: Policy | None = None,
    url: str | None = None,
    page_limit: int | None = None,
    skew: timedelta = timedelta(0),
    settings: dict[str, object] | None = None,
    **options: Any,
) -> Iterator[Line]:
    """A line on `desk`.

    url: of the store; without one it lies in `folder`. page_limit: the most records in an answer.
    skew: how far our clock is ahead of the vendor's. settings: beyond those that the simulator
    names; options go to the `Source`.
    """
    clock = StandingClock(desk.begins)
    with SimulatorServer(candidate.simulator(desk, clock, page_limit=page_limit)) as server:
        given = candidate.settings(server.simulator.settings(server.url), **(settings or {}))

        def connect() -> Connector[Any]:
            return candidate.connector(candidate.name, given)

        def now() -> float:
            return (clock.at + skew).timestamp()

        source = _source(candidate.name, connect(), policy, options)
        store = Store.open(url or f"sqlite:///{folder / candidate.name}.db", lasting=False)
        store.prepare([source])
        poller = Poller(store, source, connect, now)
        try:
            yield Line(clock, server, store, poller, desk, connect, policy)
        finally:
            poller.close()
            store.close()


def _source(
    name: str, connector: Connector[Any], policy: Policy | None, options: dict[str, Any]
) -> Source:
    """The source that a connector reads, which is closed."""
    if policy is not None:
        options["definition"] = definition(policy)
    try:
        return Source(name, name, connector.measures(), **options)
    finally:
        connector.close()


def samples(body: bytes) -> Samples:
    """Every sample of a page of ours, by name and labels, as Prometheus' own parser reads it in
    twenty times the time. Raises `ValueError` for a line that is none.
    """
    found: Samples = {}
    for line in body.decode().split("\n"):
        if line and not line.startswith("#"):
            sample = SAMPLE.fullmatch(line)
            if sample is None:
                raise ValueError(f"no sample: {line[:80]}")
            found[sample[1], _labels(sample[2] or "")] = float(sample[3])
    return found


@lru_cache(maxsize=50_000)
def _labels(text: str) -> Labels:
    """Labels as they stand between the braces; pages have the same ones again and again."""
    return frozenset(
        (name, ESCAPED.sub(lambda found: ESCAPES[found[1]], value))
        for name, value in LABEL.findall(text)
    )


@lru_cache(maxsize=50_000)
def _without_source(labels: Labels) -> Labels:
    return frozenset(pair for pair in labels if pair[0] != "source")


def business(body: bytes) -> Samples:
    """The business samples of a page with one source, without the label source and judgements."""
    return {
        (name, _without_source(labels)): value
        for (name, labels), value in samples(body).items()
        if name.startswith(BUSINESS) and not name.startswith(JUDGED)
    }


def differences(published: Samples, expected: Samples) -> list[str]:
    """Where two sets of samples differ, in words; a sample that is missing counts as 0."""
    return [
        f"{key[0]}{sorted(key[1])}: published {published.get(key, 0)}, truth {expected.get(key, 0)}"
        for key in sorted(published.keys() | expected.keys(), key=str)
        if published.get(key, 0) != expected.get(key, 0)
    ]
