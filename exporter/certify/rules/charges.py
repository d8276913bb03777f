"""What a connector costs: requests, which vendors count, memory and time."""

from __future__ import annotations

import contextlib
import gc
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.server import SimulatorServer
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.line import Line, Samples, differences
from exporter.certify.load import MEBI, Load
from exporter.certify.scale import Broken, Dear, Figures, Rule, Tier

TICKETS: Final = 100_000
CHANGED: Final = 1_000
MORE: Final = 1_100
"""Changes in one poll, beyond the thousand at which many a search of a vendor's ends."""

SECONDS: Final = 300.0
MEMORY: Final = 512 * MEBI
PER_THOUSAND: Final = 25.0
QUIET: Final = 8
EXACT: Final = 2  # digits
NUMBER: Final = re.compile(r"(?<=/)[0-9]+(?=[/.]|$)")


def crowd(bench: Bench) -> Figures:
    """A hundred thousand tickets, or customers where no tickets are told, within five minutes,
    512 MiB and 25 requests for a thousand.
    """
    desk = bench.crowd(TICKETS, PRESENT - timedelta(days=1))
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


def _load(bench: Bench, desk: CrowdedDesk) -> Load:
    candidate, at = bench.candidate, PRESENT.timestamp()
    with SimulatorServer(candidate.simulator(desk, StandingClock(PRESENT))) as server:
        given = server.simulator.settings(server.url)
        return Load.of(candidate.connector, given, bench.folder, SECONDS, at)


@contextlib.contextmanager
def _settled() -> Iterator[None]:
    """Without looking for garbage: a desk of a million objects holds none, and each look at them
    takes a second. What is measured is another process.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def changes(bench: Bench) -> Figures:
    """The requests of a poll that brings 1,000 changed tickets, by path, and of one that brings
    nothing. Of one that brings more than that nothing is missing.
    """
    desk = bench.crowd(CHANGED, PRESENT)
    with bench.line(desk) as line:
        line.poll(desk.begins - timedelta(seconds=1))
        paths, quiets = (_asked(line, PRESENT + timedelta(hours=hours)) for hours in (1, 2))
    _account(bench)
    _expect_all(bench)
    figures: Figures = {
        "requests of a quiet poll": quiets.total(),
        "requests per 1,000 changes": paths.total(),
        **{f"requests per 1,000 changes to {path}": times for path, times in paths.items()},
    }
    if paths.total() > PER_THOUSAND:
        raise Dear(
            f"a poll asks {paths.total()} times for 1,000 changed tickets; at most 25. Where the "
            "vendor offers nothing better, exempt this rule and say so",
            figures,
        )
    if quiets.total() > QUIET:
        raise Dear(
            f"a poll that brings nothing asks {quiets.total()} times; at most {QUIET}", figures
        )
    return figures


def _expect_all(bench: Bench) -> None:
    """A later poll brings whatever a first import does, however many changes there are."""
    desk = bench.crowd(MORE, PRESENT)
    later, at_once = (
        _polled(bench, desk, polls)
        for polls in ((desk.begins - timedelta(seconds=1), PRESENT), (PRESENT,))
    )
    if wrong := differences(later, at_once):
        raise Broken(
            f"{MORE:,} tickets changed between two polls, and {len(wrong)} series are others than "
            f"after a first import: {wrong[0].replace('truth', 'imported')}. Does a search of the "
            "vendor's end at a thousand rows? Go on from the last change that was told"
        )


def _polled(bench: Bench, desk: CrowdedDesk, polls: Sequence[datetime]) -> Samples:
    """What comes of these polls."""
    with bench.line(desk) as line:
        for at in polls:
            line.poll(at)
        return line.samples()


def _account(bench: Bench) -> None:
    """What the connector says that it spent is what the vendor was asked."""
    with bench.line(small_desk()) as line, contextlib.closing(line.connect()) as connector:
        line.look(PRESENT)
        told = sum(len(page.records) for page in connector.changes(None))
        asked = len(line.server.requests)
        spent = sum(connector.usage().requests.values())
    if spent != asked:
        raise Broken(
            f"{told} records took {asked} requests, and `usage` tells of {spent}: give what "
            "ApiSession.usage() gives"
        )


def _asked(line: Line, at: datetime) -> Counter[str]:
    """How many requests a poll takes, by path; those that differ by a number only are one."""
    before = len(line.server.requests)
    line.poll(at)
    paths = Counter(one.partition("?")[0] for one in line.server.requests[before:])
    forms = Counter(map(_form, paths))
    asked: Counter[str] = Counter()
    for path, times in paths.items():
        asked[_form(path) if forms[_form(path)] > 1 else path] += times
    return asked


def _form(path: str) -> str:
    return NUMBER.sub("{id}", path)


RULES: Final = (
    Rule(
        "hundred-thousand",
        Tier.GOLD,
        "100,000 tickets or customers come within a budget of time, memory and requests",
        crowd,
    ),
    Rule(
        "requests",
        Tier.GOLD,
        "A poll costs few requests, however many tickets there are",
        changes,
        costs=True,
    ),
)
