"""One helpdesk and its billing at several moments, as a Prometheus that scraped them knows them.

Both are polled on one standing clock through their simulators, and every page is kept with the
instant of the desk at which it was told. The pages become blocks of a Prometheus' data, so that a
query may look back an hour, a week or a quarter, and the truth at both ends is known.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from alerts.parameters import JOB
from alerts.prometheus import INSTANCE
from connectors import Connector, Measures
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Desk
from connectors.testing.faults import Faults, status
from connectors.testing.policy import Policy
from connectors.testing.server import SimulatorServer
from connectors.testing.truth import truth
from exporter.certify.candidate import Candidate
from exporter.certify.policies import definition
from exporter.definition import Economics
from exporter.labels import Labeller
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller
from tests.peers import require
from tests.pipeline import Labels, Samples, business, differences

HELPDESK: Final = "desk"
BILLING: Final = "billing"
VENDORS: Final = {HELPDESK: "zendesk", BILLING: "stripe"}
MILLION: Final = 1_000_000
MONEY: Final = Economics(
    acquisition_cost={"EUR": 500 * MILLION},
    margin=800_000,
    into="EUR",
    rates={"USD": 920_000, "GBP": 1_170_000, "JPY": 6_000},
)
WHOLE_DATA: Final = "--max-block-duration=1458h"
TARGET: Final = frozenset({("job", JOB), ("instance", INSTANCE)})
COUNTED: Final = ("_total", "_bucket", "_count", "_sum")

Besides = Callable[[datetime], Samples]
"""Samples that something else than the page tells at an instant."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told at one instant: every sample by its name and labels."""

    at: datetime
    samples: Samples

    def values(self, name: str, **where: str | Collection[str]) -> dict[Labels, float]:
        """The series of a metric with these label values, or one of them."""
        return {
            labels: value
            for (found, labels), value in self.samples.items()
            if found == name and _fits(dict(labels), where)
        }


def _fits(labels: Mapping[str, str], where: Mapping[str, str | Collection[str]]) -> bool:
    return all(
        labels.get(name) == wanted if isinstance(wanted, str) else labels.get(name) in wanted
        for name, wanted in where.items()
    )


@dataclass
class Polled:
    """Two sources on one clock, and what they came to so far."""

    desk: Desk
    policy: Policy
    clock: StandingClock
    store: Store
    pollers: Mapping[str, Poller]
    servers: Mapping[str, SimulatorServer]
    faults: Faults
    besides: Besides
    told: list[Told] = field(default_factory=list)
    watermarks: dict[str, list[datetime]] = field(default_factory=dict)

    def poll(self, at: datetime, *, down: bool = False) -> None:
        """Poll both sources at an instant, the helpdesk in vain where it is `down`."""
        self.clock.at = at
        self.faults.clear()
        if down:
            self.faults.always("/", status(401))
        for name, poller in self.pollers.items():
            self.servers[name].simulator.catch_up()
            outcome = poller.poll()
            failed = outcome.error is not None
            assert failed == (down and name == HELPDESK), outcome.error
            if not failed:
                lag = poller.source.measures.lag
                self.watermarks.setdefault(name, []).append(at - lag)
        page = Exposition(self.store.snapshot(), list(VENDORS), totals=True, render_seconds=0.02)
        shown = {
            (sample.name, frozenset(sample.labels.items())): float(sample.value)
            for family in page.families()
            for sample in family.samples
        }
        self.told.append(Told(at, shown | self.besides(at)))

    def everything(self) -> list[Told]:
        """All that was told. What is counted later was 0 before, as the exporter and a backfill
        tell it.
        """
        keys = {key for one in self.told for key in one.samples if key[0].endswith(COUNTED)}
        zeros = dict.fromkeys(sorted(keys, key=str), 0.0)
        return [Told(one.at, _scraped(zeros | one.samples)) for one in self.told]

    def wrong(self) -> list[str]:
        """Where the page of now is not the truth of the desk."""
        page = Exposition(self.store.snapshot(), list(VENDORS), totals=True).body()
        found = []
        for name, poller in self.pollers.items():
            mark = f'source="{name}"'.encode()
            lines = (one for one in page.splitlines(True) if mark in one or one.startswith(b"#"))
            polls, measures = self.watermarks[name], poller.source.measures
            told = truth(self.desk, polls, measures, self.policy).as_samples()
            names = {sample for sample, _ in told}
            shown = {key: n for key, n in business(b"".join(lines)).items() if key[0] in names}
            found += differences(shown, told)
        return found


def _scraped(told: Samples) -> Samples:
    """With the labels that a scrape adds."""
    return {(name, labels | TARGET): value for (name, labels), value in told.items()}


def _nothing(_: datetime) -> Samples:
    return {}


@contextmanager
def polled(
    desk: Desk, policy: Policy, folder: Path, besides: Besides = _nothing
) -> Iterator[Polled]:
    """A helpdesk with everything decided and the billing of its customers, not yet polled."""
    clock, faults = StandingClock(desk.begins), Faults()

    def now() -> float:
        return clock.at.timestamp()

    store = Store.open(f"sqlite:///{folder / 'moments.db'}")
    with ExitStack() as stack:
        servers, pollers, connects = {}, {}, {}
        for name, vendor in VENDORS.items():
            candidate = Candidate.of(vendor)
            server = SimulatorServer(
                candidate.simulator(desk, clock), faults=faults if name == HELPDESK else None
            )
            servers[name] = stack.enter_context(server)
            settings = candidate.settings(server.simulator.settings(server.url))
            connects[name] = _connecting(candidate, name, settings)
        sources = [_source(name, one, policy) for name, one in connects.items()]
        store.prepare(sources)
        for source in sources:
            poller = Poller(store, source, connects[source.name], now)
            pollers[source.name] = poller
            stack.callback(poller.close)
        stack.callback(store.close)
        yield Polled(desk, policy, clock, store, pollers, servers, faults, besides)


def _connecting(candidate: Candidate, name: str, settings: Any) -> Callable[[], Connector[Any]]:
    return lambda: candidate.connector(name, settings)


def _source(name: str, connect: Callable[[], Connector[Any]], policy: Policy) -> Source:
    connector = connect()
    measures: Measures = connector.measures()
    connector.close()
    labeller = Labeller(lambda: b"key")
    if name == HELPDESK:
        return Source(
            name, VENDORS[name], measures, definition=definition(policy), labeller=labeller
        )
    return Source(
        name, VENDORS[name], measures, money=MONEY, helpdesks=(HELPDESK,), labeller=labeller
    )


# --- into Prometheus ------------------------------------------------------------------------------


def write(told: Sequence[Told], folder: Path) -> None:
    """Make blocks of what was told in a data folder.

    Everything is there for a second, so that a window holds it whether or not its begin belongs to
    it.
    """
    folder.mkdir(parents=True)
    text = folder.parent / "told.om"
    with text.open("w") as file:
        for one in told:
            ends = [f" {one.at.timestamp() + second:.3f}\n" for second in (0, 1)]
            for (name, labels), value in one.samples.items():
                said = ",".join(f'{label}="{_escaped(word)}"' for label, word in labels)
                file.writelines(f"{name}{{{said}}} {value!r}{end}" for end in ends)
        file.write("# EOF\n")
    command = ["tsdb", "create-blocks-from", "--quiet", WHOLE_DATA, "openmetrics"]
    done = subprocess.run(
        [str(require("promtool")), *command, str(text), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
