"""What a connector costs: requests, which vendors count, memory and time."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Final

from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.server import SimulatorServer
from exporter.certify.bench import PRESENT, Bench
from exporter.certify.line import Line
from exporter.certify.load import MEBI, Load
from exporter.certify.scale import Broken, Figures, Rule, Tier

TICKETS: Final = 100_000
CHANGED: Final = 1_000
SECONDS: Final = 300.0
MEMORY: Final = 512 * MEBI
PER_THOUSAND: Final = 25.0
QUIET: Final = 8
EXACT: Final = 2  # digits


def crowd(bench: Bench) -> Figures:
    """A hundred thousand tickets, within five minutes, 512 MiB and 25 requests for a thousand."""
    desk = CrowdedDesk(TICKETS, PRESENT - timedelta(days=1))
    candidate = bench.candidate
    with SimulatorServer(candidate.simulator(desk, StandingClock(PRESENT))) as server:
        given = server.simulator.settings(server.url)
        at = PRESENT.timestamp()
        load = Load.of(candidate.connector, given, bench.folder, SECONDS, at)
    if load.records < TICKETS:
        raise Broken(f"of {TICKETS:,} tickets {load.records:,} were told")
    if load.peak > MEMORY:
        raise Broken(f"an import takes {load.peak // MEBI} MiB; at most {MEMORY // MEBI} MiB")
    each = load.requests / (TICKETS / 1_000)
    if each > PER_THOUSAND:
        raise Broken(f"an import takes {each:.1f} requests for 1,000 tickets; at most 25")
    return {"requests per 1,000 tickets imported": round(each, EXACT)}


def changes(bench: Bench) -> Figures:
    """The requests of a poll that brings 1,000 changed tickets, and of one that brings nothing."""
    desk = CrowdedDesk(CHANGED, PRESENT)
    with bench.line(desk) as line:
        line.poll(desk.begins - timedelta(seconds=1))
        brought, quiet = (_asked(line, PRESENT + timedelta(hours=hours)) for hours in (1, 2))
        _account(line)
    if brought > PER_THOUSAND:
        raise Broken(
            f"a poll asks {brought} times for 1,000 changed tickets; at most 25. Where the vendor "
            "offers nothing better, exempt this rule and say so"
        )
    if quiet > QUIET:
        raise Broken(f"a poll that brings nothing asks {quiet} times; at most {QUIET}")
    return {"requests per 1,000 changes": brought, "requests of a quiet poll": quiet}


def _account(line: Line) -> None:
    """What the connector says that it spent is what the vendor was asked."""
    connector = line.connect()
    with contextlib.closing(connector):
        before = len(line.server.requests)
        told = sum(len(page.records) for page in connector.changes(None))
        asked = len(line.server.requests) - before
        spent = sum(connector.usage().requests.values())
    if spent != asked:
        raise Broken(
            f"{told} records took {asked} requests, and `usage` tells of {spent}: give what "
            "ApiSession.usage() gives"
        )


def _asked(line: Line, at: datetime) -> int:
    """How many requests a poll takes."""
    before = len(line.server.requests)
    line.poll(at)
    return len(line.server.requests) - before


RULES: Final = (
    Rule(
        "hundred-thousand",
        Tier.GOLD,
        "100,000 tickets come within a budget of time, memory and requests",
        crowd,
    ),
    Rule(
        "requests", Tier.GOLD, "A poll costs few requests, however many tickets there are", changes
    ),
)
