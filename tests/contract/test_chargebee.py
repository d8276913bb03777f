"""What the Chargebee connector gives, against a simulated site over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.chargebee.connector import ChargebeeConnector
from connectors.chargebee.simulated_records import made_id
from connectors.chargebee.simulator import ChargebeeSimulator
from connectors.contract import Fatal, Reason
from connectors.customers import Customer, Ending, Subscription, Withdrawn
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from tests import clients
from tests.clients import failure, of, records
from tests.pipeline import Pipeline, differences, pipeline, total

connected = partial(clients.connected, ChargebeeConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TEAM = "team 30.00 EUR month 1"
SUBSCRIPTIONS, CUSTOMERS, COUPONS = (
    f"/api/v2/{name}" for name in ("subscriptions", "customers", "coupons")
)


def desk_of_many(seed: int = 7) -> SeededDesk:
    return SeededDesk(seed, present=NOON, weeks=2, rate=0.2, customers=80)


def patron(number: int, *dealings: Dealing, domains: tuple[str, ...] = ()) -> Patron:
    return Patron(number, NOON - 90 * DAY, f"ACME-{number}", domains, dealings)


def paid(number: int, at: datetime, price: str = TEAM) -> Dealing:
    return Dealing(at, Deal.PAID, number, price)


def payers(count: int) -> list[Patron]:
    """Customers who began one after the other, one a day."""
    return [patron(n, paid(n, NOON - (count + 1 - n) * DAY)) for n in range(1, count + 1)]


def id_of(number: int) -> str:
    return made_id("subscription", number)


@contextmanager
def served(
    patrons: Sequence[Patron], **options: Any
) -> Iterator[tuple[ChargebeeConnector, SimulatorServer, StandingClock]]:
    """A connector of a site with these customers, at noon."""
    clock = StandingClock(NOON)
    simulator = ChargebeeSimulator(WrittenDesk(customers=patrons), clock, **options)
    with (
        SimulatorServer(simulator) as server,
        connected(server) as connector,
    ):
        yield connector, server, clock


def site(server: SimulatorServer) -> ChargebeeSimulator:
    assert isinstance(server.simulator, ChargebeeSimulator)
    return server.simulator


def monthly(told: Subscription) -> list[str]:
    return [f"{terms.monthly.amount} {terms.monthly.currency}" for terms in told.terms]


# --- the truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_one_import_gives_the_truth(seed: int, tmp_path: Path) -> None:
    with pipeline("chargebee", desk_of_many(seed), tmp_path) as line:
        line.poll(NOON)
        assert differences(line.samples(), line.truth().as_samples()) == []


@pytest.mark.parametrize("seed", [7, 8])
def test_eight_polls_give_the_truth_page_by_page(seed: int, tmp_path: Path) -> None:
    with pipeline("chargebee", desk_of_many(seed), tmp_path, page_limit=7) as line:
        for number in range(8, 0, -1):
            line.poll(NOON - (number - 1) * 9.7 * DAY)
        found = line.samples()
        assert differences(found, line.truth().as_samples()) == []
    assert found["support_customers_started_total", frozenset()] > 40
    assert found["support_customers", frozenset({("state", "ending")})] > 0
    assert found["support_customers_churned_total", frozenset({("reason", "closed")})] > 0


# --- the traps of the vendor --------------------------------------------------------------------


def test_what_was_never_changed_since_2016_is_imported_all_the_same() -> None:
    with served(payers(9), unversioned_before=NOON - 3 * DAY, page_limit=2) as (connector, *_):
        first = list(connector.changes(None))
        again = list(connector.changes(connector.since(NOON - 90 * DAY)))
    assert len(of(Subscription, first)) == 9
    assert len(of(Customer, first)) == 9
    assert len(of(Subscription, again)) == 3  # the filter by time of change leaves out all others


def test_a_change_within_the_second_that_was_read_is_not_lost() -> None:
    at = NOON - DAY
    moved = [patron(n, paid(n, at - n * DAY), Dealing(at, Deal.LATE, n)) for n in range(1, 6)]
    with served(moved, page_limit=2) as (connector, _, _):
        found = of(Subscription, list(connector.changes(connector.since(at))))
    assert len(found) == 5
    assert all(one.past_due for one in found.values())


def test_what_changes_while_it_is_read_is_told_in_the_same_poll() -> None:
    with served(payers(5), page_limit=2) as (connector, server, clock):
        reading = connector.changes(None)
        first = next(reading)
        clock.at = NOON + timedelta(seconds=30)
        site(server).edit(1, mrr=1, status="cancelled", cancelled_at=int(NOON.timestamp()))
        found = of(Subscription, [first, *reading])
    assert found[id_of(1)].ended_at == NOON


def test_what_was_deleted_is_asked_for_and_was_never_a_subscription() -> None:
    with served(payers(3)) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOON + DAY
        site(server).edit(2, deleted=True)
        pages = list(connector.changes(cursor))
    gone = [one for one in records(pages) if isinstance(one, Withdrawn)]
    assert [(one.id, one.changed_at) for one in gone] == [(id_of(2), NOON + DAY)]
    assert id_of(2) not in of(Subscription, pages)


def test_a_price_is_told_at_once_though_chargebee_reckons_its_own_later() -> None:
    just_now = paid(1, NOON - timedelta(minutes=5), "team 30.00 EUR month 1 x2")
    with served([patron(1, just_now)]) as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert monthly(found) == ["60.00 EUR"]


def test_what_an_ended_subscription_cost_is_told() -> None:
    left = (paid(3, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.ENDED, 3, "service"))
    with served([patron(1, *left)]) as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert (monthly(found), found.ended_at) == (["30.00 EUR"], NOON - DAY)
    assert found.reason is Ending.SERVICE


@pytest.mark.parametrize(
    ("number", "kind"),
    [(4, "a coupon"), (1, "a share"), (2, "an amount"), (3, "items"), (5, "once"), (6, "set up")],
)
def test_discounts_that_last_are_taken_off_whatever_they_are(number: int, kind: str) -> None:
    price = "business 120.00 EUR year 1 x3 -20%"
    with served([patron(1, paid(number, NOON - DAY, price))]) as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert monthly(found) == ["24.00 EUR"], kind


def test_a_trial_is_nobody_until_it_is_paid() -> None:
    trial = Dealing(NOON - 20 * DAY, Deal.TRIAL, 1, TEAM)
    tried = Dealing(NOON - 20 * DAY, Deal.TRIAL, 2, TEAM)
    given_up = Dealing(NOON - 6 * DAY, Deal.ENDED, 2, "unused")
    new = Dealing(NOON - DAY, Deal.TRIAL, 3, TEAM)
    told = [patron(1, trial, paid(1, NOON - 6 * DAY)), patron(2, tried, given_up), patron(3, new)]
    with served(told) as (connector, _, _):
        found = of(Subscription, list(connector.changes(None)))
    starts = [(found[id_of(n)].started_at, found[id_of(n)].trial) for n in (1, 2, 3)]
    assert starts == [(NOON - 6 * DAY, False), (None, False), (None, True)]


def test_an_announced_end_is_no_end_before_its_time() -> None:
    ends = (NOON + 9 * DAY).isoformat()
    told = (paid(1, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.ANNOUNCED, 1, ends))
    with served([patron(1, *told)]) as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert (found.ending, found.ended_at, found.reason) == (True, None, None)


def test_an_invoice_that_is_open_within_its_terms_is_not_past_due() -> None:
    late = (paid(7, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.LATE, 7))
    open_only = paid(14, NOON - 9 * DAY)
    with served([patron(1, *late), patron(2, open_only)]) as (connector, _, _):
        found = of(Subscription, list(connector.changes(None)))
    assert (found[id_of(7)].past_due, found[id_of(14)].past_due) == (True, False)


# --- what no desk knows of ----------------------------------------------------------------------


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def revenue(line: Pipeline) -> float:
    return total(line.samples(), "support_mrr")


def counted(line: Pipeline, name: str) -> float:
    return total(line.samples(), f"support_customers_{name}_total")


def test_who_pauses_pays_nothing_and_comes_back_when_that_is_over(tmp_path: Path) -> None:
    desk = WrittenDesk(customers=[patron(1, paid(1, NOON - 9 * DAY))])
    with pipeline("chargebee", desk, tmp_path) as line:
        line.poll(NOON)
        line.look(NOON + DAY)
        site(line.server).edit(1, status="paused", pause_date=seconds(NOON + DAY))
        line.poll(NOON + 2 * DAY)
        assert (revenue(line), counted(line, "churned")) == (0, 1)
        site(line.server).edit(1, total_dues=1)  # it changes while it is paused
        line.poll(NOON + 3 * DAY)
        assert (revenue(line), counted(line, "reactivated")) == (0, 0)
        back = seconds(NOON + 3 * DAY)
        site(line.server).edit(1, status="active", pause_date=None, activated_at=back)
        line.poll(NOON + 4 * DAY)
        assert (revenue(line), counted(line, "reactivated")) == (30, 1)
        assert counted(line, "churned") == 1


def test_who_is_paused_at_the_first_import_was_a_customer_until_then(tmp_path: Path) -> None:
    desk = WrittenDesk(customers=[patron(1, paid(1, NOON - 9 * DAY))])
    with pipeline("chargebee", desk, tmp_path) as line:
        line.look(NOON)
        site(line.server).edit(1, status="paused", pause_date=seconds(NOON - DAY))
        line.poll(NOON + DAY)
        assert (counted(line, "started"), counted(line, "churned")) == (1, 1)
        line.look(NOON + 2 * DAY)
        site(line.server).edit(1, status="cancelled", cancelled_at=seconds(NOON + 2 * DAY))
        line.poll(NOON + 3 * DAY)
        assert (counted(line, "started"), counted(line, "churned")) == (1, 1)


def test_a_reactivation_under_the_same_id_is_a_return(tmp_path: Path) -> None:
    left = Dealing(NOON - DAY, Deal.ENDED, 1, "price")
    desk = WrittenDesk(customers=[patron(1, paid(1, NOON - 9 * DAY), left)])
    with pipeline("chargebee", desk, tmp_path) as line:
        line.poll(NOON)
        line.look(NOON + 5 * DAY)
        back = seconds(NOON + 4 * DAY)
        site(line.server).edit(
            1, status="active", cancelled_at=None, cancel_reason_code=None, activated_at=back
        )
        line.poll(NOON + 6 * DAY)
        assert (revenue(line), counted(line, "reactivated")) == (30, 1)
        assert (counted(line, "started"), counted(line, "churned")) == (1, 1)


def test_a_withdrawn_cancellation_is_no_return(tmp_path: Path) -> None:
    ends = (NOON + 9 * DAY).isoformat()
    told = (paid(1, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.ANNOUNCED, 1, ends))
    with pipeline("chargebee", WrittenDesk(customers=[patron(1, *told)]), tmp_path) as line:
        line.poll(NOON)
        line.look(NOON + DAY)
        site(line.server).edit(
            1, status="active", cancelled_at=None, activated_at=seconds(NOON + DAY)
        )
        line.poll(NOON + 2 * DAY)
        assert (counted(line, "churned"), counted(line, "reactivated")) == (0, 0)
        assert counted(line, "started") == 1


# --- the rest of the contract -------------------------------------------------------------------


def test_a_quiet_poll_is_two_requests_and_tells_nothing() -> None:
    with served(payers(5)) as (connector, server, _):
        cursor = list(connector.changes(None))[-1].cursor
        before = len(server.requests)
        (page,) = list(connector.changes(cursor))[-1:]
        assert len(server.requests) - before == 2
    assert (page.records, page.complete_to) == ((), NOON)


def test_only_the_first_reading_is_catching_up() -> None:
    with served(payers(3), page_limit=1) as (connector, _, clock):
        first = list(connector.changes(None))
        clock.at = NOON + DAY
        second = list(connector.changes(first[-1].cursor))
    assert [page.catching_up for page in first[:6]] == [True] * 6
    assert {page.catching_up for page in second} == {False}
    assert [page.complete_to for page in first if page.complete_to] == [NOON]


def test_customers_are_known_by_their_field_and_domain_and_by_nothing_of_a_person() -> None:
    with served([patron(1, domains=("acme.example", "acme.test"))]) as (connector, server, _):
        (found,) = of(Customer, list(connector.changes(None))).values()
        with connected(server, external_ids=["id", "cf_account_number"]) as other:
            (both,) = of(Customer, list(other.changes(None))).values()
    assert found.identity.external_ids == ("ACME-1",)
    assert found.identity.domains == ("acme.example",)
    assert both.identity.external_ids == (found.id, "ACME-1")
    assert not {"@", "Person", "Company", "+49"} & {*repr(found).split()}
    assert "@" not in repr(found)


def test_check_tells_codes_without_a_meaning_and_customers_without_an_id() -> None:
    left = Dealing(NOON - DAY, Deal.ENDED, 1, "closed")
    told = [patron(1, paid(1, NOON - 9 * DAY), left)]
    with served(told) as (connector, server, _):
        good = connector.check()
        with connected(server, reasons={}, external_ids=["cf_other"]) as other:
            doubts = [one.message for one in other.check() if one.level == "warning"]
    assert {one.level for one in good} == {"ok"}
    assert any("of the newest 1 customers 1 have an id" in one.message for one in good)
    assert "reason codes that count as other: 'We wind up'. Say in `reasons`" in doubts[0]
    assert "`external_ids` is [cf_other]" in doubts[1]


# --- errors and their remedies ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason", "verdict"),
    [
        ({"api_key": "wrong"}, Reason.CREDENTIALS, "Create a read-only API key"),
        ({"url": "http://127.0.0.1:9"}, Reason.NETWORK, "refuses the connection"),
    ],
)
def test_a_wrong_key_or_address_is_told_with_its_remedy(
    changes: dict[str, object], reason: Reason, verdict: str
) -> None:
    with (
        served([]) as (_, server, _),
        connected(server, **changes) as connector,
    ):
        error = failure(connector)
        (found,) = connector.check()
    assert (error.reason, found.reason, found.level) == (reason, reason, "error")
    assert verdict in str(error)
    assert verdict in found.message
    assert "wrong" not in str(error)


def test_a_site_that_does_not_exist_is_a_wrong_address() -> None:
    with (
        served([]) as (_, server, _),
        connected(server, url=f"{server.url}/none") as connector,
    ):
        error = failure(connector)
    assert error.reason is Reason.ADDRESS
    assert "Check `url` of this source" in str(error)


def test_a_key_that_may_not_read_subscriptions_is_an_error() -> None:
    with served(payers(2), forbidden={"subscriptions"}) as (connector, _, _):
        error = failure(connector)
        (found,) = connector.check()
    assert (error.reason, found.level) == (Reason.CREDENTIALS, "error")
    assert "may not be read with these credentials" in str(error)


def test_without_customers_all_else_is_told_and_they_are_imported_once_that_is_allowed() -> None:
    with served(payers(3), forbidden={"customers"}) as (connector, server, clock):
        first = list(connector.changes(None))
        doubts = [one.message for one in connector.check() if one.level != "ok"]
        site(server).forbidden = frozenset()
        clock.at = NOON + DAY
        second = list(connector.changes(first[-1].cursor))
    assert len(of(Subscription, first)) == 3
    assert first[-1].complete_to == NOON
    assert [*first[-1].gaps] == doubts
    assert "nobody knows whose tickets are whose" in doubts[0]
    assert len(of(Customer, second)) == 3
    assert second[-1].gaps == ()


def test_without_coupons_the_vendors_own_figure_stands_in() -> None:
    price = "team 30.00 EUR month 1 -50%"
    left = Dealing(NOON - DAY, Deal.ENDED, 8)
    told = [patron(1, paid(4, NOON - 9 * DAY, price)), patron(2, paid(8, NOON - 9 * DAY), left)]
    told.append(patron(3, paid(12, NOON - 9 * DAY, price), Dealing(NOON - DAY, Deal.ENDED, 12)))
    with served(told, forbidden={"coupons"}) as (connector, server, _):
        pages = list(connector.changes(None))
        asked = [one for one in server.requests if one.startswith(COUPONS)]
    found = of(Subscription, pages)
    assert [monthly(found[id_of(n)]) for n in (4, 8, 12)] == [["15.00 EUR"], ["30.00 EUR"], []]
    assert "may not read them" in pages[-1].gaps[0]
    assert len(asked) == 1


def test_being_throttled_is_waited_out() -> None:
    with served(payers(3)) as (connector, server, _):
        server.faults.next(faults.throttle(0.05))
        assert len(of(Subscription, list(connector.changes(None)))) == 3
        usage = connector.usage()
    assert usage.requests["429"] == 1
    assert usage.throttled_seconds >= 0.05


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"status": None}, "'status' in a form"),
        ({"trial_end": "soon"}, "'trial_end' in a form"),
        ({"currency_code": "EURO"}, "is no currency"),
        ({"discounts": [{"apply_on": "invoice_amount", "percentage": 120}]}, "from 0 to 100"),
        (
            {
                "subscription_items": [
                    {"item_price_id": "team", "amount": 1, "billing_period_unit": "moon"}
                ]
            },
            "is no interval",
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_all_others_count(
    changes: dict[str, object], verdict: str
) -> None:
    with served(payers(5)) as (connector, server, _):
        site(server).edit(2, **changes)
        pages = list(connector.changes(None))
    rejected = {one for page in pages for one in page.rejected}
    assert {(one.subject, one.reason) for one in rejected} == {(id_of(2), "malformed")}
    assert all(verdict in one.message for one in rejected)
    assert len(of(Subscription, pages)) == 4


@pytest.mark.parametrize("path", [CUSTOMERS, SUBSCRIPTIONS])
def test_answers_that_repeat_themselves_are_an_error(path: str) -> None:
    with served(payers(5), page_limit=2) as (connector, server, _):
        kept: dict[str, SimResponse] = {}

        def stuck(request: SimRequest) -> SimResponse:
            if request.path != path or request.query.get("limit") == "1":
                return server.simulator.answer(request)
            return kept.setdefault(path, server.simulator.answer(request))

        server.answer = stuck
        assert isinstance(failure(connector), Fatal)
        with pytest.raises(Fatal):
            list(connector.changes(connector.since(NOON - 90 * DAY)))


def test_a_cursor_of_another_connector_is_refused_in_words() -> None:
    with served([]) as (connector, _, _), pytest.raises(Fatal, match="Give the source another"):
        list(connector.changes("2026-03-06T12:00:00+00:00"))


# --- the simulator ------------------------------------------------------------------------------


def asked(simulator: ChargebeeSimulator, path: str, **query: str) -> tuple[int, Any]:
    told = {name.replace("__", "[") + ("]" if "__" in name else ""): query[name] for name in query}
    signed = {"authorization": "Basic dGhyb3ctYXdheS1jaGFyZ2ViZWU6"}
    answer = simulator.answer(SimRequest("GET", path, told, signed))
    return answer.status, msgspec.json.decode(answer.body)


def test_the_simulator_lists_as_the_vendor_does() -> None:
    simulator = ChargebeeSimulator(WrittenDesk(customers=payers(12)), StandingClock(NOON))
    simulator.edit(12, deleted=True)
    status, page = asked(simulator, SUBSCRIPTIONS)
    assert (status, len(page["list"])) == (200, 10)  # ten, the oldest first
    assert page["list"][0]["customer"]["id"] == page["list"][0]["subscription"]["customer_id"]
    _, rest = asked(simulator, SUBSCRIPTIONS, offset=page["next_offset"])
    assert [one["subscription"]["id"] for one in rest["list"]] == [id_of(11)]  # none deleted
    assert "next_offset" not in rest
    _, whole = asked(simulator, SUBSCRIPTIONS, limit="100", include_deleted="true")
    assert len(whole["list"]) == 12
    since = str(seconds(NOON - DAY))
    assert asked(simulator, SUBSCRIPTIONS, updated_at__after=since)[1]["list"] == []
    newest = asked(simulator, SUBSCRIPTIONS, sort_by__desc="updated_at", limit="1")[1]
    assert newest["list"][0]["subscription"]["id"] == id_of(11)
    assert Decimal(newest["list"][0]["subscription"]["mrr"]) == 3000


@pytest.mark.parametrize(
    "query",
    [{"limit": "101"}, {"offset": "next"}, {"modified_after": "1"}, {"sort_by__asc": "name"}],
)
def test_the_simulator_refuses_what_the_vendor_refuses(query: dict[str, str]) -> None:
    simulator = ChargebeeSimulator(WrittenDesk(customers=payers(2)), StandingClock(NOON))
    status, told = asked(simulator, SUBSCRIPTIONS, **query)
    assert (status, told["type"]) == (400, "invalid_request")
