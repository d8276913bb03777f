"""What the Intercom connector gives, against a simulated workspace over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from connectors.contract import ConfigurationError, Fact, Fatal, Reason
from connectors.intercom.connector import IntercomConnector
from connectors.intercom.simulator import BEHIND, IntercomSimulator
from connectors.intercom.teams import NO_TEAMS
from connectors.records import Removed, Status, Ticket
from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients
from tests.clients import failure, of, troubles

connected = partial(clients.connected, IntercomConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEARCH = "/conversations/search"


def story(number: int, at: datetime, *more: Event, by: Role = Role.CUSTOMER) -> Story:
    opened = (Event(at, Kind.OPENED, by), Event(at, Kind.COMMENT, by))
    return Story(number, at, "chat", by, (*opened, *more))


def closed(at: datetime, role: Role = Role.AGENT) -> tuple[Event, Event]:
    return Event(at, Kind.STATUS, role, "solved"), Event(at, Kind.STAMP, role, "solved")


@contextmanager
def served(
    desk: Desk, *, changes: Mapping[str, object] | None = None, **options: Any
) -> Iterator[tuple[IntercomConnector, SimulatorServer, StandingClock]]:
    """A connector of a workspace with this desk, whose index has come to noon."""
    clock = StandingClock(NOON + BEHIND)
    with (
        SimulatorServer(IntercomSimulator(desk, clock, **options)) as server,
        connected(server, **(changes or {})) as connector,
    ):
        yield connector, server, clock


# --- the traps of its search --------------------------------------------------------------------


def test_a_thousand_changed_conversations_take_seven_searches() -> None:
    desk = CrowdedDesk(1_000, NOON)
    with served(desk) as (connector, server, clock):
        clock.at = desk.begins - HOUR
        before = list(connector.changes(None))[-1].cursor
        since = len(server.requests)
        clock.at = NOON + HOUR
        assert len(of(Ticket, list(connector.changes(before)))) == 1_000
        assert sum(SEARCH in one for one in server.requests[since:]) == 7


@pytest.mark.parametrize("inclusive", [True, False])
def test_whether_greater_takes_in_what_is_equal_loses_nothing(inclusive: bool) -> None:
    desk = WrittenDesk(*(story(n, NOON - DAY) for n in range(1, 8)), story(9, NOON))
    with served(desk, inclusive=inclusive, page_limit=3) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at += timedelta(minutes=1)
        second = list(connector.changes(first[-1].cursor))
        since = list(connector.changes(connector.since(NOON)))
    assert len(of(Ticket, first)) == 8
    assert {*of(Ticket, second)} == {*of(Ticket, since)} == {"9"}


def test_an_index_that_is_behind_hides_nothing_for_good() -> None:
    desk = WrittenDesk(story(1, NOON), story(2, NOON + timedelta(seconds=1)))
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at += timedelta(seconds=40)
        second = list(connector.changes(first[-1].cursor))
    assert [*of(Ticket, first)] == ["1"]
    assert first[-1].complete_to == NOON  # and claims no more than it shows
    assert {*of(Ticket, second)} == {"1", "2"}


def test_every_question_is_of_one_version_and_sorted_by_time_of_change() -> None:
    heard: list[SimRequest] = []
    with served(WrittenDesk(story(1, NOON - DAY))) as (connector, server, _):

        def listening(request: SimRequest) -> SimResponse:
            heard.append(request)
            return server.simulator.answer(request)

        server.answer = listening
        list(connector.changes(None))
        connector.check()
    assert {one.headers["intercom-version"] for one in heard} == {"2.15"}
    first = json.loads(heard[0].body)
    assert first["sort"] == {"field": "updated_at", "order": "ascending"}
    assert first["pagination"] == {"per_page": 150}


def test_requests_wait_for_the_end_of_the_ten_seconds_where_they_are_spent() -> None:
    desk = WrittenDesk(*(story(n, NOON - n * HOUR) for n in range(1, 12)))
    with served(desk, page_limit=5, burst=2, reset=1) as (connector, _, _):
        pages = list(connector.changes(None))
        usage = connector.usage()
    assert len(of(Ticket, pages)) == 11
    assert usage.requests["429"] == 1
    assert usage.throttled_seconds > 0.4


def test_a_search_that_repeats_itself_is_an_error() -> None:
    desk = WrittenDesk(*(story(n, NOON - n * HOUR) for n in range(1, 12)))
    with served(desk, page_limit=5) as (connector, server, _):

        def stuck(request: SimRequest) -> SimResponse:
            body = json.loads(request.body)
            body["pagination"].pop("starting_after", None)
            return server.simulator.answer(replace(request, body=json.dumps(body).encode()))

        server.answer = stuck
        assert isinstance(failure(connector), Fatal)


# --- what a conversation is ---------------------------------------------------------------------


def test_what_we_began_is_a_request_from_the_customers_first_message_on() -> None:
    asked, answered = NOON - 3 * HOUR, NOON - 2 * HOUR
    heard = (Event(asked, Kind.COMMENT, Role.CUSTOMER), Event(answered, Kind.COMMENT, Role.AGENT))
    desk = WrittenDesk(
        story(1, NOON - DAY, Event(NOON - 9 * HOUR, Kind.COMMENT, Role.AGENT), by=Role.AGENT),
        story(2, NOON - DAY, *closed(NOON - 9 * HOUR), *heard, by=Role.AGENT),
    )
    with served(desk) as (connector, _, _):
        told = of(Ticket, list(connector.changes(None)))
        (look,) = [one for one in connector.check() if "begun by you" in one.message]
    assert [*told] == ["2"]
    assert (told["2"].created_at, told["2"].first_response_at) == (asked, answered)
    assert told["2"].solves == ()
    assert "1 were begun by you and not answered" in look.message


def test_a_reply_of_a_bot_is_no_response_and_its_closing_is_a_solve() -> None:
    life = (Event(NOON - 3 * HOUR, Kind.COMMENT, Role.BOT), *closed(NOON - HOUR, Role.BOT))
    with served(WrittenDesk(story(1, NOON - DAY, *life))) as (connector, _, _):
        told = of(Ticket, list(connector.changes(None)))["1"]
    assert told.first_response_at is None
    assert (told.status, told.solves[0].at) == (Status.CLOSED, NOON - HOUR)


def test_a_reopened_conversation_keeps_its_closings_and_counts_its_reopens() -> None:
    back = (
        Event(NOON - 5 * HOUR, Kind.STATUS, Role.CUSTOMER, "open"),
        Event(NOON - 5 * HOUR, Kind.REOPENED, Role.CUSTOMER),
    )
    life = (*closed(NOON - 9 * HOUR), *back, *closed(NOON - HOUR))
    with served(WrittenDesk(story(1, NOON - DAY, *life))) as (connector, _, _):
        told = of(Ticket, list(connector.changes(None)))["1"]
    assert told.first_solved_at == NOON - 9 * HOUR
    assert [solve.at for solve in told.solves] == [NOON - 9 * HOUR, NOON - HOUR]
    assert told.reopens == 1


def test_a_conversation_that_was_deleted_is_told_no_more() -> None:
    later = NOON + HOUR
    desk = WrittenDesk(
        story(1, NOON - DAY), story(2, NOON - DAY, Event(later, Kind.DELETED, Role.AGENT))
    )
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = later + BEHIND
        second = list(connector.changes(None))
        assert connector.measures().removals is False
    assert [*of(Ticket, first)] == ["1", "2"]
    assert ([*of(Ticket, second)], of(Removed, second)) == (["1"], {})


def test_its_own_counts_are_those_of_what_is_told() -> None:
    desk = SeededDesk(7, present=NOON, weeks=3, rate=0.6)
    since = NOON - 7 * DAY
    with served(desk) as (connector, _, _):
        told = of(Ticket, list(connector.changes(None))).values()
        found = {one.fact: one.count for one in connector.figures(since, NOON)}
    solves = [one.solves[-1].at for one in told if one.solves]
    assert found == {
        Fact.CREATED: sum(since <= one.created_at <= NOON for one in told),
        Fact.SOLVED: sum(since <= at <= NOON for at in solves),
        Fact.OPEN: sum(one.status.is_open for one in told),
    }
    assert min(found.values()) > 0


# --- errors and gaps with remedies --------------------------------------------------------------


def test_a_wrong_token_is_an_error_that_says_where_a_right_one_comes_from() -> None:
    with served(WrittenDesk(), changes={"token": "throw-away-wrong"}) as (connector, _, _):
        error = failure(connector)
        found = connector.check()
    assert isinstance(error, ConfigurationError)
    assert error.reason is Reason.CREDENTIALS
    assert "Developer Hub" in str(error)
    assert "region" in str(error)
    assert "throw-away" not in str(error)
    assert [(one.level, one.reason) for one in found] == [("error", Reason.CREDENTIALS)]


def test_teams_that_may_not_be_read_are_a_gap_and_are_told_by_number() -> None:
    team = Event(NOON - DAY, Kind.TEAM, Role.SYSTEM, "Billing")
    with served(WrittenDesk(story(1, NOON - DAY, team)), without={"teams"}) as (connector, _, _):
        pages = list(connector.changes(None))
        found = connector.check()
    assert of(Ticket, pages)["1"].team.startswith("team-")
    assert pages[-1].gaps == (NO_TEAMS,)
    assert NO_TEAMS in troubles(found)
    assert [one.level for one in found].count("error") == 0


def test_a_search_that_may_not_be_made_is_an_error() -> None:
    with served(WrittenDesk(), without={"search"}) as (connector, _, _):
        assert failure(connector).reason is Reason.CREDENTIALS


def test_links_that_would_lead_elsewhere_and_an_attribute_that_nobody_has_are_told() -> None:
    wrong = {"workspace": "another1", "language_attribute": "Sprache"}
    with served(WrittenDesk(story(1, NOON - DAY)), changes=wrong) as (connector, _, _):
        told = troubles(connector.check())
    assert "tx2p130c" in told
    assert "'Sprache'" in told


def test_a_conversation_has_a_page_where_the_workspace_is_named() -> None:
    with served(WrittenDesk()) as (connector, server, _):
        assert connector.ticket_url("7") == f"{server.url}/a/inbox/tx2p130c/inbox/conversation/7"
    with served(WrittenDesk(), changes={"workspace": None}) as (connector, _, _):
        assert connector.ticket_url("7") is None
