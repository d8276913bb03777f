"""The truth of customers: who began, who left and what they pay, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.contract import Fact, Measures, Told
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.holdings import monthly
from connectors.testing.numbers import Truth
from connectors.testing.prices import price
from connectors.testing.seeded import SeededDesk
from connectors.testing.truth import truth
from connectors.testing.written import WrittenDesk
from tests.stories import CUSTOMER as ASKER
from tests.stories import Labels, comment, labels, minute, rated, ticket

BEGIN = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
NOBODY: Labels = frozenset()

STARTED = "support_customers_started_total"
REACTIVATED = "support_customers_reactivated_total"
CHURNED = "support_customers_churned_total"
CUSTOMERS = "support_customers"
TRIALING = "support_customers_trialing"
MRR = "support_mrr"
MOVEMENT = "support_mrr_movement_total"
NPS = "support_nps_responses_total"

TOLD = {fact: Told() for fact in Fact}
EVENTS = Measures(told=TOLD, prices="events")
STATE = Measures(told=TOLD, prices="state")

TEAM = "team 20.00 EUR month 1"
BUSINESS = "business 50.00 EUR month 1"
DOLLARS = "team 22.00 USD month 1"
FREE = "free 0.00 EUR month 1"


def day(days: float) -> datetime:
    return BEGIN + timedelta(days=days)


def deal(days: float, kind: Deal, value: str = "", number: int = 1) -> Dealing:
    return Dealing(day(days), kind, number, value)


def customer(*dealings: Dealing, number: int = 1) -> Patron:
    return Patron(number, BEGIN, f"ACME-{number}", (), dealings)


def after(*polls: float, of: Sequence[Patron], measures: Measures = EVENTS) -> Truth:
    return truth(WrittenDesk(customers=of), [day(poll) for poll in polls], measures)


def without(*facts: Fact) -> Measures:
    return Measures(told={fact: Told() for fact in Fact if fact not in facts}, prices="events")


def moved(told: Truth) -> dict[tuple[str, str], Decimal]:
    """How much, by movement and currency."""
    found = told.money.get(MOVEMENT, {})
    return {(dict(key)["movement"], dict(key)["currency"]): found[key] for key in found}


def mrr(told: Truth) -> dict[str, Decimal]:
    return {dict(key)["currency"]: value for key, value in told.money.get(MRR, {}).items()}


def states(told: Truth) -> dict[str, int]:
    return {dict(key)["state"]: value for key, value in told.gauges.get(CUSTOMERS, {}).items()}


def churned(told: Truth) -> dict[str, int]:
    return {dict(key)["reason"]: value for key, value in told.counters.get(CHURNED, {}).items()}


def came(told: Truth) -> tuple[int, int]:
    """How many began, and how many came back."""
    started, back = (told.counters.get(name, {}).get(NOBODY, 0) for name in (STARTED, REACTIVATED))
    return started, back


# --- a month's amount -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("team 49.00 EUR month 1", "49.00"),
        ("team 90.00 EUR month 3", "30.00"),
        ("team 9.00 EUR week 1", "39.00"),
        ("team 9.00 EUR week 2", "19.50"),
        ("team 10.00 EUR week 1", "43.33"),
        ("team 100.00 EUR year 1", "8.33"),
        ("team 200.00 USD year 1", "16.67"),
        ("team 2400.00 USD year 2", "100.00"),
        ("team 0.30 EUR year 1", "0.02"),  # 0.025: to even
        ("team 0.90 EUR year 1", "0.08"),  # 0.075: to even
        ("team 1000 JPY year 1", "83"),
        ("team 30 JPY year 1", "2"),  # 2.5: to even
        ("team 42 JPY year 1", "4"),  # 3.5: to even
        ("team 19.90 EUR month 1 x5 -20%", "79.60"),
        ("team 199.00 EUR year 1 -10%", "14.92"),  # 14.925: to even
        ("team 49.00 EUR month 1 -100%", "0.00"),
    ],
)
def test_what_a_month_costs(value: str, amount: str) -> None:
    agreed = price(value)
    assert monthly(agreed) == (Decimal(amount), agreed.currency)


# --- beginning ------------------------------------------------------------------------------------


def test_a_customer_begins_with_the_first_payment() -> None:
    told = after(5, of=[customer(deal(1, Deal.PAID, TEAM))])
    assert came(told) == (1, 0)
    assert states(told) == {"active": 1}
    assert mrr(told) == {"EUR": 20}
    assert moved(told) == {("new", "EUR"): 20}
    assert churned(told) == {}


def test_what_has_not_happened_yet_does_not_count() -> None:
    told = after(0.5, of=[customer(deal(1, Deal.PAID, TEAM))])
    assert told == Truth({}, {}, {})


def test_a_trial_is_no_customer_until_it_is_paid() -> None:
    of = [customer(deal(1, Deal.TRIAL, TEAM), deal(15, Deal.PAID, TEAM))]
    trying = after(5, of=of)
    assert trying == Truth({}, {TRIALING: {NOBODY: 1}}, {})
    paying = after(5, 20, of=of)
    assert came(paying) == (1, 0)
    assert TRIALING not in paying.gauges
    assert moved(paying) == {("new", "EUR"): 20}


def test_a_trial_that_ends_unpaid_was_never_a_customer() -> None:
    of = [customer(deal(1, Deal.TRIAL, TEAM), deal(15, Deal.ENDED, "price"))]
    assert after(20, of=of) == Truth({}, {}, {})


def test_a_customer_with_a_further_trial_is_active_and_not_on_trial() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(2, Deal.TRIAL, BUSINESS, 2))]
    told = after(5, of=of)
    assert told.gauges == {CUSTOMERS: {labels(state="active"): 1}}
    assert mrr(told) == {"EUR": 20}


def test_what_costs_nothing_makes_no_customer() -> None:
    free = customer(deal(1, Deal.PAID, FREE))
    house = customer(deal(1, Deal.PAID, f"{BUSINESS} -100%", 2), number=2)
    assert after(5, of=[free, house]) == Truth({}, {}, {})


def test_who_pays_nothing_at_first_is_new_with_the_first_price() -> None:
    told = after(5, of=[customer(deal(1, Deal.PAID, FREE), deal(3, Deal.PRICED, TEAM))])
    assert came(told) == (1, 0)
    assert moved(told) == {("new", "EUR"): 20}


# --- more and less --------------------------------------------------------------------------------


def test_upgrades_expand_and_downgrades_contract() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(10, Deal.PRICED, BUSINESS),
            deal(20, Deal.PRICED, f"{BUSINESS} -10%"),
            deal(30, Deal.PRICED, "business 480.00 EUR year 1"),
        )
    ]
    told = after(40, of=of)
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 30, ("contraction", "EUR"): 10}
    assert mrr(told) == {"EUR": 40}
    assert came(told) == (1, 0)


def test_the_same_for_a_month_is_no_movement() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(5, Deal.PRICED, "team 240.00 EUR year 1"))]
    assert moved(after(9, of=of)) == {("new", "EUR"): 20}


def test_a_second_subscription_expands_and_its_end_contracts() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(5, Deal.PAID, BUSINESS, 2),
            deal(9, Deal.ENDED, "price", 2),
        )
    ]
    told = after(20, of=of)
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 50, ("contraction", "EUR"): 50}
    assert churned(told) == {}
    assert mrr(told) == {"EUR": 20}


def test_a_move_to_another_subscription_within_one_second_is_no_churn() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(9, Deal.ENDED, "other"),
            deal(9, Deal.PAID, BUSINESS, 2),
        )
    ]
    told = after(20, of=of)
    assert came(told) == (1, 0)
    assert churned(told) == {}
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 30}


def test_a_second_later_it_is_churn_and_a_return() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(9, Deal.ENDED, "other"),
            deal(9 + 1 / 86400, Deal.PAID, BUSINESS, 2),
        )
    ]
    told = after(20, of=of)
    assert came(told) == (1, 1)
    assert churned(told) == {"other": 1}
    assert moved(told) == {("new", "EUR"): 20, ("churn", "EUR"): 20, ("reactivation", "EUR"): 50}


def test_currencies_are_never_added() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(5, Deal.PAID, DOLLARS, 2),
            deal(9, Deal.ENDED, "", 1),
        ),
        customer(deal(2, Deal.PAID, "team 3000 JPY month 1", 3), number=2),
    ]
    told = after(7, of=of)
    assert mrr(told) == {"EUR": 20, "USD": 22, "JPY": 3000}
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "USD"): 22, ("new", "JPY"): 3000}
    later = after(10, of=of)
    assert mrr(later) == {"USD": 22, "JPY": 3000}
    assert moved(later)["contraction", "EUR"] == 20
    assert churned(later) == {}


def test_another_currency_in_one_second_goes_up_in_one_and_down_in_the_other() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(5, Deal.PRICED, DOLLARS))]
    assert moved(after(9, of=of)) == {
        ("new", "EUR"): 20,
        ("contraction", "EUR"): 20,
        ("expansion", "USD"): 22,
    }


# --- leaving and coming back ----------------------------------------------------------------------


def test_the_last_end_is_churn_for_the_reason_of_that_subscription() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(2, Deal.PAID, BUSINESS, 2),
            deal(5, Deal.ENDED, "price", 2),
            deal(9, Deal.ENDED, "service", 1),
        )
    ]
    told = after(20, of=of)
    assert churned(told) == {"service": 1}
    assert moved(told)["churn", "EUR"] == 20
    assert mrr(told) == states(told) == {}


def test_of_two_that_end_in_one_second_the_reason_is_the_later_ones() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM, 9),
            deal(2, Deal.PAID, BUSINESS, 10),
            deal(5, Deal.ENDED, "closed", 10),
            deal(5, Deal.ENDED, "price", 9),
        )
    ]
    told = after(20, of=of)
    assert churned(told) == {"closed": 1}
    assert moved(told)["churn", "EUR"] == 70


def test_a_reason_that_nobody_asked_for_is_none() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(5, Deal.ENDED))]
    assert churned(after(9, of=of)) == {"none": 1}


def test_a_downgrade_to_nothing_is_churn_without_a_reason() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(5, Deal.PRICED, FREE))]
    told = after(9, of=of)
    assert churned(told) == {"none": 1}
    assert moved(told)["churn", "EUR"] == 20


def test_a_downgrade_to_nothing_has_no_reason_for_nobody_was_asked() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(2, Deal.PAID, BUSINESS, 2),
            deal(3, Deal.ENDED, "product", 2),
            deal(5, Deal.PRICED, FREE),
        )
    ]
    assert churned(after(9, of=of)) == {"none": 1}


def test_an_end_with_a_subscription_for_nothing_left_is_churn() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM), deal(2, Deal.PAID, FREE, 2), deal(5, Deal.ENDED, "unused")
        )
    ]
    assert churned(after(9, of=of)) == {"unused": 1}


def test_who_comes_back_is_reactivated_each_time() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(5, Deal.ENDED, "price", 1),
            deal(8, Deal.PAID, BUSINESS, 2),
            deal(9, Deal.ENDED, "payment", 2),
            deal(30, Deal.PAID, TEAM, 3),
        )
    ]
    told = after(40, of=of)
    assert came(told) == (1, 2)
    assert churned(told) == {"price": 1, "payment": 1}
    assert moved(told) == {
        ("new", "EUR"): 20,
        ("churn", "EUR"): 70,
        ("reactivation", "EUR"): 70,
    }
    assert states(told) == {"active": 1}


# --- states ---------------------------------------------------------------------------------------


def test_past_due_is_no_churn_until_it_ends() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(5, Deal.LATE),
            deal(9, Deal.SETTLED),
            deal(12, Deal.LATE),
            deal(20, Deal.ENDED, "payment"),
        )
    ]
    assert [states(after(at, of=of)) for at in (6, 10, 15, 21)] == [
        {"past_due": 1},
        {"active": 1},
        {"past_due": 1},
        {},
    ]
    late = after(15, of=of)
    assert mrr(late) == {"EUR": 20}
    assert churned(late) == {}
    assert churned(after(21, of=of)) == {"payment": 1}


def test_an_announced_end_is_pending_until_it_comes_or_is_withdrawn() -> None:
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(5, Deal.ANNOUNCED),
            deal(9, Deal.WITHDRAWN),
            deal(12, Deal.ANNOUNCED),
            deal(20, Deal.ENDED, "competitor"),
        )
    ]
    assert [states(after(at, of=of)) for at in (6, 10, 15, 21)] == [
        {"ending": 1},
        {"active": 1},
        {"ending": 1},
        {},
    ]
    assert churned(after(15, of=of)) == {}
    assert churned(after(21, of=of)) == {"competitor": 1}


def test_a_customer_is_ending_when_all_that_it_pays_for_is() -> None:
    one = (deal(1, Deal.PAID, TEAM), deal(3, Deal.ANNOUNCED))
    more = (deal(2, Deal.PAID, BUSINESS, 2), deal(6, Deal.ANNOUNCED, "", 2))
    of = [customer(*one, *more)]
    assert states(after(4, of=of)) == {"active": 1}
    assert states(after(7, of=of)) == {"ending": 1}
    beside = (deal(2, Deal.PAID, FREE, 2), deal(2, Deal.TRIAL, BUSINESS, 3))
    assert states(after(4, of=[customer(*one, *beside)])) == {"ending": 1}


def test_past_due_comes_before_ending() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(3, Deal.ANNOUNCED), deal(3, Deal.LATE))]
    assert states(after(4, of=of)) == {"past_due": 1}
    assert states(after(4, of=of, measures=without(Fact.PAST_DUE))) == {"ending": 1}
    neither = without(Fact.PAST_DUE, Fact.ENDING)
    assert states(after(4, of=of, measures=neither)) == {"active": 1}


# --- what is not told -----------------------------------------------------------------------------

LIFE = customer(
    deal(1, Deal.PAID, TEAM),
    deal(4, Deal.ENDED, "price"),
    deal(6, Deal.TRIAL, TEAM, 2),
    deal(7, Deal.SURVEYED, "recommendation 9 10", 0),
)
METRICS = {
    STARTED: set[Fact](),
    CHURNED: set[Fact](),
    MOVEMENT: {Fact.REVENUE},
    TRIALING: {Fact.TRIALS},
    NPS: {Fact.RECOMMENDATION},
}


@pytest.mark.parametrize("fact", [None, *Fact])
def test_a_fact_that_is_not_told_has_no_series(fact: Fact | None) -> None:
    told = after(9, of=[LIFE], measures=without(*([fact] if fact else [])))
    names = {*told.counters, *told.gauges, *told.money}
    wanted = {name for name, needs in METRICS.items() if fact not in {Fact.CUSTOMERS} | needs}
    assert names == wanted


def test_a_reason_that_is_not_told_is_none() -> None:
    assert churned(after(9, of=[LIFE])) == {"price": 1}
    assert churned(after(9, of=[LIFE], measures=without(Fact.CHURN_REASON))) == {"none": 1}


def test_where_no_amounts_are_told_whatever_runs_is_paid_for() -> None:
    told = after(9, of=[customer(deal(1, Deal.PAID, FREE))], measures=without(Fact.REVENUE))
    assert (came(told), states(told)) == ((1, 0), {"active": 1})
    assert told.money == {}


def test_a_vendor_of_customers_tells_no_tickets_and_the_other_way_round() -> None:
    asked = ticket(comment(1, ASKER), rated(2, "recommendation 3 10"))
    desk = WrittenDesk(asked, customers=[LIFE])
    polls = [minute(10_000_000)]
    both = truth(desk, polls, EVENTS)
    of_customers = truth(desk, polls, without(Fact.CREATED))
    of_tickets = truth(desk, polls, without(Fact.CUSTOMERS))
    assert {*of_customers.counters} == {STARTED, CHURNED, NPS}
    assert {*both.counters} == {*of_customers.counters, *of_tickets.counters}
    assert both.counters[NPS] == {
        labels(group="promoter", team="none"): 1,
        labels(group="detractor", team="Billing"): 1,
    }


# --- what customers answer ------------------------------------------------------------------------


def test_answers_of_customers_count_for_no_team() -> None:
    answers = [
        deal(days, Deal.SURVEYED, f"recommendation {score} 10", 0)
        for days, score in enumerate((10, 9, 8, 6, 9, 11), 1)
    ]
    told = after(5.5, of=[customer(*answers, deal(7, Deal.SURVEYED, "recommendation 0 10", 0))])
    assert told.counters[NPS] == {
        labels(group="promoter", team="none"): 3,
        labels(group="passive", team="none"): 1,
        labels(group="detractor", team="none"): 1,
    }
    assert came(told) == (0, 0)


# --- prices that only the present tells -----------------------------------------------------------

UPS = customer(
    deal(1, Deal.PAID, TEAM),
    deal(10, Deal.PRICED, BUSINESS),
    deal(12, Deal.PRICED, "team 30.00 EUR month 1"),
    deal(14, Deal.LATE),
)


def test_at_first_sight_the_present_price_holds_from_the_start() -> None:
    assert moved(after(20, of=[UPS], measures=STATE)) == {("new", "EUR"): 30}
    assert moved(after(20, of=[UPS])) == {
        ("new", "EUR"): 20,
        ("expansion", "EUR"): 30,
        ("contraction", "EUR"): 20,
    }


def test_between_two_polls_only_the_last_price_is_seen() -> None:
    told = after(5, 20, of=[UPS], measures=STATE)
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 10}
    often = after(5, 11, 20, of=[UPS], measures=STATE)
    assert moved(often) == moved(after(20, of=[UPS]))


def test_a_change_is_dated_by_the_last_dealing() -> None:
    """Both change at once, on day 14: the first one's price is seen only then."""
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(2, Deal.PAID, BUSINESS, 2),
            deal(10, Deal.PRICED, "team 25.00 EUR month 1"),
            deal(14, Deal.LATE),
            deal(14, Deal.PRICED, "business 40.00 EUR month 1", 2),
        )
    ]
    told = after(5, 20, of=of, measures=STATE)
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 50, ("contraction", "EUR"): 5}
    exact = moved(after(5, 20, of=of))
    assert exact["expansion", "EUR"] == 55
    assert exact["contraction", "EUR"] == 10


def test_a_price_that_the_end_hides_never_counted() -> None:
    of = [customer(deal(1, Deal.PAID, TEAM), deal(8, Deal.PRICED, BUSINESS), deal(9, Deal.ENDED))]
    assert moved(after(5, 20, of=of, measures=STATE)) == {("new", "EUR"): 20, ("churn", "EUR"): 20}
    assert moved(after(20, of=of, measures=STATE)) == {("new", "EUR"): 50, ("churn", "EUR"): 50}


# --- a vendor of dates ----------------------------------------------------------------------------


def test_where_only_dates_are_told_a_day_is_one_instant() -> None:
    """What ends and what begins on one day is a move, though hours lie between."""
    of = [
        customer(
            deal(1, Deal.PAID, TEAM),
            deal(9, Deal.ENDED, "other"),
            deal(9.3, Deal.PAID, BUSINESS, 2),
        )
    ]
    dates = Measures(told={**TOLD, Fact.CUSTOMERS: Told(86_400)}, prices="events")
    told = after(20, of=of, measures=dates)
    assert (came(told), churned(told)) == ((1, 0), {})
    assert moved(told) == {("new", "EUR"): 20, ("expansion", "EUR"): 30}
    assert came(after(20, of=of)) == (1, 1)


# --- many customers -------------------------------------------------------------------------------

PRESENT = datetime(2025, 3, 3, 9, 17, 23, tzinfo=UTC)
POLLS = [PRESENT - timedelta(days=400 - 9 * n, hours=n) for n in range(45)]
MANY = SeededDesk(4, present=PRESENT, weeks=4, rate=0.0, customers=150)


@pytest.mark.parametrize("measures", [EVENTS, STATE], ids=["events", "state"])
def test_what_moved_adds_up_to_what_stands(measures: Measures) -> None:
    told = truth(MANY, POLLS, measures)
    active = sum(came(told)) - sum(churned(told).values())
    assert active == sum(states(told).values()) > 30
    signs = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churn": -1}
    sums: dict[str, Decimal] = {}
    for (movement, currency), amount in moved(told).items():
        sums[currency] = sums.get(currency, Decimal()) + signs[movement] * amount
    assert {currency: amount for currency, amount in sums.items() if amount} == mrr(told)
    assert {movement for movement, _ in moved(told)} == set(signs)


@pytest.mark.parametrize("measures", [EVENTS, STATE], ids=["events", "state"])
def test_counters_never_go_back_from_poll_to_poll(measures: Measures) -> None:
    before: dict[tuple[str, Labels], float] = {}
    for number in range(1, len(POLLS), 4):
        samples = truth(MANY, POLLS[:number], measures).as_samples()
        totals = {key: value for key, value in samples.items() if key[0].endswith("_total")}
        assert {
            key: totals[key] >= value for key, value in before.items() if key in totals
        } == dict.fromkeys(before, True)
        before = totals
    assert len(before) > 20


def test_frequent_polls_see_every_price_change_that_no_other_dealing_hides() -> None:
    calm = moved(truth(MANY, [PRESENT], STATE))
    often = moved(truth(MANY, POLLS, STATE))
    exact = moved(truth(MANY, [PRESENT], EVENTS))
    assert calm["expansion", "EUR"] < often["expansion", "EUR"] <= exact["expansion", "EUR"]


def test_amounts_are_samples_in_units_of_their_currency() -> None:
    of = [customer(deal(1, Deal.PAID, "team 100.00 EUR year 1"))]
    samples = after(5, of=of).as_samples()
    assert samples[MRR, labels(currency="EUR")] == 8.33
    assert samples[MOVEMENT, labels(movement="new", currency="EUR")] == 8.33
    assert samples[STARTED, NOBODY] == 1
