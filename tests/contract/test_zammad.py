"""What the Zammad connector gives, against a simulated Zammad over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.contract import Fact, Fatal, Finding, Page, Reason
from connectors.http import Forbidden
from connectors.records import Identity, Ticket
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.faults import Fault
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk
from connectors.zammad.connector import ZammadConnector
from connectors.zammad.settings import ZammadSettings
from connectors.zammad.simulator import ZammadSimulator

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HISTORY = "/api/v1/ticket_history/"
ORGANIZATIONS = "/api/v1/organizations"
ACME = Patron(1, NOW - timedelta(days=9), "ACME-1", ("acme.example", "acme.test"))
NAMELESS = Patron(2, NOW - timedelta(days=9), "", ())


def story(number: int, *more: Event, customer: int = 0) -> Story:
    begin = NOW - timedelta(hours=number)
    opened = (Event(begin, Kind.OPENED, Role.CUSTOMER), Event(begin, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, begin, "email", Role.CUSTOMER, (*opened, *more), customer=customer)


def then(minutes: float, kind: Kind, value: str = "") -> Event:
    return Event(NOW - timedelta(minutes=60 - minutes), kind, Role.AGENT, value)


@contextmanager
def reading(
    *stories: Story, patrons: Sequence[Patron] = (), options: Any = None, **changes: object
) -> Iterator[tuple[ZammadConnector, SimulatorServer]]:
    desk = WrittenDesk(*stories, customers=patrons)
    simulator = ZammadSimulator(desk, StandingClock(NOW), **(options or {}))
    with SimulatorServer(simulator) as server:
        given = {**simulator.settings(server.url), **changes}
        assert given.pop("vendor") == ZammadConnector.vendor
        connector = ZammadConnector("desk", ZammadSettings.model_validate(given))
        try:
            yield connector, server
        finally:
            connector.close()


def tickets(pages: Sequence[Page]) -> dict[str, Ticket]:
    records = [record for page in pages for record in page.records]
    return {record.id: record for record in records if isinstance(record, Ticket)}


def troubles(found: Sequence[Finding]) -> list[Finding]:
    return [one for one in found if one.level != "ok"]


# --- what is asked --------------------------------------------------------------------------------


def test_tickets_are_asked_of_the_database_for_the_index_may_not_be_there() -> None:
    with reading(story(1), story(2)) as (connector, server):
        bodies: list[Any] = []
        answer = server.simulator.answer

        def noting(request: Any) -> Any:
            bodies.append(msgspec.json.decode(request.body) if request.body else {})
            return answer(request)

        server.answer = noting
        assert tickets(list(connector.changes(None))).keys() == {"1", "2"}
    searches = [body for body in bodies if body]
    assert searches
    assert not any("query" in body for body in searches)


def test_a_merged_ticket_is_not_asked_for_its_history() -> None:
    gone = story(1, then(30, Kind.MERGED, "2"))
    with reading(gone, story(2)) as (connector, server):
        list(connector.changes(None))
        asked = [path for path in server.requests if HISTORY in path]
    assert set(asked) == {f"{HISTORY}2"}


def test_without_histories_none_is_asked_for() -> None:
    solved = then(20, Kind.STATUS, "solved"), then(20, Kind.STAMP, "solved")
    with reading(story(1, then(5, Kind.COMMENT), *solved), histories=False) as (connector, server):
        told = tickets(list(connector.changes(None)))["1"]
        assert not any(HISTORY in path for path in server.requests)
        assert Fact.REPLIES not in connector.measures().told
    assert told.first_response_at == NOW - timedelta(minutes=55)
    assert [solve.at for solve in told.solves] == [NOW - timedelta(minutes=40)]


# --- what is no more ------------------------------------------------------------------------------


def test_a_ticket_that_is_deleted_while_it_is_read_hides_no_other() -> None:
    with reading(story(1), story(2), story(3)) as (connector, server):
        server.faults.always(f"{HISTORY}2", faults.status(404))
        pages = list(connector.changes(None))
    assert tickets(pages).keys() == {"1", "3"}
    assert pages[-1].complete_to == NOW


def test_a_ticket_whose_history_was_left_behind_tells_its_closings() -> None:
    ends = then(20, Kind.STATUS, "solved"), then(50, Kind.STATUS, "open")
    with reading(
        story(1, *ends, then(55, Kind.STATUS, "solved")), options={"imported": lambda _: True}
    ) as (connector, _):
        told = tickets(list(connector.changes(None)))["1"]
    assert [solve.at for solve in told.solves] == [NOW - timedelta(minutes=m) for m in (40, 5)]
    assert told.reopens == 0


# --- whose it is ----------------------------------------------------------------------------------


def test_a_ticket_is_its_organizations() -> None:
    stories = story(1, customer=1), story(2, customer=2), story(3)
    with reading(*stories, patrons=(ACME, NAMELESS)) as (connector, server):
        told = tickets(list(connector.changes(None)))
        read = sum(path.startswith(ORGANIZATIONS) for path in server.requests)
    assert told["1"].customer == Identity(("ACME-1",), ("acme.example",))
    assert (told["2"].customer, told["3"].customer) == (None, None)
    assert read == 2


def test_organizations_are_read_only_where_they_are_wanted() -> None:
    with reading(story(1, customer=1), patrons=(ACME,), customers=False) as (connector, server):
        assert tickets(list(connector.changes(None)))["1"].customer is None
        assert not any(path.startswith(ORGANIZATIONS) for path in server.requests)


def test_organizations_that_may_not_be_read_are_a_gap_and_no_failure() -> None:
    options = {"may": frozenset({"tickets"})}
    with reading(story(1, customer=1), patrons=(ACME,), options=options) as (connector, _):
        pages = list(connector.changes(None))
        (trouble,) = troubles(connector.check())
    assert tickets(pages)["1"].customer is None
    assert [gap.startswith("customers: ") for gap in pages[-1].gaps] == [True]
    assert (trouble.level, "ticket.agent" in trouble.message) == ("warning", True)


def test_an_attribute_that_organizations_do_not_have_is_told_by_check() -> None:
    known = story(1, customer=2)
    with reading(known, patrons=(NAMELESS,), customer_field="company") as (connector, _):
        (trouble,) = troubles(connector.check())
    assert (trouble.level, "attribute 'company'" in trouble.message) == ("warning", True)
    with reading(known, patrons=(NAMELESS,)) as (connector, _):  # it is there, and empty
        assert troubles(connector.check()) == []


def test_organizations_that_come_again_are_an_error() -> None:
    with reading(story(1, customer=1), patrons=(ACME,)) as (connector, server):
        same = Fault(body=b'[{"id": 1, "domain": "acme.example"}]')
        server.faults.always(ORGANIZATIONS, same)
        with pytest.raises(Fatal, match="the same organizations again"):
            list(connector.changes(None))


# --- what the token may ---------------------------------------------------------------------------


def test_a_token_without_the_permission_is_told_what_it_needs() -> None:
    with reading(story(1), options={"may": frozenset()}) as (connector, _):
        with pytest.raises(Forbidden, match=r"permission ticket\.agent"):
            list(connector.changes(None))
        (trouble,) = troubles(connector.check())
    assert (trouble.level, trouble.reason) == ("error", Reason.CREDENTIALS)


def test_a_user_who_sees_no_group_is_told_that_there_may_be_more() -> None:
    with reading() as (connector, _):
        (trouble,) = troubles(connector.check())
    assert "read access to the groups" in trouble.message


# --- many at once ---------------------------------------------------------------------------------


def test_a_poll_reads_what_changed_and_the_last_half_minute_again() -> None:
    desk = SeededDesk(3, present=NOW, weeks=1, rate=2.0)
    simulator = ZammadSimulator(desk, StandingClock(NOW))
    with SimulatorServer(simulator) as server:
        given = simulator.settings(server.url)
        given.pop("vendor")
        connector = ZammadConnector("desk", ZammadSettings.model_validate(given))
        first = list(connector.changes(None))
        again = list(connector.changes(first[-1].cursor))
        connector.close()
    newest = max(ticket.changed_at for ticket in tickets(first).values())
    repeated = tickets(again).values()
    assert len(tickets(first)) > 100
    assert all(newest - ticket.changed_at <= timedelta(seconds=31) for ticket in repeated)
