"""What the HubSpot connector gives, against a simulated account over real HTTP."""

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
from connectors.hubspot import portal as portals
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.simulated_sales import DEALS, NUMBER
from connectors.hubspot.simulated_tickets import COMPANIES
from connectors.hubspot.simulator import BEHIND, HubSpotSimulator
from connectors.records import Removal, Removed, Ticket
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Deal, Dealing, Desk, Event, Kind, Patron, Role, Story
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients
from tests.clients import assert_first_reading_goes_on, failure, of, records, troubles
from tests.pipeline import differences, pipeline, total

connected = partial(clients.connected, HubSpotConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICKETS = "/crm/v3/objects/tickets"
DEALS_LIST = "/crm/v3/objects/deals"
PRICE = "team 30.00 EUR month 1"


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


@contextmanager
def served(
    desk: Desk,
    *,
    at: datetime = NOON + BEHIND,
    changes: Mapping[str, object] | None = None,
    **options: Any,
) -> Iterator[tuple[HubSpotConnector, SimulatorServer, StandingClock]]:
    """A connector of an account with this desk, whose index has come to noon."""
    clock = StandingClock(at)
    with (
        SimulatorServer(HubSpotSimulator(desk, clock, **options)) as server,
        connected(server, **(changes or {})) as connector,
    ):
        yield connector, server, clock


def company(number: int) -> str:
    return str(COMPANIES + number)


# --- the truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 8])
def test_one_import_gives_the_truth_of_tickets_and_of_customers(seed: int, tmp_path: Path) -> None:
    with pipeline("hubspot", desk_of_many(seed), tmp_path) as line:
        line.poll(NOON)
        assert differences(line.samples(), line.truth().as_samples()) == []


@pytest.mark.parametrize("seed", [7, 8])
def test_eight_polls_give_the_truth_page_by_page(seed: int, tmp_path: Path) -> None:
    with pipeline("hubspot", desk_of_many(seed), tmp_path, page_limit=7) as line:
        for number in range(8, 0, -1):
            line.poll(NOON - (number - 1) * 9.7 * DAY)
        found = line.samples()
        assert differences(found, line.truth().as_samples()) == []
    assert total(found, "support_customers_churned_total") > 5
    assert total(found, "support_mrr_movement_total") > 100
    assert total(found, "support_tickets_solved_total") > 30
    assert found["support_customers", frozenset({("state", "ending")})] > 0
    assert total(found, "support_customers_trialing") > 0


def test_an_account_may_be_for_support_or_for_sales_alone(tmp_path: Path) -> None:
    for name, settings in {"sales": {"tickets": False}, "support": {"customers": False}}.items():
        folder = tmp_path / name
        folder.mkdir()
        with pipeline("hubspot", desk_of_many(), folder, settings=settings) as line:
            for at in (NOON - 9 * DAY, NOON):
                line.poll(at)
            assert differences(line.samples(), line.truth().as_samples()) == []
            asked = " ".join(line.server.requests)
        assert ("/tickets" in asked, "/deals" in asked) == (name == "support", name == "sales")


# --- the traps of the vendor --------------------------------------------------------------------


def test_a_second_with_more_tickets_than_a_search_shows_is_read_to_its_end() -> None:
    crowd = [story(n, NOON - 2 * DAY) for n in range(1, 10_452)]
    others = [story(20_000 + n, NOON - (n + 3) * DAY) for n in range(3)]
    late = story(30_000, NOON - DAY)
    with served(WrittenDesk(*crowd, *others, late)) as (connector, server, _):
        pages = list(connector.changes(None))
        assert not any("after" in one for one in server.requests)
    assert len(of(Ticket, pages)) == 10_455
    assert sum(len(page.records) for page in pages) == 10_455  # and none of them twice


def test_a_poll_after_a_crowded_second_tells_what_came_within_it() -> None:
    desk = WrittenDesk(*(story(n, NOON) for n in range(1, 40)))
    with served(desk, page_limit=4) as (connector, _, clock):
        clock.at = NOON + BEHIND
        first = list(connector.changes(None))
        clock.at += timedelta(minutes=1)
        second = list(connector.changes(first[-1].cursor))
    assert len(of(Ticket, first)) == len(of(Ticket, second)) == 39


def test_changes_come_oldest_first_whatever_is_shown_of_one_instant() -> None:
    with served(desk_of_many(), page_limit=5) as (connector, _, _):
        told = list(of(Ticket, list(connector.changes(None))).values())
    seconds = [one.changed_at for one in told]
    assert seconds == sorted(seconds)
    assert len(told) > 100


def test_an_index_that_is_behind_hides_nothing_for_good() -> None:
    desk = WrittenDesk(story(1, NOON), story(2, NOON + timedelta(seconds=1)))
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at += timedelta(seconds=40)
        second = list(connector.changes(first[-1].cursor))
    assert [*of(Ticket, first)] == ["1"]
    assert [page.complete_to for page in first][-1] == NOON  # and claims no more than it shows
    assert {*of(Ticket, second)} == {"1", "2"}


def test_searches_that_are_refused_for_now_are_made_again() -> None:
    with served(desk_of_many(), page_limit=20, burst=5) as (connector, _, _):
        pages = list(connector.changes(None))
        spent = connector.usage().requests
    assert len(of(Ticket, pages)) > 100
    assert spent["429"] > 3


def test_a_deleted_ticket_is_found_in_the_bin_and_one_that_merged_on_the_other() -> None:
    later = NOON + timedelta(hours=1)
    desk = WrittenDesk(
        story(1, NOON - DAY),
        story(2, NOON - DAY, Event(later, Kind.DELETED, Role.AGENT)),
        story(3, NOON - DAY, Event(later, Kind.MERGED, Role.AGENT, "1")),
        story(4, NOON - DAY, Event(NOON - timedelta(hours=2), Kind.DELETED, Role.AGENT)),
    )
    with served(desk) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = later + BEHIND
        second = list(connector.changes(first[-1].cursor))
        third = list(connector.changes(connector.from_start(first[-1].cursor)))
    assert {*of(Ticket, first)} == {"1", "2", "3"}
    assert of(Removed, first) == {}
    gone = of(Removed, second)
    assert {key: one.why for key, one in gone.items()} == {
        "2": Removal.DELETED,
        "3": Removal.MERGED,
    }
    assert of(Removed, third) == gone


def test_what_is_deleted_is_left_alone_where_the_operator_says_so() -> None:
    with served(WrittenDesk(story(1, NOON)), changes={"deletions": False}) as (
        connector,
        server,
        _,
    ):
        cursor = list(connector.changes(None))[-1].cursor
        list(connector.changes(cursor))
        assert not any("archived" in one for one in server.requests)
        assert connector.measures().removals is False


def test_a_deal_that_was_deleted_or_is_won_no_more_never_was_a_subscription() -> None:
    at = NOON + timedelta(hours=1)
    patrons = [patron(n, paid(n)) for n in (1, 2)]
    tried = patron(3, Dealing(NOON - DAY, Deal.TRIAL, 3, PRICE), Dealing(at, Deal.ENDED, 3))
    binned = {1: at}
    desk = WrittenDesk(customers=[*patrons, tried])
    with served(desk) as (connector, server, clock):
        first = list(connector.changes(None))
        clock.at = at + BEHIND
        with SimulatorServer(HubSpotSimulator(desk, clock, binned=binned)) as other:
            server.answer = other.simulator.answer
            second = list(connector.changes(first[-1].cursor))
    assert {*of(Subscription, first)} == {str(DEALS + n) for n in (1, 2, 3)}
    assert {*of(Withdrawn, second)} == {str(DEALS + 1), str(DEALS + 3)}


def test_a_first_import_says_nothing_of_deals_that_never_were_won() -> None:
    lost = patron(
        1, Dealing(NOON - 9 * DAY, Deal.TRIAL, 1, PRICE), Dealing(NOON - DAY, Deal.ENDED, 1)
    )
    with served(WrittenDesk(customers=[lost])) as (connector, _, _):
        told = records(list(connector.changes(None)))
    assert [type(one) for one in told] == [Customer]


def test_a_company_that_was_merged_away_is_told_no_more_and_its_deals_are_the_others() -> None:
    desk = WrittenDesk(customers=[patron(1), patron(2, paid(2))])
    with served(desk, merges={1: 2}) as (connector, _, _):
        pages = list(connector.changes(None))
    assert {*of(Customer, pages)} == {company(2)}
    assert {one.customer for one in of(Subscription, pages).values()} == {company(2)}


def test_tickets_and_customers_know_each_other_by_number_and_domain() -> None:
    desk = WrittenDesk(
        story(1, NOON - DAY, customer=1), story(2, NOON - DAY), customers=[patron(1, paid(1))]
    )
    with served(desk) as (connector, _, _):
        pages = list(connector.changes(None))
    tickets, customers = of(Ticket, pages), of(Customer, pages)
    assert tickets["1"].customer.external_ids == ("ACME-1",)
    assert tickets["1"].customer.domains == ("acme-1.example",)
    assert tickets["2"].customer is None
    assert customers[company(1)].identity.external_ids == ("ACME-1", company(1))


def test_whose_many_tickets_are_is_asked_in_hundreds_and_once() -> None:
    patrons = [patron(n) for n in range(1, 151)]
    stories = [story(n, NOON - n * timedelta(hours=1), customer=n) for n in range(1, 151)]
    more = [story(200 + n, NOON - DAY, customer=n) for n in range(1, 151)]
    with served(WrittenDesk(*stories, *more, customers=patrons)) as (connector, server, _):
        pages = list(connector.changes(None))
        batches = [one for one in server.requests if one.endswith("batch/read")]
    assert all(one.customer for one in of(Ticket, pages).values())
    assert len(batches) <= 4


def test_deals_without_a_currency_are_in_the_accounts() -> None:
    desk = WrittenDesk(customers=[patron(1, paid(1, price="team 600.00 USD year 1 x2 -50%"))])
    with served(desk, hidden={"deal_currency_code"}) as (connector, server, _):
        told = of(Subscription, list(connector.changes(None)))[str(DEALS + 1)]
        assert "/account-info/v3/details" in server.requests
    assert (told.terms[0].monthly.amount, told.terms[0].monthly.currency) == (Decimal(50), "EUR")


def test_an_end_that_is_announced_is_told_before_it_comes() -> None:
    ends = NOON + 20 * DAY
    leaving = (paid(1), Dealing(NOON - DAY, Deal.ANNOUNCED, 1, ends.isoformat()))
    with served(WrittenDesk(customers=[patron(1, *leaving)])) as (connector, _, _):
        told = of(Subscription, list(connector.changes(None)))[str(DEALS + 1)]
    assert (told.ended_at, told.reason) == (ends, None)


# --- errors with remedies -----------------------------------------------------------------------


def test_a_wrong_token_is_an_error_that_says_where_a_right_one_comes_from() -> None:
    wrong = {"token": "throw-away-wrong"}
    with served(WrittenDesk(), changes=wrong) as (connector, _, _):
        error = failure(connector)
        found = connector.check()
    assert isinstance(error, ConfigurationError)
    assert error.reason is Reason.CREDENTIALS
    assert "private app" in str(error)
    assert "throw-away" not in str(error)
    assert [(one.level, one.reason) for one in found] == [("error", Reason.CREDENTIALS)]


def test_a_scope_that_is_missing_is_an_error_and_a_part_may_be_left_out() -> None:
    missing = {"crm.objects.deals.read"}
    desk = WrittenDesk(story(1, NOON))
    with served(desk, without=missing) as (connector, server, _):
        error = failure(connector)
        found = connector.check()
        with connected(server, customers=False) as support:
            assert {*of(Ticket, list(support.changes(None)))} == {"1"}
    assert error.reason is Reason.CREDENTIALS
    assert "customers: false" in str(error)
    assert "deals" in troubles(found)


def test_teams_and_companies_that_may_not_be_read_are_gaps() -> None:
    team = Event(NOON - DAY, Kind.TEAM, Role.SYSTEM, "Billing")
    desk = WrittenDesk(story(1, NOON - DAY, team, customer=1), customers=[patron(1)])
    missing = {"settings.users.teams.read", "crm.objects.companies.read"}
    with served(desk, without=missing, changes={"customers": False}) as (connector, _, _):
        pages = list(connector.changes(None))
        found = connector.check()
    told = of(Ticket, pages)["1"]
    assert told.customer is None
    assert told.team.isdigit()
    assert {*pages[-1].gaps} == {portals.NO_TEAMS, portals.NO_COMPANIES}
    assert portals.NO_TEAMS in troubles(found)
    assert portals.NO_COMPANIES in troubles(found)
    assert [one.level for one in found].count("error") == 0


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (faults.status(404), ConfigurationError, Reason.ADDRESS),
        (faults.html(), ConfigurationError, Reason.ADDRESS),
        (faults.throttle(3600), Retriable, Reason.THROTTLED),
        (faults.status(503), Retriable, Reason.SERVER),
        (faults.status(400), Fatal, Reason.CONTRACT),
    ],
)
def test_what_goes_wrong_is_told_by_kind(
    fault: faults.Fault, kind: type[ConnectorError], reason: Reason
) -> None:
    with served(WrittenDesk(story(1, NOON))) as (connector, server, _):
        server.faults.always(TICKETS, fault)
        error = failure(connector)
    assert (type(error).__mro__.index(kind) >= 0, error.reason) == (True, reason)


def test_one_record_that_makes_no_sense_is_left_out_by_name() -> None:
    desk = WrittenDesk(
        *(story(n, NOON - n * DAY) for n in range(1, 6)), customers=[patron(1, paid(1)), patron(2)]
    )
    with served(desk) as (connector, server, _):
        server.answer = _spoiling(
            server, {"3": ("createdate", "soon"), str(DEALS + 1): ("hs_mrr", "much")}
        )
        pages = list(connector.changes(None))
    assert {*of(Ticket, pages)} == {"1", "2", "4", "5"}
    assert {*of(Customer, pages)} == {company(1), company(2)}
    assert [(one.subject, one.message) for page in pages for one in page.rejected] == [
        ("3", "record 3: createdate is no date"),
        (str(DEALS + 1), f"record {DEALS + 1}: hs_mrr is no number"),
    ]


def test_records_that_were_not_asked_for_stop_the_poll() -> None:
    desk = WrittenDesk(*(story(n, NOON - n * DAY) for n in range(1, 9)))
    with served(desk, page_limit=3) as (connector, server, _):
        first = server.simulator.answer
        kept: dict[str, SimResponse] = {}
        server.answer = lambda asked: kept.setdefault(asked.path, first(asked))
        error = failure(connector)
    assert isinstance(error, Fatal)
    assert "not asked for" in str(error)


def test_a_bin_that_never_ends_stops_the_poll() -> None:
    gone = [
        story(n, NOON - DAY, Event(NOON + timedelta(minutes=n), Kind.DELETED, Role.AGENT))
        for n in range(1, 6)
    ]
    with served(WrittenDesk(*gone), page_limit=2) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON + timedelta(hours=1)
        right = server.simulator.answer

        def stuck(asked: SimRequest) -> SimResponse:
            query = {name: value for name, value in asked.query.items() if name != "after"}
            return right(SimRequest(asked.method, asked.path, query, asked.headers, (), asked.body))

        server.answer = stuck
        with pytest.raises(Fatal, match="deleted tickets does not come to an end"):
            list(connector.changes(cursor))


def test_a_cursor_of_somebody_else_is_refused() -> None:
    with served(WrittenDesk()) as (connector, _, _), pytest.raises(Fatal, match="another name"):
        list(connector.changes("yesterday"))


# --- check, figures, links ----------------------------------------------------------------------


def test_check_finds_nothing_in_the_way_of_an_account_that_is_well() -> None:
    with served(desk_of_many()) as (connector, _, _):
        found = connector.check()
    assert troubles(found) == ""
    said = " ".join(one.message for one in found)
    assert "tickets tell whose they are" in said
    assert "stages that count as open: On the bench" in said


def test_check_names_properties_and_stages_that_the_account_does_not_have() -> None:
    changes = {"properties": {"end": "left_on"}, "stages": {"Nowhere": "hold"}}
    with served(desk_of_many(), changes=changes) as (connector, _, _):
        said = troubles(connector.check())
    assert "deals have no property left_on" in said
    assert "`stages` names nowhere, which no pipeline has" in said


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


def test_what_it_measured_itself_is_what_follows_from_the_instants() -> None:
    with served(desk_of_many()) as (connector, _, _):
        measured = connector.measured(NOON - 30 * DAY)
        assert measured is not None
        statements = list(measured)
        told = of(Ticket, list(connector.changes(None)))
    for one in statements:
        ticket = told[one.ticket]
        end = ticket.first_response_at if one.fact is Fact.FIRST_RESPONSE else ticket.solves[-1].at
        assert one.seconds == (end - ticket.created_at).total_seconds()
    facts = [one.fact for one in statements]
    assert min(facts.count(Fact.FIRST_RESPONSE), facts.count(Fact.SOLVED)) > 20


def test_a_number_leads_to_its_tickets_where_the_account_is_named() -> None:
    settings = {"token": "throw-away", "portal": 4711}
    connector = HubSpotConnector("crm", HubSpotSettings.model_validate(settings))
    url = connector.ticket_url("77")
    connector.close()
    assert url is not None
    assert url.endswith("/contacts/4711/record/0-5/77")
    nowhere = HubSpotConnector("crm", HubSpotSettings.model_validate({"token": "throw-away"}))
    assert nowhere.ticket_url("77") is None
    nowhere.close()


def test_a_quiet_poll_is_five_requests_and_many_tickets_few() -> None:
    with served(CrowdedDesk(1_000, NOON)) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        imported = len(server.requests)
        for _ in range(2):  # the first tells the last minutes again
            before = len(server.requests)
            clock.at += timedelta(hours=1)
            cursor = list(connector.changes(cursor))[-1].cursor
        assert len(server.requests) - before == 5
    assert imported <= 12


def test_the_simulator_refuses_what_hubspot_refuses() -> None:
    simulator = HubSpotSimulator(desk_of_many(), StandingClock(NOON))
    headers = {"authorization": f"Bearer {simulator.settings('')['token']}"}

    def status(body: object, path: str = f"{TICKETS}/search") -> int:
        sent = json.dumps(body).encode()
        return simulator.answer(SimRequest("POST", path, {}, headers, (), sent)).status

    assert status({"limit": 200}) == 200
    assert status({"limit": 201}) == 400
    assert status({"limit": 200, "after": "9900"}) == 400
    assert status({"order": "x"}) == 400
    assert (
        status({"sorts": [{"propertyName": "createdate"}, {"propertyName": "hs_pipeline"}]}) == 400
    )
    unknown = {"filters": [{"propertyName": "nope", "operator": "EQ", "value": "1"}]}
    assert status({"filterGroups": [unknown]}) == 400
    assert status({"limit": 1}, f"{DEALS_LIST}/searches") == 404
    known = simulator.answer(
        SimRequest("POST", f"{TICKETS}/search", {}, headers, (), b'{"properties": ["nope"]}')
    )
    assert "nope" not in json.loads(known.body)["results"][0]["properties"]
    assert NUMBER not in known.body.decode()


def _spoiling(server: SimulatorServer, spoilt: dict[str, tuple[str, str]]) -> Any:
    """Answers with properties of some records replaced."""
    right = server.simulator.answer

    def answer(asked: SimRequest) -> SimResponse:
        response = right(asked)
        told = json.loads(response.body)
        for one in told.get("results", []):
            if one["id"] in spoilt:
                name, value = spoilt[one["id"]]
                one["properties"][name] = value
        return SimResponse(response.status, response.headers, json.dumps(told).encode())

    return answer


def test_a_first_reading_that_is_broken_off_goes_on_as_one() -> None:
    with served(desk_of_many(), page_limit=5) as (connector, *_):
        assert_first_reading_goes_on(connector)
