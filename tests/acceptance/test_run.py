"""`deskpulse run`: one failure hides nothing, the last good numbers stay, and it ends in order."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing.clock import StandingClock
from connectors.testing.faults import Faults, slow, status
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.pipeline import samples, total
from tests.programs import (
    CONFIG,
    Program,
    business,
    complete_to,
    configure,
    deskpulse,
    eventually,
    running,
    served,
    source,
    synced,
    totals,
    value,
)

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
LATER = PRESENT + timedelta(days=2)
LAG = timedelta(seconds=60)
CREATED = "support_tickets_created_total"
UP = "deskpulse_source_up"
FAILURES = "deskpulse_source_failures_total"
RUN = ("run", "--listen", "127.0.0.1:0")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(PRESENT)


@pytest.fixture
def desk() -> SeededDesk:
    return SeededDesk(6, present=PRESENT, rate=1)


@pytest.fixture
def server(desk: SeededDesk, clock: StandingClock) -> Iterator[SimulatorServer]:
    with served(desk, clock) as started:
        yield started


def ready(program: Program) -> bool:
    return program.get("/-/ready").status_code == 200


def reached(program: Program, moment: datetime) -> bool:
    return complete_to(program.scrape(), "desk") == (moment - LAG).timestamp()


def undisturbed(folder: Path, server: SimulatorServer, clock: StandingClock) -> bytes:
    """The lines of one sync now and one later."""
    configure(folder, {"desk": source(server)})
    for clock.at in (PRESENT, LATER):
        synced(folder)
    return business(totals(folder))


def test_one_bad_token_hides_nothing(server: SimulatorServer, tmp_path: Path) -> None:
    sources = {
        "desk": source(server, poll="1s"),
        "other": source(server, poll="1s", api_token="throw-away-wrong"),
    }
    with running(configure(tmp_path, sources), *RUN) as program:
        eventually(lambda: ready(program), "ready")
        page = eventually(lambda: failed(program, 2), "two failures")
        assert value(page, UP, source="desk") == 1
        assert value(page, UP, source="other") == 0
        assert business(page, "other") == b""
        assert total(samples(page), CREATED) == total(samples(totals(tmp_path)), CREATED) > 500
        eventually(lambda: failed(program, 4), "more failures")
        assert value(program.scrape(), FAILURES, source="desk", reason="credentials") == 0
        shown = program.get("/").text
        assert "Create an API token" in shown
        assert program.end() == 0
    assert program.err.count("source 'other'") == 1, "told once, not at every poll"
    assert "status 401" in program.err


def failed(program: Program, times: int) -> bytes | None:
    page = program.scrape()
    count = value(page, FAILURES, source="other", reason="credentials")
    return page if count is not None and count >= times else None


def test_while_the_first_import_runs_nothing_is_shown(
    server: SimulatorServer, tmp_path: Path
) -> None:
    server.faults.always("/incremental", slow(0.15))
    sources = {"desk": source(server, page_size=50)}
    with running(configure(tmp_path, sources), *RUN) as program:
        eventually(lambda: len(server.requests) > 3, "an import under way")
        waiting = program.get("/-/ready")
        assert (waiting.status_code, waiting.text) == (503, "importing: desk\n")
        page = program.scrape()
        assert value(page, "deskpulse_source_primed", source="desk") == 0
        assert business(page) == b""
        assert "first import is running" in program.get("/").text
        eventually(lambda: ready(program), "ready")
        assert business(program.scrape()) == business(totals(tmp_path))
        assert program.end() == 0


def test_the_last_good_numbers_stay_while_the_vendor_is_away(
    desk: SeededDesk, clock: StandingClock, tmp_path: Path
) -> None:
    with served(desk, clock) as first:
        folder = configure(tmp_path / "run", {"desk": source(first, poll="1s")})
        port = int(first.url.rpartition(":")[2])
        with running(folder, *RUN) as program:
            eventually(lambda: reached(program, PRESENT), "the first import")
            before = program.scrape()
            first.stop()
            clock.at = LATER
            page = eventually(lambda: down(program), "the source to be down")
            assert business(page) == business(before)
            assert len(business(before).splitlines()) > 300
            assert complete_to(page, "desk") == complete_to(before, "desk")
            last = "deskpulse_source_last_success_timestamp_seconds"
            later = eventually(lambda: failed_again(program, page), "another failed poll")
            assert value(later, last, source="desk") == value(page, last, source="desk")
            assert business(later) == business(before)
            assert ready(program), "one source that is away is no reason to take the page away"
            with served(desk, clock, port=port) as again:
                eventually(lambda: reached(program, LATER), "catching up")
                up = value(program.scrape(), UP, source="desk")
                whole = undisturbed(tmp_path / "calm", again, clock)
                eventually(lambda: business(program.scrape()) == whole, "the undisturbed numbers")
            assert up == 1
            assert program.end() == 0
    assert business(totals(folder)) == whole


def failed_again(program: Program, before: bytes) -> bytes | None:
    """The page once more polls than `before` tells have failed."""
    page = program.scrape()
    return page if total(samples(page), FAILURES) > total(samples(before), FAILURES) else None


def down(program: Program) -> bytes | None:
    page = program.scrape()
    return page if value(page, UP, source="desk") == 0 else None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_between_two_pages(
    number: signal.Signals, desk: SeededDesk, clock: StandingClock, tmp_path: Path
) -> None:
    faults = Faults().always("/incremental", slow(0.2))
    with served(desk, clock, faults=faults) as server:
        folder = configure(tmp_path / "run", {"desk": source(server, page_size=20)})
        with running(folder, *RUN) as program:
            eventually(lambda: len(server.requests) > 4, "an import under way")
            assert program.end(number, within=40) == 0
        assert program.leaves_nothing()
        assert "Traceback" not in program.err
        assert value(totals(folder), "deskpulse_source_primed", source="desk") == 0
        server.faults.clear()
        whole = undisturbed(tmp_path / "calm", server, clock)
        for clock.at in (PRESENT, LATER):
            synced(folder)
    assert business(totals(folder)) == whole


def test_a_signal_at_once_ends_it_too(server: SimulatorServer, tmp_path: Path) -> None:
    with running(configure(tmp_path, {"desk": source(server)}), *RUN) as program:
        assert program.url
        assert program.end(within=40) == 0


def test_an_interrupt_ends_a_sync_soon(
    desk: SeededDesk, clock: StandingClock, tmp_path: Path
) -> None:
    faults = Faults().always("/incremental", slow(0.5))
    with served(desk, clock, faults=faults) as server:
        folder = configure(tmp_path / "sync", {"desk": source(server, page_size=20)})
        with running(folder, "sync") as program:
            eventually(lambda: len(server.requests) > 3, "an import under way")
            assert program.end(signal.SIGINT, within=40) == 1
        assert "Traceback" not in program.err
        server.faults.clear()
        whole = undisturbed(tmp_path / "calm", server, clock)
        for clock.at in (PRESENT, LATER):
            synced(folder)
    assert business(totals(folder)) == whole


def test_two_syncs_at_once_count_once(
    desk: SeededDesk, clock: StandingClock, tmp_path: Path
) -> None:
    with served(desk, clock, faults=Faults().always("/incremental", slow(0.02))) as server:
        folder = configure(tmp_path / "both", {"desk": source(server, page_size=20)})
        (tmp_path / "other").mkdir()
        for clock.at in (PRESENT, LATER):
            with (
                running(folder, "sync") as one,
                running(tmp_path / "other", "sync", "--config", str(folder / CONFIG)) as other,
            ):
                assert one.process.wait(60) == 0, one.out + one.err
                assert other.process.wait(60) == 0, other.out + other.err
        whole = undisturbed(tmp_path / "calm", server, clock)
    assert business(totals(folder)) == whole


def test_a_busy_port_is_told(server: SimulatorServer, tmp_path: Path) -> None:
    configure(tmp_path, {"desk": source(server)})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = deskpulse(tmp_path, "run", "--listen", address)
    assert (done.code, done.out) == (2, "")
    assert f"Cannot listen on {address}" in done.said
    assert "Give another address with --listen" in done.said
    assert server.requests == []


def test_a_sync_beside_it_is_seen_at_the_next_scrape(
    server: SimulatorServer, clock: StandingClock, tmp_path: Path
) -> None:
    folder = configure(tmp_path, {"desk": source(server, poll="1h")})
    with running(folder, *RUN) as program:
        eventually(lambda: reached(program, PRESENT), "the first import")
        before = total(samples(program.scrape()), CREATED)
        clock.at = LATER
        synced(folder)
        page = program.scrape()
        assert complete_to(page, "desk") == (LATER - LAG).timestamp()
        assert total(samples(page), CREATED) > before
        whole = totals(folder)
        assert total(samples(page), CREATED) == total(samples(whole), CREATED)
        eventually(lambda: business(program.scrape()) == business(whole), "births released")
        assert program.end() == 0


def test_what_the_vendor_answered_is_counted_on_the_page(
    server: SimulatorServer, tmp_path: Path
) -> None:
    folder = configure(tmp_path, {"desk": source(server, poll="1s")})
    with running(folder, *RUN) as program:
        eventually(lambda: reached(program, PRESENT), "the first import")
        server.faults.next(status(503))
        eventually(lambda: answers(totals(folder), "503") == 1, "the failed answer in the store")
        eventually(lambda: answers(program.scrape(), "503") == 1, "the failed answer on the page")
        assert program.end() == 0


def answers(page: bytes, code: str) -> float | None:
    return value(page, "deskpulse_source_requests_total", source="desk", code=code)


def test_a_series_that_is_born_late_is_seen_at_zero_first(
    server: SimulatorServer, clock: StandingClock, tmp_path: Path
) -> None:
    folder = configure(tmp_path, {"desk": source(server, poll="1h")}, scrape_interval="3s")
    with running(folder, *RUN) as program:
        eventually(lambda: reached(program, PRESENT), "the first import")
        before = samples(program.scrape())
        clock.at = LATER + timedelta(days=5)
        synced(folder)
        page, whole = samples(program.scrape()), samples(totals(folder))
        counted = {
            key
            for key in whole.keys() - before.keys()
            if key[0].startswith("support_") and key[0].endswith(("_total", "_count"))
        }
        assert counted, "nothing was born: choose another desk"
        assert {page.get(key) for key in counted} == {0}
        assert all(whole[key] > 0 for key in counted)
        totalled = {key: whole[key] for key in counted}.items()
        eventually(lambda: samples(program.scrape()).items() >= totalled, "the totals")
        assert program.end() == 0
