"""What is behind the numbers, asked of the installed program: explain, report, reconcile."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from tests.peers import require
from tests.pipeline import samples as samples_of
from tests.pipeline import total
from tests.programs import (
    configure,
    deskpulse,
    eventually,
    get,
    running,
    served,
    source,
    synced,
    totals,
)

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
OFFICE = {"zone": "Europe/Berlin", "hours": {"mon-fri": "08:00-18:00"}}
TARGETS = [{"target": "first_response", "clock": "business", "within": "2h"}]
UNKNOWN = 404


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two sources that were polled twice; their simulators go on running."""
    made = tmp_path_factory.mktemp("trust")
    desk = SeededDesk(2, present=PRESENT, weeks=4, rate=3)
    clock = StandingClock(PRESENT - timedelta(days=6))
    with served(desk, clock) as zendesk, served(desk, clock, "servicenow") as servicenow:
        sources = {
            "zen": source(zendesk, schedule="office", targets=TARGETS),
            "now": source(servicenow),
        }
        configure(made, sources, schedules={"office": OFFICE})
        for at in (clock.at, PRESENT):
            clock.at = at
            synced(made)
        yield made


def contents(folder: Path) -> str:
    """What the store holds, as one hash."""
    with sqlite3.connect(f"file:{folder / 'deskpulse.db'}?mode=ro", uri=True) as store:
        return hashlib.sha256("".join(store.iterdump()).encode()).hexdigest()


def test_explain_prints_what_metrics_prints(folder: Path) -> None:
    name = "support_first_response_seconds"
    page = samples_of(totals(folder))
    done = deskpulse(folder, "explain", name, "--source", "zen", "--format", "json", "--limit", "0")
    assert done.code == 0, done.said
    told = json.loads(done.out)
    assert told["count"] == len(told["tickets"]) == total(page, f"{name}_count")
    assert told["sum"] == pytest.approx(total(page, f"{name}_sum"), rel=1e-12)
    seconds = [one["seconds"] for one in told["tickets"]]
    assert seconds == sorted(seconds, reverse=True)
    assert told["tickets"][0]["link"].endswith(f"/agent/tickets/{told['tickets'][0]['ticket']}")


def test_explain_narrows_down(folder: Path) -> None:
    words = ("explain", "support_tickets_solved", "--team", "Billing", "--priority", "high")
    done = deskpulse(folder, *words, "--format", "csv", "--limit", "0")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert rows
    assert {(row["team"], row["priority"]) for row in rows} == {("Billing", "high")}
    assert {row["source"] for row in rows} == {"zen", "now"}
    shown = deskpulse(folder, *words, "--limit", "2")
    assert len(shown.out.strip().splitlines()) == 3
    assert "more not listed" in shown.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "support_tickets_opened"), "did you mean"),
        (("explain", "deskpulse_build_info"), "counts no tickets"),
        (("explain", "support_tickets_open", "--source", "zem"), "did you mean 'zen'?"),
        (("explain", "support_tickets_open", "--team", "Biling"), "did you mean 'Billing'?"),
        (("explain", "support_tickets_open", "--since", "7d"), "leave out --since"),
        (("explain", "support_tickets_solved", "--since", "soon"), "write a span such as 7d"),
        (("explain", "support_replies_per_ticket", "--source", "now"), "is not read"),
        (("report", "--since", "2026-03-01", "--until", "2026-02-01"), "is empty"),
        (("report", "--format", "csv", "--output", "no/such/folder.csv"), "cannot be written"),
        (("reconcile", "zenn"), "did you mean 'zen'?"),
    ],
)
def test_what_cannot_be_answered_is_said(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = deskpulse(folder, *words)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.said


@pytest.mark.parametrize("name", ["zen", "now"])
def test_reconciling_a_right_store_ends_with_0_and_writes_nothing(folder: Path, name: str) -> None:
    before = contents(folder)
    done = deskpulse(folder, "reconcile", name)
    assert done.code == 0, done.said
    assert "Nothing is unexplained." in done.out
    assert "created in the period" in done.out or "opened in the period" in done.out
    for words in (("report",), ("explain", "support_tickets_open")):
        assert deskpulse(folder, *words).code == 0
    assert contents(folder) == before


def test_reconciling_names_an_edited_ticket_and_an_edited_series(folder: Path) -> None:
    with sqlite3.connect(folder / "deskpulse.db") as store:
        where = "source = 'zen' AND kind = 'first_response' AND at > 1773500000000"
        (ticket,) = store.execute(
            f"SELECT max(subject) FROM observations WHERE {where} "  # noqa: S608
            "AND subject NOT IN (SELECT id FROM tickets WHERE removed IS NOT NULL)"
        ).fetchone()
        change = f"UPDATE observations SET value = value + :by WHERE {where} AND subject = :t"  # noqa: S608
        store.execute(change, {"by": 7_200_000, "t": ticket})
    try:
        done = deskpulse(folder, "reconcile", "zen", "--format", "json")
        told = json.loads(done.out)
        assert done.code == 1
        strange = [one for one in told["differences"] if one["why"].startswith("unexplained")]
        assert {one["ticket"] for one in strange} == {ticket}
        assert "support_first_response_seconds" in {one["metric"] for one in told["series"]}
    finally:
        with sqlite3.connect(folder / "deskpulse.db") as store:
            store.execute(change, {"by": -7_200_000, "t": ticket})


def test_a_report_in_each_form_says_the_same(folder: Path) -> None:
    asked = ("report", "--since", "14d", "--by", "team", "--source", "zen", "--format")
    text = deskpulse(folder, *asked, "csv")
    assert text.code == 0, text.said
    flat = pd.read_csv(io.StringIO(text.out), keep_default_na=False, na_values=[""])
    done = deskpulse(folder, *asked, "parquet", "--output", "report.parquet")
    assert done.code == 0, done.said
    held = pd.read_parquet(folder / "report.parquet")
    assert list(held.columns) == list(flat.columns)
    assert held["value"].round(6).tolist() == pytest.approx(flat["value"].round(6).tolist())
    assert {"all", "Billing"} <= set(flat["group"])
    table = deskpulse(folder, *asked, "table")
    assert "team: Billing" in table.out


def test_a_report_counts_what_explain_counts(folder: Path) -> None:
    name = "support_tickets_open"
    done = deskpulse(folder, "explain", name, "--source", "zen", "--format", "json")
    open_now = json.loads(done.out)["count"]
    text = deskpulse(folder, "report", "--source", "zen", "--format", "csv")
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(text.out))}
    assert float(rows["backlog"]["value"]) == open_now


def test_the_page_of_a_report_stands_alone_in_a_browser(folder: Path) -> None:
    chromium = require("chromium")
    done = deskpulse(
        folder, "report", "--by", "team", "--format", "html", "--output", "report.html"
    )
    assert done.code == 0, done.said
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=str(chromium))
        for width in (1240, 420):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto((folder / "report.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("figure svg").count() >= 5
            assert page.locator(".tile").count() >= 8
        browser.close()
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert said == []


def test_a_ticket_leads_to_its_vendor_and_nowhere_else(folder: Path) -> None:
    told = json.loads(deskpulse(folder, "explain", "support_tickets_open", "--format", "json").out)[
        "tickets"
    ]
    with running(folder, "run", "--listen", "127.0.0.1:0") as program:
        eventually(lambda: program.url, "the page")
        for one in (told[0], told[-1]):
            name = quote(f"{one['source']}:{one['ticket']}", safe="")
            answer = _asked(program.url, name)
            assert answer[0] == 307
            assert answer[1] == one["link"]
        for name in (
            "zen:999999999",
            "nobody:1",
            "zen",
            "zen:",
            "//evil.example",
            "zen:..%2F..%2Fevil",
            "zen:1%40evil.example",
            "https:%2F%2Fevil.example",
        ):
            code, location, words = _asked(program.url, name)
            assert (code, location) == (UNKNOWN, None)
            assert words.strip()
            assert "evil" not in words
        assert get(f"{program.url}/metrics").status_code == 200


def _asked(url: str, name: str) -> tuple[int, str | None, str]:
    import requests

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{url}/ticket/{name}", allow_redirects=False, timeout=20)
        return answer.status_code, answer.headers.get("Location"), answer.text
