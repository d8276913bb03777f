"""`explain` names the customers behind a number, by hashes, and they are the number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import (
    Customer,
    Ending,
    Fact,
    Identity,
    Measures,
    Page,
    Rating,
    Survey,
    Told,
    Usage,
    Withdrawn,
)
from connectors import measures as facts
from exporter.catalog import CATALOG
from exporter.cli.explain import Answer, amounts, headline, words
from exporter.customers.churn import PREFIX
from exporter.metric import Metric
from exporter.reporting import explanation
from exporter.reporting.audit import mistakes
from exporter.reporting.books import Books as OpenBooks
from exporter.reporting.books import opened
from exporter.reporting.entry import Entry, Sum
from exporter.reporting.explanation import adds_up, entries, ranked
from exporter.source import Source
from tests.unit.test_churn import FACTS, Books, day, dollars, euros, paid
from tests.unit.test_observe import NEW

TELLS = (*FACTS, Fact.CREATED, Fact.CUSTOMER)
SOURCE = Source("crm", "crm", Measures({fact: Told() for fact in TELLS}), helpdesks=("crm",))
OF_CUSTOMERS = [
    metric
    for metric in CATALOG.values()
    if metric.fact in facts.OF_CUSTOMERS and explanation.has_entries(metric)
]
NPS = CATALOG["support_nps_responses"]
MONEY = CATALOG["support_mrr"]
MOVED = CATALOG["support_mrr_movement"]


def tell(books: Books) -> None:
    """Customers in every standing, and one ticket."""
    trial = replace(paid("s6", "c6", 2), started_at=None, trial=True)
    books.page(
        Customer("c1", day(1), Identity(("one",)), (Rating(Survey.RECOMMENDATION, 9, 10, day(3)),)),
        paid("s1", "c1", 1, None, euros(10, 1), euros("25.50", 3), euros(20, 5)),
        paid("s2", "c1", 4, None, dollars(8, 4)),
        replace(paid("s3", "c2", 1, 5), reason=Ending.PRICE),
        paid("s4", "c3", 1, 5),
        paid("s5", "c3", 8, None, euros(7, 8)),
        trial,
        replace(paid("s7", "c7", 2), past_due=True),
        paid("s8", "c8", 2),
    )
    ticket = replace(NEW, created_at=day(9), changed_at=day(9), customer=Identity(("one",)))
    ends = int(day(10).timestamp() * 1000)
    books.store.commit(SOURCE, Page((ticket,), "cursor", day(10)), Usage(), started=ends, now=ends)
    books.page(Withdrawn("s8", day(11)), to=12)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    found = Books(tmp_path, SOURCE)
    tell(found)
    return found


@pytest.fixture
def reading(books: Books) -> Iterator[OpenBooks]:
    with opened(books.store, SOURCE) as found:
        yield found


def published(books: Books, metric: Metric) -> dict[tuple[str, ...], float]:
    """What the page shows of a metric, by its labels without the source; no 0."""
    return {
        tuple(dict(labels)[label] for label in metric.labels): value
        for (sample, labels), value in books.samples().items()
        if sample == metric.sample_name and value
    }


@pytest.mark.parametrize("metric", [*OF_CUSTOMERS, NPS], ids=lambda metric: metric.name)
def test_the_customers_come_to_the_number(metric: Metric, books: Books, reading: OpenBooks) -> None:
    found = list(entries(reading, metric))
    assert found, f"nothing tests {metric.name}"
    sums = explanation.sums(reading, metric, found)
    if adds_up(metric):
        told = {labels: one.total / metric.scale for labels, one in sums.items()}
    else:
        told = {labels: float(one.count) for labels, one in sums.items()}
    if metric.name == "deskpulse_subscriptions_withdrawn":
        assert told == {(): 1}
        assert b'deskpulse_subscriptions_withdrawn_total{source="crm"} 1.0' in books.body()
    else:
        assert told == published(books, metric)


@pytest.mark.parametrize("metric", [*OF_CUSTOMERS, NPS], ids=lambda metric: metric.name)
def test_a_customer_is_a_hash_that_leads_nowhere(metric: Metric, reading: OpenBooks) -> None:
    for one in entries(reading, metric):
        assert one.ticket is None
        assert one.name == f"customer {one.subject.removeprefix(PREFIX)}"
        assert len(one.name) == len("customer ") + 24


def of(reading: OpenBooks, metric: Metric) -> list[Entry]:
    return ranked(metric, entries(reading, metric))


def test_an_amount_is_told_with_its_currency_and_the_greatest_first(reading: OpenBooks) -> None:
    told = of(reading, MONEY)
    assert [words(one) for one in told] == ["20 EUR", "10 EUR", "8 USD", "7 EUR"]


def test_a_customer_stands_in_a_gauge_since_it_last_began(reading: OpenBooks) -> None:
    active = of(reading, CATALOG["support_customers"])
    assert [one.at for one in active] == [milli(1), milli(2), milli(8)]
    (tries,) = of(reading, CATALOG["support_customers_trialing"])
    assert tries.at == milli(2)


def test_a_movement_stands_at_its_instant(reading: OpenBooks) -> None:
    told = {(one.labels, one.at, words(one)) for one in of(reading, MOVED)}
    assert (("expansion", "EUR"), milli(3), "15.5 EUR") in told
    assert (("contraction", "EUR"), milli(5), "5.5 EUR") in told
    assert (("reactivation", "EUR"), milli(8), "7 EUR") in told


def test_amounts_of_several_currencies_are_not_added(reading: OpenBooks) -> None:
    answer = Answer(of(reading, MONEY), Sum(4, 45_000), [])
    assert amounts(answer) == {"EUR": 37, "USD": 8}
    assert headline(MONEY, answer) == "support_mrr: EUR 37, USD 8 (out of 4)"


def test_a_ticket_still_has_its_id(reading: OpenBooks) -> None:
    (one,) = of(reading, CATALOG["support_tickets_created"])
    assert one.ticket == one.name == NEW.id


def test_the_books_are_right_until_somebody_writes_into_them(reading: OpenBooks) -> None:
    assert list(mistakes(reading)) == []
    reading._connection.exec_driver_sql(
        "UPDATE series SET value = value + 1000 WHERE metric = 'support_mrr' "
        "AND labels = '[\"USD\"]'"
    )
    found = Counter(mistake.metric.name for mistake in mistakes(reading))
    assert found == {"support_mrr": 1}
    reading._connection.rollback()


def test_a_source_of_customers_alone_has_books_that_are_right(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.page(paid("s1", "c1", 1, 5), paid("s2", "c2"), to=10)
    with opened(books.store, books.source) as reading:
        assert list(mistakes(reading)) == []
        assert list(entries(reading, CATALOG["support_today"])) == []


def milli(number: float) -> int:
    return int(day(number).timestamp() * 1000)
