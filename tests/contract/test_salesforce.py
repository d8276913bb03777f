"""What the Salesforce connector gives, against a simulated org over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import (
    ConfigurationError,
    ConnectorError,
    Fact,
    Fatal,
    Reason,
    Retriable,
)
from connectors.customers import Customer, Subscription, Withdrawn
from connectors.records import Removal, Removed, Ticket
from connectors.salesforce import org, streams
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.simulated_records import key
from connectors.salesforce.simulator import SESSION, SalesforceSimulator
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Deal, Dealing, Desk, Event, Kind, Patron, Role, Story
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients
from tests.clients import assert_first_reading_goes_on, failure, of, troubles
from tests.pipeline import differences, pipeline, total

connected = partial(clients.connected, SalesforceConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PRICE = "team 30.00 EUR month 1"
QUERIES = "/services/data/v62.0/queryAll"
STANDARD = {"properties": {"revenue": "MRR__c"}}
"""Of an org that has made no field but one."""


def desk_of_many(seed: int = 7) -> SeededDesk:
    return SeededDesk(seed, present=NOON, weeks=3, rate=0.6, ancient=8, customers=80)


def patron(number: int, *dealings: Dealing) -> Patron:
    domains = (f"acme-{number}.example",)
    return Patron(number, NOON - 90 * DAY, f"ACME-{number}", domains, dealings)


def paid(number: int, at: datetime = NOON - 20 * DAY, price: str = PRICE) -> Dealing:
    return Dealing(at, Deal.PAID, number, price)


def story(number: int, at: datetime, *more: Event, customer: int = 0) -> Story:
    opened = (Event(at, Kind.OPENED, Role.CUSTOMER), Event(at, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, at, "email", Role.CUSTOMER, (*opened, *more), customer=customer)


def closed(at: datetime) -> tuple[Event, ...]:
    return (
        Event(at, Kind.STATUS, Role.AGENT, "closed"),
        Event(at, Kind.STAMP, Role.AGENT, "closed"),
    )


@contextmanager
def served(
    desk: Desk, *, changes: Mapping[str, object] | None = None, **options: Any
) -> Iterator[tuple[SalesforceConnector, SimulatorServer, StandingClock]]:
    """A connector of an org with this desk, at noon."""
    clock = StandingClock(NOON)
    with (
        SimulatorServer(SalesforceSimulator(desk, clock, **options)) as server,
        connected(server, **(changes or {})) as connector,
    ):
        yield connector, server, clock


def case(number: int) -> str:
    return key("500", number)


def contract(number: int) -> str:
    return key("800", number)


# --- the truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 8])
def test_one_import_gives_the_truth_of_cases_and_of_customers(seed: int, tmp_path: Path) -> None:
    with pipeline("salesforce", desk_of_many(seed), tmp_path) as line:
        line.poll(NOON)
        assert differences(line.samples(), line.truth().as_samples()) == []


@pytest.mark.parametrize("seed", [7, 8])
def test_eight_polls_give_the_truth_page_by_page(seed: int, tmp_path: Path) -> None:
    with pipeline("salesforce", desk_of_many(seed), tmp_path, page_limit=7) as line:
        for number in range(8, 0, -1):
            line.poll(NOON - (number - 1) * 9.7 * DAY)
        found = line.samples()
        assert differences(found, line.truth().as_samples()) == []
    assert total(found, "support_customers_churned_total") > 5
    assert total(found, "support_mrr_movement_total") > 100
    assert total(found, "support_tickets_solved_total") > 30
    assert total(found, "support_tickets_reopened_total") > 3
    assert found["support_customers", frozenset({("state", "ending")})] > 0


def test_an_org_may_be_for_support_or_for_sales_alone(tmp_path: Path) -> None:
    for name, settings in {"sales": {"cases": False}, "support": {"customers": False}}.items():
        folder = tmp_path / name
        folder.mkdir()
        with pipeline("salesforce", desk_of_many(), folder, settings=settings) as line:
            for at in (NOON - 9 * DAY, NOON):
                line.poll(at)
            assert differences(line.samples(), line.truth().as_samples()) == []
            asked = " ".join(line.server.requests)
        assert ("FROM+Case" in asked, "FROM+Contract" in asked) == (
            name == "support",
            name == "sales",
        )


def test_opportunities_give_the_same_truth_where_they_are_what_recurs(tmp_path: Path) -> None:
    simulator = SalesforceSimulator(WrittenDesk(), StandingClock(NOON)).settings("")
    properties = simulator["properties"]
    assert isinstance(properties, dict)
    named = {**properties, "start": "Won_At__c"}
    settings = {"agreements": "Opportunity", "properties": named}
    with pipeline("salesforce", desk_of_many(), tmp_path, settings=settings) as line:
        for at in (NOON - 20 * DAY, NOON - 9 * DAY, NOON):
            line.poll(at)
        assert differences(line.samples(), line.truth().as_samples()) == []


# --- the traps of the vendor --------------------------------------------------------------------


def test_an_answer_that_holds_fewer_than_asked_for_is_gone_on_from_without_a_locator() -> None:
    crowd = [story(n, NOON - 2 * DAY) for n in range(1, 120)]  # all within one second
    desk = WrittenDesk(*crowd, story(500, NOON - DAY))
    with served(desk, page_limit=11) as (connector, server, _):
        pages = list(connector.changes(None))
        assert not any("01g" in one for one in server.requests)
    assert len(of(Ticket, pages)) == 120
    assert sum(len(page.records) for page in pages) == 120  # and none of them twice


def test_a_record_whose_transaction_ends_late_is_found_by_the_next_poll() -> None:
    late = story(1, NOON - timedelta(minutes=9))
    with served(WrittenDesk(story(2, NOON - HOUR))) as (connector, server, clock):
        first = list(connector.changes(None))
        clock.at += timedelta(minutes=1)
        desk = WrittenDesk(late, story(2, NOON - HOUR))
        with SimulatorServer(SalesforceSimulator(desk, clock)) as other:
            server.answer = other.simulator.answer
            second = list(connector.changes(first[-1].cursor))
    assert {*of(Ticket, first)} == {case(2)}
    assert case(1) in of(Ticket, second)


def test_deleted_and_merged_cases_are_told_from_the_recycle_bin() -> None:
    later = NOON + HOUR
    desk = WrittenDesk(
        story(1, NOON - DAY),
        story(2, NOON - DAY, Event(later, Kind.DELETED, Role.AGENT)),
        story(3, NOON - DAY, Event(later, Kind.MERGED, Role.AGENT, "1")),
    )
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = later
        second = list(connector.changes(first[-1].cursor))
    assert {*of(Ticket, first)} == {case(1), case(2), case(3)}
    assert {one: gone.why for one, gone in of(Removed, second).items()} == {
        case(2): Removal.DELETED,
        case(3): Removal.MERGED,
    }


def test_an_org_without_merges_of_cases_has_no_field_for_them() -> None:
    gone = story(1, NOON - DAY, Event(NOON - HOUR, Kind.MERGED, Role.AGENT, "2"))
    with served(WrittenDesk(gone), hidden={"Case.MasterRecordId"}) as (connector, _, _):
        told = of(Removed, list(connector.changes(None)))
        assert connector.figures(NOON - DAY, NOON) is not None
    assert told[case(1)].why is Removal.DELETED


def test_a_contract_that_was_deleted_never_was_a_subscription() -> None:
    at = NOON + HOUR
    draft = patron(3, Dealing(NOON - DAY, Deal.TRIAL, 3, PRICE))
    desk = WrittenDesk(customers=[patron(1, paid(1)), patron(2, paid(2)), draft])
    with served(desk, binned={1: at}) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = at
        again = list(connector.changes(connector.from_start(first[-1].cursor)))
    assert {*of(Subscription, first)} == {contract(1), contract(2)}
    assert of(Withdrawn, first) == {}  # nothing was told of the draft
    assert {*of(Subscription, again)} == {contract(2)}
    assert contract(1) in of(Withdrawn, again)


def test_what_salesforce_has_itself_is_enough_for_a_start() -> None:
    ends = NOON - 2 * DAY
    leaving = (paid(1), Dealing(ends, Deal.ENDED, 1, "price"))
    desk = WrittenDesk(
        story(1, NOON - DAY, *closed(NOON - HOUR)), customers=[patron(1, *leaving), patron(2)]
    )
    with served(desk, changes=STANDARD) as (connector, _, _):
        pages = list(connector.changes(None))
        measures = connector.measures()
    told = of(Subscription, pages)[contract(1)]
    assert told.started_at == NOON - 20 * DAY  # the second of its activation
    assert told.ended_at == datetime(2026, 3, 5, tzinfo=UTC)  # when the last day is over
    assert [one.at for one in of(Ticket, pages)[case(1)].solves] == [NOON - HOUR]
    assert of(Ticket, pages)[case(1)].first_solved_at is None
    unknown = {Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.REOPENED, Fact.ENDING}
    assert unknown <= measures.untold.keys()


def test_a_team_is_the_queue_that_owns_a_case_where_no_field_says_more() -> None:
    held = Event(NOON - DAY, Kind.TEAM, Role.SYSTEM, "Billing")
    taken = Event(NOON - HOUR, Kind.ASSIGNED, Role.AGENT, "yes")
    desk = WrittenDesk(story(1, NOON - DAY, held), story(2, NOON - DAY, held, taken))
    with served(desk, changes=STANDARD) as (connector, server, clock):
        pages = list(connector.changes(None))
        clock.at += HOUR
        list(connector.changes(connector.since(NOON - 2 * DAY)))
        asked = [one for one in server.requests if "FROM+Group" in one]
    told = of(Ticket, pages)
    assert (told[case(1)].team, told[case(1)].assigned) == ("Billing", False)
    assert (told[case(2)].team, told[case(2)].assigned) == (None, True)
    assert len(asked) == 1  # and never again


def test_queues_that_may_not_be_read_cost_a_poll_one_request() -> None:
    with served(WrittenDesk(story(1, NOON)), without={"Group"}, changes=STANDARD) as (
        connector,
        server,
        clock,
    ):
        cursor = list(connector.changes(None))[-1].cursor
        before = len(server.requests)
        clock.at += timedelta(minutes=1)
        list(connector.changes(cursor))
        assert len(server.requests) - before == 4


def test_cases_and_customers_know_each_other_by_number_and_domain() -> None:
    desk = WrittenDesk(
        story(1, NOON - DAY, customer=1), story(2, NOON - DAY), customers=[patron(1, paid(1))]
    )
    with served(desk) as (connector, server, _):
        pages = list(connector.changes(None))
        queries = [one for one in server.requests if "/query" in one]
    tickets, customers = of(Ticket, pages), of(Customer, pages)
    assert tickets[case(1)].customer.external_ids == ("ACME-1",)
    assert tickets[case(1)].customer.domains == ("acme-1.example",)
    assert tickets[case(2)].customer is None
    assert customers[key("001", 1)].identity.external_ids == ("ACME-1", key("001", 1))
    assert len(queries) == 3  # whose a case is was told with it


def test_an_end_that_is_announced_is_told_before_it_comes() -> None:
    ends = NOON + 20 * DAY
    leaving = (paid(1), Dealing(NOON - DAY, Deal.ANNOUNCED, 1, ends.isoformat()))
    with served(WrittenDesk(customers=[patron(1, *leaving)])) as (connector, _, _):
        told = of(Subscription, list(connector.changes(None)))[contract(1)]
    assert (told.ended_at, told.reason) == (ends, None)


def test_amounts_of_an_org_with_one_currency_are_in_the_one_that_the_operator_names() -> None:
    desk = WrittenDesk(customers=[patron(1, paid(1, price="team 600.00 USD year 1 x2 -50%"))])
    hidden = {"Contract.CurrencyIsoCode"}
    with served(desk, hidden=hidden) as (connector, server, _):
        error = failure(connector)
        with connected(server, currency="CHF") as other:
            told = of(Subscription, list(other.changes(None)))[contract(1)]
    assert (error.reason, "`currency`" in str(error)) == (Reason.CONFIGURATION, True)
    monthly = told.terms[0].monthly
    assert (monthly.amount, monthly.currency) == (Decimal(50), "CHF")


def test_amounts_of_an_org_with_several_are_never_taken_for_another_currency() -> None:
    desk = WrittenDesk(customers=[patron(1, paid(1, price="team 30.00 USD month 1"))])
    with served(desk, changes={"currency": "EUR"}) as (connector, _, _):
        told = of(Subscription, list(connector.changes(None)))[contract(1)]
    assert told.terms[0].monthly.currency == "USD"


# --- sessions and quotas ------------------------------------------------------------------------


def test_a_session_that_ends_is_followed_by_another() -> None:
    with served(desk_of_many(), page_limit=20, lasting=6) as (connector, server, _):
        pages = list(connector.changes(None))
        tokens = [one for one in server.requests if one.endswith("/token")]
        spent = connector.usage().requests
        requests = len(server.requests)
    assert len(of(Ticket, pages)) > 100
    assert len(tokens) > 2
    assert sum(spent.values()) == requests
    assert spent["401"] == len(tokens) - 1


def test_a_session_token_needs_no_app() -> None:
    changes = {"client_id": None, "secret": SESSION}
    with served(WrittenDesk(story(1, NOON)), changes=changes) as (connector, server, _):
        assert {*of(Ticket, list(connector.changes(None)))} == {case(1)}
        assert not any(one.endswith("/token") for one in server.requests)


def test_used_up_requests_of_a_day_are_waited_for_and_no_wrong_credential() -> None:
    with served(WrittenDesk(story(1, NOON)), allowed=2) as (connector, _, _):
        error = failure(connector)
        found = connector.check()
    assert isinstance(error, Retriable)
    assert (error.reason, error.wait) == (Reason.THROTTLED, 900)
    assert [one.reason for one in found if one.level == "error"] == [Reason.THROTTLED]


def test_too_many_requests_at_once_are_made_again() -> None:
    body = b'[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentRequests exceeded."}]'
    with served(WrittenDesk(story(1, NOON))) as (connector, server, _):
        server.faults.next(None, None, faults.Fault(status=403, body=body))
        assert {*of(Ticket, list(connector.changes(None)))} == {case(1)}
        assert connector.usage().requests["429"] == 1


# --- errors with remedies -----------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"secret": "throw-away-wrong"}, {"client_id": "another"}])
def test_a_wrong_credential_is_an_error_that_says_where_a_right_one_comes_from(
    changes: dict[str, object],
) -> None:
    with served(WrittenDesk(), changes=changes) as (connector, _, _):
        error = failure(connector)
        found = connector.check()
    assert isinstance(error, ConfigurationError)
    assert error.reason is Reason.CREDENTIALS
    assert "External Client App" in str(error)
    assert "throw-away" not in str(error)
    assert [(one.level, one.reason) for one in found] == [("error", Reason.CREDENTIALS)]


def test_a_session_token_that_is_over_is_an_error() -> None:
    changes = {"client_id": None, "secret": "throw-away-yesterday"}
    with served(WrittenDesk(), changes=changes) as (connector, _, _):
        assert failure(connector).reason is Reason.CREDENTIALS


def test_an_app_of_another_org_says_where_that_org_is() -> None:
    with served(WrittenDesk(), instance="https://acme.my.salesforce.com") as (connector, _, _):
        error = failure(connector)
    assert error.reason is Reason.ADDRESS
    assert "https://acme.my.salesforce.com in `url`" in str(error)


def test_a_field_that_the_org_does_not_have_is_named_with_its_setting() -> None:
    hidden = {"Contract.MRR__c", "Contract.Plan__c", "Account.Customer_Number__c"}
    with served(WrittenDesk(story(1, NOON)), hidden=hidden) as (connector, _, _):
        error = failure(connector)
        said = troubles(connector.check())
    assert error.reason is Reason.CONFIGURATION
    assert "Account has no field Customer_Number__c, named by `properties.external_id`" in str(
        error
    )
    assert "Contract has no field MRR__c, Plan__c, named by `properties.revenue`, " in said
    assert "field-level security" in said


def test_a_field_that_is_made_later_is_found_by_the_next_poll() -> None:
    desk = WrittenDesk(story(1, NOON))
    with served(desk, hidden={"Case.Team__c"}) as (connector, server, clock):
        assert "Team__c" in str(failure(connector))
        with SimulatorServer(SalesforceSimulator(desk, clock)) as other:
            server.answer = lambda asked: _as_first(server, other, asked)
            assert {*of(Ticket, list(connector.changes(None)))} == {case(1)}


def test_a_field_that_is_lost_while_it_is_polled_is_named_by_the_next_poll() -> None:
    desk = WrittenDesk(story(1, NOON))
    with served(desk) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        lost = SalesforceSimulator(desk, clock, hidden={"Case.Team__c"})
        with SimulatorServer(lost) as other:
            server.answer = lambda asked: _as_first(server, other, asked)
            with pytest.raises(Fatal):
                list(connector.changes(cursor))
            with pytest.raises(ConfigurationError, match=r"`properties\.team`"):
                list(connector.changes(cursor))


def test_an_object_that_may_not_be_read_is_an_error_and_may_be_left_out() -> None:
    desk = WrittenDesk(story(1, NOON))
    with served(desk, without={"Contract"}) as (connector, server, _):
        error = failure(connector)
        said = troubles(connector.check())
        with connected(server, customers=False) as support:
            assert {*of(Ticket, list(support.changes(None)))} == {case(1)}
    assert "`customers: false`" in str(error)
    assert "may read Contract" in said


def test_accounts_and_queues_that_may_not_be_read_are_gaps() -> None:
    desk = WrittenDesk(story(1, NOON - DAY, customer=1), customers=[patron(1, paid(1))])
    with served(desk, without={"Account", "Group"}, changes=STANDARD) as (connector, _, _):
        pages = list(connector.changes(None))
        found = connector.check()
    told = of(Ticket, pages)[case(1)]
    assert (told.customer, told.team) == (None, key("00G", 0))
    assert {*of(Subscription, pages)} == {contract(1)}
    assert of(Customer, pages) == {}
    assert {*pages[-1].gaps} == {streams.NO_ACCOUNTS, org.NO_QUEUES}
    assert streams.NO_ACCOUNTS in troubles(found)
    assert org.NO_QUEUES in troubles(found)
    assert [one.level for one in found].count("error") == 0


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (faults.status(404), ConfigurationError, Reason.ADDRESS),
        (faults.html(), ConfigurationError, Reason.ADDRESS),
        (faults.throttle(3600), Retriable, Reason.THROTTLED),
        (faults.status(503), Retriable, Reason.SERVER),
        (faults.status(403), ConfigurationError, Reason.CREDENTIALS),
        (faults.status(400), Fatal, Reason.CONTRACT),
    ],
)
def test_what_goes_wrong_is_told_by_kind(
    fault: faults.Fault, kind: type[ConnectorError], reason: Reason
) -> None:
    with served(WrittenDesk(story(1, NOON))) as (connector, server, _):
        server.faults.always(QUERIES, fault)
        error = failure(connector)
    assert isinstance(error, kind)
    assert error.reason is reason


def test_a_page_for_people_in_the_place_of_a_description_is_no_missing_right() -> None:
    with served(WrittenDesk(story(1, NOON))) as (connector, server, _):
        server.faults.always("/services/data/v62.0/sobjects/Account/describe", faults.html())
        assert failure(connector).reason is Reason.ADDRESS


def test_one_record_that_makes_no_sense_is_left_out_by_name() -> None:
    desk = WrittenDesk(
        *(story(n, NOON - n * DAY) for n in range(1, 6)), customers=[patron(1, paid(1)), patron(2)]
    )
    spoilt = {
        case(3): ("CreatedDate", "soon"),
        case(4): ("SystemModstamp", 4),
        contract(1): ("MRR__c", "much"),
    }
    with served(desk) as (connector, server, _):
        server.answer = _spoiling(server, spoilt)
        pages = list(connector.changes(None))
    assert {*of(Ticket, pages)} == {case(1), case(2), case(5)}
    assert len(of(Customer, pages)) == 2
    assert {one.subject: one.message for page in pages for one in page.rejected} == {
        case(3): f"record {case(3)}: CreatedDate is no date",
        case(4): f"record {case(4)}: $.SystemModstamp does not hold what it must",
        contract(1): f"record {contract(1)}: MRR__c is no number",
    }


def test_records_that_were_not_asked_for_stop_the_poll() -> None:
    desk = WrittenDesk(*(story(n, NOON - n * DAY) for n in range(1, 9)))
    with served(desk, page_limit=3) as (connector, server, _):
        right = server.simulator.answer
        kept: dict[str, SimResponse] = {}
        server.answer = lambda asked: kept.setdefault(asked.path, right(asked))
        with pytest.raises(Fatal):
            list(connector.changes(None))


def test_a_cursor_of_somebody_else_is_refused() -> None:
    with served(WrittenDesk()) as (connector, _, _), pytest.raises(Fatal, match="another name"):
        list(connector.changes("yesterday"))


# --- check, figures, links ----------------------------------------------------------------------


def test_check_finds_nothing_in_the_way_of_an_org_that_is_well() -> None:
    with served(desk_of_many()) as (connector, _, _):
        found = connector.check()
    assert troubles(found) == ""
    said = " ".join(one.message for one in found)
    assert "cases tell whose they are" in said
    assert "of the org's 15000 requests of 24 hours are used" in said


def test_check_warns_before_the_requests_of_a_day_are_used_up() -> None:
    with served(WrittenDesk(), allowed=30) as (connector, _, _):
        for _ in range(7):
            list(connector.changes(None))
        assert "25 of the org's 30 requests" in troubles(connector.check())


def test_check_tells_which_statuses_nobody_has_said_anything_about() -> None:
    waits = Event(NOON - HOUR, Kind.STATUS, Role.AGENT, "hold")
    desk = WrittenDesk(story(1, NOON - DAY, waits))
    with served(desk, changes={"statuses": {}}) as (connector, _, _):
        said = " ".join(one.message for one in connector.check())
    assert "statuses that count as open: With a supplier" in said


def test_its_own_figures_are_what_the_desk_counts() -> None:
    since = NOON - 7 * DAY
    with served(desk_of_many()) as (connector, _, _):
        figures = connector.figures(since, NOON)
        told = of(Ticket, list(connector.changes(None))).values()
    assert figures is not None
    found = {one.fact: one.count for one in figures}
    assert found == {
        Fact.CREATED: sum(since <= one.created_at <= NOON for one in told),
        Fact.SOLVED: sum(any(since <= s.at <= NOON for s in one.solves) for one in told),
        Fact.OPEN: sum(one.status.is_open for one in told),
    }
    assert min(found.values()) > 3


def test_a_number_leads_to_its_cases() -> None:
    with served(WrittenDesk(story(1, NOON))) as (connector, server, _):
        url = connector.ticket_url(case(1))
    assert url == f"{server.url}/lightning/r/Case/{case(1)}/view"


def test_a_quiet_poll_is_three_requests_and_many_cases_few() -> None:
    with served(CrowdedDesk(1_000, NOON)) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        # a busy machine may need to ask the same again
        imported = set(server.requests)
        for _ in range(2):  # the first tells the last minutes again
            before = len(server.requests)
            clock.at += HOUR
            cursor = list(connector.changes(cursor))[-1].cursor
        assert len(server.requests) - before == 3
    assert len(imported) <= 7


def test_the_simulator_refuses_what_salesforce_refuses() -> None:
    simulator = SalesforceSimulator(desk_of_many(), StandingClock(NOON))

    def code(query: str, token: str = SESSION) -> str:
        headers = {"authorization": f"Bearer {token}"}
        told = simulator.answer(SimRequest("GET", QUERIES, {"q": query}, headers))
        body = json.loads(told.body)
        return "" if told.status == 200 else body[0]["errorCode"]

    assert code("SELECT Id FROM Case LIMIT 1") == ""
    assert code("SELECT Id, Account.Website FROM Case WHERE AccountId != null LIMIT 1") == ""
    assert code("SELECT Nope__c FROM Case") == "INVALID_FIELD"
    assert code("SELECT Account.Nope FROM Case") == "INVALID_FIELD"
    assert code("SELECT Id FROM Cases") == "INVALID_TYPE"
    assert code("SELECT Id FROM Case WHERE CreatedDate >= '2026-01-01'x") == "MALFORMED_QUERY"
    both = "SELECT Id FROM Case WHERE Id > 'a' AND Id < 'b' OR IsClosed = true"
    assert code(both) == "MALFORMED_QUERY"
    assert code("SELECT Id FROM Case", "another") == "INVALID_SESSION_ID"


def _as_first(server: SimulatorServer, other: SimulatorServer, asked: SimRequest) -> SimResponse:
    """The other org's answer to a session of the first."""
    if asked.path.endswith("/token"):
        return server.simulator.answer(asked)
    headers = {**asked.headers, "authorization": f"Bearer {SESSION}"}
    return other.simulator.answer(SimRequest(asked.method, asked.path, asked.query, headers))


def _spoiling(server: SimulatorServer, spoilt: dict[str, tuple[str, object]]) -> Any:
    """Answers with fields of some records replaced."""
    right = server.simulator.answer

    def answer(asked: SimRequest) -> SimResponse:
        response = right(asked)
        told = json.loads(response.body)
        for one in told.get("records", []):
            if one["Id"] in spoilt:
                name, value = spoilt[one["Id"]]
                one[name] = value
        return SimResponse(response.status, response.headers, json.dumps(told).encode())

    return answer


def test_a_first_reading_that_is_broken_off_goes_on_as_one() -> None:
    with served(desk_of_many(), page_limit=11) as (connector, *_):
        assert_first_reading_goes_on(connector)
