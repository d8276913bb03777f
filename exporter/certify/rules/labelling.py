"""What a connector's records become: instants, labels, and a page that Prometheus takes."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from connectors import Channel, Page, Priority, Status, Ticket
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.scale import Broken, Rule, Tier, Unproven

VOCABULARIES: Final[dict[str, type[Enum]]] = {
    "status": Status,
    "priority": Priority,
    "channel": Channel,
}
ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
BEGUN: Final = ("support_tickets_created_total", "support_customers_started_total")
LONGEST: Final = 100
SECONDS: Final = 60
ZONES: Final = ("UTC0", "AHEAD-05:30")  # as POSIX writes them: the second is east of Greenwich


def instants(bench: Bench) -> None:
    """Every instant is aware and in UTC, the watermark too, whatever this machine's zone is."""
    for page_number, page in enumerate(_read(bench), 1):
        for where, at in (*_instants(page.records), ("complete_to", page.complete_to)):
            if isinstance(at, datetime) and at.utcoffset() != timedelta(0):
                zone = "no zone" if at.tzinfo is None else f"the zone {at.tzinfo}"
                raise Broken(f"{where} on page {page_number} has {zone}: give aware UTC")
    if hasattr(time, "tzset"):
        _compare_zones(bench)


def _compare_zones(bench: Bench) -> None:
    """The same is told wherever this machine stands."""
    told = []
    for zone in ZONES:
        with _standing_in(zone):
            told.append([record for page in _read(bench) for record in page.records])
    for here, there in zip(*told, strict=False):
        if here != there:
            raise Broken(
                f"what is told of {here.id} depends on the time zone of this machine: an instant "
                "without a zone was read or written as local time; give each its zone, UTC"
            )


@contextlib.contextmanager
def _standing_in(zone: str) -> Iterator[None]:
    """This process in another time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        os.environ.update({} if before is None else {"TZ": before})
        time.tzset()


def labels(bench: Bench) -> None:
    """Labels come from fixed vocabularies; of teams there are as many as the desk has."""
    desk, teams = small_desk(), set[str]()
    for ticket in _tickets(bench):
        for name, kind in VOCABULARIES.items():
            value = getattr(ticket, name)
            if not isinstance(value, kind):
                raise Broken(f"the {name} {value!r} of ticket {ticket.id} is no {kind.__name__}")
        if ticket.team is not None:
            teams.add(ticket.team)
    if len(teams) > len(desk.teams):
        raise Broken(
            f"{len(teams)} teams come out of a desk that has {len(desk.teams)}: "
            f"{', '.join(sorted(teams)[:5])}, … A team is a group's name, the same each time"
        )
    long = [team for team in teams if len(team) > LONGEST or ADDRESS.search(team)]
    if long:
        raise Broken(f"the team '{long[0][:40]}' is no name of a group")


def exposition(bench: Bench) -> None:
    """`promtool check metrics` has nothing to say of the page."""
    tool = shutil.which("promtool")
    if tool is None:
        raise Unproven("promtool is not installed: it comes with Prometheus")
    with bench.line(small_desk()) as line:
        line.poll(PRESENT)
        body, counted = line.body(), line.samples()
    if not any(value for (name, _), value in counted.items() if name in BEGUN):
        raise Broken("no ticket was created and no customer began, on a desk that has some")
    if found := ADDRESS.search(body.decode()):
        raise Broken(f"/metrics holds an address ({found.group()[:3]}…): it is some person's")
    done = subprocess.run(  # noqa: S603 -- found by its name, as a shell would
        [tool, "check", "metrics"], input=body, capture_output=True, check=False, timeout=SECONDS
    )
    if done.returncode or done.stderr:
        raise Broken(f"promtool: {done.stderr.decode().strip().splitlines()[0]}")


def _read(bench: Bench) -> Iterator[Page]:
    with bench.line(small_desk()) as line:
        line.look(PRESENT)
        yield from line.pages()


def _tickets(bench: Bench) -> Iterator[Ticket]:
    for page in _read(bench):
        yield from (record for record in page.records if isinstance(record, Ticket))


def _instants(told: object, where: str = "") -> Iterator[tuple[str, datetime]]:
    if isinstance(told, datetime):
        yield where, told
    elif isinstance(told, tuple):
        for one in told:
            yield from _instants(one, where)
    elif is_dataclass(told):
        for each in fields(told):
            yield from _instants(getattr(told, each.name), f"{type(told).__name__}.{each.name}")


RULES: Final = (
    Rule("aware-utc", Tier.BRONZE, "Every instant is aware and in UTC", instants),
    Rule("bounded-labels", Tier.BRONZE, "Labels come from vocabularies that do not grow", labels),
    Rule("exposition", Tier.BRONZE, "`promtool check metrics` has nothing to say", exposition),
)
