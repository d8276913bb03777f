"""A poll that is recorded is read again by the connector, and tells the same of nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors import ConnectorError, Fatal, Page
from connectors.recording.cassette import Cassette, CassetteError
from connectors.recording.player import begin_of, played
from connectors.recording.recorder import Heard, RecordingError, finished, listen
from connectors.records import Record, Ticket
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Fault, Faults
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from exporter.certify.candidate import Candidate

PRESENT = datetime(2026, 3, 30, 12, tzinfo=UTC)
AGO = PRESENT - timedelta(days=7)
VENDORS = ("servicenow", "zendesk")
PEOPLE = ("Zoë Müller", "zoe@home.test", "+49 170 1234567", "Hauptstraße 12", "My drill is broken")
WORDS = frozenset({"team", "tags", "fields"})


def with_people(body: bytes) -> bytes:
    """An answer as a vendor gives it that tells of people what it knows."""
    told = json.loads(body)
    name, mail, phone, street, subject = PEOPLE
    person = {"id": 7, "name": name, "email": mail, "phone": phone, "address": street}
    for rows in (told.get("tickets"), told.get("result"), told.get("groups")):
        for number, row in enumerate(rows or []):
            row |= {"requester": person, "subject": subject, "short_description": subject}
            row |= {"watchers": {mail: {"since": "2026-03-01"}}, "u_room": f"{name}-{number}"}
            row["raw"] = json.dumps(person)
    told["users"] = [person]
    return json.dumps(told).encode()


Asked = tuple[Candidate, SimulatorServer, Any]


@contextmanager
def vendor(
    name: str, fault: Fault | None = None
) -> Iterator[tuple[Candidate, SimulatorServer, Any]]:
    candidate = Candidate.of(name)
    desk = SeededDesk(3, present=PRESENT, weeks=3, rate=1.5)
    simulator = candidate.simulator(desk, StandingClock(PRESENT), page_limit=40)
    plan = Faults().always("/", fault) if fault else None
    with SimulatorServer(simulator, faults=plan) as server:
        yield candidate, server, candidate.settings(simulator.settings(server.url))


@cache
def recorded(name: str, max_pages: int | None = None) -> tuple[Candidate, Heard, Cassette]:
    with vendor(name, Fault(edit=with_people)) as (candidate, _, settings):
        heard = listen(lambda: candidate.connector("shop", settings), AGO, max_pages)
    return candidate, heard, finished(candidate.connector, settings, heard)


def read(candidate: Candidate, cassette: Cassette) -> list[Page]:
    with played(candidate.connector, cassette, "shop") as connector:
        return list(connector.changes(begin_of(connector, cassette)))


def of_nobody(record: Record) -> Record:
    """The same but for what a recording replaces."""
    if not isinstance(record, Ticket):
        return record
    return replace(record, team=None, tags=(), fields={})


@pytest.mark.parametrize("name", VENDORS)
def test_a_replay_tells_the_same_records_apart_from_text(name: str) -> None:
    candidate, heard, cassette = recorded(name)
    again = read(candidate, cassette)
    assert sum(len(page.records) for page in again) > 50
    for before, after in zip(heard.pages, again, strict=True):
        assert [*map(of_nobody, after.records)] == [*map(of_nobody, before.records)]
        assert (after.complete_to, after.total) == (before.complete_to, before.total)
        assert (after.gaps, len(after.rejected)) == (before.gaps, len(before.rejected))
    assert {field.name for field in fields(Ticket)} >= WORDS


@pytest.mark.parametrize("name", VENDORS)
def test_teams_and_tags_can_still_be_told_apart(name: str) -> None:
    candidate, heard, cassette = recorded(name)
    pages = read(candidate, cassette)

    def names(told: list[Page]) -> list[tuple[Any, ...]]:
        tickets = [one for page in told for one in page.records if isinstance(one, Ticket)]
        return [(one.team, *sorted(one.fields.items()), *one.tags) for one in tickets]

    pairs = set(zip(names([*heard.pages]), names(pages), strict=True))
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs) > 3
    assert {team for _, (team, *_) in pairs} >= {"Team 1", "Team 2", "Team 3"}


@pytest.mark.parametrize("name", VENDORS)
def test_nobody_and_no_secret_is_in_the_file(name: str) -> None:
    with vendor(name) as (candidate, _, settings):
        secrets = candidate.secrets(settings).values()
    text = recorded(name)[2].text().decode().casefold()
    hidden = [part for one in PEOPLE for part in one.casefold().split() if len(part) > 3]
    hidden += [json.dumps(one)[1:-1].casefold() for one in PEOPLE]
    for word in (*hidden, *secrets, "billing", "127.0.0.1", "refund", "authorization"):
        assert word not in text


@pytest.mark.parametrize("name", VENDORS)
def test_reading_begins_where_it_was_asked_to(name: str) -> None:
    with vendor(name) as (candidate, server, settings):
        listen(lambda: candidate.connector("shop", settings), AGO)
        few = len(server.requests)
        connector = candidate.connector("shop", settings)
        since = connector.since(AGO)
        assert since is not None
        tickets = [one for page in connector.changes(since) for one in page.records]
        whole = [one for page in connector.changes(None) for one in page.records]
        connector.close()
        assert few < (len(server.requests) - few) / 2
    changed = {one.id for one in whole if isinstance(one, Ticket) and one.changed_at >= AGO}
    assert {one.id for one in tickets if isinstance(one, Ticket)} == changed


def test_a_recording_may_end_before_the_poll_does() -> None:
    candidate, _, cassette = recorded("zendesk", max_pages=3)
    assert (cassette.pages, cassette.whole) == (3, False)
    with pytest.raises(Fatal, match="holds no answer to GET /api/v2/incremental/tickets/cursor"):
        read(candidate, cassette)


def test_a_request_that_was_not_recorded_is_named_and_asks_nobody() -> None:
    candidate, _, cassette = recorded("servicenow")
    with (
        played(candidate.connector, cassette, "shop") as connector,
        pytest.raises(
            Fatal, match=r"source 'shop': .* GET /api/now/table/incident\?.*ORDERBYsys_id"
        ),
    ):
        list(connector.changes(None))


def test_outside_a_recording_every_session_goes_its_own_way() -> None:
    candidate, _, cassette = recorded("servicenow")
    before = requests.Session.get_adapter
    with pytest.raises(RuntimeError), played(candidate.connector, cassette, "shop"):
        raise RuntimeError
    assert requests.Session.get_adapter is before


def test_an_answer_that_was_refused_at_first_is_replayed_without_waiting() -> None:
    with vendor("zendesk") as (candidate, server, settings):
        server.faults.next(faults.throttle(1))
        heard = listen(lambda: candidate.connector("shop", settings), AGO)
    cassette = finished(candidate.connector, settings, heard)
    assert cassette.turns[0].answer.status == 429
    began = datetime.now(UTC)
    assert len(read(candidate, cassette)) == len(heard.pages)
    assert datetime.now(UTC) - began < timedelta(seconds=1)


def test_a_poll_that_fails_is_no_recording() -> None:
    with (
        vendor("zendesk", faults.status(403)) as (candidate, _, settings),
        pytest.raises(ConnectorError, match="source 'shop'"),
    ):
        listen(lambda: candidate.connector("shop", settings), AGO)


def test_a_vendor_that_is_asked_nothing_over_http_is_told_so(tmp_path: Path) -> None:
    with (
        vendor("file") as (candidate, _, settings),
        pytest.raises(RecordingError, match="nothing was asked over HTTP"),
    ):
        listen(lambda: candidate.connector("shop", settings), AGO)


def test_an_account_that_is_named_by_its_first_part_is_replayed_too() -> None:
    with vendor("zendesk") as (candidate, _, settings):
        heard = listen(lambda: candidate.connector("shop", settings), AGO)
    named = candidate.settings(
        {**settings.model_dump(exclude={"url"}, exclude_unset=True), "subdomain": "acme-drills"}
    )
    for turn in heard.turns:
        turn.url = "https://acme-drills.zendesk.com" + turn.url[turn.url.index("/api") :]
    cassette = finished(candidate.connector, named, heard)
    assert b"acme" not in cassette.text()
    assert len(read(candidate, cassette)) == len(heard.pages)


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a note": (lambda _: b"milk, eggs", "is no recording of deskpulse"),
    "other JSON": (lambda _: b'{"tickets": []}', "is no recording of deskpulse"),
    "cut in the middle": (lambda text: text[: len(text) // 2], "ends or breaks in the middle"),
    "changed": (lambda text: text.replace(b'"pages": ', b'"pages": "x", "p": '), "was changed"),
    "of a later version": (
        lambda text: text.replace(b'"deskpulse_recording": 1', b'"deskpulse_recording": 99'),
        "another version",
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_file_that_is_no_recording_is_told_with_its_remedy(how: str, tmp_path: Path) -> None:
    spoil, verdict = SPOILT[how]
    file = tmp_path / "shop.json"
    file.write_bytes(spoil(recorded("servicenow", max_pages=1)[2].text()))
    with pytest.raises(CassetteError, match=verdict) as refused:
        Cassette.read(file)
    assert str(file) in str(refused.value)
    assert "`deskpulse connector record`" in str(refused.value)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    cassette = recorded("servicenow")[2]
    cassette.write(tmp_path / "shop.json")
    assert Cassette.read(tmp_path / "shop.json") == cassette
    assert [file.name for file in tmp_path.iterdir()] == ["shop.json"]


def test_a_recording_of_another_vendor_is_not_replayed() -> None:
    cassette = recorded("servicenow", max_pages=1)[2]
    with pytest.raises(CassetteError, match="one of 'servicenow' and not of 'zendesk'"):
        read(Candidate.of("zendesk"), cassette)
