"""`deskpulse demo`: with nothing to set up, every promise of the product can be seen."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import requests
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.browsers import chromium
from tests.peers import require
from tests.pipeline import Samples, samples, total
from tests.programs import (
    DESKPULSE,
    Program,
    business,
    deskpulse,
    eventually,
    get,
    running,
    value,
)
from tests.prometheus import Prometheus
from tests.servers import answers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PEERS = ("prometheus", "prometheus-alertmanager")
CREATED = "support_tickets_created_total"
RECORDS = "deskpulse_source_records_total"
ANY_PORT = ("demo", "--listen", "127.0.0.1:0")
DURATIONS = (
    "support_first_response",
    "support_next_response",
    "support_first_resolution",
    "support_resolution",
    "support_requester_wait",
)
FAMILIES = {
    "tickets": {
        "support_tickets_created",
        "support_tickets_solved",
        "support_tickets_reopened",
        "support_tickets_reassigned",
    },
    "speed": {
        *(f"{name}_seconds" for name in DURATIONS),
        *(f"{name}_business_seconds" for name in DURATIONS),
        "support_first_response_quantile_seconds",
        "support_first_response_business_quantile_seconds",
        "support_resolution_quantile_seconds",
        "support_resolution_business_quantile_seconds",
        "support_replies_per_ticket",
    },
    "backlog": {
        "support_tickets_open",
        "support_tickets_open_by_age",
        "support_tickets_unassigned",
        "support_tickets_awaiting_first_response",
        "support_tickets_awaiting_first_response_by_age",
        "support_tickets_awaiting_reply",
        "support_oldest_open_created_timestamp_seconds",
        "support_oldest_unanswered_created_timestamp_seconds",
    },
    "promises": {"support_sla_outcomes", "support_sla_open"},
    "satisfaction": {
        "support_ratings",
        "support_ratings_latest",
        "support_ratings_offered",
        "support_nps_responses",
        "support_effort_score",
    },
    "categories and languages": {
        *(f"support_tickets_{what}_by_category" for what in ("created", "solved", "open")),
        *(f"support_tickets_{what}_by_language" for what in ("created", "solved", "open")),
    },
    "the day": {"support_today"},
    "arrivals": {
        "support_arrivals",
        *(f"support_arrivals_{word}" for word in ("expected", "upper", "score", "judged")),
    },
    "customers": {
        "support_customers",
        "support_customers_trialing",
        "support_customers_started",
        "support_customers_reactivated",
        "support_customers_churned",
    },
    "money": {
        "support_mrr",
        "support_mrr_movement",
        "support_acquisition_cost",
        "support_gross_margin_ratio",
        "support_exchange_rate",
    },
    "service and retention": {
        "support_customers_by_experience",
        "support_customers_churned_by_experience",
        "support_tickets_joined",
    },
}
COUNTED = re.compile(r"support_.+_(total|count|sum|bucket)")
EXEMPLIFIED = "support_first_response_seconds_bucket"
SIXTY_DAYS = 60 * 86_400
QUIET = 240  # seconds within which a ticket has come for certain: before they are over, an incident
TILES = """() => Object.fromEntries([...document.querySelectorAll(".tile")].map(
    tile => [tile.querySelector("h3").textContent, tile.querySelector(".number").textContent]))"""


class Demo(Program):
    """A demo that is under way, and when it was begun, in Unix seconds."""

    def __init__(self, folder: Path) -> None:
        self.began = time.time()
        self.folder = folder
        super().__init__(folder, *ANY_PORT, program=DESKPULSE, TMPDIR=str(folder))

    @property
    def spikes(self) -> int:
        """How many notifications of an incident came in."""
        lines = self.out.splitlines()
        return sum(line.startswith("FIRING") and "VolumeSpike" in line for line in lines)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The one that most tests here watch, from its begin on; the last of them ends it."""
    program = Demo(tmp_path_factory.mktemp("demo"))
    try:
        yield program
        assert program.end() == 0
        assert program.err == ""
    finally:
        if program.runs:
            program.kill()


@pytest.fixture(scope="module")
def demo(begun: Demo) -> Demo:
    """The same, once it has its numbers."""
    eventually(lambda: begun.get("/-/ready").status_code == 200, "ready", within=240)
    return begun


def of_tickets(page: bytes) -> bytes:
    """The business of a page, once there are tickets in it."""
    found = business(page)
    return found if CREATED.encode() in found else b""


def test_it_says_at_once_what_is_where(begun: Demo) -> None:
    """Its incident takes minutes to come, so it begins before whatever is tried without it."""
    assert begun.url
    told = ("Metrics      http://", "An incident begins in 2 minutes", "Press Ctrl-C")
    eventually(lambda: all(words in begun.out for words in told), " and ".join(told))


def test_it_ends_by_itself(tmp_path: Path) -> None:
    began = time.monotonic()
    with running(tmp_path, *ANY_PORT, "--duration", "3", TMPDIR=str(tmp_path)) as program:
        assert program.process.wait(60) == 0
    assert time.monotonic() - began >= 3
    assert program.err == ""
    assert program.leaves_nothing()
    assert not list(tmp_path.glob("deskpulse-demo-*"))


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "at once"),
        (signal.SIGTERM, "at once"),
        (signal.SIGINT, "while it imports"),
    ],
)
def test_a_signal_ends_it_and_nothing_is_left(
    number: signal.Signals, moment: str, tmp_path: Path
) -> None:
    with running(tmp_path, *ANY_PORT, TMPDIR=str(tmp_path)) as program:
        assert program.url
        if moment == "while it imports":
            eventually(lambda: value(program.scrape(), RECORDS, source="demo"), "records", 120)
        assert program.end(number, within=40) == 0
    assert program.err == ""
    assert program.leaves_nothing()
    assert not list(tmp_path.glob("deskpulse-demo-*"))


def test_a_busy_default_port_is_no_obstacle(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody else has it: just as well
            taken.bind(("127.0.0.1", 9464))
            taken.listen()
        with running(tmp_path, "demo") as program:
            assert not program.url.endswith(":9464")
            assert program.get("/-/healthy").status_code == 200
            assert program.end() == 0


def test_a_busy_port_that_was_asked_for_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = deskpulse(tmp_path, "demo", "--listen", address, "--duration", "1")
    assert done.code == 2
    assert f"Cannot listen on {address}" in done.said
    assert "Give another address with --listen" in done.said


def test_it_ends_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    """The shell is killed; neither the demo nor what it started may outlive it."""
    words = f"'{DESKPULSE}' demo --listen 127.0.0.1:0 & wait"
    with running(tmp_path, "-c", words, program="sh", TMPDIR=str(tmp_path)) as shell:
        eventually(lambda: "Press Ctrl-C" in shell.out, "the demo")
        assert len(shell.started()) > 1
        assert shell.kill()
        eventually(lambda: not shell.started(), "an end of everything", within=40)


def test_a_killed_demo_leaves_no_other_program(tmp_path: Path) -> None:
    with running(tmp_path, *ANY_PORT, program=DESKPULSE, TMPDIR=str(tmp_path)) as program:
        eventually(lambda: "Press Ctrl-C" in program.out, "the demo")
        assert program.kill()
        eventually(lambda: not program.started(), "an end of everything", within=40)


def test_it_is_primed_within_seconds(demo: Demo) -> None:
    page = eventually(lambda: of_tickets(demo.scrape()), "numbers", within=140)
    assert total(samples(page + b"\n"), CREATED) > 1000


def test_tickets_come_in_while_one_watches(demo: Demo) -> None:
    began = total(samples(demo.scrape()), CREATED)
    eventually(lambda: total(samples(demo.scrape()), CREATED) > began, "a new ticket", QUIET)


def test_every_address_answers(demo: Demo) -> None:
    assert demo.get("/-/ready").text == "ready\n"
    assert demo.get("/-/healthy").text == "healthy\n"
    page = demo.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "Open now" in page.text
    assert "midnight in the time zone of a source's schedule" in page.text
    assert demo.get("/nothing").status_code == 404


def test_promtool_has_nothing_to_say(demo: Demo) -> None:
    done = subprocess.run(
        [require("promtool"), "check", "metrics"],
        input=demo.scrape(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def three_forms(demo: Demo) -> tuple[bytes, bytes, str] | None:
    """Plain, gzip and OpenMetrics of one and the same page; None where it changed meanwhile."""
    before = demo.get("/metrics", Accept_Encoding="identity")
    packed = demo.get("/metrics", Accept_Encoding="gzip")
    modern = demo.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    after = demo.get("/metrics", Accept_Encoding="identity")
    assert "content-encoding" not in before.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    same = before.content == after.content
    return (before.content, packed.content, modern.text) if same else None


def test_every_form_of_the_page_tells_the_same(demo: Demo) -> None:
    plain, packed, modern = eventually(lambda: three_forms(demo), "a page that stands still")
    assert packed == plain
    parsed: Samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in openmetrics.text_string_to_metric_families(modern)  # type: ignore[no-untyped-call]
        for sample in family.samples
    }
    assert parsed == samples(plain)
    assert len(parsed) > 500


def told(program: Program, title: str) -> str | None:
    """What the demo says of a program beside it: its address, or how to install it."""
    lines = (line.split(maxsplit=1) for line in program.out.splitlines())
    found = [words[1] for words in lines if len(words) > 1 and words[0] == title]
    return next((text for text in found if text.startswith(("http://", "is not"))), None)


def families(page: bytes) -> set[str]:
    """The names of the metrics that count anything at all."""
    return {
        family.name
        for family in text_string_to_metric_families(page.decode())
        if any(sample.value for sample in family.samples)
    }


@pytest.mark.parametrize("subject", FAMILIES)
def test_it_shows_everything_that_can_be_known(subject: str, demo: Demo) -> None:
    assert FAMILIES[subject] - families(demo.scrape()) == set()


def test_its_parts_are_in_business_time_and_calendar_time(demo: Demo) -> None:
    found = samples(demo.scrape())
    for name in DURATIONS:
        if name != "support_requester_wait":
            calendar = total(found, f"{name}_seconds_sum")
            assert 0 < total(found, f"{name}_business_seconds_sum") < calendar, name


@pytest.fixture(scope="module")
def beside(demo: Demo) -> Prometheus:
    """The Prometheus that the demo started."""
    require("prometheus")
    url = eventually(lambda: told(demo, "Prometheus"), "its Prometheus", within=300)
    started = Prometheus(url.rstrip("/"))
    eventually(lambda: answers(f"{started.url}/-/ready"), "an answer")
    eventually(lambda: started.value("up"), "a scrape")
    return started


def test_its_prometheus_knows_what_was_three_days_ago(demo: Demo, beside: Prometheus) -> None:
    now = total(samples(demo.scrape()), CREATED)
    then = beside.value(f"sum({CREATED} offset 3d)")
    a_week_ago = beside.value(f"sum({CREATED} offset 7d)")
    assert then is not None
    assert a_week_ago is not None
    assert 0 < a_week_ago < then < now
    for name in ("support_first_response_seconds", "support_next_response_business_seconds"):
        grown = beside.value(f"sum(increase({name}_count[1d] offset 3d))")
        assert grown is not None
        assert grown > 10
    assert beside.value("count(up offset 3d)") is None, "nobody was asked then"


def test_an_event_is_in_prometheus_within_seconds(demo: Demo, beside: Prometheus) -> None:
    """From the page to Prometheus; the desk's clock is the wall clock here."""
    age = 'time() - deskpulse_source_complete_to_timestamp_seconds{source="demo"}'
    eventually(lambda: beside.value(age) is not None, "a first scrape")

    def is_seen_at_once() -> bool:
        worst = beside.value(f"max_over_time(({age})[4s:1s])")
        return worst is not None and worst < 5

    eventually(is_seen_at_once, "four seconds without delay, on a machine however busy", within=90)


def test_the_past_meets_the_scrapes_without_a_seam(beside: Prometheus) -> None:
    names = get(f"{beside.url}/api/v1/label/__name__/values").json()["data"]
    counters = [name for name in names if COUNTED.fullmatch(name)]
    known = [name for name in counters if beside.value(f"count({name} offset 3d)")]
    assert len(known) > 40
    assert [name for name in known if beside.query(f"resets({name}[9d]) > 0")] == []
    for name in known:
        before = beside.value(f"count(last_over_time({name}[1h] offset 1h))") or 0
        after = beside.value(f"count(last_over_time({name}[1m]))") or 0
        assert before <= after, f"{name}: a series of the past is not scraped"


def test_its_prometheus_holds_exemplars_that_lead_to_tickets(
    demo: Demo, beside: Prometheus
) -> None:
    now = time.time()
    span = urlencode({"query": EXEMPLIFIED, "start": now - SIXTY_DAYS, "end": now + 60})
    found = get(f"{beside.url}/api/v1/query_exemplars?{span}").json()
    assert found["status"] == "success"
    exemplars = [exemplar for one in found["data"] for exemplar in one["exemplars"]]
    assert len(exemplars) > 10
    for exemplar in exemplars[:10]:
        assert asked(f"{demo.url}/ticket/{exemplar['labels']['ticket']}").status_code == 307


def test_a_ticket_leads_to_the_helpdesk(demo: Demo) -> None:
    answer = asked(f"{demo.url}/ticket/demo:1")
    (line,) = (line for line in demo.out.splitlines() if line.startswith("A virtual helpdesk"))
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{line.split()[-1].rstrip('.')}/agent/tickets/1"
    page = get(answer.headers["location"])
    assert page.status_code == 200
    assert "<h1>Ticket 1 (" in page.text
    assert "opened" in page.text


def asked(url: str) -> requests.Response:
    """The answer itself, not what it leads to."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, allow_redirects=False, timeout=20)


class Visit:
    """One browser on the page, and all that it complained about or asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.answered: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type} {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed {request.url}"))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfinished", lambda request: self.answered.append(request.url))
        page.goto(url)

    def tiles(self) -> dict[str, str]:
        """The headline numbers by their titles."""
        shown: dict[str, str] = self.page.evaluate(TILES)
        return shown


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(demo: Demo, browser: Browser) -> Iterator[Visit]:
    page = browser.new_page()
    yield Visit(page, demo.url + "/")
    page.close()


def headlines(demo: Demo) -> dict[str, int]:
    """What `/metrics` says of the numbers that the page shows."""
    found = samples(demo.scrape())
    return {
        "Open now": int(total(found, "support_tickets_open")),
        "Customers": int(total(found, "support_customers")),
    }


def agreeing(demo: Demo, visit: Visit) -> bool:
    """Whether a page loaded anew shows what `/metrics` says before and after."""
    before = headlines(demo)
    visit.page.reload()
    tiles = visit.tiles()
    if headlines(demo) != before:
        return False
    shown = {title: int(tiles[title].replace(",", "")) for title in before}
    assert shown == before
    return True


def test_the_page_shows_the_numbers_of_metrics(demo: Demo, visit: Visit) -> None:
    eventually(lambda: agreeing(demo, visit), "numbers that stand still", within=120)
    tiles = visit.tiles()
    assert re.fullmatch(r"[\d,]+", tiles["Late now"])
    assert re.fullmatch(r"[\d,]+", tiles["Arrived, last hour"])
    assert re.fullmatch(r"(under )?[\d.]+ (s|min|h|d)", tiles["9 of 10 answered in"])


def test_the_page_renews_its_numbers_by_itself(demo: Demo, visit: Visit) -> None:
    began = visit.tiles()
    loads = visit.asked.count(demo.url + "/")

    def renewed() -> bool:
        visit.page.wait_for_timeout(200)
        return visit.tiles()["Arrived, last hour"] != began["Arrived, last hour"]

    eventually(renewed, "a new number", within=QUIET)
    assert visit.asked.count(demo.url + "/") > loads


def test_the_page_is_quiet_and_talks_to_nobody_else(demo: Demo, visit: Visit) -> None:
    def asked_again() -> bool:
        visit.page.wait_for_timeout(200)
        return visit.answered.count(demo.url + "/") > 1

    eventually(asked_again, "numbers that were asked for again")
    assert visit.complaints == []
    assert [url for url in visit.asked if not url.startswith((demo.url + "/", "data:"))] == []


@pytest.fixture(scope="module")
def alertmanager(demo: Demo) -> str:
    """Where the Alertmanager that the demo started answers."""
    require("alertmanager")
    return eventually(lambda: told(demo, "Alertmanager"), "its Alertmanager", within=300)


def test_an_incident_on_the_desk_rings_once(
    demo: Demo, beside: Prometheus, alertmanager: str
) -> None:
    """The demo's incident begins after two minutes and reaches the receiver as one notification."""
    eventually(lambda: demo.spikes, "the spike", within=400)
    firing = 'ALERTS{alertname="VolumeSpike",alertstate="firing"}'
    first = beside.value(f"min(min_over_time(timestamp({firing})[30m:1s]))")
    assert first is not None
    assert first > demo.began + 120, "nothing rings before it"
    spikes = urlencode({"filter": 'alertname="VolumeSpike"'})
    groups = get(f"{alertmanager}api/v2/alerts/groups?{spikes}").json()
    assert [len(group["alerts"]) for group in groups] == [1], "nothing of it is still to be told"
    assert beside.value(f"count({firing})") == 1
    assert demo.spikes == 1, demo.out


def test_its_alertmanager_goes_on_until_it_ends(alertmanager: str) -> None:
    """What a thread started must not end with the thread, which ended minutes ago."""
    assert get(f"{alertmanager}-/ready").status_code == 200
    assert get(f"{alertmanager}api/v2/status").json()["cluster"]["status"] == "disabled"


def test_what_it_started_ends_with_it(demo: Demo) -> None:
    """The last test of the demo that all others watch."""
    names = {name[:15] for name in PEERS if shutil.which(name)}
    assert list(demo.folder.glob("deskpulse-demo-*")), "its own folder"
    eventually(lambda: told(demo, "Alertmanager"), "all that it starts", within=300)
    if Path("/proc/self/environ").exists():
        eventually(lambda: names <= set(demo.started()), "both programs", within=60)
    assert demo.end(signal.SIGTERM, within=40) == 0
    assert demo.err == ""
    assert demo.leaves_nothing()
    assert not list(demo.folder.glob("deskpulse-demo-*"))
    assert {file.name for file in demo.folder.iterdir()} == {"out", "err"}
