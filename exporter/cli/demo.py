"""`deskpulse demo`: the whole main job on a virtual desk, with nothing to set up."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rich_click as click
import yaml

from connectors.discovery import simulator
from connectors.testing.clock import RunningClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from exporter.cli.serving import serve
from exporter.cli.wiring import (
    Address,
    Unusable,
    ending_on_signals,
    opened_store,
    pollers,
    read_config,
)
from exporter.config import HostPort
from exporter.serving.server import ServerError, listen

_VENDOR = "zendesk"
_SEED = 7
_ARRIVALS_PER_HOUR = 900.0
_DEFAULT = HostPort("127.0.0.1", 9464)
# Zendesk never tells its last minute. Its clock goes a minute ahead here, so that what happens on
# the desk now is seen now.
_AHEAD = timedelta(seconds=60)


@click.command()
@click.option(
    "--listen",
    "address",
    type=Address(),
    help="Where to serve.  [default: 127.0.0.1:9464, or a free port]",
)
@click.option(
    "--duration",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="End by itself after this time.",
)
def demo(address: HostPort | None, duration: float | None) -> None:
    """Run everything on a virtual helpdesk: eight weeks of history, then tickets as they come."""
    opened = _listen(address)
    at = HostPort(opened.getsockname()[0], opened.getsockname()[1])
    deadline = None if duration is None else time.monotonic() + duration
    with (
        ending_on_signals() as ended,
        opened,
        tempfile.TemporaryDirectory(prefix="deskpulse-demo-") as folder,
        _desk() as server,
    ):
        config = read_config(_configuration(Path(folder), server))
        with opened_store(config) as store, pollers(config, store) as polled:
            click.echo(
                f"A virtual helpdesk answers as {_VENDOR} at {server.url}.\n"
                f"Page     http://{at}/\n"
                f"Metrics  http://{at}/metrics\n"
                "Press Ctrl-C to end."
            )
            serve(config, store, polled, opened, lambda: ended.is_set() or _passed(deadline))


def _passed(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _listen(address: HostPort | None) -> socket.socket:
    wanted = address or _DEFAULT
    try:
        return listen(wanted.host, wanted.port)
    except ServerError as error:
        if address is not None:
            raise Unusable(str(error)) from error
        return listen(wanted.host, 0)


@contextlib.contextmanager
def _desk() -> Iterator[SimulatorServer]:
    now = datetime.now(UTC).replace(microsecond=0)
    desk = SeededDesk(_SEED, present=now, live_rate=_ARRIVALS_PER_HOUR)
    with SimulatorServer(simulator(_VENDOR)(desk, RunningClock(now + _AHEAD))) as server:
        yield server


def _configuration(folder: Path, server: SimulatorServer) -> Path:
    path = folder / "deskpulse.yaml"
    source = {**server.simulator.settings(server.url), "poll": "1s"}
    path.write_text(yaml.safe_dump({"scrape_interval": "5s", "sources": {"demo": source}}))
    return path
