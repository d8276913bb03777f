"""`deskpulse run` with webhooks: a signed one brings the number at once, a forged one nothing."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.webhooks import GENERIC
from tests.peers import require
from tests.pipeline import samples, total
from tests.programs import (
    Program,
    business,
    complete_to,
    configure,
    deskpulse,
    environment,
    eventually,
    running,
    served,
    source,
    synced,
    totals,
    value,
)

PRESENT: Final = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
LATER: Final = PRESENT + timedelta(days=2)
SECRET: Final = "throw-away-secret-of-a-test"
CREATED: Final = "support_tickets_created_total"
BODY: Final = b'{"ticket": 7, "requester": "anna@example.org"}'
DELIVERIES: Final = "deskpulse_webhook_deliveries_total"
ACCEPTED_AT: Final = "deskpulse_webhook_accepted_timestamp_seconds"
RUN: Final = ("run", "--listen", "127.0.0.1:0")
BLOCK: Final = re.compile(r"```sh\n(url=.*?)```", re.DOTALL)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(PRESENT)


@pytest.fixture
def server(clock: StandingClock) -> Iterator[SimulatorServer]:
    with served(SeededDesk(6, present=PRESENT, rate=1), clock, "servicenow") as started:
        yield started


def woken(server: SimulatorServer, **more: object) -> dict[str, object]:
    """A source that is asked once an hour, unless it is woken."""
    return source(server, poll="1h", webhooks={"secret": SECRET, "gap": "1s", **more})


def post(program: Program, body: bytes, secret: str = SECRET) -> requests.Response:
    headers = GENERIC.sign(secret.encode(), body, str(int(time.time())))
    with requests.Session() as session:
        session.trust_env = False
        url = f"{program.url}/webhooks/desk"
        return session.post(url, data=body, headers=headers, timeout=20)


def reached(program: Program, moment: datetime) -> bytes | None:
    page = program.scrape()
    return page if complete_to(page, "desk") == moment.timestamp() else None


def counted(program: Program, **results: int) -> bytes | None:
    page = program.scrape()
    found = {name: value(page, DELIVERIES, source="desk", result=name) for name in results}
    return page if found == results else None


def test_a_signed_webhook_brings_the_number_and_a_forged_one_nothing(
    server: SimulatorServer, clock: StandingClock, tmp_path: Path
) -> None:
    folder = configure(tmp_path / "run", {"desk": woken(server)})
    with running(folder, *RUN) as program:
        before = eventually(lambda: reached(program, PRESENT), "the first import")
        assert value(before, DELIVERIES, source="desk", result="accepted") == 0
        assert value(before, ACCEPTED_AT, source="desk") is None
        clock.at = LATER
        asked = len(server.requests)
        forged = post(program, BODY, "throw-away-secret-of-another")
        assert (forged.status_code, forged.text) == (403, "refused: the signature does not fit\n")
        eventually(lambda: counted(program, forged=1, accepted=0), "the forged one counted")
        assert len(server.requests) == asked, "a forged one asked the vendor"
        assert business(program.scrape()) == business(before)

        began = time.time()
        assert post(program, BODY).text == "accepted: the source will be polled\n"
        page = eventually(lambda: reached(program, LATER), "what happened meanwhile", within=20)
        assert total(samples(page), CREATED) > total(samples(before), CREATED)
        assert program.end() == 0
        said = program.out + program.err
    last = totals(folder)
    for result in ("forged", "accepted"):
        assert value(last, DELIVERIES, source="desk", result=result) == 1
    assert (value(last, ACCEPTED_AT, source="desk") or 0) >= began - 1
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"anna" not in kept + page + last + said.encode(), (
        "nothing of a body is stored, shown or told"
    )
    assert SECRET not in said
    calm = configure(tmp_path / "calm", {"desk": source(server)})
    for clock.at in (PRESENT, LATER):
        synced(calm)
    assert business(totals(folder)) == business(totals(calm))


def test_the_line_of_the_document_works(
    server: SimulatorServer, root: Path, tmp_path: Path
) -> None:
    for program_needed in ("openssl", "curl"):
        require(program_needed)
    (block,) = BLOCK.findall((root / "docs/webhooks.md").read_text())
    sources = {"desk": source(server), "quickdesk": woken(server)}
    folder = configure(tmp_path, sources)
    with running(folder, *RUN) as program:
        script = block.replace("http://127.0.0.1:9464", program.url)
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            env=environment({"QUICKDESK_WEBHOOK_SECRET": SECRET, "no_proxy": "*"}),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert done.stdout == "accepted: the source will be polled\n"
        page = program.scrape()
        assert value(page, DELIVERIES, source="desk", result="accepted") is None
        assert program.get("/webhooks/desk").status_code == 405
        assert post(program, b"{}").status_code == 404, "a source without webhooks has none"
        assert program.end() == 0
    stored = totals(folder)
    assert value(stored, DELIVERIES, source="quickdesk", result="accepted") == 1


def test_check_says_what_to_enter_and_what_is_missing(
    server: SimulatorServer, tmp_path: Path
) -> None:
    one, two = woken(server), woken(server)
    two["webhooks"] = {"secret": ["${NEW}", "${OLD}"], "scheme": "intercom"}
    secrets: dict[str, Any] = {"NEW": "0123456789abcdef-new", "OLD": "0123456789abcdef-old"}
    folder = configure(tmp_path, {"desk": one, "chat": two})
    said = deskpulse(folder, "check", **secrets).said
    assert "enter https://YOUR-PROXY/webhooks/desk at the vendor" in said
    assert "by scheme 'generic' wakes a poll 2 s later, at most one in 1 s" in said
    assert "must hand /webhooks/desk on to http://127.0.0.1:9464/webhooks/desk" in said
    assert "two secrets are accepted; take the old one out" in said
    assert "scheme 'intercom' has no time stamp" in said
    configure(tmp_path, {"desk": one}, public_url="https://pulse.acme.example/")
    said = deskpulse(folder, "check").said
    assert "enter https://pulse.acme.example/webhooks/desk at the vendor" in said
    assert "public_url" not in said
