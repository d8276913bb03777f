"""Customers begin, change and leave once each, and all movements together are what they pay now."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, permutations
from pathlib import Path
from random import Random
from typing import Final

import pytest

from connectors import (
    Customer,
    Ending,
    Fact,
    Identity,
    Measures,
    Money,
    Page,
    Rating,
    Subscription,
    Survey,
    Terms,
    Told,
    Usage,
    Withdrawn,
)
from connectors.customers import OfCustomer
from exporter.certify.line import Samples, business
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FACTS: Final = (
    Fact.CUSTOMERS,
    Fact.CHURN_REASON,
    Fact.REVENUE,
    Fact.TRIALS,
    Fact.ENDING,
    Fact.PAST_DUE,
    Fact.RECOMMENDATION,
)
SOURCE: Final = Source("crm", "crm", Measures({fact: Told() for fact in FACTS}))


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def euros(amount: str | int, at: float | None = None) -> Terms:
    return Terms(Money(Decimal(amount), "EUR"), None if at is None else day(at))


def dollars(amount: str | int, at: float | None = None) -> Terms:
    return Terms(Money(Decimal(amount), "USD"), None if at is None else day(at))


def paid(
    name: str = "s1",
    customer: str = "c1",
    start: float = 1,
    end: float | None = None,
    *terms: Terms,
) -> Subscription:
    """A subscription that last changed when it ended, else when it began or its price changed."""
    instants = [day(start), *(one.at for one in terms if one.at)]
    if end is not None:
        instants.append(day(end))
    return Subscription(
        name,
        customer,
        max(instants),
        day(start),
        None if end is None else day(end),
        terms=terms or (euros(10),),
    )


class Books:
    """A store of one source, and what it publishes."""

    def __init__(self, folder: Path, source: Source = SOURCE) -> None:
        self.source = source
        self.store = Store.open(f"sqlite:///{folder}/{len(list(folder.iterdir()))}.db")
        self.store.prepare([source])

    def page(self, *records: OfCustomer, to: float | None = None) -> None:
        """Take in a page; `to`: it ends a poll that is complete up to that day."""
        complete_to = None if to is None else day(to)
        now = int(day(to or 0).timestamp() * 1000)
        self.store.commit(
            self.source, Page(records, "cursor", complete_to), Usage(), started=now, now=now
        )

    def body(self) -> bytes:
        return Exposition(self.store.snapshot(), [self.source.name], totals=True).body()

    def samples(self) -> Samples:
        return business(self.body())

    def value(self, name: str, **labels: str) -> float:
        return self.samples().get((name, frozenset(labels.items())), 0)

    def moved(self, movement: str, currency: str = "EUR") -> float:
        return self.value("support_mrr_movement_total", movement=movement, currency=currency)

    def revenue(self, currency: str = "EUR") -> float:
        return self.value("support_mrr", currency=currency)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_a_customer_begins_with_what_it_pays(books: Books) -> None:
    books.page(paid(), to=10)
    assert books.value("support_customers_started_total") == 1
    assert books.value("support_customers", state="active") == 1
    assert books.moved("new") == books.revenue() == 10


def test_a_higher_price_expands_and_a_lower_one_contracts(books: Books) -> None:
    books.page(paid("s1", "c1", 1, None, euros(10, 1), euros("25.50", 3), euros(20, 5)), to=10)
    assert (books.moved("new"), books.moved("expansion")) == (10, 15.5)
    assert books.moved("contraction") == 5.5
    assert books.revenue() == 20


def test_a_price_that_is_only_told_now_counts_when_it_is_seen(books: Books) -> None:
    books.page(paid(), to=2)
    books.page(replace(paid(), changed_at=day(3), terms=(euros(12),)), to=4)
    assert (books.moved("new"), books.moved("expansion"), books.revenue()) == (10, 2, 12)


def test_a_second_subscription_expands(books: Books) -> None:
    books.page(paid(), paid("s2", "c1", 3), to=10)
    assert (books.moved("new"), books.moved("expansion")) == (10, 10)
    assert books.value("support_customers_started_total") == 1


def test_losing_one_of_two_subscriptions_contracts(books: Books) -> None:
    books.page(paid("s1", "c1", 1, 5), paid("s2", "c1", 3), to=10)
    assert (books.moved("contraction"), books.moved("churn")) == (10, 0)
    assert books.value("support_customers_churned_total", reason="none") == 0


def test_the_last_subscription_that_ends_is_churn_with_its_reason(books: Books) -> None:
    books.page(replace(paid("s1", "c1", 1, 5), reason=Ending.PRICE), to=10)
    assert books.value("support_customers_churned_total", reason="price") == 1
    assert (books.moved("churn"), books.revenue()) == (10, 0)
    assert books.value("support_customers", state="active") == 0


def test_another_plan_in_the_same_second_is_neither_churn_nor_a_new_customer(books: Books) -> None:
    books.page(paid("s1", "c1", 1, 5), paid("s2", "c1", 5, None, euros(30, 5)), to=10)
    assert books.value("support_customers_churned_total", reason="none") == 0
    assert (books.moved("expansion"), books.moved("churn"), books.revenue()) == (20, 0, 30)


def test_who_comes_back_is_reactivated(books: Books) -> None:
    books.page(paid("s1", "c1", 1, 5), paid("s2", "c1", 8, None, euros(7, 8)), to=10)
    assert books.value("support_customers_started_total") == 1
    assert books.value("support_customers_reactivated_total") == 1
    assert (books.moved("churn"), books.moved("reactivation")) == (10, 7)


def test_a_subscription_that_is_taken_up_again_is_reactivated(books: Books) -> None:
    books.page(paid("s1", "c1", 1, 5), to=6)
    books.page(replace(paid("s1", "c1", 1), changed_at=day(8), resumed_at=day(8)), to=10)
    assert books.value("support_customers_reactivated_total") == 1
    assert (books.moved("churn"), books.moved("reactivation"), books.revenue()) == (10, 10, 10)


def test_an_announced_end_is_no_churn_until_it_comes(books: Books) -> None:
    books.page(replace(paid("s1", "c1", 1, 20), changed_at=day(2)), to=10)
    assert books.value("support_customers", state="ending") == 1
    assert books.value("support_customers_churned_total", reason="none") == 0
    books.page(to=21)
    assert books.value("support_customers_churned_total", reason="none") == 1
    assert books.value("support_customers", state="ending") == 0


def test_an_announced_end_that_is_taken_back_never_comes(books: Books) -> None:
    books.page(replace(paid("s1", "c1", 1, 20), changed_at=day(2)), to=10)
    books.page(replace(paid(), changed_at=day(12)), to=25)
    assert books.value("support_customers_churned_total", reason="none") == 0
    assert books.value("support_customers", state="active") == 1


def test_past_due_is_kept_apart_from_churn(books: Books) -> None:
    books.page(replace(paid(), past_due=True), to=10)
    assert books.value("support_customers", state="past_due") == 1
    assert books.value("support_customers", state="active") == 0
    assert books.revenue() == 10


def test_a_trial_is_no_customer_until_it_is_paid_for(books: Books) -> None:
    trial = replace(paid(), started_at=None, trial=True)
    books.page(trial, to=2)
    assert books.value("support_customers_trialing") == 1
    assert books.value("support_customers_started_total") == books.revenue() == 0
    books.page(replace(trial, started_at=day(3), trial=False, changed_at=day(3)), to=4)
    assert books.value("support_customers_trialing") == 0
    assert books.value("support_customers_started_total") == 1


def test_a_free_plan_makes_no_customer(books: Books) -> None:
    books.page(paid("s1", "c1", 1, None, euros(0, 1), euros(9, 4)), to=2)
    assert books.value("support_customers_started_total") == 0
    books.page(to=5)
    assert books.value("support_customers_started_total") == 1
    assert books.moved("new") == 9


def test_without_amounts_customers_are_counted_all_the_same(books: Books) -> None:
    books.page(replace(paid("s1", "c1", 1, 5), terms=()), to=10)
    assert books.value("support_customers_started_total") == 1
    assert books.value("support_customers_churned_total", reason="none") == 1


def test_currencies_are_never_added(books: Books) -> None:
    books.page(paid(), paid("s2", "c1", 3, None, dollars(50)), to=10)
    assert (books.revenue("EUR"), books.revenue("USD")) == (10, 50)
    assert (books.moved("new", "EUR"), books.moved("expansion", "USD")) == (10, 50)


def test_a_price_in_another_currency_ends_the_one_and_begins_the_other(books: Books) -> None:
    books.page(paid("s1", "c1", 1, None, euros(10, 1), dollars(12, 4)), to=10)
    assert (books.revenue("EUR"), books.revenue("USD")) == (0, 12)
    assert (books.moved("contraction", "EUR"), books.moved("expansion", "USD")) == (10, 12)
    assert books.value("support_customers_churned_total", reason="none") == 0


def test_a_withdrawn_subscription_leaves_the_gauges_and_moves_nothing(books: Books) -> None:
    books.page(paid(), paid("s2", "c2"), to=5)
    books.page(Withdrawn("s2", day(6)), to=7)
    assert books.revenue() == 10
    assert books.value("support_customers", state="active") == 1
    assert books.moved("new") == 20
    assert (books.moved("churn"), books.moved("contraction")) == (0, 0)
    assert b'deskpulse_subscriptions_withdrawn_total{source="crm"} 1.0' in books.body()


def test_a_subscription_that_is_brought_back_is_no_return(books: Books) -> None:
    books.page(paid(), to=5)
    books.page(Withdrawn("s1", day(6)), to=7)
    books.page(replace(paid(), changed_at=day(8)), to=9)
    assert books.value("support_customers", state="active") == 1
    assert books.value("support_customers_reactivated_total") == 0
    assert (books.moved("new"), books.moved("reactivation"), books.revenue()) == (10, 0, 10)


def test_what_is_told_beside_a_withdrawal_moves_as_ever(books: Books) -> None:
    books.page(paid(), paid("s2", "c1", 2, None, euros(20)), to=5)
    ended = replace(paid("s1", "c1", 1, 4.5), changed_at=day(6))
    books.page(Withdrawn("s2", day(6)), ended, to=7)
    assert books.value("support_customers_churned_total", reason="none") == 1
    assert (books.moved("churn"), books.revenue()) == (10, 0)


def test_who_was_entered_wrongly_and_anew_did_not_come_back(books: Books) -> None:
    books.page(paid(), to=5)
    books.page(Withdrawn("s1", day(6)), to=7)
    books.page(paid("s2", "c1", 8), to=9)
    assert books.value("support_customers_reactivated_total") == 0
    assert (books.moved("reactivation"), books.moved("new"), books.revenue()) == (0, 20, 10)


def test_a_planned_price_that_is_taken_back_never_comes(books: Books) -> None:
    planned = replace(paid("s1", "c1", 1, None, euros(10, 1), euros(50, 30)), changed_at=day(2))
    books.page(planned, to=5)
    books.page(replace(planned, terms=(euros(10),), changed_at=day(6)), to=7)
    books.page(planned, to=8)  # an old statement brings it back neither
    books.page(to=40)
    assert (books.revenue(), books.moved("expansion")) == (10, 0)


def test_a_customer_with_very_many_subscriptions_takes_no_time_squared(books: Books) -> None:
    """Two thousand take a tenth of a second; walked anew at each instant they took six."""
    books.page(*(paid(f"s{number}", "c1", 1 + number / 100) for number in range(2000)), to=50)
    assert books.revenue() == 20_000


def test_a_return_that_was_over_again_leaves_no_trace_that_grows(books: Books) -> None:
    told = replace(paid("s1", "c1", 1, 5), resumed_at=day(8))
    for number in range(4):
        books.page(replace(told, changed_at=day(9 + number)), to=10 + number)
    assert books.value("support_customers_churned_total", reason="none") == 1
    assert books.value("support_customers_reactivated_total") == 0


def test_what_is_told_late_counts_when_it_is_told(books: Books) -> None:
    """A contract that is entered today and began last week."""
    books.page(paid(), to=10)
    books.page(replace(paid("s2", "c1", 4), changed_at=day(11)), to=12)
    assert (books.moved("expansion"), books.revenue()) == (10, 20)


def test_answers_of_customers_are_counted_once(books: Books) -> None:
    rated = Customer("c1", day(3), ratings=(Rating(Survey.RECOMMENDATION, 9, 10, day(3)),))
    books.page(rated, to=5)
    books.page(replace(rated, changed_at=day(6)), to=7)
    assert books.value("support_nps_responses_total", group="promoter", team="none") == 1


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (replace(paid(), ended_at=day(0)), "ends_before_start"),
        (paid("s1", "c1", 1, None, euros(-1)), "negative_amount"),
        (replace(paid(), terms=(Terms(Money(Decimal(1), "Euro")),)), "unknown_currency"),
        (paid("s1", "c1", 1, None, euros("1e16")), "amount_out_of_range"),
        (paid("s1", "c1", 1, None, euros("NaN")), "amount_out_of_range"),
    ],
)
def test_what_cannot_be_is_left_out_counted_and_said(
    books: Books, told: Subscription, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    books.page(told, paid("s2", "c2"), to=10)
    assert books.value("support_customers_started_total") == 1
    rejected = f'deskpulse_source_records_rejected_total{{reason="{reason}",source="crm"}} 1.0'
    assert rejected.encode() in books.body() or (
        f'records_rejected_total{{source="crm",reason="{reason}"}} 1.0'.encode() in books.body()
    )
    assert "source crm: subscription 's1' was left out" in caplog.text


def test_a_subscription_that_names_another_customer_stays_with_the_first(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    books.page(paid(), to=5)
    books.page(replace(paid(), customer="c2", changed_at=day(6), terms=(euros(11),)), to=7)
    assert books.value("support_customers", state="active") == 1
    assert (books.moved("expansion"), books.moved("churn"), books.revenue()) == (1, 0, 11)
    assert "names another customer" in caplog.text
    assert b'reason="customer_changed"' in books.body()


def test_nothing_that_names_a_customer_is_stored(books: Books) -> None:
    name = Customer("globex-17", day(1), Identity(("ACME-0042",), ("globex.example",)))
    books.page(name, paid("sub-globex", "globex-17"), to=5)
    path = books.store.database.engine.url.database
    assert path is not None
    content = b"".join(file.read_bytes() for file in Path(path).parent.iterdir())
    assert b"lobex" not in content
    assert b"ACME" not in content


LIFE: Final[tuple[OfCustomer, ...]] = (
    Customer("c1", day(1), Identity(("one",))),
    paid("s1", "c1", 1, 5),
    paid("s2", "c1", 3, 9, euros(10, 3), euros(4, 6)),
    paid("s3", "c1", 12, None, dollars(8, 12), dollars(9, 13)),
    paid("s4", "c2", 2),
    Withdrawn("s5", day(4)),
)


def test_no_order_of_records_and_no_repetition_changes_a_number(tmp_path: Path) -> None:
    """Whole life stories, in every order of pages, some of them told twice."""
    expected = None
    for number, order in enumerate(permutations(LIFE)):
        if number % 29:
            continue
        books = Books(tmp_path)
        for record in (*order, order[0]):
            books.page(record)
        books.page(to=20)
        found = books.samples()
        expected = expected or found
        assert found == expected
        books.store.close()
    assert expected is not None


@pytest.mark.parametrize("seed", range(20))
def test_all_movements_together_are_what_customers_pay(tmp_path: Path, seed: int) -> None:
    """Whatever is told, in whatever order, over several polls."""
    rng, books = Random(seed), Books(tmp_path)
    polls = sorted(rng.sample(range(5, 100), 6))
    for before, now in pairwise([0, *polls]):
        told = [_drawn(rng, before, now) for _ in range(12)]
        books.page(*told[:6])
        books.page(*told[6:], to=now)
        samples = books.samples()
        sums: Counter[str] = Counter()
        for (name, labels), value in samples.items():
            if name == "support_mrr_movement_total":
                said = dict(labels)
                sign = -1 if said["movement"] in {"churn", "contraction"} else 1
                sums[said["currency"]] += sign * round(value * 1000)
        for currency in ("EUR", "USD"):
            assert sums[currency] == round(books.revenue(currency) * 1000)
        began = books.value("support_customers_started_total")
        began += books.value("support_customers_reactivated_total")
        left = sum(
            v for (name, _), v in samples.items() if name == "support_customers_churned_total"
        )
        active = sum(v for (name, _), v in samples.items() if name == "support_customers")
        assert began - left == active


def _drawn(rng: Random, before: float, now: float) -> Subscription:
    start = rng.uniform(0, now)
    end = rng.choice([None, rng.uniform(start, now + 5)])
    price = rng.choice([euros, dollars])(rng.randrange(0, 40))
    number = rng.randrange(8)
    return Subscription(
        f"s{number}",
        f"c{number % 3}",
        day(rng.uniform(before, now)),
        day(start),
        None if end is None else day(end),
        terms=(price,),
        past_due=rng.random() < 0.2,
        reason=rng.choice([None, *Ending]),
    )
