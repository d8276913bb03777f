"""`deskpulse demo`: the whole main job on a virtual desk, with nothing to set up."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rich_click as click
import yaml

from connectors.discovery import simulator
from connectors.testing.clock import RunningClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from exporter.cli.beside import Beside
from exporter.cli.past import Past
from exporter.cli.receiver import receiver
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
_BILLING = "stripe"
_CUSTOMERS = 1_200
_SEED = 7
_WEEKS = 2
_ARRIVALS_PER_HOUR = 25.0
"""At any hour, past or present: what is expected of the present is what the past says."""
_DEFAULT = HostPort("127.0.0.1", 9464)
CONFIRM = timedelta(minutes=1)
"""Nobody waits five minutes for a demo's alert."""

_PATIENCE = 20.0
"""Seconds for a last page, however busy the machine: its store is about to be thrown away."""

_INCIDENT_AFTER = timedelta(minutes=2)
_INCIDENT_FACTOR = 100.0
# Zendesk never tells its last minute. Its clock goes a minute ahead here, so that what happens on
# the desk now is seen now.
_AHEAD = timedelta(seconds=60)
_SCHEDULES = {
    "office": {
        "zone": "Europe/Berlin",
        "hours": {"mon-fri": "08:00-18:00", "sat": "10:00-14:00"},
        "holidays": "DE",
    },
    "orders": {"zone": "Europe/Berlin", "hours": {"mon-sat": "07:00-22:00"}},
}
_DECISIONS = {
    "volume": {"confirm": f"{CONFIRM // timedelta(minutes=1)}m"},
    "teams": ["Billing", "Technical", "Orders"],
    "schedule": "office",
    "team_schedules": {"Orders": "orders"},
    "at_risk": "30m",
    "targets": [
        {"target": "first_response", "clock": "calendar", "within": "5m", "channel": "chat"},
        {"target": "first_response", "clock": "business", "within": "1h", "priority": "urgent"},
        {"target": "first_response", "clock": "business", "within": "8h"},
        {"target": "next_response", "clock": "business", "within": "8h"},
        {"target": "resolution", "clock": "calendar", "within": "3d"},
    ],
    "categories": {
        "money": {"tags": ["invoice", "refund"]},
        "trouble": {"tags": ["outage", "login"]},
        "goods": {"tags": ["delivery", "returns"]},
    },
}
_MONEY = {
    "acquisition_cost": {"EUR": 500},
    "gross_margin": 0.8,
    "into": "EUR",
    "rates": {"USD": 0.92, "GBP": 1.17, "JPY": 0.006},
}


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
@click.option(
    "--scrape-interval",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="The longest interval at which a Prometheus of yours scrapes it.",
)
@click.option(
    "--remote-write",
    "remote",
    metavar="URL",
    help="Another Prometheus that is to have the last week too.",
)
def demo(
    address: HostPort | None, duration: float | None, scrape_interval: int, remote: str | None
) -> None:
    """Run everything on a virtual helpdesk: two weeks of history, then tickets as they come.

    An incident begins after two minutes. Prometheus and Alertmanager are started beside it where
    they are installed, know the last week, and end with it.
    """
    opened = _listen(address)
    at = HostPort(opened.getsockname()[0], opened.getsockname()[1])
    with (
        ending_on_signals() as ended,
        opened,
        tempfile.TemporaryDirectory(prefix="deskpulse-demo-") as name,
        receiver(click.echo) as webhook,
        _desk() as (server, billing),
    ):
        config = read_config(_configuration(Path(name), server, billing, scrape_interval))
        over = _over(ended.is_set, duration)
        with opened_store(config) as store, pollers(config, store, _PATIENCE) as polled:
            click.echo(f"A virtual helpdesk answers as {_VENDOR} at {server.url}.")
            click.echo(f"Its customers are billed by {_BILLING} at {billing.url}.")
            click.echo(f"Page         http://{at}/\nMetrics      http://{at}/metrics")
            minutes = _INCIDENT_AFTER // timedelta(minutes=1)
            click.echo(
                f"An incident begins in {minutes} minutes and lasts for ten; the alert VolumeSpike "
                "then rings here.\nPress Ctrl-C to end."
            )
            past = Past(store, [poller.source for poller in polled], over, remote)
            with Beside(Path(name), str(at), webhook, past):
                serve(config, store, polled, opened, over)


def _over(asked: Callable[[], bool], duration: float | None) -> Callable[[], bool]:
    """Whether it is time to end: asked to, the duration passed, or whoever started us is gone."""
    deadline = None if duration is None else time.monotonic() + duration
    parent = os.getppid()

    def over() -> bool:
        passed = deadline is not None and time.monotonic() >= deadline
        return asked() or passed or os.getppid() != parent

    return over


def _listen(address: HostPort | None) -> socket.socket:
    wanted = address or _DEFAULT
    try:
        return listen(wanted.host, wanted.port)
    except ServerError as error:
        if address is not None:
            raise Unusable(str(error)) from error
        return listen(wanted.host, 0)


def seeded(now: datetime) -> SeededDesk:
    """The desk of a demo that begins now: as lively as it was, and then an incident."""
    return SeededDesk(
        _SEED,
        present=now,
        weeks=_WEEKS,
        rate=_ARRIVALS_PER_HOUR,
        live_rate=_ARRIVALS_PER_HOUR,
        steady=True,
        incident_at=now + _INCIDENT_AFTER,
        incident_factor=_INCIDENT_FACTOR,
        customers=_CUSTOMERS,
    )


@contextlib.contextmanager
def _desk() -> Iterator[tuple[SimulatorServer, SimulatorServer]]:
    """The helpdesk, and what its customers are billed by."""
    now = datetime.now(UTC).replace(microsecond=0)
    desk = seeded(now)
    with (
        SimulatorServer(simulator(_VENDOR)(desk, RunningClock(now + _AHEAD))) as server,
        SimulatorServer(simulator(_BILLING)(desk, RunningClock(now))) as billing,
    ):
        yield server, billing


def _configuration(
    folder: Path, server: SimulatorServer, billing: SimulatorServer, scrape_interval: int
) -> Path:
    path = folder / "deskpulse.yaml"
    source = {**server.simulator.settings(server.url), "poll": "1s", **_DECISIONS}
    paying = {**billing.simulator.settings(billing.url), "poll": "5s", "money": _MONEY}
    document = {
        "scrape_interval": f"{scrape_interval}s",
        "schedules": _SCHEDULES,
        "sources": {"demo": source, "billing": paying},
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path
