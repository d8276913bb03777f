"""Whatever goes wrong is told with its source, spoils no number, and heals without a trace."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Fault
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.zendesk.simulator import EMAIL, TOKEN
from tests.pipeline import samples, total
from tests.programs import (
    DESKPULSE,
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
LATER = PRESENT + timedelta(days=3)
TICKETS = "/incremental/tickets"
UP = "deskpulse_source_up"
FAILURES = "deskpulse_source_failures_total"
PAGE_SIZE = 25


@dataclass
class Desks:
    """Two helpdesks with one clock, of which one will misbehave."""

    clock: StandingClock
    good: SimulatorServer
    bad: SimulatorServer
    primed: Path
    before: bytes
    expected: bytes

    def sources(self, **changes: object) -> dict[str, dict[str, object]]:
        """Both sources; `changes` are made to the bad one, None takes a setting away."""
        bad = {**source(self.bad, page_size=PAGE_SIZE), **changes}
        return {
            "good": source(self.good, page_size=PAGE_SIZE),
            "bad": {key: text for key, text in bad.items() if text is not None},
        }

    def store(self, folder: Path) -> Path:
        """A folder with a store that holds all up to `PRESENT`."""
        shutil.copytree(self.primed, folder, dirs_exist_ok=True)
        return configure(folder, self.sources())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """The desks, a store of the present, and the lines of an undisturbed run to the later."""
    clock = StandingClock(PRESENT)
    place = tmp_path_factory.mktemp("calm")
    one, two = (SeededDesk(seed, present=PRESENT, rate=1) for seed in (2, 3))
    with served(one, clock) as good, served(two, clock) as bad:
        found = Desks(clock, good, bad, place / "primed", b"", b"")
        synced(configure(found.primed, found.sources()))
        found.before = totals(found.primed)
        shutil.copytree(found.primed, place / "later")
        clock.at = LATER
        synced(place / "later")
        found.expected = totals(place / "later")
        yield found


@pytest.fixture
def desks(both: Desks) -> Iterator[Desks]:
    """The desks in the present, and everything well."""
    both.clock.at = PRESENT
    yield both
    both.bad.faults.clear()


@dataclass(frozen=True)
class Trouble:
    """A way to fail: what is done to the vendor or the configuration, and what must be told."""

    reason: str
    told: str
    always: Fault | None = None
    changes: dict[str, object] = field(default_factory=dict)

    def begin(self, desks: Desks, folder: Path) -> None:
        if self.always:
            desks.bad.faults.always(TICKETS, self.always)
        configure(folder, desks.sources(**self.changes))


TROUBLES = {
    "a wrong token": Trouble(
        "credentials",
        "was refused (status 401). Create an API token",
        changes={"api_token": "throw-away-wrong"},
    ),
    "nobody at the address": Trouble(
        "network", "127.0.0.1:1 refuses the connection", changes={"url": "http://127.0.0.1:1"}
    ),
    "an address that is not the vendor's": Trouble(
        "address",
        "Check `url` of this source in the configuration.",
        always=faults.status(404),
    ),
    "a page to sign in": Trouble("address", "answers with a web page", always=faults.html()),
    "no right to read tickets": Trouble(
        "credentials", "may not be read with these credentials", always=faults.status(403)
    ),
    "another address": Trouble(
        "address",
        "redirects to https://elsewhere.example",
        always=faults.redirect("https://elsewhere.example/api"),
    ),
    "a vendor that fails": Trouble("server", "fails with status 503", always=faults.status(503)),
    "a vendor that is closed until tomorrow": Trouble(
        "throttled", "asks us to wait until 2026-03-24 15:00", always=faults.throttle(86_400)
    ),
    "a page that is cut": Trouble("malformed", "cut its answer short", always=faults.cut(0.6)),
    "a page that ends in the middle": Trouble(
        "malformed", "answers with broken JSON", always=faults.cut(0.6, honest=True)
    ),
    "a page in an unknown form": Trouble(
        "malformed",
        "answers in a form we do not know at $.end_of_stream",
        always=faults.replace(b'"end_of_stream"', b'"end"'),
    ),
    "a cursor that never ends": Trouble(
        "contract",
        "its cursor does not move on",
        always=faults.replace(b'"end_of_stream":true', b'"end_of_stream":false'),
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_failure_is_told_and_heals(trouble: Trouble, desks: Desks, tmp_path: Path) -> None:
    folder, before = desks.store(tmp_path), desks.before
    trouble.begin(desks, folder)
    desks.clock.at = LATER

    done = deskpulse(folder, "sync")
    assert done.code == 1, done.said
    assert "source 'bad'" in done.said
    assert trouble.told in done.said
    assert "source 'good'" not in done.said
    assert "Traceback" not in done.said

    page = totals(folder)
    assert failures(page, "bad") == {trouble.reason: 1}
    assert value(page, UP, source="bad") == 0
    assert complete_to(page, "bad") == complete_to(before, "bad")
    assert failures(page, "good") == {}
    assert value(page, UP, source="good") == 1
    assert business(page, "good") == business(desks.expected, "good")
    if trouble.reason != "contract":  # whose pages came and counted, all but an end
        assert business(page, "bad") == business(before, "bad")
    assert deskpulse(folder, "status").said.count(trouble.told) == 1

    desks.bad.faults.clear()
    configure(folder, desks.sources())
    assert "source 'bad'" not in synced(folder).said
    page = totals(folder)
    assert business(page) == business(desks.expected)
    assert value(page, UP, source="bad") == 1


def failures(page: bytes, name: str) -> dict[str, float]:
    """How often a source failed, by reason; what is 0 is left out."""
    return {
        dict(labels)["reason"]: count
        for (metric, labels), count in samples(page).items()
        if metric == FAILURES and ("source", name) in labels and count
    }


def test_an_unknown_host_is_told(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    before = totals(folder)
    configure(folder, desks.sources(url="https://helpdesk.invalid"))
    done = deskpulse(folder, "sync")
    page = totals(folder)
    assert done.code == 1
    assert re.search(r"source 'bad': .*helpdesk\.invalid", done.said)
    assert "check `url`" in done.said
    # without a name server at hand the system cannot know that there is no such host
    assert set(failures(page, "bad")) <= {"address", "network"}
    assert sum(failures(page, "bad").values()) == 1
    assert business(page) == business(before)


def test_a_poll_that_breaks_in_the_middle_goes_on_there(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    before = totals(folder)
    desks.clock.at = LATER
    cut = [faults.cut(0.5)] * 4
    desks.bad.faults.next(None, None, *cut)  # the groups and one page, then four attempts
    done = deskpulse(folder, "sync")
    page = totals(folder)
    assert (done.code, failures(page, "bad")) == (1, {"malformed": 1})
    records = "deskpulse_source_records_total"
    fresh = (value(page, records, source="bad") or 0) - (value(before, records, source="bad") or 0)
    assert fresh == PAGE_SIZE
    assert complete_to(page, "bad") == complete_to(before, "bad")
    synced(folder)
    assert business(totals(folder)) == business(desks.expected)


def test_a_fault_that_passes_is_not_even_a_failure(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    desks.clock.at = LATER
    desks.bad.faults.next(faults.status(502), None, faults.throttle(1), None, faults.drop())
    synced(folder)
    page = totals(folder)
    assert failures(page, "bad") == {}
    assert business(page) == business(desks.expected)
    requests_ = "deskpulse_source_requests_total"
    assert value(page, requests_, source="bad", code="502") == 1
    assert value(page, requests_, source="bad", code="429") == 1
    throttled = value(page, "deskpulse_source_throttled_seconds_total", source="bad")
    assert throttled is not None
    assert 1 <= throttled < 3


def test_a_malformed_record_is_left_out_and_told(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    desks.clock.at = LATER
    # the first two pages begin with a ticket that was merely closed, which changes no number
    desks.bad.faults.next(None, None, None, faults.malformed_record())
    done = deskpulse(folder, "sync")
    assert done.code == 0
    assert re.search(r"source bad: ticket \d+ was left out: .*'created_at'", done.said)
    page = totals(folder)
    rejected = "deskpulse_source_records_rejected_total"
    assert value(page, rejected, source="bad", reason="malformed") == 1
    assert value(page, rejected, source="good", reason="malformed") == 0
    assert value(page, UP, source="bad") == 1
    assert business(page, "good") == business(desks.expected, "good")
    assert business(page, "bad") != business(desks.expected, "bad")
    # the vendor tells it again once it changes; or it is asked for everything
    assert deskpulse(folder, "sync", "--from-start").code == 0
    assert prompt(totals(folder)) == prompt(desks.expected)


def prompt(page: bytes) -> list[bytes]:
    """The business lines without exact quantiles, which are told anew once in five minutes."""
    return [line for line in business(page).splitlines() if b"_quantile_seconds" not in line]


def test_a_ticket_from_the_far_future_is_told(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    desks.clock.at = LATER
    created = re.compile(rb'"created_at":"2026-')
    desks.bad.faults.next(
        None, Fault(edit=lambda body: created.sub(b'"created_at":"2099-', body, count=1))
    )
    assert deskpulse(folder, "sync").code == 0
    page = totals(folder)
    refused = "deskpulse_source_facts_doubted_total"
    assert value(page, refused, source="bad", reason="future") == 1
    assert value(page, refused, source="good", reason="future") == 0
    assert value(page, UP, source="bad") == 1
    assert complete_to(page, "bad") == complete_to(desks.expected, "bad")
    assert business(page, "good") == business(desks.expected, "good")
    assert deskpulse(folder, "sync", "--from-start").code == 0
    assert business(totals(folder)) == business(desks.expected)


def test_a_vendor_whose_clock_is_ahead_is_told(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    ahead = timedelta(hours=6)
    clock = StandingClock(now)
    desk = SeededDesk(9, present=now, rate=1)
    wrong = Fault(headers={"date": format_datetime(now + ahead, usegmt=True)})
    with served(desk, clock) as server:
        calm = configure(tmp_path / "calm", {"desk": source(server)})
        folder = configure(tmp_path / "disturbed", {"desk": source(server)})
        synced(calm)
        clock.at = now + ahead
        check = deskpulse(folder, "check")
        clock.at = now
        assert check.code == 0
        told = re.search(r"its clock and ours differ by (\d+) s: .* a simulator's", check.said)
        assert told
        assert int(told[1]) == pytest.approx(ahead.total_seconds(), abs=120)
        server.faults.always("/", wrong)
        synced(folder)
        page = totals(folder)
        skew = value(page, "deskpulse_source_clock_skew_seconds", source="desk")
        assert skew == pytest.approx(ahead.total_seconds(), abs=120)
        assert counted(page) == counted(totals(calm))

        server.faults.clear()
        synced(folder)
        skew = value(totals(folder), "deskpulse_source_clock_skew_seconds", source="desk")
        assert skew == pytest.approx(0, abs=120)
        assert business(totals(folder)) == business(page), "time does not go back"
        clock.at = now + timedelta(hours=12)
        synced(folder)
        synced(calm)
        assert business(totals(folder)) == business(totals(calm))


def test_a_vendor_whose_clock_is_days_ahead_is_not_believed(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    ahead = now + timedelta(days=2)
    wrong = Fault(headers={"date": format_datetime(ahead, usegmt=True)})
    with served(SeededDesk(9, present=now, rate=1), StandingClock(now)) as server:
        folder = configure(tmp_path, {"desk": source(server)})
        synced(folder)
        before = totals(folder)
        server.faults.always("/", wrong)
        done = deskpulse(folder, "sync")
        assert done.code == 1
        assert f"the vendor's clock says {ahead:%Y-%m-%d}" in done.said
        assert "set the clock that is wrong" in done.said
        page = totals(folder)
        assert failures(page, "desk") == {"contract": 1}
        assert business(page) == business(before)
        assert complete_to(page, "desk") == complete_to(before, "desk")
        server.faults.clear()
        synced(folder)
    assert business(totals(folder)) == business(before)


def counted(page: bytes) -> dict[Any, float]:
    """The samples of counters and histograms of the business."""
    ends = ("_total", "_count", "_sum", "_bucket")
    found = samples(business(page) + b"\n")
    return {key: number for key, number in found.items() if key[0].endswith(ends)}


def test_a_trickling_answer_holds_up_nobody_else(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    before = totals(folder)
    desks.clock.at = LATER
    desks.bad.faults.always(TICKETS, faults.trickle(0.05))
    with running(folder, "run", "--listen", "127.0.0.1:0") as program:
        later = complete_to(desks.expected, "good")
        eventually(lambda: complete_to(program.scrape(), "good") == later, "the good source")
        page = program.scrape()
        assert business(page, "bad") == business(before, "bad")
        assert program.get("/-/ready").status_code == 200
        assert program.end(within=30) == 0
    assert program.leaves_nothing()
    assert business(totals(folder), "good") == business(desks.expected, "good")
    desks.bad.faults.clear()
    synced(folder)
    assert business(totals(folder)) == business(desks.expected)


def last_good(page: bytes, name: str) -> list[bytes]:
    """The last good values of a source; whether its arrivals are judged is none of them."""
    return [one for one in business(page, name).splitlines() if b"support_arrivals_" not in one]


IMPATIENT = """
import sys
from connectors.http import ApiSession
ApiSession.__init__.__kwdefaults__["answer_within"] = 2.0
from exporter.cli import main
sys.argv[0] = "deskpulse"
main()
"""


def test_a_trickling_answer_comes_to_an_end(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    before = totals(folder)
    desks.clock.at = LATER
    desks.bad.faults.always(TICKETS, faults.trickle(0.05))
    python = str(Path(DESKPULSE).with_name("python"))
    # patience is 300 s; the same program with less of it
    done = deskpulse(folder, "-c", IMPATIENT, "sync", program=python)
    assert done.code == 1
    assert "source 'bad'" in done.said
    assert "did not finish its answer within 2 s" in done.said
    page = totals(folder)
    assert failures(page, "bad") == {"timeout": 1}
    assert last_good(page, "bad") == last_good(before, "bad")
    assert business(page, "good") == business(desks.expected, "good")
    desks.bad.faults.clear()
    synced(folder)
    assert business(totals(folder)) == business(desks.expected)


BARE = f"vendor: zendesk, url: 'http://127.0.0.1:1', email: {EMAIL}"
GOOD = f"{BARE}, api_token: throw-away-x"
BROKEN = {
    "an unknown key": (
        f"sources:\n  desk: {{{GOOD}}}\npol: 60s\n",
        ["deskpulse.yaml:3", "pol", "is no key of this file"],
    ),
    "a misspelt setting": (
        f"sources:\n  desk:\n    {{{GOOD},\n     api_tokn: x}}\n",
        ["deskpulse.yaml:4", "sources.desk.api_tokn", "did you mean 'api_token'?"],
    ),
    "an unknown vendor": (
        "sources:\n  desk:\n    vendor: zendesc\n",
        ["deskpulse.yaml:3", "sources.desk.vendor", "did you mean 'zendesk'?"],
    ),
    "a bad duration": (
        f"sources:\n  desk:\n    {{{GOOD},\n     poll: often}}\n",
        ["deskpulse.yaml:4", "sources.desk.poll", "must be a duration, such as 30s"],
    ),
    "a variable that is not set": (
        f"sources:\n  desk:\n    {{{BARE},\n     api_token: '${{DESKPULSE_TEST_UNSET}}'}}\n",
        ["deskpulse.yaml:4", "sources.desk.api_token", "DESKPULSE_TEST_UNSET", "export it"],
    ),
    "no sources": ("listen: 127.0.0.1:0\n", ["sources", "is missing", "deskpulse init"]),
    "an empty file": ("", ["deskpulse.yaml", "this file is empty", "deskpulse init"]),
    "no YAML": ("sources: [\n", ["deskpulse.yaml:"]),
    "a store in no folder": (
        f"store: sqlite:///gone/away.db\nsources:\n  desk: {{{GOOD}}}\n",
        ["gone/away.db", "Check that its folder exists"],
    ),
}


@pytest.mark.parametrize(("text", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_configuration_names_its_line(text: str, told: list[str], tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text(text)
    done = deskpulse(tmp_path, "sync")
    assert (done.code, done.out) == (2, "")
    assert [part for part in told if part not in done.said] == [], done.said
    assert "Traceback" not in done.said


@pytest.mark.parametrize("command", ["check", "run", "sync", "metrics", "status"])
def test_a_missing_configuration_is_told_by_every_command(command: str, tmp_path: Path) -> None:
    done = deskpulse(tmp_path, command, "--config", "gone.yaml")
    assert (done.code, done.out) == (2, "")
    assert "gone.yaml" in done.said
    assert "deskpulse init" in done.said
    assert not list(tmp_path.iterdir()), "nothing is made where nothing was asked for"


def test_a_file_that_is_no_store_is_left_alone(desks: Desks, tmp_path: Path) -> None:
    folder = configure(tmp_path, desks.sources())
    (folder / "deskpulse.db").write_bytes(b"a diary, and nothing for a database\n" * 100)
    done = deskpulse(folder, "sync")
    assert done.code == 2, done.said
    assert "is a store of deskpulse" in done.said
    assert "Traceback" not in done.said
    assert (folder / "deskpulse.db").read_bytes().startswith(b"a diary")


def texts(server: SimulatorServer) -> set[bytes]:
    """What the vendor says of people and in their words: subjects, bodies, requesters."""
    answer = requests.get(
        f"{server.url}/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=1000",
        auth=(f"{EMAIL}/token", TOKEN),
        timeout=20,
    )
    tickets = answer.json()["tickets"]
    words = {str(ticket[key]) for ticket in tickets for key in ("subject", "requester_id")}
    words |= {ticket["description"][:40] for ticket in tickets}
    return {word.encode() for word in words - {"SCRUBBED"}}


def test_no_secret_and_no_person_is_kept_or_told(desks: Desks, tmp_path: Path) -> None:
    folder = desks.store(tmp_path)
    (folder / "deskpulse.db").unlink()
    secret = "marked-s3cret-9f2c"
    configure(folder, desks.sources(api_token="${BAD_TOKEN}"))
    printed = [
        deskpulse(folder, *words, BAD_TOKEN=token).said
        for token in (secret, TOKEN)
        for words in (["check"], ["sync"], ["status"], ["metrics"], ["sync", "--from-start"])
    ]
    with running(folder, "run", "--listen", "127.0.0.1:0", BAD_TOKEN=secret) as program:
        eventually(lambda: failed(program), "a refusal")
        printed += [program.get("/").text, program.scrape().decode()]
        stored = kept(folder)
        assert program.end() == 0
    printed += [program.out, program.err]
    stored += kept(folder)
    assert total(samples(totals_with(folder)), "support_tickets_created_total") > 1000

    secrets = [text for token in (secret, TOKEN) for text in forms(token)]
    told = "\n".join(printed).encode()
    assert "status 401" in "\n".join(printed)
    assert [text for text in secrets if text in told or text in stored] == []
    people = texts(desks.good) | {b"something does not work", EMAIL.encode(), b"desk.example"}
    assert len(people) > 500
    assert [text for text in people if text in stored or text in told] == []


def totals_with(folder: Path) -> bytes:
    return deskpulse(folder, "metrics", BAD_TOKEN=TOKEN).out.encode()


def failed(program: Program) -> bool:
    return bool(failures(program.scrape(), "bad"))


def kept(folder: Path) -> bytes:
    """Every byte of the store and of what lies beside it."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("deskpulse.db*")))


def forms(token: str) -> list[bytes]:
    """A token as it is, and as it travels."""
    return [token.encode(), b64encode(f"{EMAIL}/token:{token}".encode())]
