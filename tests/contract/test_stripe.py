"""What the Stripe connector gives, against a simulated account over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import (
    ConfigurationError,
    ConnectorError,
    Fatal,
    Page,
    Reason,
    Retriable,
)
from connectors.customers import Customer, Ending, Money, Subscription
from connectors.records import Identity
from connectors.stripe.connector import StripeConnector
from connectors.stripe.settings import StripeSettings
from connectors.stripe.simulated_prices import made_id
from connectors.stripe.simulated_subscription import subscription_id
from connectors.stripe.simulator import StripeSimulator
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.faults import Fault, Faults
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests.pipeline import business, differences, pipeline

NOON = datetime(2026, 4, 9, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3_600, 86_400))
TEAM = "team 20.00 EUR month 1"

Records = dict[str, Customer | Subscription]


def patron(number: int, at: datetime, *events: Dealing) -> Patron:
    return Patron(number, at, f"ACME-{number:04}", (f"company-{number}.example",), events)


def paying(number: int, at: datetime, *more: tuple[timedelta, Deal, str]) -> Patron:
    """A customer with one subscription, and what happened to it how long after it was paid."""
    later = (Dealing(at + after, kind, number, value) for after, kind, value in more)
    return patron(number, at, Dealing(at, Deal.PAID, number, TEAM), *later)


def hourly(count: int) -> list[Patron]:
    """One new customer an hour, the last one an hour before noon."""
    return [paying(n, NOON - (count - n + 1) * HOUR) for n in range(1, count + 1)]


def named(number: int) -> str:
    return subscription_id(number)


@contextmanager
def connected(server: SimulatorServer, **changes: object) -> Iterator[StripeConnector]:
    fields = {**server.simulator.settings(server.url), **changes}
    assert fields.pop("vendor") == StripeConnector.vendor
    connector = StripeConnector("billing", StripeSettings.model_validate(fields))
    try:
        yield connector
    finally:
        connector.close()


@contextmanager
def account(
    patrons: Sequence[Patron], *, page_size: int = 10, plan: Faults | None = None, **options: Any
) -> Iterator[tuple[StripeConnector, SimulatorServer, StandingClock]]:
    clock = StandingClock(NOON)
    desk = WrittenDesk(customers=patrons, begins=NOON - 900 * DAY)
    with (
        SimulatorServer(StripeSimulator(desk, clock, **options), faults=plan) as server,
        connected(server, page_size=page_size) as connector,
    ):
        yield connector, server, clock


def latest(*pages: Page) -> Records:
    """What stands after all pages: of each record the newest version."""
    found: Records = {}
    for page in pages:
        for record in page.records:
            assert isinstance(record, Customer | Subscription)
            known = found.get(record.id)
            if known is None or _version(known) <= _version(record):
                found[record.id] = record
    return found


def _version(record: Customer | Subscription) -> tuple[datetime, int]:
    return record.changed_at, record.revision


def sold(records: Records, number: int) -> Subscription:
    found = records[named(number)]
    assert isinstance(found, Subscription)
    return found


def monthly(told: Subscription) -> Money:
    (terms,) = told.terms
    return terms.monthly


# --- the numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "page_limit"), [(1, None), (2, 7), (3, 40)])
def test_a_first_import_gives_the_truth(seed: int, page_limit: int | None, tmp_path: Path) -> None:
    desk = SeededDesk(seed, present=NOON, weeks=1, rate=0, customers=80)
    with pipeline("stripe", desk, tmp_path, page_limit=page_limit) as line:
        line.poll(NOON)
        found = line.samples()
        assert differences(found, line.truth().as_samples()) == []
    assert sum(value for (name, _), value in found.items() if name == "support_customers") > 20


@pytest.mark.parametrize(("seed", "page_limit"), [(1, 5), (4, None)])
def test_eight_polls_give_the_truth(seed: int, page_limit: int | None, tmp_path: Path) -> None:
    desk = SeededDesk(seed, present=NOON, weeks=1, rate=0, customers=80)
    with pipeline("stripe", desk, tmp_path, page_limit=page_limit) as line:
        for days in (64, 40, 25, 20, 9, 3, 1, 0):
            line.poll(NOON - days * DAY)
        assert differences(line.samples(), line.truth().as_samples()) == []


def test_after_two_months_without_a_poll_everything_is_read_again(tmp_path: Path) -> None:
    desk = SeededDesk(5, present=NOON, weeks=1, rate=0, customers=80)
    with pipeline("stripe", desk, tmp_path) as line:
        line.poll(NOON - 61 * DAY)
        line.server.requests.clear()
        line.poll(NOON)
        assert any("/v1/customers" in request for request in line.server.requests)
        found, true = line.samples(), line.truth().as_samples()
    apart = differences(found, true)
    assert not [one for one in apart if "support_mrr_movement" not in one]


@pytest.mark.parametrize("page_limit", [None, 1])
def test_two_changes_between_two_polls_are_one_however_many_pages_they_fill(
    page_limit: int | None, tmp_path: Path
) -> None:
    """A price that is raised before its subscription ends, one that is raised and lowered, one
    that is lowered soon after it began, and a discount that is asked for."""
    raised, less = (TEAM.replace("20.00", price) for price in ("30.00", "10.00"))
    up, cut = (15 * DAY, Deal.PRICED, raised), (25 * DAY, Deal.PRICED, f"{raised} -20%")
    patrons = [
        paying(1, NOON - 40 * DAY, up, (25 * DAY, Deal.ENDED, "")),
        paying(2, NOON - 40 * DAY, up, (25 * DAY, Deal.PRICED, less)),
        paying(3, NOON - 20 * DAY, (10 * DAY, Deal.PRICED, less)),
        paying(4, NOON - 40 * DAY, (15 * DAY, Deal.PRICED, f"{TEAM} x2 -20%"), cut),
    ]
    desk = WrittenDesk(customers=patrons, begins=NOON - 900 * DAY)
    with pipeline("stripe", desk, tmp_path, page_limit=page_limit) as line:
        for days in (28, 0):
            line.poll(NOON - days * DAY)
        assert differences(line.samples(), line.truth().as_samples()) == []


def test_whatever_is_read_again_changes_nothing(tmp_path: Path) -> None:
    desk = SeededDesk(6, present=NOON, weeks=1, rate=0, customers=60)
    with pipeline("stripe", desk, tmp_path, page_limit=9) as line:
        for days in (20, 0):
            line.poll(NOON - days * DAY)
        before = line.body()
        for cursor in (line.connect().since(NOON - 15 * DAY), None):
            line.commit_all(cursor)
        assert business(line.body()) == business(before)


# --- lists --------------------------------------------------------------------------------------


def test_those_who_left_are_imported_too() -> None:
    gone = paying(1, NOON - 90 * DAY, (50 * DAY, Deal.ENDED, "price"))
    with account([gone, paying(2, NOON - DAY)]) as (connector, server, _):
        found = latest(*connector.changes(None))
    assert sold(found, 1).ended_at == NOON - 40 * DAY
    assert sold(found, 1).reason is Ending.PRICE
    assert all("status=all" in one for one in server.requests if "/subscriptions?" in one)


def test_an_import_that_is_broken_off_anywhere_goes_on_where_it_was() -> None:
    with account(hourly(17), page_size=4) as (connector, _, _):
        whole = list(connector.changes(None))
        everything = latest(*whole)
        assert len(everything) == 34
        for stop in range(1, len(whole) + 1):
            rest = list(connector.changes(whole[stop - 1].cursor))
            assert latest(*whole[:stop], *rest) == everything


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/subscriptions"])
def test_a_list_goes_on_by_time_when_the_record_behind_which_it_stood_is_gone(path: str) -> None:
    with account(hourly(25)) as (connector, server, _):
        refused: list[str] = []

        def answer(request: SimRequest) -> SimResponse:
            behind = request.query.get("starting_after", "")
            if request.path == path and behind and not refused:
                refused.append(behind)
                error = {"message": f"No such thing: '{behind}'", "param": "starting_after"}
                return SimResponse(400, body=json.dumps({"error": error}).encode())
            return server.simulator.answer(request)

        server.answer = answer
        found = latest(*connector.changes(None))
    assert refused
    assert len(found) == 50


def test_a_list_that_never_moves_on_is_an_error() -> None:
    with account(hourly(25)) as (connector, server, _):
        first: dict[str, SimResponse] = {}
        server.answer = lambda request: first.setdefault(
            request.path, server.simulator.answer(request)
        )
        with pytest.raises(Fatal, match=r"/v1/\w+ says that more follows, and does not move on"):
            list(connector.changes(None))
    assert len(server.requests) < 20


# --- events -------------------------------------------------------------------------------------


def test_a_quiet_account_costs_one_request() -> None:
    with account(hourly(25)) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        before = len(server.requests)
        connector.usage()
        clock.at += HOUR
        (page,) = connector.changes(cursor)
        assert (page.records, page.complete_to) == ((), clock.at)
        assert len(server.requests) - before == 1
        assert connector.usage().requests == {"200": 1}


def test_more_events_than_a_page_holds_are_all_told_days_of_them_one_by_one() -> None:
    with account(hourly(400)) as (connector, _, clock):
        clock.at = NOON - 401 * HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        pages = list(connector.changes(cursor))
        found = latest(*pages)
    assert sum(isinstance(one, Subscription) for one in found.values()) == 400
    told = [min(_version(one) for one in latest(page).values()) for page in pages]
    assert len(told) == 17
    assert told == sorted(told, reverse=True)
    assert [page.complete_to for page in pages if page.complete_to] == [NOON]


def test_events_that_are_broken_off_anywhere_go_on_where_they_were() -> None:
    with account(hourly(60)) as (connector, _, clock):
        clock.at = NOON - 70 * HOUR
        first = list(connector.changes(None))
        clock.at = NOON
        whole = list(connector.changes(first[-1].cursor))
        assert len(whole) == 3
        for stop in range(1, len(whole)):
            rest = list(connector.changes(whole[stop - 1].cursor))
            assert latest(*whole[:stop], *rest) == latest(*whole)


def test_what_happens_after_events_were_broken_off_is_told_too() -> None:
    with account([*hourly(60), paying(61, NOON + DAY)]) as (connector, _, clock):
        clock.at = NOON - 70 * HOUR
        first = list(connector.changes(None))
        clock.at = NOON
        begun = next(iter(connector.changes(first[-1].cursor)))
        clock.at = NOON + 2 * DAY
        rest = list(connector.changes(begun.cursor))
        whole = list(connector.changes(first[-1].cursor))
    assert latest(begun, *rest) == latest(*whole)
    assert named(61) in latest(*rest)
    assert [page.complete_to for page in rest if page.complete_to] == [NOON + 2 * DAY]


def test_an_event_that_shows_late_is_told_by_a_later_poll() -> None:
    late = paying(9, NOON - 4 * MINUTE)
    with account(hourly(3)) as (connector, _, _):
        cursor = list(connector.changes(None))[-1].cursor
    with account([*hourly(3), late]) as (connector, _, clock):
        clock.at += SECOND
        assert named(9) in latest(*connector.changes(cursor))


def test_a_subscription_that_is_made_and_paid_in_one_second_is_paid() -> None:
    with account([paying(1, NOON)]) as (connector, server, clock):
        clock.at = NOON - DAY
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        found = latest(*connector.changes(cursor))
    assert sold(found, 1).started_at == NOON
    assert not any("customer=" in one for one in server.requests)


def test_of_two_changes_within_a_second_the_state_now_counts() -> None:
    twice = paying(
        1,
        NOON - DAY,
        (23 * HOUR, Deal.LATE, ""),
        (23 * HOUR, Deal.PRICED, "team 30.00 EUR month 1"),
        (23 * HOUR, Deal.SETTLED, ""),
    )
    with account([twice]) as (connector, server, clock):
        clock.at = NOON - 2 * HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        told = sold(latest(*connector.changes(cursor)), 1)
    assert (monthly(told), told.past_due) == (Money(Decimal("30.00"), "EUR"), False)
    assert (told.changed_at, told.revision) == (NOON - HOUR, 3)
    assert sum("customer=" in one for one in server.requests) == 1


def test_an_end_that_is_announced_is_pending_until_it_comes() -> None:
    ends = NOON + 3 * DAY
    leaving = paying(
        2, NOON - 40 * DAY, (39 * DAY, Deal.ANNOUNCED, ends.isoformat()), (43 * DAY, Deal.ENDED, "")
    )
    with account([leaving]) as (connector, _, clock):
        pages = list(connector.changes(None))
        pending = sold(latest(*pages), 2)
        clock.at = ends
        ended = sold(latest(*connector.changes(pages[-1].cursor)), 2)
    assert (pending.ending, pending.ended_at) == (True, None)
    assert (ended.ending, ended.ended_at, ended.reason) == (False, ends, None)


def test_who_gives_up_within_a_trial_never_was_a_customer() -> None:
    trial = Dealing(NOON - 5 * DAY, Deal.TRIAL, 1, TEAM)
    gone = Dealing(NOON - DAY, Deal.ENDED, 1, "")
    with account([patron(1, NOON - 5 * DAY, trial, gone)]) as (connector, _, clock):
        clock.at = NOON - 2 * DAY
        pages = list(connector.changes(None))
        tried = sold(latest(*pages), 1)
        clock.at = NOON
        left = sold(latest(*connector.changes(pages[-1].cursor)), 1)
    assert (tried.trial, tried.started_at) == (True, None)
    assert (left.trial, left.started_at, left.ended_at) == (False, None, NOON - DAY)


# --- discounts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_discount_that_an_event_only_names_is_asked_for(number: int) -> None:
    """Of an amount, on the item, of a share, and with a coupon for one invoice beside it."""
    less = paying(number, NOON - DAY, (23 * HOUR, Deal.PRICED, f"{TEAM} x2 -20%"))
    with account([less]) as (connector, _, clock):
        clock.at = NOON - 2 * HOUR
        pages = list(connector.changes(None))
        clock.at = NOON
        pages += connector.changes(pages[-1].cursor)
        told = sold(latest(*pages), number)
        anew = sold(latest(*connector.changes(None)), number)
    assert monthly(told) == monthly(anew) == Money(Decimal("32.00"), "EUR")


def test_a_discount_of_the_customer_as_a_whole_counts_and_changes_without_the_subscription() -> (
    None
):
    full, less = TEAM, f"{TEAM} -50%"
    steps = [(DAY, Deal.PRICED, less), (2 * DAY, Deal.PRICED, full), (3 * DAY, Deal.LATE, "")]
    prices = []
    with account([paying(1, NOON - 4 * DAY, *steps)], shared=True) as (connector, _, clock):
        cursor = None
        for days in (3.5, 2.5, 1.5, 0.5):
            clock.at = NOON - days * DAY
            pages = list(connector.changes(cursor))
            cursor = pages[-1].cursor
            prices.append(monthly(sold(latest(*pages), 1)).amount)
    assert prices == [20, 10, 20, 20]


def test_once_a_customer_has_a_discount_of_its_own_events_alone_are_not_believed() -> None:
    steps = [(DAY, Deal.PRICED, f"{TEAM} -50%"), (3 * DAY, Deal.PRICED, f"{TEAM} x2 -50%")]
    with account([paying(1, NOON - 4 * DAY, *steps)], shared=True) as (connector, _, clock):
        clock.at = NOON - 2 * DAY
        pages = list(connector.changes(None))
        clock.at = NOON
        pages += connector.changes(pages[-1].cursor)
    assert monthly(sold(latest(*pages), 1)) == Money(Decimal("20.00"), "EUR")


def test_a_customers_first_discount_of_its_own_counts_though_later_events_are_read_first() -> None:
    steps = [(DAY, Deal.PRICED, f"{TEAM} -50%"), (3 * DAY, Deal.LATE, "")]
    with account([paying(1, NOON - 4 * DAY, *steps)], shared=True, page_size=1) as (
        connector,
        _,
        clock,
    ):
        clock.at = NOON - 3.5 * DAY
        pages = list(connector.changes(None))
        clock.at = NOON
        pages += connector.changes(pages[-1].cursor)
    told = sold(latest(*pages), 1)
    assert (monthly(told), told.past_due) == (Money(Decimal("10.00"), "EUR"), True)


def test_what_is_asked_of_a_customer_who_is_gone_is_what_the_last_event_said() -> None:
    gone = paying(3, NOON - DAY, (HOUR, Deal.PRICED, f"{TEAM} -20%"), (22 * HOUR, Deal.ENDED, ""))
    with account([gone]) as (connector, server, clock):
        clock.at = NOON - 3 * HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON

        def answer(request: SimRequest) -> SimResponse:
            if "customer" in request.query:
                return SimResponse(400, body=b'{"error": {"message": "No such customer"}}')
            return server.simulator.answer(request)

        server.answer = answer
        told = sold(latest(*connector.changes(cursor)), 3)
    assert (told.ended_at, told.terms) == (NOON - 2 * HOUR, ())


def test_a_list_that_stripe_refuses_altogether_is_not_taken_for_a_customer_who_is_gone() -> None:
    less = paying(3, NOON - DAY, (22 * HOUR, Deal.PRICED, f"{TEAM} -20%"))
    with account([less]) as (connector, server, clock):
        clock.at = NOON - 3 * HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        server.faults.always("/v1/subscriptions", faults.status(400))
        with pytest.raises(Fatal, match="/v1/subscriptions does not take our request"):
            list(connector.changes(cursor))


# --- who it is ----------------------------------------------------------------------------------


def test_a_customer_is_known_by_its_metadata_and_the_domain_of_its_address() -> None:
    with account([paying(7, NOON - DAY)]) as (connector, _, _):
        found = latest(*connector.changes(None))
    assert [one.identity for one in found.values() if isinstance(one, Customer)] == [
        Identity(("ACME-0007",), ("company-7.example",))
    ]
    assert "billing@" not in repr(found).casefold()


def test_a_customer_who_is_new_is_known_before_it_buys_anything() -> None:
    with account([paying(1, NOON - DAY), patron(2, NOON)]) as (connector, _, clock):
        clock.at = NOON - HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        (told,) = latest(*connector.changes(cursor)).values()
    assert isinstance(told, Customer)
    assert told.identity.external_ids == ("ACME-0002",)


def test_subscriptions_on_the_clock_of_a_test_are_left_out() -> None:
    def on_a_clock(body: bytes) -> bytes:
        return body.replace(b'"test_clock":null', b'"test_clock":"clock_1"')

    plan = Faults().always("/v1/subscriptions", Fault(edit=on_a_clock))
    with account([paying(1, NOON - DAY)], plan=plan) as (connector, _, _):
        found = latest(*connector.changes(None))
    assert not [one for one in found.values() if isinstance(one, Subscription)]


# --- what goes wrong ----------------------------------------------------------------------------


def failure(connector: StripeConnector, cursor: str | None = None) -> ConnectorError:
    with pytest.raises(ConnectorError) as found:
        list(connector.changes(cursor))
    assert "throw-away" not in str(found.value)
    assert str(found.value).startswith("source 'billing': ")
    return found.value


def test_a_wrong_key_is_said_with_where_a_good_one_comes_from() -> None:
    with (
        account(hourly(1)) as (_, server, _),
        connected(server, api_key="throw-away-wrong") as connector,
    ):
        error = failure(connector)
        (finding,) = connector.check()
    assert isinstance(error, ConfigurationError)
    assert error.reason is Reason.CREDENTIALS
    assert "Create a restricted key in Stripe's Dashboard" in str(error)
    assert (finding.level, finding.reason) == ("error", Reason.CREDENTIALS)


def test_a_wrong_address_is_said() -> None:
    with (
        account(hourly(1)) as (_, server, _),
        connected(server, url=f"{server.url}/nowhere") as connector,
    ):
        assert failure(connector).reason is Reason.ADDRESS


@pytest.mark.parametrize("path", ["/v1/events", "/v1/subscriptions"])
def test_a_key_that_may_not_read_what_is_needed_is_an_error(path: str) -> None:
    with account(hourly(2), plan=Faults().forbid(path)) as (connector, _, _):
        error = failure(connector)
        findings = connector.check()
    assert isinstance(error, ConfigurationError)
    assert "that may read Events, Subscriptions, Customers and Prices" in str(error)
    assert [one.level for one in findings] == ["error"]


def test_without_customers_everything_else_is_told_and_the_gap_stays_said() -> None:
    with account(hourly(12), forbidden=["customers"]) as (connector, _, clock):
        pages = list(connector.changes(None))
        found = latest(*pages)
        clock.at += HOUR
        later = list(connector.changes(pages[-1].cursor))
        findings = {one.level: one.message for one in connector.check()}
    assert {type(one) for one in found.values()} == {Subscription}
    assert len(found) == 12
    for last in (pages[-1], later[-1]):
        assert [gap.partition(":")[0] for gap in last.gaps] == ["customers"]
    assert "Let it read Customers" in findings["warning"]


def test_without_prices_what_has_tiers_has_no_amount() -> None:
    tiered = patron(1, NOON - DAY, Dealing(NOON - DAY, Deal.PAID, 1, "enterprise 9.00 EUR year 1"))
    with account([tiered, paying(2, NOON - DAY)], forbidden=["prices"]) as (connector, _, _):
        pages = list(connector.changes(None))
        found = latest(*pages)
    assert sold(found, 1).terms == ()
    assert monthly(sold(found, 2)) == Money(Decimal("20.00"), "EUR")
    assert [gap.partition(":")[0] for gap in pages[-1].gaps] == ["prices"]


def test_a_quota_is_waited_out_and_a_long_one_is_left_to_the_next_poll() -> None:
    with account(hourly(3), plan=Faults([faults.throttle(0)])) as (connector, server, _):
        assert len(latest(*connector.changes(None))) == 6
        assert connector.usage().requests["429"] == 1
        server.faults.always("/v1/", faults.throttle(3600))
        error = failure(connector)
    assert isinstance(error, Retriable)
    assert (error.reason, error.wait) == (Reason.THROTTLED, 3600)


def price_of(row: dict[str, Any]) -> dict[str, Any]:
    price: dict[str, Any] = row["items"]["data"][0]["price"]
    return price


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda row: row.update(created="yesterday"), "created"),
        (lambda row: price_of(row).pop("currency"), "items.data[0].price.currency"),
        (lambda row: price_of(row)["recurring"].update(interval="eon"), "eon"),
    ],
)
def test_a_malformed_subscription_is_left_out_by_name_and_no_other(
    change: Callable[[dict[str, Any]], object], field: str
) -> None:
    def spoil(body: bytes) -> bytes:
        told = json.loads(body)
        change(told["data"][1])
        return json.dumps(told).encode()

    plan = Faults().always("/v1/subscriptions", Fault(edit=spoil))
    with account(hourly(5), plan=plan) as (connector, _, _):
        pages = list(connector.changes(None))
    (rejected,) = [one for page in pages for one in page.rejected]
    assert (rejected.subject, rejected.reason) == (named(4), "malformed")
    assert field in rejected.message
    subscriptions = [one for one in latest(*pages).values() if isinstance(one, Subscription)]
    assert {one.id for one in subscriptions} == {named(n) for n in (1, 2, 3, 5)}


def test_a_malformed_event_is_left_out_by_name() -> None:
    def spoil(body: bytes) -> bytes:
        told = json.loads(body)
        event = next(one for one in told["data"] if one["type"].endswith("updated"))
        event["data"]["object"]["customer"] = 7
        return json.dumps(told).encode()

    with account(hourly(4), page_size=100) as (connector, server, clock):
        clock.at = NOON - 10 * HOUR
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON
        server.faults.always("/v1/events", Fault(edit=spoil))
        (page,) = connector.changes(cursor)
    (rejected,) = page.rejected
    assert rejected.subject.startswith("evt_")
    assert "'customer'" in rejected.message
    assert len(latest(page)) == 7


@pytest.mark.parametrize("cursor", ["", "{}", "tickets", '{"since":1,"version":9}'])
def test_the_cursor_of_another_connector_is_refused(cursor: str) -> None:
    with account(hourly(1)) as (connector, _, _):
        assert failure(connector, cursor).reason is Reason.INTERNAL


# --- a look around ------------------------------------------------------------------------------


def test_check_tells_what_can_be_read_and_by_what_customers_are_known() -> None:
    with account(hourly(3)) as (connector, _, _):
        findings = connector.check()
    assert {one.level for one in findings} == {"ok"}
    told = "\n".join(one.message for one in findings)
    assert "3 subscriptions can be read" in told
    assert "of the newest 3 customers 3 have an id of a helpdesk's and 3 a domain" in told


def test_check_says_that_a_key_of_metadata_is_nobodys() -> None:
    with (
        account(hourly(3)) as (_, server, _),
        connected(server, customer_key="kundennummer") as connector,
    ):
        (warning,) = [one for one in connector.check() if one.level == "warning"]
    assert "`customer_key` is 'kundennummer'" in warning.message


# --- that the simulator is one ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v1/subscriptions", {"limit": "101"}, 400),
        ("/v1/subscriptions", {"colour": "red"}, 400),
        ("/v1/subscriptions", {"expand[0]": "data.items.data.price.product"}, 400),
        ("/v1/subscriptions", {"expand[0]": "data.name"}, 400),
        ("/v1/subscriptions", {"starting_after": "sub_nobody"}, 400),
        ("/v1/tickets", {}, 404),
        ("/v1/subscriptions", {"limit": "3", "created[gte]": "0"}, 200),
    ],
)
def test_the_simulator_refuses_what_stripe_refuses(
    path: str, query: dict[str, str], status: int
) -> None:
    simulator = StripeSimulator(WrittenDesk(customers=hourly(3)), StandingClock(NOON))
    headers = {"authorization": "Bearer throw-away-stripe"}
    answer = simulator.answer(SimRequest("GET", path, query, headers))
    assert answer.status == status


def test_the_simulators_default_list_leaves_out_those_who_left() -> None:
    gone = paying(1, NOON - DAY, (HOUR, Deal.ENDED, ""))
    simulator = StripeSimulator(WrittenDesk(customers=[gone]), StandingClock(NOON))
    headers = {"authorization": "Bearer throw-away-stripe"}
    told = simulator.answer(SimRequest("GET", "/v1/subscriptions", {}, headers))
    assert json.loads(told.body)["data"] == []
    assert (
        made_id("cus", 1)
        in simulator.answer(
            SimRequest("GET", "/v1/subscriptions", {"status": "all"}, headers)
        ).body.decode()
    )
