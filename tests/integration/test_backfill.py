"""The past in a real Prometheus: exact in every window, and no reset where the scrapes begin."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.testing.clock import RunningClock
from connectors.testing.seeded import SeededDesk
from exporter.history import living
from exporter.history.receiver import Receiver
from exporter.history.wire import series
from tests.peers import free_address, require
from tests.programs import (
    Done,
    Program,
    configure,
    deskpulse,
    eventually,
    get,
    running,
    served,
    source,
    synced,
)
from tests.prometheus import Prometheus, prometheus
from tests.servers import server

pytestmark = pytest.mark.usefixtures("_programs")

SEED = 5
SINCE = timedelta(weeks=1)
SELECTOR = '{__name__=~"support_.+_(total|bucket|count|sum)"}'
# each counted by observations of one kind, whatever their labels
COUNTED = {
    "support_tickets_created_total": "created",
    "support_tickets_solved_total": "solved",
    "support_first_resolution_seconds_count": "first_resolution",
}
RECEIVER = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=60d")


@pytest.fixture(scope="module")
def _programs() -> None:
    require("prometheus")
    require("promtool")


@dataclass(frozen=True)
class Desk:
    """A folder with a configuration and a store, of a desk on which things go on happening."""

    folder: Path
    address: str

    def run(self) -> Program:
        return Program(self.folder, "run")

    def observed(self, kind: str, after: float, until: float) -> tuple[int, int]:
        """How many observations lie in a span of Unix seconds, and their sum in milliseconds."""
        with closing(sqlite3.connect(self.folder / "deskpulse.db")) as store:
            found = store.execute(
                "SELECT count(*), coalesce(sum(value), 0) FROM observations "
                "WHERE kind = ? AND at > ? AND at <= ?",
                (kind, round(after * 1000), round(until * 1000)),
            ).fetchone()
        return int(found[0]), int(found[1])

    def until(self) -> float:
        """Up to when the source is known."""
        with closing(sqlite3.connect(self.folder / "deskpulse.db")) as store:
            return float(store.execute("SELECT complete_to FROM sources").fetchone()[0]) / 1000

    def backfill(self, *words: str, password: str = "") -> Done:
        given = {"DESKPULSE_REMOTE_PASSWORD": password}
        words = ("backfill", *words, "--since", "1w")
        return deskpulse(self.folder, *words, program=None, timeout=90, **given)


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    now = datetime.now(UTC).replace(microsecond=0)
    # its rush began a while ago, so that some of its chats end at every moment
    present = now - timedelta(minutes=10)
    seeded = SeededDesk(SEED, present=present, weeks=2, rate=3.0, live_rate=3600.0)
    address = free_address()
    with served(seeded, RunningClock(now), "servicenow") as server:
        configure(folder, {"desk": source(server, poll="1s")}, listen=address)
        synced(folder)
        yield Desk(folder, address)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path / "desk") as found:
        yield found


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that no test changes, for those that want a verdict."""
    with desk(tmp_path_factory.mktemp("quiet") / "desk") as found:
        yield found


def at(kept: Prometheus, promql: str, instant: float) -> float:
    """The sum of an instant query at an instant; every series must be there."""
    answer = get(f"{kept.url}/api/v1/query?query={promql}&time={instant:.3f}&nocache=1").json()
    found = answer["data"]["result"]
    assert found, f"{promql} is absent at {instant}"
    return sum(float(one["value"][1]) for one in found)


def assert_windows(made: Desk, kept: Prometheus, seam: float) -> None:
    """Last less first is what was observed, in windows that begin and end at samples."""
    chance = random.Random(1)
    begin, last = seam - SINCE.total_seconds() + 600, seam - 4 * 3600
    windows = [
        sorted(chance.uniform(begin, last) // 300 * 300 for _ in range(2)) for _ in range(20)
    ]
    windows += [[last // 300 * 300, seam // 60 * 60], [(seam - 1800) // 60 * 60, seam]]
    seen = 0
    for name, kind in COUNTED.items():
        for first, end in windows:
            number, total = made.observed(kind, first, end)
            grown = at(kept, f"sum({name})", end) - at(kept, f"sum({name})", first)
            assert grown == number, (name, first, end)
            seen += number
            if name.endswith("_count"):
                sums = f"sum({name.removesuffix('_count')}_sum)"
                grown = at(kept, sums, end) - at(kept, sums, first)
                assert round(grown * 1000) == total
    assert seen > 100


def over(kept: Prometheus, function: str, span: str) -> float:
    """A function of a range, summed over every series that may have a past."""
    names_of = f"count by (__name__) (last_over_time({SELECTOR}[{span}]))"
    # some versions fail a query while they close a chunk of late samples
    named = eventually(lambda: quietly(kept, names_of), "an answer", every=1)
    names = (one["metric"]["__name__"] for one in named)
    return sum(
        float(one["value"][1]) for name in names for one in summed(kept, function, name, span)
    )


def summed(kept: Prometheus, function: str, name: str, span: str) -> list[dict[str, Any]]:
    promql = f"sum({function}({name}[{span}]))"
    return eventually(lambda: quietly(kept, promql), promql, every=1)


def quietly(kept: Prometheus, promql: str) -> list[dict[str, Any]] | None:
    with contextlib.suppress(AssertionError):
        return kept.query(promql)
    return None


def resets(kept: Prometheus) -> float:
    return over(kept, "resets", "9d")


def scraped(kept: Prometheus, times: int) -> bool:
    found = kept.value('sum(count_over_time(up{job="deskpulse"}[1h]))')
    return found is not None and found >= times


def assert_goes_on(made: Desk, kept: Prometheus, seam: float) -> None:
    """Over the seam, what is scraped goes on from what was written."""
    since = (seam - 86400) // 300 * 300
    for name, kind in COUNTED.items():
        grown = eventually(
            lambda name=name: kept.value(f"sum({name})") != at(kept, f"sum({name})", seam),  # type: ignore[misc]
            f"growth of {name}",
            within=60,
        )
        assert grown
        told = get(f"http://{made.address}/metrics").text
        now = sum(float(t.split()[-1]) for t in told.splitlines() if t.startswith(f"{name}{{"))
        number, _ = made.observed(kind, since, seam)
        after, _ = made.observed(kind, seam, seam + 3600)
        assert at(kept, f"sum({name})", seam) - at(kept, f"sum({name})", since) == number
        assert after > 0
        assert 0 <= at(kept, f"sum({name})", seam) <= now
        first = now - made.observed(kind, 0, seam + 3600)[0]
        assert abs(first) <= 2 * after, "the page and the observations are of about one instant"
    assert resets(kept) == 0


def test_a_fresh_prometheus_knows_the_past_and_goes_on_from_there(
    made: Desk, tmp_path: Path
) -> None:
    data = tmp_path / "prometheus" / "data"
    data.mkdir(parents=True)
    seam = made.until()
    done = made.backfill("prometheus", "--data", str(data))
    assert done.code == 0, done.said
    assert "Start Prometheus on it now" in done.out
    assert "support_tickets_open" in done.out
    blocks = sorted(path.name for path in data.glob("*/meta.json"))
    again = made.backfill("prometheus", "--data", str(data))
    assert (again.code, "has it already: nothing to do" in again.out) == (0, True)
    assert sorted(path.name for path in data.glob("*/meta.json")) == blocks
    flag = "--storage.tsdb.retention.time=60d"
    with prometheus(tmp_path / "prometheus", made.address, flags=[flag]) as kept:
        assert_windows(made, kept, seam)
        assert resets(kept) == 0
        with running(made.folder, "run"):
            eventually(lambda: scraped(kept, 8), "scrapes", within=60)
            assert_goes_on(made, kept, seam)
        assert made.backfill("prometheus", "--data", str(data)).code == 0
    with prometheus(tmp_path / "prometheus", made.address, flags=[flag]) as kept:
        assert resets(kept) == 0
        assert_windows(made, kept, seam)


def test_a_living_prometheus_learns_what_was_before_its_first_scrape(
    made: Desk, tmp_path: Path
) -> None:
    with (
        prometheus(tmp_path / "prometheus", made.address, flags=RECEIVER) as kept,
        running(made.folder, "run"),
    ):
        eventually(lambda: scraped(kept, 5), "scrapes", within=60)
        done = made.backfill("remote-write", kept.url)
        assert done.code == 0, done.said
        assert "samples sent to the Prometheus" in done.out
        watermark = "min_over_time(deskpulse_source_complete_to_timestamp_seconds[1h])"
        seam = kept.value(watermark)
        assert seam
        assert_windows(made, kept, seam)
        assert_goes_on(made, kept, seam)
        again = made.backfill("remote-write", f"{kept.url}/api/v1/write")
        assert (again.code, "has it already: nothing to do" in again.out) == (0, True)
        assert resets(kept) == 0


def test_what_a_source_began_with_is_its_very_first_scrape(tmp_path: Path) -> None:
    watermark, created = living.WATERMARK, "support_tickets_created_total"
    now = time.time()
    minute = (now - 60) // 60 * 60
    scrapes = [round((minute + second) * 1000) for second in range(5, 50, 5)]
    last = [round((now + second) * 1000) for second in (0.001, 0.002)]  # no minute begins between
    with prometheus(tmp_path / "prometheus", free_address(), flags=RECEIVER) as kept:
        receiver = Receiver(kept.url)
        for source_, instants in {"before": scrapes, "now": last}.items():
            for name in (watermark, created):
                labels = (("source", source_), ("job", "j"), ("instance", "i"))
                values = [100.0 + number for number in range(len(instants))]
                receiver.send([series(name, labels, instants, values)])
        scraped = living.Scraped(receiver, "j", "i", 3600)
        assert scraped.first_values("never") is None
        for source_ in ("before", "now"):
            one = (created, frozenset({("source", source_)}))
            assert scraped.first_values(source_) == {one: 100.0}
        receiver.close()


def test_the_same_samples_again_change_nothing(made: Desk, tmp_path: Path) -> None:
    with prometheus(tmp_path / "prometheus", made.address, flags=RECEIVER) as kept:
        assert made.backfill("remote-write", kept.url).code == 0
        before = over(kept, "count_over_time", "6d")
        # the first of its samples cannot be there: everything is sent again
        done = deskpulse(made.folder, "backfill", "remote-write", kept.url, "--since", "8d")
        assert "samples sent" in done.out, done.said
        assert over(kept, "count_over_time", "6d") == pytest.approx(before, rel=0.001)
        assert resets(kept) == 0


def test_a_victoria_metrics_learns_it_once(made: Desk, tmp_path: Path) -> None:
    program = require("victoria-metrics")
    address = free_address()
    command = [str(program), f"-storageDataPath={tmp_path / 'vm'}", f"-httpListenAddr={address}"]
    kept = Prometheus(f"http://{address}")
    with server(command, f"{kept.url}/health", tmp_path / "log"):
        seam = made.until()
        short = deskpulse(made.folder, "backfill", "remote-write", kept.url, "--since", "9w")
        assert short.code == 2
        assert "Start it with -retentionPeriod=" in short.said
        done = made.backfill("remote-write", kept.url)
        assert (done.code, "samples sent to the VictoriaMetrics" in done.out) == (0, True), (
            done.said
        )
        one = "support_tickets_created_total"
        get(f"{kept.url}/internal/force_flush")
        assert_windows(made, kept, seam)
        count = f"sum(count_over_time({one}[9d]))"
        before = kept.value(count)
        again = made.backfill("remote-write", kept.url)
        assert "has it already: nothing to do" in again.out, again.said
        assert kept.value(count) == before


def test_a_prometheus_that_lives_is_no_folder_of_blocks(quiet: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    with prometheus(folder, quiet.address):
        done = quiet.backfill("prometheus", "--data", str(folder / "data"))
        assert (done.code, "runs or has run on" in done.err) == (2, True), done.said
    done = quiet.backfill("prometheus", "--data", str(folder / "data"))
    assert (done.code, "runs or has run on" in done.err) == (2, True), done.said
    assert "deskpulse backfill remote-write" in done.err


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        (("--storage.tsdb.retention.time=60d",), "--web.enable-remote-write-receiver"),
        ((RECEIVER[0], "--storage.tsdb.retention.time=2d"), "--storage.tsdb.retention.time=8d"),
    ],
)
def test_what_a_prometheus_would_drop_is_told_before_it_is_sent(
    flags: tuple[str, ...], verdict: str, quiet: Desk, tmp_path: Path
) -> None:
    with prometheus(tmp_path / "prometheus", quiet.address, flags=flags) as kept:
        done = quiet.backfill("remote-write", kept.url)
        assert (done.code, verdict in done.err) == (2, True), done.said
        assert kept.query(f"count({SELECTOR})") == []


def test_a_window_that_is_too_small_is_told(quiet: Desk, tmp_path: Path) -> None:
    def small(folder: Path) -> tuple[str, ...]:
        folder.mkdir()
        (folder / "small.yml").write_text("storage: {tsdb: {out_of_order_time_window: 3d}}\n")
        return (*RECEIVER, f"--config.file={folder / 'small.yml'}")

    flags = small(tmp_path / "prometheus")
    with closing_prometheus(tmp_path / "prometheus", flags) as kept:
        done = quiet.backfill("remote-write", kept.url)
        assert done.code == 2
        assert "at most 3d old" in done.err
        assert "out_of_order_time_window to 8d" in done.err


@contextmanager
def closing_prometheus(folder: Path, flags: tuple[str, ...]) -> Iterator[Prometheus]:
    address = free_address()
    command = [str(require("prometheus")), f"--web.listen-address={address}", *flags]
    command.append(f"--storage.tsdb.path={folder / 'data'}")
    with server(command, f"http://{address}/-/ready", folder / "log"):
        yield Prometheus(f"http://{address}")


@contextmanager
def answering(code: int) -> Iterator[str]:
    """A server that has one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_wrong_credentials_and_strangers_are_told(quiet: Desk) -> None:
    with answering(401) as url:
        done = quiet.backfill("remote-write", url, "--user", "me", password="throw-away-word")
        assert (done.code, "refused us (401)" in done.err) == (2, True), done.said
        assert "throw-away-word" not in done.said
        done = quiet.backfill("remote-write", url, "--user", "me")
        assert (done.code, "DESKPULSE_REMOTE_PASSWORD" in done.err) == (2, True)
    with answering(404) as url:
        done = quiet.backfill("remote-write", url)
        assert (done.code, "Neither a Prometheus nor" in done.err) == (2, True), done.said
    done = quiet.backfill("remote-write", f"http://{free_address()}")
    assert (done.code, "Nothing answers at" in done.err) == (2, True), done.said


def no_promtool(desk: Desk, folder: Path) -> Done:
    return desk.backfill("prometheus", "--data", str(folder), "--promtool", "/nowhere/promtool")


def no_folder(desk: Desk, folder: Path) -> Done:
    return desk.backfill("prometheus", "--data", str(folder / "gone"))


def no_source(desk: Desk, folder: Path) -> Done:
    return desk.backfill("prometheus", "--data", str(folder), "--source", "gone")


def password_in_the_address(desk: Desk, _folder: Path) -> Done:
    return desk.backfill("remote-write", "http://me:word@127.0.0.1:9")


def plain_http(desk: Desk, _folder: Path) -> Done:
    words = ("remote-write", "http://prometheus.example", "--user", "me")
    return desk.backfill(*words, password="throw-away")


@pytest.mark.parametrize(
    ("attempt", "verdict"),
    [
        (no_promtool, "There is no /nowhere/promtool. It comes with Prometheus"),
        (no_folder, "There is no folder"),
        (no_source, "There is no source 'gone' in deskpulse.yaml: it has desk."),
        (password_in_the_address, "with no name or password in it"),
        (plain_http, "plain HTTP to prometheus.example: use https"),
    ],
)
def test_every_refusal_says_what_to_do(
    attempt: Callable[[Desk, Path], Done], verdict: str, quiet: Desk, tmp_path: Path
) -> None:
    done = attempt(quiet, tmp_path)
    assert (done.code, verdict in done.err) == (2, True), done.said
    assert list(tmp_path.iterdir()) == []
