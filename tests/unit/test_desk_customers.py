"""The customers of the seeded desk: a function of its seed, with every kind of trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.customers import Ending
from connectors.testing.courses import CURRENCIES, PLANS, TERMS
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Deal, Dealing, Kind, Patron, Role, Story
from connectors.testing.prices import Price, price
from connectors.testing.seeded import SeededDesk
from connectors.testing.written import WrittenDesk

PRESENT = datetime(2025, 3, 3, 9, 17, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRICED = (Deal.TRIAL, Deal.PAID, Deal.PRICED)


@pytest.fixture(scope="module")
def desk() -> SeededDesk:
    return SeededDesk(7, present=PRESENT, weeks=4, rate=4.0, customers=800)


@pytest.fixture(scope="module")
def patrons(desk: SeededDesk) -> Sequence[Patron]:
    return desk.customers(PRESENT)


def subscriptions(patron: Patron) -> dict[int, list[Dealing]]:
    found: dict[int, list[Dealing]] = {}
    for dealing in patron.events:
        if dealing.kind is not Deal.SURVEYED:
            found.setdefault(dealing.subscription, []).append(dealing)
    return found


def lives(patrons: Sequence[Patron]) -> Iterator[list[Dealing]]:
    for patron in patrons:
        yield from subscriptions(patron).values()


def kinds(dealings: Sequence[Dealing]) -> list[Deal]:
    return [dealing.kind for dealing in dealings]


def prices(patrons: Sequence[Patron]) -> Iterator[Price]:
    for life in lives(patrons):
        yield from (price(dealing.value) for dealing in life if dealing.kind in PRICED)


# --- a pure function of its parameters ------------------------------------------------------------


def test_the_tickets_are_the_same_with_customers_and_without() -> None:
    settings: dict[str, Any] = {"present": PRESENT, "weeks": 2, "rate": 5.0, "ancient": 30}
    plain = SeededDesk(3, **settings)
    peopled = SeededDesk(3, customers=100, **settings)
    until = PRESENT + 2 * DAY
    assert {story.customer for story in plain.stories(until)} == {0}
    assert tuple(replace(s, customer=0) for s in peopled.stories(until)) == plain.stories(until)
    assert plain.customers(until) == ()
    assert list(plain.customers_touched(PRESENT - 900 * DAY, until)) == []
    assert peopled.begins == PRESENT - timedelta(weeks=2, days=400)


def test_two_desks_of_one_seed_are_equal_however_they_are_asked() -> None:
    at_once, in_steps = (
        SeededDesk(3, present=PRESENT, weeks=2, rate=5.0, customers=60) for _ in range(2)
    )
    moments = [PRESENT + timedelta(days=days, minutes=7 * days) for days in (-9, -300, 30, -1, 2)]
    for number, moment in enumerate(moments):
        if number % 2:
            in_steps.stories(moment)
        in_steps.customers(moment)
        list(in_steps.customers_touched(moment - DAY, moment))
    until = PRESENT + 40 * DAY
    stories, whole = at_once.stories(until), at_once.customers(until)
    for moment in moments:
        assert in_steps.customers(moment) == tuple(p for p in whole if p.created_at <= moment)
    assert in_steps.customers(until) == whole
    assert in_steps.stories(until) == stories


def test_another_seed_has_other_customers() -> None:
    one, other = (SeededDesk(s, present=PRESENT, customers=20).customers(PRESENT) for s in (1, 2))
    assert [patron.created_at for patron in one] != [patron.created_at for patron in other]


def test_several_threads_may_ask_at_once() -> None:
    moments = [PRESENT - HOUR * 31 * (n % 40) for n in range(120)]
    desk, calm = (SeededDesk(5, present=PRESENT, weeks=1, rate=2.0, customers=50) for _ in "ab")
    with ThreadPoolExecutor(8) as pool:
        customers = pool.map(desk.customers, moments)
        stories = pool.map(desk.stories, moments)
        assert list(customers) == [calm.customers(moment) for moment in moments]
        assert list(stories) == [calm.stories(moment) for moment in moments]


def test_fewer_than_no_customers_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 customers"):
        SeededDesk(1, present=PRESENT, customers=-1)


SMALL = SeededDesk(11, present=PRESENT, weeks=1, rate=1.0, customers=40)


@settings(max_examples=60)
@given(st.data())
def test_what_is_touched_is_what_appeared_or_dealt(data: st.DataObject) -> None:
    whole = SMALL.customers(PRESENT + 100 * DAY)
    instants = sorted({at for patron in whole for at in patron.instants})
    moment = st.sampled_from([at for at in instants if at <= PRESENT + 100 * DAY])
    after, until = data.draw(moment), data.draw(moment)
    expected = []
    for patron in SMALL.customers(until):
        dealt = [at for at in patron.instants if after < at <= until]
        if dealt:
            expected.append((dealt[-1], patron.id, patron))
    told = [(at, patron.id, patron) for at, patron in SMALL.customers_touched(after, until)]
    assert told == sorted(expected, key=lambda row: row[:2])


# --- other desks ----------------------------------------------------------------------------------


def test_a_written_desk_tells_the_customers_that_it_was_given() -> None:
    early = Patron(
        1, PRESENT, "", (), (Dealing(PRESENT + DAY, Deal.TRIAL, 1, "team 1 EUR week 1"),)
    )
    late = Patron(2, PRESENT + HOUR, "", ())
    desk = WrittenDesk(customers=[early, late])
    assert (desk.begins, desk.ends) == (PRESENT, PRESENT + DAY)
    assert desk.customers(PRESENT) == [early]
    touched = [(PRESENT + HOUR, late), (PRESENT + DAY, early)]
    assert list(desk.customers_touched(PRESENT, PRESENT + DAY)) == touched
    assert list(desk.customers_touched(PRESENT + HOUR, PRESENT + DAY)) == touched[1:]


def test_a_crowd_has_no_customers() -> None:
    desk = CrowdedDesk(3, PRESENT)
    assert list(desk.customers(PRESENT)) == []
    assert list(desk.customers_touched(desk.begins, PRESENT)) == []


# --- prices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "charged"),
    [
        ("team 49.00 EUR month 1", "49"),
        ("team 19.90 EUR week 2 x5", "99.50"),
        ("business 588.00 USD year 1 -20%", "470.40"),
        ("enterprise 20500 JPY month 3 x3 -10%", "55350"),
        ("team 49.00 EUR month 1 -100%", "0"),
        ("free 0.00 EUR month 1", "0"),
    ],
)
def test_a_price_is_read_as_it_is_written(value: str, charged: str) -> None:
    agreed = price(value)
    assert str(agreed) == value
    assert agreed.charged == Decimal(charged)


@pytest.mark.parametrize("value", ["team 49.00 EUR month 1 20", "team 49.00", "team x EUR week 1"])
def test_what_is_no_price_is_refused(value: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        price(value)


def test_every_charge_is_in_whole_minor_units(patrons: Sequence[Patron]) -> None:
    """So that no vendor has to round one, and all tell the same."""
    for agreed in prices(patrons):
        unit = Decimal(1) if agreed.currency == "JPY" else Decimal("0.01")
        assert agreed.charged % unit == 0, agreed


def test_every_plan_currency_and_interval_is_bought(patrons: Sequence[Patron]) -> None:
    told = list(prices(patrons))
    assert {agreed.plan for agreed in told} == set(PLANS)
    assert {(agreed.interval, agreed.count) for agreed in told} == set(TERMS)
    currencies = Counter(agreed.currency for agreed in told)
    assert currencies["EUR"] > len(told) / 2
    assert min(currencies[name] for name in CURRENCIES) > len(told) / 50
    assert sum(agreed.quantity > 1 for agreed in told) > len(told) / 4
    assert len(told) / 20 < sum(agreed.discount > 0 for agreed in told) < len(told) / 2
    assert {agreed.charged for agreed in told if agreed.plan == "free"} == {0}
    assert any(agreed.discount == 100 for agreed in told)


# --- what every customer keeps to -----------------------------------------------------------------


def test_so_many_customers_have_appeared_at_the_present(patrons: Sequence[Patron]) -> None:
    assert [patron.id for patron in patrons] == list(range(1, 801))
    appeared = [patron.created_at for patron in patrons]
    assert appeared == sorted(appeared)
    begins = PRESENT - timedelta(weeks=4)
    assert begins - 400 * DAY <= appeared[0] < begins - 390 * DAY
    assert sum(at >= begins for at in appeared) > 20


def test_customers_go_on_appearing_and_leaving_for_ever(desk: SeededDesk) -> None:
    for year in range(3):
        begin, end = PRESENT + 365 * year * DAY, PRESENT + 365 * (year + 1) * DAY
        there = desk.customers(end)
        assert sum(patron.created_at > begin for patron in there) > 400
        left = [e for p in there for e in p.events if e.kind is Deal.ENDED and begin < e.at <= end]
        assert len(left) > 300


def test_dealings_are_in_order_and_after_the_customer_appeared(patrons: Sequence[Patron]) -> None:
    for patron in patrons:
        assert list(patron.instants) == sorted(patron.instants)
        assert all(at.tzinfo is UTC and at.microsecond == 0 for at in patron.instants)


def test_numbers_of_subscriptions_are_unique_and_count_up(patrons: Sequence[Patron]) -> None:
    numbers = [number for patron in patrons for number in subscriptions(patron)]
    assert len(numbers) == len(set(numbers))
    for patron in patrons:
        assert list(subscriptions(patron)) == sorted(subscriptions(patron))


def test_a_subscription_begins_once_and_never_resumes(patrons: Sequence[Patron]) -> None:
    for life in lives(patrons):
        told = kinds(life)
        assert told[0] in {Deal.TRIAL, Deal.PAID}
        assert told.count(Deal.PAID) <= 1
        assert Deal.ENDED not in told[:-1]
        assert Deal.TRIAL not in told[1:]
        if told[0] is Deal.TRIAL and Deal.PAID not in told:
            assert {*told} <= {Deal.TRIAL, Deal.ANNOUNCED, Deal.ENDED}


def test_what_is_announced_comes_when_it_was_said_or_is_withdrawn(
    patrons: Sequence[Patron],
) -> None:
    for life in lives(patrons):
        for dealing, after in pairwise([*life, None]):
            if dealing is None or dealing.kind is not Deal.ANNOUNCED:
                continue
            ends = datetime.fromisoformat(dealing.value)
            assert ends > dealing.at
            assert after is not None
            if after.kind is Deal.ENDED and after.value != "payment":
                assert after.at == ends
            else:
                assert after.at < ends


def test_late_payments_are_settled_or_end_the_subscription(patrons: Sequence[Patron]) -> None:
    outcomes: Counter[Deal] = Counter()
    for life in lives(patrons):
        for number, dealing in enumerate(life):
            if dealing.kind is Deal.LATE:
                later = (e.kind for e in life[number + 1 :] if e.kind is not Deal.ANNOUNCED)
                outcomes[next(later)] += 1
    assert set(outcomes) == {Deal.SETTLED, Deal.ENDED}
    assert min(outcomes.values()) > 50


# --- everything happens ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Deal))
def test_every_kind_of_dealing_is_frequent(kind: Deal, patrons: Sequence[Patron]) -> None:
    assert sum(kind in kinds(patron.events) for patron in patrons) > len(patrons) / 10


def test_every_reason_is_given_and_often_none(patrons: Sequence[Patron]) -> None:
    told = Counter(life[-1].value for life in lives(patrons) if life[-1].kind is Deal.ENDED)
    assert set(told) == {*Ending, ""}
    assert min(told.values()) >= 10


def test_trials_last_two_weeks_and_convert_or_not(patrons: Sequence[Patron]) -> None:
    tried = [life for life in lives(patrons) if life[0].kind is Deal.TRIAL]
    paid = [life for life in tried if Deal.PAID in kinds(life)]
    assert len(tried) / 4 < len(paid) < len(tried) * 0.9
    assert {life[1].at - life[0].at for life in paid} == {14 * DAY}
    assert {life[1].value == life[0].value for life in paid} == {True}
    unpaid = [life for life in tried if Deal.PAID not in kinds(life)]
    assert {life[-1].at - life[0].at for life in unpaid} == {14 * DAY}
    assert sum(Deal.ANNOUNCED in kinds(life) for life in unpaid) > len(unpaid) / 10


def test_prices_go_up_and_down_and_to_nothing_and_back(patrons: Sequence[Patron]) -> None:
    moves: Counter[str] = Counter()
    for life in lives(patrons):
        for one, other in pairwise([price(e.value) for e in life if e.kind in PRICED]):
            before, now = one.charged, other.charged
            moves["up"] += 0 < before < now
            moves["down"] += 0 < now < before
            moves["to nothing"] += now == 0 < before
            moves["from nothing"] += before == 0 < now
            moves["interval"] += (one.interval, one.count) != (other.interval, other.count)
    wanted = ("up", "down", "to nothing", "from nothing", "interval")
    assert {name: moves[name] >= 10 for name in wanted} == dict.fromkeys(wanted, True)


def test_some_hold_several_subscriptions_some_in_two_currencies(patrons: Sequence[Patron]) -> None:
    several = [patron for patron in patrons if len(subscriptions(patron)) > 1]
    assert len(several) > len(patrons) / 4
    money = [{agreed.currency for agreed in prices([patron])} for patron in patrons]
    assert 5 < sum(len(currencies) > 1 for currencies in money) < len(patrons) / 5


def test_some_move_to_another_subscription_in_one_second(patrons: Sequence[Patron]) -> None:
    moved = [
        (ended, paid)
        for patron in patrons
        for ended, paid in pairwise(patron.events)
        if (ended.kind, paid.kind) == (Deal.ENDED, Deal.PAID) and ended.at == paid.at
    ]
    assert len(moved) > 20
    assert all(ended.subscription < paid.subscription for ended, paid in moved)


def test_some_who_left_come_back_under_a_new_number(patrons: Sequence[Patron]) -> None:
    away: list[timedelta] = []
    for patron in patrons:
        held: set[int] = set()
        left: datetime | None = None
        for dealing in patron.events:
            if dealing.kind in {Deal.TRIAL, Deal.PAID}:
                if left is not None and not held and dealing.at > left:
                    away.append(dealing.at - left)
                held.add(dealing.subscription)
            elif dealing.kind is Deal.ENDED:
                held.discard(dealing.subscription)
                left = dealing.at
    assert len(away) > len(patrons) / 20
    assert min(away) < 7 * DAY < 60 * DAY < max(away)


def test_dealings_share_seconds(patrons: Sequence[Patron]) -> None:
    """Within one customer, and between customers who are billed in one run."""
    within = sum(len(p.instants[1:]) > len(set(p.instants[1:])) for p in patrons)
    assert within > len(patrons) / 10
    shared = Counter(at for patron in patrons for at in set(patron.instants))
    assert sum(count > 1 for count in shared.values()) > 20


def test_most_are_known_to_other_systems_and_some_are_not(patrons: Sequence[Patron]) -> None:
    known = Counter((bool(patron.external_id), len(patron.domains)) for patron in patrons)
    assert set(known) == {(True, 0), (True, 1), (True, 2), (False, 0), (False, 1), (False, 2)}
    assert known[True, 1] > len(patrons) / 3
    assert 10 < known[False, 0] < len(patrons) / 8
    assert patrons[41].external_id in {"ACME-0042", ""}
    names = [name for p in patrons for name in (p.external_id, *p.domains) if name]
    assert len(names) == len(set(names))


# --- whose a ticket is ----------------------------------------------------------------------------


def test_four_of_five_tickets_are_of_a_customer_that_exists(desk: SeededDesk) -> None:
    stories = desk.stories(PRESENT)
    created = {patron.id: patron.created_at for patron in desk.customers(PRESENT)}
    of = [story for story in stories if story.customer]
    assert 0.75 < len(of) / len(stories) < 0.85
    assert all(created[story.customer] <= story.created_at for story in of)


def test_some_customers_ask_often_and_most_never(desk: SeededDesk) -> None:
    asked = Counter(story.customer for story in desk.stories(PRESENT) if story.customer)
    assert 0 < len(asked) < 400
    assert sum(sorted(asked.values())[-40:]) > sum(asked.values()) / 2


def test_who_left_for_good_asks_no_more_and_bad_service_comes_before_leaving(
    desk: SeededDesk,
) -> None:
    ends: dict[int, datetime] = {}
    for patron in desk.customers(PRESENT):
        lived = subscriptions(patron).values()
        if lived and all(life[-1].kind is Deal.ENDED for life in lived):
            ends[patron.id] = max(life[-1].at for life in lived)
    stories = [story for story in desk.stories(PRESENT) if story.customer]
    assert all(s.customer not in ends or s.created_at < ends[s.customer] for s in stories)
    leaving: dict[bool, list[bool]] = {True: [], False: []}
    for story in stories:
        leaving[went_badly(story)].append(story.customer in ends)
    well, badly = (sum(leaving[bad]) / len(leaving[bad]) for bad in (False, True))
    assert well < badly


def went_badly(story: Story) -> bool:
    day = story.created_at + DAY
    replies = [e.at for e in story.events if e.kind is Kind.COMMENT and e.role is Role.AGENT]
    return not replies or replies[0] > day or "satisfaction 0 1" in {e.value for e in story.events}
