"""From a vendor's name to its metrics in seconds; from a poll to a file that may be shared."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.zendesk.simulator import EMAIL, TOKEN, ZendeskSimulator
from exporter.certify.line import samples
from tests.programs import deskpulse


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """A configuration with one source, whose vendor answers while the test runs."""
    now = datetime.now(UTC).replace(microsecond=0)
    simulator = ZendeskSimulator(SeededDesk(5, present=now, weeks=2, rate=2.0), StandingClock(now))
    with SimulatorServer(simulator) as server:
        file = tmp_path / "deskpulse.yaml"
        file.write_text(yaml.safe_dump({"sources": {"shop": simulator.settings(server.url)}}))
        yield tmp_path


@pytest.mark.parametrize("vendor", ["file", "servicenow", "zendesk"])
def test_a_vendor_gives_its_first_metrics_in_seconds_with_nothing_set_up(
    vendor: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    told = deskpulse(tmp_path, "connector", "try", vendor)
    assert time.monotonic() - began < 30
    assert told.code == 0, told.err
    assert "says that it measures: created" in told.out
    assert "support_tickets_created_total" in told.out
    assert not told.err
    assert not list(tmp_path.iterdir())


def test_the_table_tells_what_the_metrics_tell(tmp_path: Path) -> None:
    told = json.loads(deskpulse(tmp_path, "connector", "try", "zendesk", "--format", "json").out)
    body = deskpulse(tmp_path, "connector", "try", "zendesk", "--format", "metrics").out.encode()
    totals: dict[str, float] = {}
    for (name, _), value in samples(body).items():
        totals[name] = totals.get(name, 0) + value
    rows = {row["name"]: row["total"] for row in told["metrics"]}
    assert rows["support_tickets_created_total"] == totals["support_tickets_created_total"] > 50
    assert rows["support_tickets_open"] == totals["support_tickets_open"] > 0
    assert rows["support_resolution_seconds"] == totals["support_resolution_seconds_count"] > 0
    assert (told["against"], told["error"], told["rejected"]) == ("simulator", None, [])


def test_sums_in_several_currencies_are_not_added_up(tmp_path: Path) -> None:
    told = json.loads(deskpulse(tmp_path, "connector", "try", "stripe", "--format", "json").out)
    rows = {row["name"]: row["total"] for row in told["metrics"]}
    assert rows["support_mrr"] is None
    assert rows["support_customers"] > 0


def test_another_seed_is_another_desk(tmp_path: Path) -> None:
    words = ("connector", "try", "zendesk", "--format", "json", "--seed")
    one, other = (json.loads(deskpulse(tmp_path, *words, seed).out) for seed in ("1", "2"))
    assert one["metrics"] != other["metrics"]


def test_a_recording_is_made_scrubbed_and_read_offline(desk: Path) -> None:
    told = deskpulse(desk, "connector", "record", "shop", "--since", "7d")
    assert told.code == 0, told.err
    assert not told.err
    file = desk / "shop.recording.json"
    text = file.read_text()
    for hidden in (EMAIL, TOKEN, "something does not work", "Billing", "127.0.0.1", "desk.example"):
        assert hidden not in text
    assert f"deskpulse connector try zendesk --cassette {file.name}" in told.out
    # nobody answers any more at an address that the environment sends everything to
    nowhere = "http://127.0.0.1:9"
    again = deskpulse(
        desk,
        *("connector", "try", "zendesk", "--cassette", file.name, "--format", "json"),
        HTTPS_PROXY=nowhere,
        HTTP_PROXY=nowhere,
    )
    assert again.code == 0, again.err
    found = json.loads(again.out)
    assert found["against"] == "recording"
    assert f"{found['records']:,} records on {found['pages']} pages" in told.out
    assert {row["name"]: row["total"] for row in found["metrics"]}["support_tickets_open"] > 0


def test_a_recording_that_ends_early_gives_what_it_has(desk: Path) -> None:
    told = deskpulse(
        desk,
        *("connector", "record", "shop", "--since", "2w", "--max-pages", "1", "--to", "one.json"),
    )
    assert "ends before the poll does" in told.out
    again = deskpulse(desk, "connector", "try", "zendesk", "--cassette", "one.json")
    assert again.code == 0, again.err
    assert "on 1 pages" in again.out
    assert "support_tickets_created_total" in again.out


def test_a_request_that_is_not_in_the_recording_fails_the_trial(desk: Path) -> None:
    deskpulse(desk, "connector", "record", "shop", "--to", "cut.json")
    whole = json.loads((desk / "cut.json").read_text())
    gone = whole["turns"].pop()
    (desk / "cut.json").write_text(json.dumps(whole))
    told = deskpulse(desk, "connector", "try", "zendesk", "--cassette", "cut.json")
    assert told.code == 1
    assert f"holds no answer to GET {gone['request']['path']}" in told.out


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (("try", "nope"), "There is no connector 'nope'. There is: chargebee, chatwoot, file, "),
        (("try", "zendesk", "--cassette", "none.json"), "none.json: No such file"),
        (("try", "zendesk", "--cassette", "deskpulse.yaml"), "is no recording of deskpulse"),
        (("record", "nope"), "has no source 'nope'. It has: shop."),
        (("record", "shop", "--to", "deskpulse.yaml"), "exists already"),
        (("record", "shop", "--since", "yesterday"), "write 90m, 24h, 7d or 2w"),
    ],
)
def test_wrong_usage_is_told_with_its_remedy(
    arguments: tuple[str, ...], verdict: str, desk: Path
) -> None:
    told = deskpulse(desk, "connector", *arguments)
    assert told.code == 2
    assert verdict in " ".join(told.err.split())
    assert "Traceback" not in told.err


def test_a_vendor_that_refuses_us_leaves_no_file(desk: Path) -> None:
    file = desk / "deskpulse.yaml"
    file.write_text(file.read_text().replace(TOKEN, "wrong-token"))
    told = deskpulse(desk, "connector", "record", "shop")
    assert told.code == 1
    assert "source 'shop'" in told.err.lower()
    assert "wrong-token" not in told.err
    assert [one.name for one in desk.iterdir()] == ["deskpulse.yaml"]
