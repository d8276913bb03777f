"""What a real Zammad once answered is read as it is, and the simulated one answers alike."""

from __future__ import annotations

import gzip
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import yaml

from connectors.records import Channel, Priority, Status, Ticket
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.server import SimRequest
from connectors.testing.written import WrittenDesk
from connectors.zammad.mapping import record
from connectors.zammad.simulator import TOKEN, ZammadSimulator
from connectors.zammad.wire import Me, read
from tests.peers import shared_data

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW = 1


@pytest.fixture(scope="module")
def recorded() -> dict[str, bytes]:
    """The body of each good answer to a GET, by what was asked for."""
    bodies: dict[str, bytes] = {}
    with tarfile.open(shared_data("specs/zammad_py_cassettes.tar.xz")) as archive:
        for name in ("tickets", "users"):
            file = archive.extractfile(f"tests/cassettes/TestAPI.test_{name}.yaml")
            assert file is not None
            for one in yaml.load(file, Loader=yaml.CSafeLoader)["interactions"]:
                asked, answer = one["request"], one["response"]
                if asked["method"] == "GET" and answer["status"]["code"] == 200:
                    body = answer["body"]["string"]
                    path = asked["uri"].partition("/api/v1/")[2]
                    bodies[path] = gzip.decompress(body) if isinstance(body, bytes) else body
    return bodies


@pytest.fixture(scope="module")
def search(recorded: dict[str, bytes]) -> bytes:
    (path,) = (path for path in recorded if path.startswith("tickets/search"))
    assert "expand=true" in path
    return recorded[path]


def test_a_recorded_ticket_is_told(search: bytes) -> None:
    rows, rejected = read(msgspec.json.decode(search, type=list[msgspec.Raw]))
    assert rejected == []
    told = [record(row, {NEW: "new"}) for row in rows]
    assert told == [
        Ticket(
            id="1",
            created_at=datetime(2025, 5, 13, 8, 37, 16, 572_000, tzinfo=UTC),
            changed_at=datetime(2025, 5, 13, 8, 37, 16, 844_000, tzinfo=UTC),
            status=Status.NEW,
            priority=Priority.NORMAL,
            channel=Channel.PHONE,
            team="Users",
            assigned=False,
        )
    ]


def test_who_is_signed_in_is_told_by_a_number(recorded: dict[str, bytes]) -> None:
    assert msgspec.json.decode(recorded["users/me"], type=Me) == Me(3)


def test_the_simulated_ticket_has_the_fields_of_a_recorded_one(search: bytes) -> None:
    (real,) = msgspec.json.decode(search)
    for story in (_story(1), _story(2, Event(NOW, Kind.COMMENT, Role.AGENT))):
        simulated = _simulated(story)
        assert simulated.keys() == real.keys()
        for name, value in real.items():
            ours = simulated[name]
            assert ours is None or value is None or type(ours) is type(value), name
        assert {len(real["updated_at"]), len(simulated["updated_at"])} == {24}


def _story(number: int, *more: Event) -> Story:
    begin = NOW - timedelta(hours=number)
    opened = (Event(begin, Kind.OPENED, Role.CUSTOMER), Event(begin, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, begin, "phone", Role.CUSTOMER, (*opened, *more), customer=1)


def _simulated(story: Story) -> dict[str, Any]:
    after = {"operator": "after (absolute)", "value": "2026-01-01T00:00:00.000Z"}
    asked = {"condition": {"ticket.updated_at": after}, "expand": True}
    headers = {"authorization": f"Token token={TOKEN}"}
    path, body = "/api/v1/tickets/search", msgspec.json.encode(asked)
    simulator = ZammadSimulator(WrittenDesk(story), StandingClock(NOW))
    answer = simulator.answer(SimRequest("POST", path, {}, headers, body=body))
    (ticket,) = msgspec.json.decode(answer.body)
    found: dict[str, Any] = ticket
    return found
