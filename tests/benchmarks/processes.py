"""Programs in processes of their own: so that one's memory and time are not another's.

    python -m tests.benchmarks.processes PROGRAM ARGUMENT...

Each program of `PROGRAMS` prints one line of JSON; a server then serves until it is terminated.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors import Measures
    from exporter.source import Source
    from exporter.store import Store

MODULE = "tests.benchmarks.processes"
ENDING = 10.0
READY = ("tickets", "pages")


@contextmanager
def running(program: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """A program under way, by what it printed first; it is terminated at the end."""
    command = [sys.executable, "-m", MODULE, program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, f"{program} ended with {process.wait(ENDING)} and said nothing"
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(ENDING)


def simulate(rate: str) -> None:
    """Serve eight weeks of Zendesk, `rate` tickets in a busy hour; prints the settings, and how
    many `tickets` and `pages` there are."""
    from connectors.discovery import simulator
    from connectors.testing.clock import StandingClock
    from connectors.testing.seeded import SeededDesk
    from connectors.testing.server import SimulatorServer
    from connectors.zendesk.simulator import ZendeskSimulator

    present = datetime(2024, 3, 4, 12, tzinfo=UTC)
    desk = SeededDesk(7, present=present, rate=float(rate))
    zendesk = simulator("zendesk")(desk, StandingClock(present + timedelta(seconds=60)))
    assert isinstance(zendesk, ZendeskSimulator)
    tickets = zendesk.prepare()
    server = SimulatorServer(zendesk)
    ready = dict(zip(READY, (tickets, len(zendesk._ready)), strict=True))
    server.run(lambda url: _say({**zendesk.settings(url), **ready}))


def import_all(settings: str, url: str, scope: str) -> None:
    """Import a whole account into a new store; prints what it brought and what it took.

    scope: `tickets` alone; `streams`, metric events and ratings too; `everything`, the surveys and
    what an operator can decide too.
    """
    from connectors.discovery import discover
    from exporter.store import Store
    from exporter.sync import Poller

    kind = discover().vendors["zendesk"]
    known = kind.settings_type.model_validate(_scoped(json.loads(settings), scope))
    store = Store.open(url)
    connector = kind("zendesk", known)
    source = _source(connector.measures(), scope)
    store.prepare([source])
    poller = Poller(store, source, lambda: connector)
    before = perf_counter(), process_time()
    outcome = poller.poll()
    took = _taken(before)
    series = store.snapshot().series
    _say(
        {
            **took,
            "error": outcome.error,
            "records": outcome.records,
            "tickets": _tickets(store),
            "observations": outcome.observations,
            "requests": {
                one.labels[0]: one.amount.value
                for one in series
                if one.metric == "deskpulse_source_requests"
            },
            "modules": sorted({"alembic", "pandas"} & sys.modules.keys()),
        }
    )


def decide(settings: str, url: str) -> None:
    """Open the store of an import of everything under other business hours, then count it anew;
    prints what each took, and how many metrics count otherwise."""
    from connectors.discovery import discover
    from connectors.testing.hours import Hours
    from connectors.testing.seeded import WEEKLY, ZONE
    from exporter.certify.policies import definition, everything
    from exporter.store import Store

    kind = discover().vendors["zendesk"]
    known = kind.settings_type.model_validate(_scoped(json.loads(settings), "everything"))
    otherwise = definition(everything(Hours(ZONE, dict.fromkeys(range(5), WEEKLY[0]))))
    measures = kind("zendesk", known).measures()
    source = replace(_source(measures, "everything"), definition=otherwise)
    store = Store.open(url)
    began = perf_counter(), process_time()
    store.prepare([source])
    adopted = _taken(began)
    began = perf_counter(), process_time()
    found = store.recompute(source)
    _say({**_taken(began), "adopted": adopted, "differ": sum(one.differs for one in found)})


def _scoped(told: dict[str, Any], scope: str) -> dict[str, Any]:
    """The settings of a source that reads so much."""
    bare = {key: told[key] for key in ("url", "email", "api_token")}
    if scope == "tickets":
        return {**bare, "metric_events": False, "satisfaction_ratings": False}
    if scope == "streams":
        return {**bare, "metric_events_days": told["metric_events_days"]}
    return {key: value for key, value in told.items() if key not in {"vendor", *READY}}


def _source(measures: Measures, scope: str) -> Source:
    from exporter.source import Source
    from tests.benchmarks.ledger import decided
    from tests.benchmarks.tickets import TEAMS

    source = Source("zendesk", "zendesk", measures, teams=TEAMS)
    return replace(source, definition=decided()) if scope == "everything" else source


def _tickets(store: Store) -> int:
    """How many tickets it knows, removed ones too."""
    from sqlalchemy import func, select

    from exporter.store.schema import tickets

    with store.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(tickets)) or 0


def _taken(before: tuple[float, float]) -> dict[str, float]:
    """Seconds since then by the wall and by the CPU, and the most memory that was ever held."""
    wall, cpu = perf_counter() - before[0], process_time() - before[1]
    return {"wall": wall, "cpu": cpu, "peak": peak_memory()}


def serve(folder: str, teams: str) -> None:
    """Serve a store with this many teams; prints `port`, `samples` and `first` (seconds)."""
    from exporter.serving.publisher import Publisher
    from exporter.serving.server import Endpoints, Server, listen
    from exporter.serving.statuspage import StatusPage
    from tests.benchmarks.ledger import desk

    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    names = [f"Team {number:02}" for number in range(int(teams))]
    with desk(10_000, Path(folder), names) as made:
        sources = [made.poller.source]
        publisher = Publisher(made.store, sources, scrape_interval=timedelta(seconds=30))
        before = perf_counter()
        body = publisher.exposition().body()
        first = perf_counter() - before
        samples = sum(not line.startswith(b"#") for line in body.splitlines())
        opened = listen("127.0.0.1", 0)
        page = StatusPage(made.store, sources)
        app = Endpoints(publisher, page, (made.ledger.vendor,)).application()
        _say({"port": opened.getsockname()[1], "samples": samples, "first": first})
        Server(app, opened).serve_until(lambda: bool(ended))


def peak_memory() -> int:
    """The most memory that this process held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would also tell of the process that started this one
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _say(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


PROGRAMS: dict[str, Callable[..., None]] = {
    "simulate": simulate,
    "import": import_all,
    "decide": decide,
    "serve": serve,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
