"""What the Freshdesk connector gives, against a simulated account over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from connectors.contract import ConfigurationError, Fatal, Reason
from connectors.freshdesk import account, listing
from connectors.freshdesk.connector import FreshdeskConnector
from connectors.freshdesk.listing import gone_unread
from connectors.freshdesk.ratings import NO_RATINGS
from connectors.freshdesk.simulator import FreshdeskSimulator
from connectors.records import Removal, Removed, Status, Supplement, Ticket
from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Desk, Event, Kind, Patron, Role, Story
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients
from tests.clients import failure, of, records, troubles

connected = partial(clients.connected, FreshdeskConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICKETS = "/api/v2/tickets"


def story(number: int, at: datetime, *more: Event, customer: int = 0) -> Story:
    opened = (Event(at, Kind.OPENED, Role.CUSTOMER), Event(at, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, at, "email", Role.CUSTOMER, (*opened, *more), customer=customer)


def rated(at: datetime, score: int) -> Event:
    return Event(at, Kind.RATED, Role.CUSTOMER, f"satisfaction {score} 5")


def patron(number: int) -> Patron:
    return Patron(number, NOON - 90 * DAY, f"ACME-{number}", (f"acme-{number}.example",))


@contextmanager
def served(
    desk: Desk, *, changes: Mapping[str, object] | None = None, **options: Any
) -> Iterator[tuple[FreshdeskConnector, SimulatorServer, StandingClock]]:
    """A connector of an account with this desk, at noon."""
    clock = StandingClock(NOON)
    with (
        SimulatorServer(FreshdeskSimulator(desk, clock, **options)) as server,
        connected(server, **(changes or {})) as connector,
    ):
        yield connector, server, clock


def asked(server: SimulatorServer, part: str) -> list[str]:
    return [one for one in server.requests if part in one]


# --- the traps of its lists ---------------------------------------------------------------------


def test_tickets_older_than_the_thirty_days_of_its_default_are_told_oldest_change_first() -> None:
    desk = WrittenDesk(*(story(n, NOON - (400 - n) * DAY) for n in range(1, 400)))
    with served(desk, page_limit=50) as (connector, _, _):
        told = list(of(Ticket, list(connector.changes(None))).values())
    assert [one.id for one in told] == [str(n) for n in range(1, 400)]


def test_a_thousand_changed_tickets_take_eleven_requests_and_no_page_beyond_the_first() -> None:
    desk = CrowdedDesk(1_000, NOON)
    with served(desk) as (connector, server, clock):
        clock.at = desk.begins - HOUR
        before = list(connector.changes(None))[-1].cursor
        since = len(server.requests)
        clock.at = NOON + HOUR
        assert len(of(Ticket, list(connector.changes(before)))) == 1_000
        asked_for = server.requests[since:]
        stream = [one for one in asked_for if TICKETS in one and "filter" not in one]
    assert len(stream) == 11
    assert all("page=1" in one.split("&") for one in stream)


@pytest.mark.parametrize("inclusive", [True, False])
def test_whether_since_takes_in_its_instant_loses_nothing(inclusive: bool) -> None:
    tied = [story(n, NOON - DAY) for n in range(1, 8)]
    desk = WrittenDesk(*tied, story(9, NOON), begins=NOON - 9 * DAY)
    with served(desk, inclusive=inclusive, page_limit=3) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at += timedelta(minutes=5)
        second = list(connector.changes(first[-1].cursor))
    assert len(of(Ticket, first)) == 8
    assert {*of(Ticket, second)} == {"9"}


def test_a_second_beyond_the_last_page_is_an_error_and_never_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "LAST_PAGE", 3)
    desk = WrittenDesk(*(story(n, NOON - DAY) for n in range(1, 9)))
    with served(desk, page_limit=2) as (connector, _, _):
        error = failure(connector)
    assert isinstance(error, Fatal)
    assert "2026-03-05 12:00:00 UTC" in str(error)


def test_deleted_tickets_and_spam_come_from_lists_of_their_own() -> None:
    later = NOON + HOUR
    desk = WrittenDesk(
        story(1, NOON - DAY),
        story(2, NOON - DAY, Event(later, Kind.DELETED, Role.AGENT)),
        story(3, NOON - DAY, Event(later, Kind.SPAM, Role.AGENT)),
    )
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = later
        second = list(connector.changes(first[-1].cursor))
    assert [*of(Ticket, first)] == ["1", "2", "3"]
    assert {key: one.why for key, one in of(Removed, second).items()} == {
        "2": Removal.DELETED,
        "3": Removal.SPAM,
    }


def test_a_ticket_that_went_into_another_is_closed() -> None:
    merged = (
        Event(NOON - HOUR, Kind.STATUS, Role.AGENT, "closed"),
        Event(NOON - HOUR, Kind.STAMP, Role.AGENT, "closed"),
        Event(NOON - HOUR, Kind.MERGED, Role.AGENT, "1"),
    )
    with served(WrittenDesk(story(1, NOON - DAY), story(2, NOON - DAY, *merged))) as (c, _, _):
        told = of(Ticket, list(c.changes(None)))["2"]
    assert (told.status, told.solves[0].at) == (Status.CLOSED, NOON - HOUR)


def test_a_reopened_ticket_forgets_its_solve() -> None:
    life = (
        Event(NOON - 3 * HOUR, Kind.STATUS, Role.AGENT, "solved"),
        Event(NOON - 3 * HOUR, Kind.STAMP, Role.AGENT, "solved"),
        Event(NOON - HOUR, Kind.STATUS, Role.CUSTOMER, "open"),
        Event(NOON - HOUR, Kind.REOPENED, Role.CUSTOMER),
    )
    with served(WrittenDesk(story(1, NOON - DAY, *life))) as (connector, _, clock):
        clock.at = NOON - 2 * HOUR
        before = of(Ticket, list(connector.changes(None)))["1"]
        clock.at = NOON
        after = of(Ticket, list(connector.changes(None)))["1"]
    assert [solve.at for solve in before.solves] == [NOON - 3 * HOUR]
    assert before.first_solved_at == NOON - 3 * HOUR
    assert (after.solves, after.first_solved_at) == ((), None)


# --- ratings ------------------------------------------------------------------------------------


def test_answers_to_surveys_are_asked_for_from_a_little_before_the_newest_one() -> None:
    desk = WrittenDesk(story(1, NOON - 9 * DAY, rated(NOON - DAY, 5), rated(NOON + HOUR, 2)))
    with served(desk) as (connector, server, clock):
        first = list(connector.changes(None))
        clock.at = NOON + 2 * HOUR
        second = list(connector.changes(first[-1].cursor))
        question = asked(server, "satisfaction_ratings")[-1]
    assert [one.ratings[0].score for one in records(first) if isinstance(one, Supplement)] == [5]
    scores = [one.ratings[0].score for one in records(second) if isinstance(one, Supplement)]
    assert scores == [2, 5]
    assert "created_since=2026-03-05T11%3A30%3A00Z" in question  # half an hour before the newest


def test_ratings_that_come_in_while_the_list_is_read_hide_none() -> None:
    old = [story(n, NOON - 9 * DAY, rated(NOON - n * HOUR, 4)) for n in range(1, 12)]
    new = [story(50 + n, NOON - 9 * DAY, rated(NOON + n * HOUR, 1)) for n in range(1, 3)]
    with served(WrittenDesk(*old, *new), page_limit=4) as (connector, server, clock):

        def living(request: SimRequest) -> SimResponse:
            response = server.simulator.answer(request)
            if "satisfaction_ratings" in request.path:
                clock.at += HOUR
            return response

        server.answer = living
        first = list(connector.changes(None))
        second = list(connector.changes(first[-1].cursor))
    assert {*of(Supplement, first)} == {str(n) for n in range(1, 12)}
    assert {*of(Supplement, second)} >= {"51", "52"}


def test_an_account_without_any_rating_is_not_catching_up_for_ever() -> None:
    with served(WrittenDesk(story(1, NOON - DAY))) as (connector, _, _):
        pages = list(connector.changes(None))
    assert not any(page.catching_up for page in pages)


# --- companies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "single", "lists"), [(3, 3, 0), (120, 0, 2)])
def test_few_companies_are_asked_for_one_by_one_and_many_by_their_list(
    count: int, single: int, lists: int
) -> None:
    patrons = [patron(n) for n in range(1, count + 1)]
    desk = WrittenDesk(
        *(story(n, NOON - n * HOUR, customer=n) for n in range(1, count + 1)), customers=patrons
    )
    with served(desk) as (connector, server, _):
        told = of(Ticket, list(connector.changes(None)))
        assert len(asked(server, "/companies/")) == single
        assert len(asked(server, "/companies?")) == lists
    assert told["2"].customer.external_ids == ("ACME-2",)
    assert told["2"].customer.domains == ("acme-2.example",)


def test_a_company_that_was_deleted_since_is_nobody() -> None:
    desk = WrittenDesk(story(1, NOON - DAY, customer=1), customers=[patron(1)])
    with served(desk) as (connector, server, _):

        def gone(request: SimRequest) -> SimResponse:
            is_asked = request.path.startswith("/api/v2/companies/")
            return SimResponse(404) if is_asked else server.simulator.answer(request)

        server.answer = gone
        assert of(Ticket, list(connector.changes(None)))["1"].customer is None


# --- errors and gaps with remedies --------------------------------------------------------------


def test_a_wrong_key_is_an_error_that_says_where_a_right_one_comes_from() -> None:
    with served(WrittenDesk(), changes={"api_key": "throw-away-wrong"}) as (connector, _, _):
        error = failure(connector)
        found = connector.check()
    assert isinstance(error, ConfigurationError)
    assert error.reason is Reason.CREDENTIALS
    assert "Profile settings" in str(error)
    assert "throw-away" not in str(error)
    assert [(one.level, one.reason) for one in found] == [("error", Reason.CREDENTIALS)]


def test_what_the_agent_may_not_see_is_a_gap_and_the_rest_is_told() -> None:
    team = Event(NOON - DAY, Kind.TEAM, Role.SYSTEM, "Billing")
    desk = WrittenDesk(story(1, NOON - DAY, team, customer=1), customers=[patron(1)])
    refused = {"groups", "companies", "ratings", "deleted", "spam", "fields"}
    with served(desk, without=refused) as (connector, _, _):
        pages = list(connector.changes(None))
        found = connector.check()
    told = of(Ticket, pages)["1"]
    assert (told.customer, told.team.startswith("group-")) == (None, True)
    gaps = {
        *(account.NO_GROUPS, account.NO_COMPANIES, NO_RATINGS),
        *(gone_unread("deleted"), gone_unread("spam")),
    }
    assert {*pages[-1].gaps} == gaps
    assert pages[-1].complete_to == NOON
    assert all(gap in troubles(found) for gap in gaps)
    assert [one.level for one in found].count("error") == 0


def test_an_agent_who_does_not_see_all_tickets_is_told_apart() -> None:
    with served(WrittenDesk(), scope=2) as (connector, _, _):
        assert "does not see all tickets" in troubles(connector.check())


def test_a_status_that_nobody_explained_is_named() -> None:
    with served(WrittenDesk(), changes={"statuses": {}}) as (connector, _, _):
        (told,) = [one for one in connector.check() if "count as open" in one.message]
    assert "8 (Waiting for parts)" in told.message


def test_settings_that_name_what_the_account_lacks_are_told() -> None:
    fields = {"fields": ["cf_topik"], "language_field": "cf_langauge", "external_id": "cf_numbre"}
    desk = WrittenDesk(story(1, NOON - DAY, customer=1), customers=[patron(1)])
    with served(desk, changes={**fields, "statuses": {"88": "hold"}}) as (connector, _, _):
        told = troubles(connector.check())
    lacking = ("'cf_topik'", "'cf_langauge'", "'cf_numbre'", "no status is 88")
    assert all(name in told for name in lacking)
    assert "cf_effort" not in told
    with served(desk) as (connector, _, _):
        assert troubles(connector.check()) == ""


def test_requests_are_made_again_when_the_minutes_are_spent_and_few_that_are_left_are_told() -> (
    None
):
    desk = WrittenDesk(*(story(n, NOON - n * HOUR) for n in range(1, 20)))
    with served(desk, page_limit=5, left=3) as (connector, _, _):
        pages = list(connector.changes(None))
        assert connector.usage().requests["429"] == 1
    assert len(of(Ticket, pages)) == 19
    with served(desk, left=40) as (connector, _, _):
        assert "of the 5000 requests" in troubles(connector.check())


def test_what_is_switched_off_is_not_asked_for_and_not_told() -> None:
    off = {"companies": False, "satisfaction_ratings": False}
    desk = WrittenDesk(story(1, NOON - DAY, customer=1), customers=[patron(1)])
    with served(desk, changes=off) as (connector, server, _):
        list(connector.changes(None))
        assert asked(server, "/companies") == asked(server, "ratings") == []
        assert {"customer", "satisfaction"} <= connector.measures().untold.keys()


def test_a_list_without_an_end_is_an_error() -> None:
    with served(WrittenDesk(story(1, NOON - DAY, rated(NOON - HOUR, 5)))) as (connector, server, _):

        def endless(request: SimRequest) -> SimResponse:
            response = server.simulator.answer(request)
            if "satisfaction_ratings" not in request.path:
                return response
            return replace(response, headers={"link": '<https://x/?page=2>; rel="next"'})

        server.answer = endless
        assert isinstance(failure(connector), Fatal)
