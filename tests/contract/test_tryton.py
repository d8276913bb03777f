"""What the Tryton connector gives, against a simulated database over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.contract import ConfigurationError, Fatal, Reason, Retriable
from connectors.customers import Customer, Subscription
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, Simulator, SimulatorServer
from connectors.testing.written import WrittenDesk
from connectors.tryton.connector import TrytonConnector
from connectors.tryton.simulator import TrytonSimulator
from tests import clients
from tests.clients import assert_first_reading_goes_on, failure, of
from tests.pipeline import differences, pipeline

connected = partial(clients.connected, TrytonConnector)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SUBSCRIPTIONS = "sale.subscription"


def desk_of_many(seed: int = 7) -> SeededDesk:
    return SeededDesk(seed, present=NOON, weeks=2, rate=0.2, customers=80)


def patron(number: int, *dealings: Dealing, domains: tuple[str, ...] = ()) -> Patron:
    return Patron(number, NOON - 90 * DAY, f"ACME-{number}", domains, dealings)


def paid(number: int, at: datetime, price: str = "team 30.00 EUR month 1") -> Dealing:
    return Dealing(at, Deal.PAID, number, price)


def payers(count: int) -> list[Patron]:
    """Customers who began one after the other, one a day."""
    return [patron(n, paid(n, NOON - (count + 1 - n) * DAY)) for n in range(1, count + 1)]


@contextmanager
def served(
    patrons: Sequence[Patron], *, desk: WrittenDesk | None = None, **options: Any
) -> Iterator[tuple[TrytonConnector, SimulatorServer, StandingClock]]:
    """A connector of a database with these customers, at noon."""
    clock = StandingClock(NOON)
    simulator = TrytonSimulator(desk or WrittenDesk(customers=patrons), clock, **options)
    with (
        SimulatorServer(simulator) as server,
        connected(server) as connector,
    ):
        yield connector, server, clock


# --- the truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 8])
def test_one_import_gives_the_truth(seed: int, tmp_path: Path) -> None:
    with pipeline("tryton", desk_of_many(seed), tmp_path) as line:
        line.poll(NOON)
        assert differences(line.samples(), line.truth().as_samples()) == []


@pytest.mark.parametrize("seed", [7, 8])
def test_eight_polls_give_the_truth_page_by_page(seed: int, tmp_path: Path) -> None:
    with pipeline("tryton", desk_of_many(seed), tmp_path, page_limit=7) as line:
        for number in range(8, 0, -1):
            line.poll(NOON - (number - 1) * 9.7 * DAY)
        found = line.samples()
        assert differences(found, line.truth().as_samples()) == []
        assert found["support_customers_started_total", frozenset()] > 40
        assert found["support_customers", frozenset({("state", "ending")})] > 0


def test_a_company_far_from_greenwich_has_the_same_numbers(tmp_path: Path) -> None:
    desk, clock = desk_of_many(), StandingClock(NOON)
    told = []
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        with (
            SimulatorServer(TrytonSimulator(desk, clock, zone=zone)) as server,
            connected(server) as connector,
        ):
            found = of(Subscription, list(connector.changes(None))).values()
        told.append([(one.id, one.started_at, one.terms) for one in found])
    assert told[0] == told[1] == told[2]


# --- the traps of the vendor --------------------------------------------------------------------


def test_parties_that_were_archived_or_never_edited_are_told() -> None:
    left = (paid(4, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.ENDED, 4))
    with served([patron(3), patron(4, *left)]) as (connector, _, _):
        pages = list(connector.changes(None))
    found = of(Customer, pages)
    assert found["4"].identity.external_ids == ("ACME-3",)
    assert found["5"].changed_at == NOON - DAY  # archived: Tryton's own list leaves it out
    assert of(Subscription, pages)["4"].ended_at == NOON - DAY


def test_a_trial_or_a_quotation_is_nobody_until_it_runs() -> None:
    trial = Dealing(NOON - 3 * DAY, Deal.TRIAL, 5, "team 30.00 EUR month 1")
    with served([patron(1, trial), patron(2, paid(7, NOON - DAY))]) as (connector, _, _):
        assert list(of(Subscription, list(connector.changes(None)))) == ["7"]


def test_an_end_is_announced_until_its_day_is_over() -> None:
    ends = (NOON + 2 * DAY).isoformat()
    told = (paid(1, NOON - 9 * DAY), Dealing(NOON - DAY, Deal.ANNOUNCED, 1, ends))
    with served([patron(1, *told)], zone="Europe/Berlin") as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert found.started_at == NOON - 9 * DAY
    assert found.ended_at == datetime(2026, 3, 8, 23, tzinfo=UTC)


def test_what_is_committed_minutes_after_its_time_is_not_lost() -> None:
    class Late(WrittenDesk):
        committed = False

        def customers(self, until: datetime) -> Sequence[Patron]:
            found = super().customers(until)
            return found if self.committed else found[:1]

        def customers_touched(
            self, after: datetime, until: datetime
        ) -> Iterator[tuple[datetime, Patron]]:
            return iter((NOON, one) for one in self.customers(until))

    late = patron(2, paid(2, NOON - timedelta(minutes=8)))
    early = patron(1, paid(1, NOON - timedelta(minutes=2)))
    desk = Late(customers=[early, late])
    with served([], desk=desk) as (connector, _, clock):
        first = list(connector.changes(None))
        desk.committed, clock.at = True, NOON + timedelta(minutes=1)
        second = list(connector.changes(first[-1].cursor))
    assert list(of(Subscription, first)) == ["1"]
    assert set(of(Subscription, second)) == {"1", "2"}


def test_a_quiet_poll_is_four_requests_and_tells_nothing() -> None:
    with served(payers(5)) as (connector, server, _):
        cursor = list(connector.changes(None))[-1].cursor
        before = len(server.requests)
        (page,) = list(connector.changes(cursor))[-1:]
        assert len(server.requests) - before == 4
    assert (page.records, page.complete_to) == ((), NOON)


def test_reading_can_begin_at_an_instant() -> None:
    with served(payers(9)) as (connector, _, _):
        pages = list(connector.changes(connector.since(NOON - 3 * DAY)))
    assert list(of(Subscription, pages)) == ["7", "8", "9"]


def test_the_first_reading_of_a_stream_is_catching_up() -> None:
    with served(payers(3)) as (connector, _, _):
        first = list(connector.changes(None))
        second = list(connector.changes(first[-1].cursor))
    assert {page.catching_up for page in first} == {True}
    assert {page.catching_up for page in second} == {False}


def test_no_name_address_or_number_of_a_person_is_told() -> None:
    domains = ("acme.example", "acme.test")
    with served([patron(1, domains=domains)]) as (connector, _, _):
        found = of(Customer, list(connector.changes(None)))
    assert found["2"].identity.domains == domains
    assert "@" not in repr(found)
    assert "+49" not in repr(found)


def test_a_recurrence_without_a_monthly_amount_counts_and_warns_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    uneven = faults.replace(b'"exclusive":false', b'"exclusive":true')
    with served(payers(2), page_limit=1) as (connector, server, _):
        server.faults.always(SUBSCRIPTIONS, uneven)
        with caplog.at_level(logging.WARNING):
            found = of(Subscription, list(connector.changes(None)))
        findings = connector.check()
    assert [one.terms for one in found.values()] == [(), ()]
    assert len(caplog.messages) == 1
    assert "source 'crm': the recurrence with id 201 does not come equally" in caplog.messages[0]
    (doubt,) = [one for one in findings if one.level != "ok"]
    assert "Give it plain rules in Tryton" in doubt.message


# --- errors and their remedies ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason", "verdict"),
    [
        ({"key": "wrong"}, Reason.CREDENTIALS, "Create a user application `rest`"),
        ({"database": "other"}, Reason.ADDRESS, "does not exist there (status 404)"),
        ({"url": "http://127.0.0.1:9"}, Reason.NETWORK, "refuses the connection"),
    ],
)
def test_a_wrong_key_database_or_address_is_told_with_its_remedy(
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


def test_who_may_not_read_subscriptions_is_told_which_group_may() -> None:
    with served(payers(2), forbidden=frozenset({SUBSCRIPTIONS})) as (connector, _, _):
        error = failure(connector)
        (found,) = connector.check()
    assert isinstance(error, ConfigurationError)
    assert "Put its user into the group Sales" in str(error)
    assert (found.level, found.reason) == ("error", Reason.CREDENTIALS)


def test_a_database_without_the_module_is_told_to_activate_it() -> None:
    with served([], modules=frozenset({"party"})) as (connector, _, _):
        (found,) = connector.check()
    assert found.level == "error"
    assert "Activate the module sale_subscription" in found.message


def test_without_parties_everything_else_is_told_and_the_gap_as_well() -> None:
    with served(payers(3), forbidden=frozenset({"party.party"})) as (connector, _, _):
        pages = list(connector.changes(None))
        doubts = [one for one in connector.check() if one.level != "ok"]
    assert list(of(Subscription, pages)) == ["1", "2", "3"]
    assert pages[-1].complete_to == NOON
    assert "Let that user read parties" in pages[-1].gaps[0]
    assert [(one.level, one.message) for one in doubts] == [("warning", pages[-1].gaps[0])]


def test_a_right_that_is_lost_between_two_lists_is_no_gap() -> None:
    with served(payers(3)) as (connector, server, _):
        server.faults.next(None, faults.status(400))  # never edited, then edited
        error = failure(connector)
    assert "sale.subscription may not be read" in str(error)


def test_a_log_that_is_refused_stops_the_poll_and_loses_nothing() -> None:
    with served(payers(3)) as (connector, server, _):
        server.faults.always("ir.model.log", faults.status(400))
        error = failure(connector)
        assert isinstance(error, Retriable)
        assert "let the user of the key read that model" in str(error)
        server.faults.clear()
        assert len(of(Subscription, list(connector.changes(None)))) == 3


def test_being_throttled_is_waited_out() -> None:
    with served(payers(3)) as (connector, server, _):
        server.faults.next(faults.throttle(0.05))
        assert len(of(Subscription, list(connector.changes(None)))) == 3
        usage = connector.usage()
    assert usage.requests["429"] == 1
    assert usage.throttled_seconds >= 0.05


@pytest.mark.parametrize(
    ("find", "put", "field"),
    [
        (b'"start_date":{"__class__":"date"', b'"start_date":{"__class__":"word"', "start_date"),
        (b'"decimal":"30.00"', b'"decimal":"NaN"', "unit_price"),
        (b'"code":"EUR"', b'"code":"EURO"', "no currency"),
        (
            b'"create_date":{"__class__":"datetime","year":2',
            b'"create_date":{"year":9',
            "create_date",
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_all_others_count(
    find: bytes, put: bytes, field: str
) -> None:
    with served(payers(5)) as (connector, server, _):
        server.faults.next(None, faults.replace(find, put))  # never edited, then edited
        pages = list(connector.changes(None))
    (rejected,) = [one for page in pages for one in page.rejected]
    assert set(of(Subscription, pages)) | {rejected.subject} == {"1", "2", "3", "4", "5"}
    assert rejected.reason == "malformed"
    assert field in rejected.message


def test_a_page_of_which_no_record_can_be_read_stops_the_poll() -> None:
    spoil = faults.Fault(edit=lambda body: body.replace(b'"id":', b'"no":'))
    with served(payers(5), page_limit=2) as (connector, server, _):
        server.faults.next(None, spoil)
        error = failure(connector)
    assert (type(error), error.reason) == (Retriable, Reason.MALFORMED)


def test_a_line_of_the_log_that_cannot_be_read_costs_its_own_subscription_only() -> None:
    with served(payers(5)) as (connector, server, _):
        server.faults.always("ir.model.log", faults.replace(b'"year":2026', b'"year":"x"'))
        pages = list(connector.changes(None))
    (rejected,) = [one for page in pages for one in page.rejected]
    assert set(of(Subscription, pages)) | {rejected.subject} == {"1", "2", "3", "4", "5"}
    assert "the log of its states" in rejected.message


@pytest.mark.parametrize(
    ("find", "put"), [(b'"year"', b'"yeah"'), (b'"resource":"sale.subscription,', b'"resource":"')]
)
def test_a_log_of_which_nothing_can_be_read_stops_the_poll(find: bytes, put: bytes) -> None:
    spoil = faults.Fault(edit=lambda body: body.replace(find, put + b"x"))
    with served(payers(5)) as (connector, server, _):
        server.faults.always("ir.model.log", spoil)
        error = failure(connector)
    assert (type(error), error.reason) == (Retriable, Reason.MALFORMED)


def test_a_long_log_is_read_page_by_page_to_its_end() -> None:
    edits = [
        Dealing(NOON - (9 - n) * DAY, Deal.PRICED, 1, f"team {n}0.00 EUR month 1")
        for n in range(1, 9)
    ]
    with served([patron(1, paid(1, NOON - 9 * DAY), *edits)], page_limit=3) as (connector, *_):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    assert found.started_at == NOON - 9 * DAY
    assert [str(one.monthly.amount) for one in found.terms] == ["80.00"]


def test_a_log_that_does_not_move_on_is_an_error() -> None:
    more = faults.Fault(headers={"Content-Range": "records 0-500/*"})
    with served(payers(2)) as (connector, server, _):
        server.faults.always("ir.model.log", more)
        server.answer = _forgetful(server.simulator)
        error = failure(connector)
    assert isinstance(error, Fatal)
    assert "does not move on" in str(error)


def _forgetful(simulator: Simulator) -> Callable[[SimRequest], SimResponse]:
    """Answers about the log as if it had been asked for from the beginning."""
    kept: dict[str, SimResponse] = {}

    def answer(request: SimRequest) -> SimResponse:
        if "ir.model.log" not in request.path:
            return simulator.answer(request)
        return kept.setdefault(request.path, simulator.answer(request))

    return answer


def test_answers_that_repeat_themselves_are_an_error() -> None:
    with served([*payers(5), patron(9)], page_limit=2) as (connector, server, _):
        kept: dict[str, SimResponse] = {}

        def stuck(request: SimRequest) -> SimResponse:
            if request.path not in kept:
                kept[request.path] = server.simulator.answer(request)
            return kept[request.path]

        first = list(connector.changes(None))
        assert len(of(Subscription, first)) == 5
        server.answer = stuck
        connector_error = failure(connector)
    assert isinstance(connector_error, Fatal)


def test_a_cursor_of_another_connector_is_refused_in_words() -> None:
    with served([]) as (connector, _, _), pytest.raises(Fatal, match="Give the source another"):
        list(connector.changes("2026-03-06T12:00:00+00:00"))


# --- the simulator ------------------------------------------------------------------------------


def asked(simulator: TrytonSimulator, model: str, *pairs: tuple[str, str], **more: str) -> Any:
    headers = {"authorization": "Bearer throw-away-tryton", **more}
    path = f"/crm/rest/model/{model}"
    return simulator.answer(SimRequest("GET", path, dict(pairs), headers, pairs))


def test_the_simulator_pages_by_range_and_by_size_as_the_vendor_does() -> None:
    simulator = TrytonSimulator(WrittenDesk(customers=payers(30)), StandingClock(NOON))
    first = asked(simulator, SUBSCRIPTIONS, ("f", "state"), range="records=0-2")
    assert first.headers["Content-Range"] == "records 0-2/*"
    last = asked(simulator, SUBSCRIPTIONS, ("f", "state"), range="records=20-40")
    assert last.headers["Content-Range"] == "records 20-30/30"
    assert asked(simulator, SUBSCRIPTIONS, range="records=90-95").status == 416
    paged = asked(simulator, SUBSCRIPTIONS, ("s", "2"), ("p", "29"))
    assert len(msgspec.json.decode(paged.body)) == 1


@pytest.mark.parametrize(
    ("model", "pairs", "status"),
    [
        ("no.such", [], 500),
        (SUBSCRIPTIONS, [("f", "nothing")], 500),
        (SUBSCRIPTIONS, [("f", "lines.nothing")], 500),
        (SUBSCRIPTIONS, [("d", "!")], 500),
        ("ir.model.log", [], 400),
    ],
)
def test_the_simulator_refuses_what_the_vendor_refuses(
    model: str, pairs: list[tuple[str, str]], status: int
) -> None:
    simulator = TrytonSimulator(WrittenDesk(), StandingClock(NOON))
    assert asked(simulator, model, *pairs).status == status


def test_money_is_what_the_desk_says() -> None:
    price = "business 588.00 USD year 1 x5 -20%"
    with served([patron(1, paid(1, NOON - DAY, price))]) as (connector, _, _):
        (found,) = of(Subscription, list(connector.changes(None))).values()
    ((terms,), plan) = found.terms, found.plan
    assert (str(terms.monthly.amount), terms.monthly.currency) == ("196.00", "USD")
    assert (terms.at, plan) == (None, "business")


def test_a_first_reading_that_is_broken_off_goes_on_as_one() -> None:
    with served(payers(5), page_limit=2) as (connector, *_):
        assert_first_reading_goes_on(connector)
