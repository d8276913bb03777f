"""`deskpulse connector serve`: a vendor's simulator as a server."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rich_click as click
import yaml

from connectors.discovery import BrokenConnector, simulator
from connectors.testing.clock import Clock, RunningClock, StandingClock
from connectors.testing.desk import Desk
from connectors.testing.replay import ReplayedDesk
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from exporter.cli.wiring import Address, Unusable
from exporter.config import HostPort

CUSTOMERS = 300
"""How many a seeded desk has had by the instant at which it is served."""


class Instant(click.ParamType[datetime]):
    """An instant in ISO 8601; without a zone it is taken as UTC."""

    name = "INSTANT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant that was typed, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is no instant; write it as 2016-04-01T00:00:00Z", param, ctx)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


@click.command()
@click.argument("vendor")
@click.option("--seed", type=int, default=1, show_default=True, help="Which seeded desk to serve.")
@click.option(
    "--weeks",
    type=click.IntRange(min=1, max=52),
    default=8,
    show_default=True,
    help="How much of its past a seeded desk tells; less is read sooner.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Serve this event log (CSV, also .xz) instead of a seeded desk.",
)
@click.option(
    "--at",
    type=Instant(),
    help="The clock stands just before this instant. Default: now, or the log's end.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Let the clock run, this many times as fast as real time.",
)
@click.option(
    "--listen",
    "address",
    type=Address(),
    default="127.0.0.1:0",
    show_default=True,
    help="Where to serve.",
)
def serve(
    vendor: str,
    seed: int,
    weeks: int,
    replay: Path | None,
    at: datetime | None,
    speed: float,
    address: HostPort,
) -> None:
    """Serve VENDOR's simulator, and print a configuration that works with it.

    The configuration goes to standard output once the simulator accepts connections:
    `deskpulse connector serve zendesk > deskpulse.yaml &`, then `deskpulse sync`.
    """
    try:
        kind = simulator(vendor)
    except BrokenConnector as error:
        raise Unusable(f"{error}. `deskpulse connector list` shows every vendor.") from error
    desk, begin = _desk(seed, weeks, replay, at)
    clock: Clock = RunningClock(begin, speed) if speed else StandingClock(begin)
    server = SimulatorServer(kind(desk, clock), address.host, address.port)

    def announce(url: str) -> None:
        name = re.sub(r"[^a-z0-9_-]", "-", vendor)
        whole = {"sources": {name: server.simulator.settings(url)}}
        sys.stdout.write(yaml.safe_dump(whole, sort_keys=False))
        sys.stdout.flush()
        if not speed:
            click.echo(
                f"The clock stands at {begin:%Y-%m-%d %H:%M:%S} UTC (see --speed).", err=True
            )

    try:
        server.run(announce)
    except OSError as error:
        raise Unusable(error.strerror or str(error)) from error


def _desk(seed: int, weeks: int, replay: Path | None, at: datetime | None) -> tuple[Desk, datetime]:
    """The desk, and the last whole second before `at`."""
    if replay is None:
        at = at or datetime.now(UTC)
        return SeededDesk(seed, present=at, weeks=weeks, customers=CUSTOMERS), _before(at)
    try:
        desk = ReplayedDesk.read(replay)
    except ValueError as error:
        raise Unusable(str(error)) from error
    return desk, _before(at) if at else desk.ends


def _before(at: datetime) -> datetime:
    return (at - timedelta(microseconds=1)).replace(microsecond=0)
