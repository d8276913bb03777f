"""`deskpulse connector serve`: a helpdesk on this machine, and a configuration that works."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from connectors.testing.seeded import SeededDesk
from connectors.testing.truth import truth
from exporter.cli.connector.serving import CUSTOMERS
from exporter.config import load
from tests.peers import shared_data
from tests.pipeline import business as business_samples
from tests.pipeline import differences, samples, total
from tests.programs import (
    DESKPULSE,
    business,
    complete_to,
    deskpulse,
    environment,
    eventually,
    running,
    synced,
    totals,
)

VENDORS = ("zendesk", "servicenow")
AT = "2026-03-20T15:00:00Z"
WEEKS = 2
INSTANT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
CREATED = "support_tickets_created_total"
LOG = "tickets/uci_incident_event_log.csv.xz"
KNOWN = {
    "2016-04-01T00:00:00Z": (9_202, 1_481, 124),
    "2016-05-01T00:00:00Z": (17_136, 1_195, 219),
}


@contextlib.contextmanager
def serving(folder: Path, vendor: str, *words: str, from_nothing: bool = False) -> Iterator[None]:
    """A simulator whose standard output is the deskpulse.yaml of the folder, as a shell does it."""
    folder.mkdir(exist_ok=True)
    how = DESKPULSE if from_nothing else None
    with running(folder, "connector", "serve", vendor, *words, program=how) as program:
        eventually(lambda: program.out or not program.runs, "a configuration", within=60)
        assert program.runs, program.err
        (folder / "deskpulse.yaml").write_text(program.out)
        yield
        assert program.end() == 0
        assert (program.err == "") == ("--speed" in words), "a clock that stands is told of"


def imported(folder: Path, vendor: str, *words: str) -> bytes:
    """The business lines after one sync with a served simulator, which hashes as nobody else."""
    with serving(folder, vendor, *words, from_nothing=True):
        assert synced(folder).err == ""
        return business(totals(folder))


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_configuration_comes_whole_and_not_before_it_works(vendor: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [DESKPULSE, "connector", "serve", vendor],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            first = os.read(process.stdout.fileno(), 65536)
            (only,) = yaml.safe_load(first)["sources"].values()
            address = urlsplit(only["url"])
            with socket.create_connection((address.hostname, address.port), timeout=10):
                assert address.hostname == "127.0.0.1"
            assert only["vendor"] == vendor
            assert not select.select([process.stdout], [], [], 0.5)[0], "more was printed"
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stdout.read() == b""


@pytest.mark.parametrize("vendor", [*VENDORS, "stripe"])
def test_what_it_prints_works_as_it_is_and_time_stands(vendor: str, tmp_path: Path) -> None:
    words = ("--at", AT, "--weeks", str(WEEKS))
    with running(tmp_path, "connector", "serve", vendor, *words) as program:
        eventually(lambda: program.out, "a configuration", within=60)
        (tmp_path / "f.yaml").write_text(program.out)
        for command in ("check", "sync", "status"):
            done = deskpulse(tmp_path, command, "--config", "f.yaml")
            assert (done.code, done.err) == (0, ""), done.said
        page = deskpulse(tmp_path, "metrics", "--config", "f.yaml").out.encode()
        assert deskpulse(tmp_path, "sync", "--config", "f.yaml").code == 0
        later = deskpulse(tmp_path, "metrics", "--config", "f.yaml").out.encode()
    (known,) = load(tmp_path / "f.yaml", {}).sources
    with contextlib.closing(known.connector()) as connector:
        told = connector.measures()
    stands_at = INSTANT - timedelta(seconds=1) - told.lag
    assert complete_to(page, vendor) == complete_to(later, vendor) == stands_at.timestamp()
    assert business(later) == business(page)
    desk = SeededDesk(1, present=INSTANT, weeks=WEEKS, customers=CUSTOMERS)
    expected = truth(desk, [stands_at], told).as_samples()
    assert sum(expected.values()) > 0
    assert differences(business_samples(page), expected) == []


def test_time_moves_as_fast_as_it_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, "zendesk", "--at", AT, "--speed", "36000", "--weeks", "1"):
        synced(tmp_path)
        before = totals(tmp_path)
        synced(tmp_path)
        after = totals(tmp_path)
    assert complete_to(before, "zendesk") >= INSTANT.timestamp() - 120
    moved = complete_to(after, "zendesk") - complete_to(before, "zendesk")
    # a sync takes about a second, which is ten hours of the desk
    assert timedelta(hours=1).total_seconds() < moved < timedelta(days=30).total_seconds()
    assert total(samples(after), CREATED) > total(samples(before), CREATED)


def test_a_seed_is_one_desk(tmp_path: Path) -> None:
    words = ("--at", AT, "--weeks", "1", "--seed")
    one = imported(tmp_path / "one", "servicenow", *words, "5")
    again = imported(tmp_path / "again", "servicenow", *words, "5")
    other = imported(tmp_path / "other", "servicenow", *words, "6")
    assert one == again
    assert one != other
    assert one.count(b"\n") > 300


def test_a_real_log_gives_the_known_numbers_at_two_moments(tmp_path: Path) -> None:
    log = str(shared_data(LOG))
    for moment, known in KNOWN.items():
        with serving(tmp_path, "servicenow", "--replay", log, "--at", moment):
            assert synced(tmp_path).err == ""
        found = samples(totals(tmp_path))
        names = (CREATED, "support_tickets_open", "support_tickets_reopened_total")
        assert tuple(total(found, name) for name in names) == known


@pytest.mark.slow
def test_a_log_stands_at_its_end_unless_told_otherwise(tmp_path: Path) -> None:
    with serving(tmp_path, "servicenow", "--replay", str(shared_data(LOG))):
        synced(tmp_path)
    found = samples(totals(tmp_path))
    assert total(found, CREATED) == 24_918
    assert total(found, "support_resolution_seconds_count") == 24_918
    assert total(found, "support_resolution_seconds_sum") == 15_907_861_680


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody"], ["no vendor 'nobody'", "servicenow", "deskpulse connector list"]),
        (["zendesk", "--at", "tomorrow"], ["'tomorrow' is no instant", "2016-04-01T00:00:00Z"]),
        (
            ["zendesk", "--replay", "no.csv"],
            ["no.csv", "line 1", "no incident log", "incident_state"],
        ),
        (["zendesk", "--replay", "empty.csv"], ["empty.csv", "line 1"]),
        (["zendesk", "--replay", "no.csv.xz"], ["no.csv.xz"]),
        (["zendesk", "--replay", "gone.csv"], ["gone.csv", "does not exist"]),
        (["zendesk", "--listen", "here"], ["'here' is no address", "HOST:PORT"]),
        (["zendesk", "--speed", "-1"], ["--speed", "-1"]),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else None,
)
def test_what_cannot_be_served_is_told(words: list[str], told: list[str], tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text("fruit,price\napple,1\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "no.csv.xz").write_text("this was never compressed")
    done = deskpulse(tmp_path, "connector", "serve", *words)
    assert done.code == 2, done.said
    assert done.out == ""
    assert [part for part in told if part not in done.said] == [], done.said
    assert "Traceback" not in done.said


def test_a_busy_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = deskpulse(tmp_path, "connector", "serve", "zendesk", "--listen", address)
    assert (done.code, done.out) == (2, "")
    assert f"cannot serve at {address}" in done.said
    assert "choose another port" in done.said
