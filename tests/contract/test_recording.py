"""A poll that is recorded is read again by the connector, and tells the same of nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import yaml
from click.testing import CliRunner

from connectors import ConnectorError, Fatal, Page
from connectors.customers import Record
from connectors.recording.cassette import Cassette, CassetteError
from connectors.recording.known import Known
from connectors.recording.player import begin_of, played
from connectors.recording.recorder import Heard, RecordingError, finished, listen
from connectors.recording.replayable import replayable
from connectors.recording.scrubber import Scrubber
from connectors.records import Ticket
from connectors.rest.simulator import RestSimulator
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Fault, Faults
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from exporter.certify.candidate import Candidate
from exporter.cli.connector import recording as command

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


NAMES = {"created_at": "born", "updated_at": "changed"}
NAMES |= {"resolved": "done", "archived": "ended", "first_reply": "first_answer"}


def in_unix(told: Any) -> Any:
    """An answer with fields of other names, whose instants are Unix seconds, some as digits."""
    if isinstance(told, dict):
        return {NAMES.get(key, key): in_unix(value) for key, value in told.items()}
    if isinstance(told, list):
        return [in_unix(one) for one in told]
    if isinstance(told, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", told):
        seconds = int(datetime.fromisoformat(told).timestamp())
        return str(seconds) if seconds % 2 else seconds
    return told


def rest(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that read such answers, with everything that an operator may add."""
    paths = {
        fact: re.sub(r"\w+", lambda one: NAMES.get(one[0], one[0]), path)
        for fact, path in settings["fields"].items()
    }
    since = {"param": "updated_since", "format": "unix", "begin": f"{AGO:%Y-%m-%dT%H:%M:%SZ}"}
    return settings | {
        "fields": paths,
        "time_format": "unix",
        "zone": "Europe/Berlin",
        "tickets": settings["tickets"] | {"since": since},
        "ticket_url": "https://desk.acme-drills.example/t/{id}?account=acme-drills",
    }


def test_a_source_described_in_the_configuration_is_replayed_with_all_its_settings() -> None:
    candidate = Candidate.of("rest")
    desk = SeededDesk(3, present=PRESENT, weeks=3, rate=1.5)
    simulator = RestSimulator(desk, StandingClock(PRESENT), page_limit=40, since="unix")
    edit = Fault(edit=lambda body: json.dumps(in_unix(json.loads(body))).encode())
    with SimulatorServer(simulator, faults=Faults().always("/", edit)) as server:
        settings = candidate.settings(rest(dict(simulator.settings(server.url))))
        heard = listen(lambda: candidate.connector("shop", settings), AGO)
    cassette = finished(candidate.connector, settings, heard)
    told = cassette.settings
    assert (told["url"], told["check"]) == ("https://vendor.example", "/me")
    assert told["ticket_url"].startswith("https://vendor.example/t/{id}?account=text")
    assert b"acme" not in cassette.text()
    assert dict(cassette.turns[0].request.query)["updated_since"].isdecimal()
    again = read(candidate, cassette)
    assert sum(len(page.records) for page in again) > 20
    for before, after in zip(heard.pages, again, strict=True):
        assert [*map(of_nobody, after.records)] == [*map(of_nobody, before.records)]
        assert not before.rejected


FORM = "%d.%m.%Y %H:%M:%S"
PERSON = "4917012345678"
SYS_ID = "0c241a53c4bfe1fef358f521e0b5c0f1"


def in_german(told: Any) -> Any:
    """An answer with instants as they are written in Germany, one of them in a field that sounds
    like a secret; and a birthday, which nobody names."""
    if isinstance(told, dict):
        row = {
            "session_end" if key == "resolved" else key: in_german(one) for key, one in told.items()
        }
        return {"dob": "14.03.1985 00:00:00", "when": "14.03.1985 00:00:00"} | row
    if isinstance(told, list):
        return [in_german(one) for one in told]
    if isinstance(told, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", told):
        return datetime.fromisoformat(told).strftime(FORM)
    return told


@cache
def in_germany() -> tuple[Candidate, Any, Heard]:
    """A source with times and parameters of its own, its settings, and what it brought."""
    candidate = Candidate.of("rest")
    desk = SeededDesk(3, present=PRESENT, weeks=3, rate=1.5)
    simulator = RestSimulator(desk, StandingClock(PRESENT), page_limit=40)
    edit = Fault(edit=lambda body: json.dumps(in_german(json.loads(body))).encode())
    with SimulatorServer(simulator, faults=Faults().always("/", edit)) as server:
        given: dict[str, Any] = dict(simulator.settings(server.url))
        since = {"param": "updated_since", "format": "%Y%m%dT%H%M%S%z", "begin": f"{AGO:%FT%TZ}"}
        asked = {"agent": PERSON, "view_id": "360001234567", "query": f"who={SYS_ID}^ORDERBYid"}
        given["tickets"] |= {"since": since, "params": {**given["tickets"]["params"], **asked}}
        given["fields"] = {
            fact: path.replace("resolved", "session_end") for fact, path in given["fields"].items()
        }
        settings = candidate.settings(given | {"time_format": FORM, "zone": "UTC"})
        return candidate, settings, listen(lambda: candidate.connector("shop", settings), AGO)


def test_a_source_with_its_own_times_and_parameters_is_replayed_without_anybodys_id() -> None:
    candidate, settings, heard = in_germany()
    cassette = finished(candidate.connector, settings, heard)
    text = cassette.text().decode()
    assert not [hidden for hidden in (PERSON, SYS_ID, "14.03.1985") if hidden in text]
    query = dict(cassette.turns[0].request.query)
    assert datetime.fromisoformat(query["updated_since"]) <= AGO
    assert re.fullmatch(r"who=text\w{10}\^ORDERBYid", query["query"])
    assert query["view_id"] == "360001234567"
    assert cassette.settings["tickets"]["params"].items() <= query.items()
    again = read(candidate, cassette)
    assert sum(len(page.records) for page in again) > 20
    for before, after in zip(heard.pages, again, strict=True):
        assert [*map(of_nobody, after.records)] == [*map(of_nobody, before.records)]
        assert not before.rejected


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ("value", r"\$\.settings\.tickets\.params\.agent: a telephone number"),
        ("id", r"\$\.settings\.tickets\.params\.query"),
        ("is_named_instant", r"answer 1, \$\.when: a telephone number"),
    ],
)
def test_where_a_step_fails_with_settings_or_times_nothing_is_written(
    step: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, settings, heard = in_germany()
    monkeypatch.setattr(Scrubber, step, lambda _, *told, **__: told[step == "value" :][0])
    with pytest.raises(RecordingError, match=place) as refused:
        finished(candidate.connector, settings, heard)
    assert PERSON not in str(refused.value)
    assert "1985" not in str(refused.value)


def test_an_id_in_a_path_of_the_settings_is_the_same_in_the_path_that_is_asked() -> None:
    candidate = Candidate.of("rest")
    path = f"/views/{PERSON}/tickets/{SYS_ID}"
    settings = candidate.settings({"url": "https://acme.example", "tickets": path})
    scrubber = Scrubber(Known.of(candidate.connector, settings))
    made = replayable(settings, scrubber)["tickets"]["path"]
    assert re.fullmatch(r"/views/text\w{10}/tickets/text\w{10}", made)
    assert scrubber.addresses.path(f"https://acme.example{path}") == made


def test_settings_that_a_connector_refuses_are_told_with_what_an_operator_can_do() -> None:
    candidate, _, cassette = recorded("zendesk", max_pages=1)
    spoilt = msgspec.structs.replace(cassette, settings={**cassette.settings, "url": "nowhere"})
    with pytest.raises(CassetteError, match=r"at: .*leave it out of the source and record again"):
        read(candidate, spoilt)


def test_an_answer_that_was_taken_out_of_the_file_is_told_as_that() -> None:
    candidate, _, cassette = recorded("servicenow")
    cut = msgspec.structs.replace(cassette, turns=cassette.turns[1:])
    with pytest.raises(Fatal, match="or the file was changed since"):
        read(candidate, cut)


def test_a_byte_order_mark_is_no_change(tmp_path: Path) -> None:
    cassette = recorded("servicenow", max_pages=1)[2]
    (tmp_path / "shop.json").write_bytes(b"\xef\xbb\xbf" + cassette.text())
    assert Cassette.read(tmp_path / "shop.json") == cassette


@pytest.mark.parametrize("told", [0, -1])
def test_a_recording_that_cannot_be_replayed_is_a_failure_and_is_not_proposed(
    told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left out is an answer at the end, so that the replay asks for what is not there."""

    def cut(*given: Any) -> Cassette:
        whole = finished(*given)
        return msgspec.structs.replace(whole, turns=whole.turns[:told] if told else whole.turns)

    monkeypatch.setattr(command, "finished", cut)
    file = tmp_path / "deskpulse.yaml"
    with vendor("servicenow") as (_, server, _settings):
        given = {**server.simulator.settings(server.url)}
        file.write_text(yaml.safe_dump({"sources": {"shop": given}}))
        words = ["shop", "--config", str(file), "--to", str(tmp_path / "shop.json")]
        done = CliRunner().invoke(command.record, words)
    assert ("cannot be replayed" in done.stderr) is (done.exit_code == 1) is (told < 0)
    assert ("Try it:" in done.stdout) is (told == 0)
    assert "connector record`" not in done.stderr
    assert ("in `recorded` of the connector" in done.stderr) is (told < 0)


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
