"""What the Chatwoot connector gives, against a simulated Chatwoot over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from connectors.chatwoot.connector import ChatwootConnector
from connectors.chatwoot.settings import ChatwootSettings
from connectors.chatwoot.simulator import ChatwootSimulator
from connectors.contract import ConfigurationError, Fatal, Finding, Page, Reason
from connectors.records import Identity, Rating, Supplement, Survey, Ticket
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.faults import Fault
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACME = Patron(1, NOW - timedelta(days=9), "ACME-1", ())
MINUTE = timedelta(minutes=1)


def story(number: int, *more: Event, customer: int = 0) -> Story:
    begin = NOW - timedelta(hours=number)
    opened = (Event(begin, Kind.OPENED, Role.CUSTOMER), Event(begin, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, begin, "email", Role.CUSTOMER, (*opened, *more), customer=customer)


def then(ago: float, kind: Kind, value: str = "", role: Role = Role.AGENT) -> Event:
    return Event(NOW - ago * MINUTE, kind, role, value)


def solved(ago: float) -> tuple[Event, Event]:
    return then(ago, Kind.STATUS, "solved"), then(ago, Kind.STAMP, "solved")


@contextmanager
def reading(
    *stories: Story, patrons: Sequence[Patron] = (), options: Any = None, **changes: object
) -> Iterator[tuple[ChatwootConnector, SimulatorServer, StandingClock]]:
    clock = StandingClock(NOW)
    desk = WrittenDesk(*stories, customers=patrons)
    simulator = ChatwootSimulator(desk, clock, **(options or {}))
    with SimulatorServer(simulator) as server:
        given = {**simulator.settings(server.url), **changes}
        assert given.pop("vendor") == ChatwootConnector.vendor
        connector = ChatwootConnector("desk", ChatwootSettings.model_validate(given))
        try:
            yield connector, server, clock
        finally:
            connector.close()


def tickets(pages: Sequence[Page]) -> dict[str, Ticket]:
    records = [record for page in pages for record in page.records]
    return {record.id: record for record in records if isinstance(record, Ticket)}


def ratings(pages: Sequence[Page]) -> list[Supplement]:
    records = [record for page in pages for record in page.records]
    return [record for record in records if isinstance(record, Supplement)]


def troubles(found: Sequence[Finding]) -> list[Finding]:
    return [one for one in found if one.level != "ok"]


# --- conversations --------------------------------------------------------------------------------


def test_a_poll_reads_what_was_active_since_the_last_one() -> None:
    later = then(-30, Kind.COMMENT, role=Role.CUSTOMER)
    stories = [story(number) for number in range(2, 60)]
    with reading(story(1, later), *stories) as (connector, server, clock):
        first = list(connector.changes(None))
        assert len(tickets(first)) == 59
        assert [page.complete_to for page in first] == [None] * (len(first) - 1) + [NOW]
        clock.at += timedelta(hours=1)
        before = len(server.requests)
        again = tickets(list(connector.changes(first[-1].cursor)))
        assert len(server.requests) - before < 10
    assert again.keys() == {"1"}


def test_an_import_that_was_interrupted_goes_on_where_it_was() -> None:
    with reading(*(story(number) for number in range(1, 101))) as (connector, server, _):
        begun = list(islice(connector.changes(None), 3))
        before = len(server.requests)
        rest = list(connector.changes(begun[-1].cursor))
        asked = len(server.requests) - before
    assert len(tickets(begun) | tickets(rest)) == 100
    assert asked < 120


def test_a_conversation_that_is_deleted_while_it_is_read_hides_no_other() -> None:
    with reading(story(1), story(2), story(3)) as (connector, server, _):
        server.faults.always("conversations/2/", faults.status(404))
        pages = list(connector.changes(None))
    assert tickets(pages).keys() == {"1", "3"}
    assert pages[-1].complete_to == NOW


def test_all_messages_are_read_however_many_there_are() -> None:
    asked = [then(50 - n / 10, Kind.COMMENT, role=Role.CUSTOMER) for n in range(45)]
    with reading(story(1, *asked, then(40, Kind.COMMENT))) as (connector, server, _):
        told = tickets(list(connector.changes(None)))["1"]
        pages = [path for path in server.requests if "/messages" in path]
    assert told.first_response_at == NOW - 40 * MINUTE
    assert len(pages) == 3


def test_messages_that_come_again_are_an_error() -> None:
    twenty = ",".join(f'{{"id": {n}, "created_at": 1, "message_type": 0}}' for n in range(1, 21))
    with reading(story(1)) as (connector, server, _):
        server.faults.always("/messages", Fault(body=f'{{"payload": [{twenty}]}}'.encode()))
        with pytest.raises(Fatal, match="the same messages again"):
            list(connector.changes(None))


def test_a_customer_is_known_by_the_attribute_that_was_named() -> None:
    with reading(story(1, customer=1), patrons=(ACME,)) as (connector, _, _):
        assert tickets(list(connector.changes(None)))["1"].customer == Identity(("ACME-1",))


def test_an_attribute_that_no_contact_has_is_told_by_check() -> None:
    known = story(1, customer=1)
    with reading(known, patrons=(ACME,), customer_attribute="company") as (connector, _, _):
        (trouble,) = troubles(connector.check())
    assert (trouble.level, "attribute 'company'" in trouble.message) == ("warning", True)
    with reading(known, patrons=(ACME,)) as (connector, _, _):
        assert troubles(connector.check()) == []


# --- resolutions ----------------------------------------------------------------------------------


def test_a_resolution_whose_event_comes_later_is_told_by_a_later_poll() -> None:
    options = {"event_lag": 10 * MINUTE}
    later = story(2, then(0, Kind.COMMENT))
    with reading(story(1, *solved(1)), later, options=options) as (connector, _, clock):
        first = list(connector.changes(None))
        assert tickets(first)["1"].solves == ()
        clock.at += 5 * MINUTE
        second = list(connector.changes(first[-1].cursor))
        assert tickets(second)["1"].solves == ()
        clock.at += 5 * MINUTE
        third = list(connector.changes(second[-1].cursor))
        assert [solve.at for solve in tickets(third)["1"].solves] == [NOW - MINUTE]
        clock.at += 5 * MINUTE
        assert tickets(list(connector.changes(third[-1].cursor))).keys() == {"2"}


def test_a_resolution_without_an_event_is_not_waited_for_for_ever() -> None:
    options = {"event_lag": timedelta(days=99)}
    stories = story(1), story(3, *solved(90))
    with reading(*stories, options=options) as (connector, _, _):
        first = list(connector.changes(None))
        again = tickets(list(connector.changes(first[-1].cursor)))
    assert again.keys() == {"1"}


def test_reopenings_are_counted_from_resolutions() -> None:
    turns = *solved(50), then(40, Kind.STATUS, "open"), *solved(30), then(20, Kind.STATUS, "open")
    with reading(story(1, *turns)) as (connector, _, _):
        told = tickets(list(connector.changes(None)))["1"]
    assert [solve.at for solve in told.solves] == [NOW - 50 * MINUTE, NOW - 30 * MINUTE]
    assert told.reopens == 2


def test_a_chatwoot_without_reporting_events_is_told_what_to_do() -> None:
    options = {"has_events": False}
    with reading(story(1, *solved(5)), options=options) as (connector, _, _):
        with pytest.raises(ConfigurationError, match="set `events` of this source to false"):
            list(connector.changes(None))
        (trouble,) = troubles(connector.check())
        assert (trouble.level, trouble.reason) == ("error", Reason.CONFIGURATION)
    known = story(1, *solved(5), customer=1)
    with reading(known, patrons=(ACME,), options=options, events=False) as (connector, _, _):
        told = tickets(list(connector.changes(None)))["1"]
        assert troubles(connector.check()) == []
    assert (told.status.is_open, told.solves) == (False, ())


# --- ratings --------------------------------------------------------------------------------------


def test_a_rating_is_told_once_and_a_new_one_again() -> None:
    rated = then(10, Kind.RATED, "satisfaction 0 1"), then(-5, Kind.RATED, "satisfaction 1 1")
    with reading(story(1, *solved(20), *rated)) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at += 10 * MINUTE
        second = list(connector.changes(first[-1].cursor))
    bad = Rating(Survey.SATISFACTION, 1, 5, NOW - 10 * MINUTE)
    good = Rating(Survey.SATISFACTION, 5, 5, NOW + 5 * MINUTE)
    assert ratings(first) == [Supplement("1", ratings=(bad,))]
    assert ratings(second)[-1] == Supplement("1", ratings=(good,))


def test_ratings_that_an_agent_may_not_read_are_a_gap_and_no_failure() -> None:
    """Chatwoot answers with 401, as it does to a wrong token."""
    rated = *solved(20), then(10, Kind.RATED, "satisfaction 1 1")
    known, options = story(1, *rated, customer=1), {"role": "agent"}
    with reading(known, patrons=(ACME,), options=options) as (connector, _, _):
        pages = list(connector.changes(None))
        (trouble,) = troubles(connector.check())
    assert tickets(pages).keys() == {"1"}
    assert [gap.startswith("ratings: ") for gap in pages[-1].gaps] == [True]
    assert pages[-1].complete_to == NOW
    assert (trouble.level, "administrator" in trouble.message) == ("warning", True)


def test_ratings_are_read_only_where_they_are_wanted() -> None:
    with reading(story(1), ratings=False) as (connector, server, _):
        pages = list(connector.changes(None))
        assert not any("csat" in path for path in server.requests)
    assert pages[-1].complete_to == NOW


# --- check ----------------------------------------------------------------------------------------


def test_another_account_is_told_from_a_wrong_token() -> None:
    with reading(story(1), account_id=8) as (connector, _, _):
        (trouble,) = troubles(connector.check())
    assert (trouble.reason, "`account_id`" in trouble.message) == (Reason.CONFIGURATION, True)
    with reading(story(1), api_access_token="throw-away-other") as (connector, _, _):
        (trouble,) = troubles(connector.check())
    assert trouble.reason is Reason.CREDENTIALS


@pytest.mark.parametrize(("role", "is_said"), [("agent", True), ("administrator", False)])
def test_who_sees_some_inboxes_only_is_told_so(role: str, is_said: bool) -> None:
    with reading(story(1), options={"role": role}) as (connector, _, _):
        seen = next(one.message for one in connector.check() if "conversations" in one.message)
    assert ("of those inboxes that its user belongs to" in seen) == is_said


def test_a_user_without_inboxes_is_told_that_there_may_be_more() -> None:
    with reading() as (connector, _, _):
        (trouble,) = troubles(connector.check())
    assert "every inbox" in trouble.message
