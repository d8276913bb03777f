"""What RT's API does that no other does, and what is told all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors import ConfigurationError, Page, Record, Removed, Ticket
from connectors.rt.connector import RtConnector
from connectors.rt.settings import RtSettings
from connectors.rt.simulator import TOKEN, RtSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk

PRESENT = datetime(2026, 4, 9, 15, tzinfo=UTC)
CHANGED = datetime(2026, 3, 29, 1, tzinfo=UTC)
"""When Berlin put its clocks forward."""


@contextmanager
def serving(
    desk: SeededDesk | WrittenDesk, at: datetime = PRESENT, **options: Any
) -> Iterator[tuple[SimulatorServer, StandingClock, Callable[[], RtConnector]]]:
    clock = StandingClock(at)
    simulator = RtSimulator(desk, clock, **options)
    with SimulatorServer(simulator) as server:
        given = simulator.settings(server.url)
        given.pop("vendor")
        settings = RtSettings.model_validate(given)
        yield server, clock, lambda: RtConnector("rt", settings)


def told(pages: list[Page]) -> dict[str, Record]:
    return {one.id: one for page in pages for one in page.records}


def desk(weeks: int = 1, present: datetime = PRESENT) -> SeededDesk:
    return SeededDesk(3, present=present, weeks=weeks, rate=0.4)


@pytest.mark.parametrize(
    "zone", ["Asia/Tokyo", "America/New_York", "Asia/Kathmandu", "Europe/Berlin"]
)
def test_polls_in_any_time_zone_tell_the_same(zone: str) -> None:
    found = []
    for place in ("UTC", zone):
        with serving(desk(3), CHANGED - timedelta(days=2), zone=place) as (_, clock, connect):
            cursor: str | None = None
            known: dict[str, Record] = {}
            for hours in (0, 30, 46, 49, 60):  # over the night in which clocks are put forward
                clock.at = CHANGED + timedelta(hours=hours - 48)
                pages = list(connect().changes(cursor))
                cursor = pages[-1].cursor
                known |= told(pages)
            found.append(known)
    assert found[0] == found[1]


def test_by_which_clock_rt_reads_is_found_out_once() -> None:
    with serving(desk(), PRESENT - timedelta(hours=30), zone="Asia/Tokyo") as (
        server,
        clock,
        connect,
    ):
        cursor = None
        spent = []
        for _ in range(3):
            before = len(server.requests)
            cursor = list(connect().changes(cursor))[-1].cursor
            spent.append(len(server.requests) - before)
            clock.at += timedelta(hours=10)
    assert spent[1] > spent[2]
    assert '"ahead":36' in (cursor or "")


def test_tickets_that_rights_hide_hide_no_others() -> None:
    with serving(desk()) as (_, _, connect):
        every = told(list(connect().changes(None)))
    with serving(desk(), hidden=lambda number: number % 3 > 0, page_limit=2) as (_, _, connect):
        seen = told(list(connect().changes(None)))
    assert seen.keys() == {number for number in every if int(number) % 3 == 0}
    for number, one in seen.items():
        other = every[number]
        assert isinstance(one, Ticket)
        assert isinstance(other, Ticket)
        assert (one.solves, one.exchanges) == (other.solves, other.exchanges)


def test_a_superuser_is_told_the_same() -> None:
    found = []
    for superuser in (False, True):
        with serving(desk(), superuser=superuser) as (_, _, connect):
            found.append(told(list(connect().changes(None))))
    assert found[0] == found[1]


def test_rights_that_are_taken_away_are_an_error_and_no_silence() -> None:
    with serving(desk()) as (_, _, connect):
        cursor = list(connect().changes(None))[-1].cursor
    with (
        serving(desk(), hidden=lambda _: True) as (_, _, connect),
        pytest.raises(ConfigurationError, match="the right ShowTicket back"),
    ):
        list(connect().changes(cursor))


def test_reading_everything_again_still_tells_what_is_gone_since() -> None:
    begun = PRESENT - timedelta(hours=9)
    events = (
        Event(begun, Kind.OPENED, Role.CUSTOMER),
        Event(begun, Kind.COMMENT, Role.CUSTOMER),
        Event(PRESENT - timedelta(hours=1), Kind.DELETED, Role.AGENT),
    )
    story = Story(1, begun, "email", Role.CUSTOMER, events)
    with serving(WrittenDesk(story), PRESENT - timedelta(hours=2)) as (_, clock, connect):
        connector = connect()
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = PRESENT
        (gone,) = told(list(connector.changes(connector.from_start(cursor)))).values()
    assert isinstance(gone, Removed)


def test_the_simulator_tells_what_is_unset_merged_and_wrong_as_rt_does() -> None:
    begun = PRESENT - timedelta(hours=9)
    opened = Event(begun, Kind.OPENED, Role.CUSTOMER), Event(begun, Kind.COMMENT, Role.CUSTOMER)
    merged = Event(PRESENT, Kind.MERGED, Role.AGENT, "1")
    stories = [Story(1, begun, "email", Role.CUSTOMER, opened)]
    stories.append(Story(2, begun, "email", Role.CUSTOMER, (*opened, merged)))
    with serving(WrittenDesk(*stories)) as (server, _, _):

        def asked(path: str) -> requests.Response:
            headers = {"Authorization": f"token {TOKEN}"}
            return requests.get(f"{server.url}/REST/2.0/{path}", headers=headers, timeout=5)

        (one,) = asked("tickets?query=id > 0&fields=Resolved").json()["items"]
        assert (one["id"], one["Resolved"]) == ("1", "1970-01-01T00:00:00Z")
        assert asked("ticket/2").json()["id"] == 1
        refused = asked("tickets?query=Foo ~~ 3")
    assert (refused.status_code, "expecting a OPERATOR" in refused.text) == (400, True)


def test_a_status_that_nobody_explained_counts_as_open_and_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(desk()) as (_, _, connect):
        plain = connect().settings.model_copy(update={"statuses": {}})
        connector = RtConnector("rt", plain)
        list(connector.changes(None))
        found = " ".join(one.message for one in connector.check())
    assert "status archived are done in RT and count as open here" in found
    assert "'archived', which RT does not deliver, count as open" in caplog.text
