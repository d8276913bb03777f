"""What the Jira connector gives, against a simulated site over real HTTP: the traps of its API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from connectors.contract import ConfigurationError, Fatal, Page, Reason
from connectors.jira.connector import JiraConnector
from connectors.jira.settings import JiraSettings
from connectors.jira.simulated_issue import FIRST
from connectors.jira.simulated_search import Asked
from connectors.jira.simulator import JiraSimulator, Key
from connectors.recording.player import played
from connectors.recording.recorder import finished, listen
from connectors.records import Ticket
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.faults import Fault
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients

connected = partial(clients.connected, JiraConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LAG = MINUTE


@contextmanager
def site(
    simulator: JiraSimulator, **changes: object
) -> Iterator[tuple[JiraConnector, SimulatorServer]]:
    with SimulatorServer(simulator) as server, connected(server, **changes) as connector:
        yield connector, server


def opened(number: int, at: datetime, *more: Event) -> Story:
    events = (Event(at, Kind.OPENED, Role.CUSTOMER), Event(at, Kind.COMMENT, Role.CUSTOMER), *more)
    return Story(number, at, "email", Role.CUSTOMER, events)


def status(at: datetime, word: str) -> Event:
    return Event(at, Kind.STATUS, Role.AGENT, word)


def tickets(pages: Sequence[Page]) -> dict[str, Ticket]:
    """The newest that was told of each ticket."""
    found: dict[str, Ticket] = {}
    for page in pages:
        for record in page.records:
            assert isinstance(record, Ticket)
            if record.id not in found or record.changed_at >= found[record.id].changed_at:
                found[record.id] = record
    return found


def number(story: int) -> str:
    return str(FIRST + story)


# In New York clocks go back at six, in Berlin at one; in Lord Howe by half an hour, the other way.
ZONES = (
    ("America/New_York", datetime(2025, 11, 2, 6, tzinfo=UTC), False),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC), False),
    ("Europe/Berlin", datetime(2025, 10, 26, 1, tzinfo=UTC), True),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC), True),
    ("Asia/Kolkata", NOON, False),
)


@pytest.mark.parametrize(("zone", "change", "later"), ZONES)
def test_nothing_is_lost_while_the_clock_of_the_account_changes(
    zone: str, change: datetime, later: bool
) -> None:
    begin = change - 2 * HOUR
    stories = [
        opened(n, begin + n * 11 * MINUTE, status(begin + n * 11 * MINUTE + HOUR, "solved"))
        for n in range(1, 25)
    ]
    clock = StandingClock(begin)
    cursor: str | None = None
    told: list[Page] = []
    simulator = JiraSimulator(WrittenDesk(*stories), clock, zone=zone, later=later)
    with site(simulator, page_size=5) as (connector, _):
        for step in range(0, 6 * 60, 17):
            clock.at = begin + step * MINUTE
            pages = list(connector.changes(cursor))
            cursor = pages[-1].cursor
            told += pages
        assert tickets(told) == tickets(list(connector.changes(None)))
    assert len(tickets(told)) == len(stories)


def test_check_tells_that_searches_are_read_by_another_clock_than_the_profiles() -> None:
    desk, clock = SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON)
    wrong = JiraSimulator(desk, clock, zone="Asia/Tokyo", asked_in="America/New_York")
    with site(wrong) as (connector, _):
        errors = [one for one in connector.check() if one.level == "error"]
    assert [one.reason for one in errors] == [Reason.CONFIGURATION]
    assert "not read in the account's time zone, Asia/Tokyo" in errors[0].message


def test_a_search_that_is_read_by_a_clock_far_behind_is_no_answer_to_ours() -> None:
    desk, clock = SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON)
    wrong = JiraSimulator(desk, clock, zone="America/New_York", asked_in="Asia/Tokyo")
    with site(wrong) as (connector, _):
        cursor = connector.since(NOON - HOUR)
        with pytest.raises(Fatal, match="not asked for"):
            list(connector.changes(cursor))


@pytest.mark.parametrize("body", [b'{"errorMessages":["down"]}', b'{"issues":[],"isLast":false}'])
def test_a_good_status_without_an_answer_is_no_end_of_a_search(body: bytes) -> None:
    with site(JiraSimulator(WrittenDesk(), StandingClock(NOON))) as (connector, server):
        server.faults.always("search", Fault(body=body))
        assert "Nothing is lost" in str(clients.failure(connector))


class Slow(JiraSimulator):
    """An issue is found eight minutes after it changed."""

    def _matching(self, asked: Asked) -> Sequence[Key]:
        young = self.clock.now() - 8 * MINUTE
        return [key for key in super()._matching(asked) if key[1] % 5 or key[0] <= young]


def test_what_the_index_shows_minutes_late_is_told_by_a_later_poll() -> None:
    desk, clock = SeededDesk(3, present=NOON, weeks=1, rate=20.0), StandingClock(NOON)
    told: list[Page] = []
    with site(Slow(desk, clock)) as (connector, _):
        begin = cursor = connector.since(NOON - 10 * MINUTE)
        for step in range(0, 60, 4):
            clock.at = NOON + step * MINUTE
            pages = list(connector.changes(cursor))
            cursor = pages[-1].cursor
            told += pages
        shown = tickets(list(connector.changes(begin)))
    assert len(shown) > 20
    assert shown.items() <= tickets(told).items()


def test_a_minute_with_more_changes_than_pages_hold_is_told_whole() -> None:
    stories = [opened(n, NOON - HOUR + n % 50 * SECOND) for n in range(1, 151)]
    clock = StandingClock(NOON)
    with site(JiraSimulator(WrittenDesk(*stories), clock), page_size=10) as (connector, _):
        pages = list(connector.changes(None))
        middle = list(connector.changes(connector.since(NOON - HOUR + 25 * SECOND)))
    assert len(tickets(pages)) == 150
    assert len(tickets(middle)) == 150  # a minute is the least that can be asked for


def test_all_changes_of_an_issue_are_told_however_many_answers_they_take() -> None:
    words = ("open", "solved") * 60
    at = NOON - 20 * HOUR
    events = [status(at + n * MINUTE, word) for n, word in enumerate(words, 1)]
    desk = WrittenDesk(opened(1, at, *events), opened(2, at, status(at + MINUTE, "solved")))
    with site(JiraSimulator(desk, StandingClock(NOON), page_limit=9)) as (connector, _):
        found = tickets(list(connector.changes(None)))
    assert [one.at for one in found[number(1)].solves] == [event.at for event in events[1::2]]
    assert (found[number(1)].reopens, len(found[number(2)].solves)) == (59, 1)


def test_a_log_that_repeats_its_token_is_an_error() -> None:
    desk = WrittenDesk(opened(1, NOON - HOUR, status(NOON - MINUTE * 30, "open")))

    class Stuck(JiraSimulator):
        def _changes(self, request: SimRequest) -> SimResponse:
            body = b'{"issueChangeLogs":[],"nextPageToken":"again"}'
            return SimResponse(200, body=body)

    with (
        site(Stuck(desk, StandingClock(NOON))) as (connector, _),
        pytest.raises(Fatal, match="log of changes does not come to an end"),
    ):
        list(connector.changes(None))


def test_a_wrong_token_is_an_error_though_a_search_answers_as_to_a_stranger() -> None:
    desk = SeededDesk(1, present=NOON, weeks=1)
    with (
        site(JiraSimulator(desk, StandingClock(NOON)), api_token="throw-away-wrong") as (one, _),
        pytest.raises(ConfigurationError, match=r"id\.atlassian\.com") as caught,
    ):
        list(one.changes(None))
    assert caught.value.reason is Reason.CREDENTIALS


def test_a_project_that_the_account_may_not_see_is_told_with_the_remedy() -> None:
    simulator = JiraSimulator(SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON))
    with site(simulator, projects=["DESK", "HR"]) as (connector, _):
        with pytest.raises(ConfigurationError, match="Check `projects`"):
            list(connector.changes(None))
        (finding,) = [one for one in connector.check() if one.level == "error"]
    assert "may not see does not exist" in finding.message


def test_without_projects_all_service_projects_are_read() -> None:
    simulator = JiraSimulator(WrittenDesk(opened(1, NOON - HOUR)), StandingClock(NOON))
    with site(simulator, projects=[]) as (connector, _):
        assert tickets(list(connector.changes(None))).keys() == {number(1)}


def test_fields_that_the_site_lacks_are_gaps_and_everything_else_is_told() -> None:
    lacking = ("Time to first response", "Support team", "Satisfaction", "Organizations")
    desk = SeededDesk(2, present=NOON, weeks=1)
    simulator = JiraSimulator(desk, StandingClock(NOON), without=lacking)
    other = {"statuses": {"Waiting for parts": "hold", "Resolved": "solved"}}
    with site(simulator, fields=["Topic", "Impact"], **other) as (connector, _):
        pages = list(connector.changes(None))
        warnings = [one.message for one in connector.check() if one.level == "warning"]
    gaps = pages[-1].gaps
    named = ("'Time to first response'", "'Support team'", "'Impact'")
    assert len(gaps) == len(named)
    assert all(name in gap for name, gap in zip(named, gaps, strict=True))
    assert set(gaps) <= set(warnings)
    (status,) = set(warnings) - set(gaps)
    assert "'waiting for parts'" in status
    found = tickets(pages).values()
    assert not any(one.first_response_at or one.team or one.ratings for one in found)
    assert any(one.solves for one in found)
    assert any(one.chosen("Topic") for one in found)
    assert not any(one.chosen("Impact") for one in found)


def test_an_agreement_that_no_issue_has_is_told() -> None:
    simulator = JiraSimulator(SeededDesk(2, present=NOON, weeks=1), StandingClock(NOON))
    with site(simulator, first_response="Time to resolution") as (connector, _):
        (warning,) = [one.message for one in connector.check() if one.level == "warning"]
    assert "all of them wait for a first response" in warning


def test_a_deleted_issue_is_told_no_more_and_stops_nothing() -> None:
    gone = opened(2, NOON - HOUR, Event(NOON, Kind.DELETED, Role.AGENT))
    clock = StandingClock(NOON - MINUTE)
    desk = WrittenDesk(opened(1, NOON - HOUR), gone)
    with site(JiraSimulator(desk, clock)) as (connector, _):
        before = tickets(list(connector.changes(None)))
        clock.at = NOON + HOUR
        assert list(before) == [number(1), number(2)]
        assert list(tickets(list(connector.changes(None)))) == [number(1)]


def test_an_issue_whose_log_cannot_be_read_is_left_out_by_name() -> None:
    desk = WrittenDesk(
        *(opened(n, NOON - HOUR, status(NOON - MINUTE * 30, "open")) for n in (1, 2))
    )

    class Odd(JiraSimulator):
        def _changes(self, request: SimRequest) -> SimResponse:
            answer = super()._changes(request)
            told: dict[str, Any] = msgspec.json.decode(answer.body)
            told["issueChangeLogs"][0]["changeHistories"][0]["created"] = "not a time"
            return replace(answer, body=msgspec.json.encode(told))

    with site(Odd(desk, StandingClock(NOON))) as (connector, _):
        (page,) = connector.changes(None)
    assert [one.subject for one in page.rejected] == [number(1)]
    assert list(tickets([page])) == [number(2)]


def test_numbers_stand_a_minute_behind_jiras_clock() -> None:
    simulator = JiraSimulator(WrittenDesk(opened(1, NOON - HOUR)), StandingClock(NOON))
    with site(simulator) as (connector, server):
        (page,) = connector.changes(None)
        assert page.complete_to == NOON - LAG
        assert connector.ticket_url("10001") == f"{server.url}/issues/?jql=id%3D10001"


def test_people_and_texts_are_not_asked_for() -> None:
    simulator = JiraSimulator(SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON))
    with site(simulator) as (connector, server):
        list(connector.changes(None))
        asked = [parse_qsl(one.partition("?")[2]) for one in server.requests if "search" in one]
    assert asked
    for query in asked:
        fields = {value for name, value in query if name == "fields"}
        assert "status" in fields
        assert not {"summary", "description", "comment", "reporter", "*all"} & fields
        assert ("maxResults", "100") in query


def test_a_recording_without_names_and_texts_tells_the_same_numbers() -> None:
    desk = SeededDesk(1, present=NOON, weeks=1, rate=2.0, customers=20)
    begin = NOON - timedelta(days=2)
    with SimulatorServer(JiraSimulator(desk, StandingClock(NOON))) as server:
        given = server.simulator.settings(server.url)
        settings = JiraSettings.model_validate({k: v for k, v in given.items() if k != "vendor"})
        heard = listen(lambda: JiraConnector("desk", settings), begin)
        cassette = finished(JiraConnector, settings, heard)
    with played(JiraConnector, cassette, "desk") as connector:
        again = tickets(list(connector.changes(connector.since(begin))))
    told = tickets(heard.pages)
    assert len(told) > 20
    stand_ins: dict[str, Any] = {"team": None, "customer": None, "tags": (), "fields": {}}
    assert [replace(one, **stand_ins) for one in again.values()] == [
        replace(one, **stand_ins) for one in told.values()
    ]
