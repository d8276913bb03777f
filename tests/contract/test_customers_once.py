"""What customers do is counted once, however a source was read: by a connector that tells the desk
itself, so that nothing but the counting is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, Literal

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
)
from connectors.customers import OfCustomer
from connectors.measures import OF_CUSTOMERS
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import price
from connectors.testing.seeded import SeededDesk
from connectors.testing.truth import truth
from exporter.certify.line import Samples, business, differences
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store

PRESENT: Final = datetime(2026, 4, 9, 15, 0, tzinfo=UTC)
MONTHS: Final = {"week": Decimal(52) / 12, "month": Decimal(1), "year": Decimal(1) / 12}
STARTED: Final = "support_customers_started_total"
PLACES: Final = {"JPY": Decimal(1)}
POLLS: Final = [PRESENT - timedelta(days=days) for days in (300, 200, 120, 60, 30, 14, 3, 0)]


def source(prices: Literal["events", "state"]) -> Source:
    told = {fact: Told() for fact in (*OF_CUSTOMERS, Fact.RECOMMENDATION)}
    return Source("crm", "crm", Measures(told, prices=prices))


class Books:
    """A store of one source, and what it publishes."""

    def __init__(self, folder: Path, of: Source) -> None:
        self.source = of
        self.store = Store.open(f"sqlite:///{folder}/{of.measures.prices}.db")
        self.store.prepare([of])

    def take(self, records: list[OfCustomer], to: datetime | None = None) -> int:
        now = round((to or PRESENT).timestamp() * 1000)
        page = Page(tuple(records), "cursor", to)
        return self.store.commit(self.source, page, Usage(), started=now, now=now)

    def samples(self) -> Samples:
        return business(Exposition(self.store.snapshot(), ["crm"], totals=True).body())


@pytest.fixture(params=["events", "state"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path, source(request.param))
    yield made
    made.store.close()


def desk(seed: int) -> SeededDesk:
    return SeededDesk(seed, present=PRESENT, weeks=2, rate=0, customers=60)


def told(
    of: SeededDesk, after: datetime, until: datetime, prices: Literal["events", "state"]
) -> list[OfCustomer]:
    """What changed in that time, as a vendor without a flaw tells it."""
    return [
        record
        for _, patron in of.customers_touched(after, until)
        for record in records(patron, until, prices)
    ]


def records(
    patron: Patron, until: datetime, prices: Literal["events", "state"]
) -> Iterator[OfCustomer]:
    events = [one for one in patron.events if one.at <= until]
    ratings = [
        Rating(Survey(survey), int(score), int(best), one.at)
        for one in events
        if one.kind is Deal.SURVEYED
        for survey, score, best in [one.value.split()]
    ]
    changed = max((one.at for one in events), default=patron.created_at)
    yield Customer(f"c{patron.id}", changed, Identity(), tuple(ratings))
    for number in sorted({one.subscription for one in events} - {0}):
        yield subscription(patron, number, [e for e in events if e.subscription == number], prices)


def subscription(
    patron: Patron, number: int, events: list[Dealing], prices: Literal["events", "state"]
) -> Subscription:
    paid = [one.at for one in events if one.kind is Deal.PAID]
    ended = [one for one in events if one.kind is Deal.ENDED]
    terms = [
        Terms(monthly(one.value), one.at)
        for one in events
        if one.kind in {Deal.TRIAL, Deal.PAID, Deal.PRICED} and one.value
    ]
    words = [one.kind for one in events]
    return Subscription(
        f"s{number}",
        f"c{patron.id}",
        events[-1].at,
        paid[0] if paid else None,
        ended[-1].at if ended and paid else None,
        terms=tuple(terms) if prices == "events" else (replace(terms[-1], at=None),),
        trial=not paid and not ended,
        ending=_stands(words, Deal.ANNOUNCED, Deal.WITHDRAWN),
        past_due=_stands(words, Deal.LATE, Deal.SETTLED),
        reason=Ending(ended[-1].value) if ended and ended[-1].value else None,
        revision=len(events),
    )


def _stands(words: list[Deal], begun: Deal, over: Deal) -> bool:
    last = [word for word in words if word in {begun, over}]
    return last[-1:] == [begun]


def monthly(value: str) -> Money:
    agreed = price(value)
    exact = agreed.charged * MONTHS[agreed.interval] / agreed.count
    place = PLACES.get(agreed.currency, Decimal("0.01"))
    return Money(exact.quantize(place, ROUND_HALF_EVEN), agreed.currency)


@pytest.mark.parametrize("seed", range(1, 9))
def test_one_import_gives_the_truth(books: Books, seed: int) -> None:
    of = desk(seed)
    books.take(told(of, of.begins, PRESENT, books.source.measures.prices), PRESENT)
    expected = truth(of, [PRESENT], books.source.measures).as_samples()
    assert differences(books.samples(), expected) == []


def test_a_page_tells_how_many_facts_came_of_it_once_the_poll_is_complete(books: Books) -> None:
    of = desk(1)
    everything = told(of, of.begins, PRESENT, books.source.measures.prices)
    assert books.take(everything) == 0, "they are counted when the poll is complete"
    found = books.take([], PRESENT)
    begun = sum(v for (name, _), v in books.samples().items() if name == STARTED)
    assert found > begun > 0
    assert books.take(everything, PRESENT) == 0


@pytest.mark.parametrize("seed", range(1, 5))
def test_polls_along_the_way_give_the_truth_at_each(books: Books, seed: int) -> None:
    of, measures = desk(seed), books.source.measures
    for number, (after, until) in enumerate(pairwise([of.begins, *POLLS]), 1):
        books.take(told(of, after, until, measures.prices), until)
        expected = truth(of, POLLS[:number], measures).as_samples()
        assert differences(books.samples(), expected) == [], f"at {until}"


def test_shuffled_repeated_and_broken_off_pages_leave_the_same_numbers(books: Books) -> None:
    of, rng = desk(3), Random(7)
    prices = books.source.measures.prices
    for after, until in pairwise([of.begins, *POLLS]):
        everything = told(of, after, until, prices)
        books.take(rng.sample(everything, len(everything) // 2))  # then the process is killed
        overlap = told(of, after - timedelta(days=40), until, prices)
        rng.shuffle(overlap)
        for start in range(0, len(overlap), 9):
            books.take(overlap[start : start + 9])
        books.take(everything[:5], until)
    expected = truth(of, POLLS, books.source.measures).as_samples()
    assert differences(books.samples(), expected) == []


def test_a_source_that_tells_more_than_before_fills_its_gauges_at_once(tmp_path: Path) -> None:
    of, full = desk(2), source("state")
    less = replace(full, measures=Measures({Fact.CUSTOMERS: Told()}))
    books = Books(tmp_path, less)
    books.take(told(of, of.begins, PRESENT, "state"), PRESENT)
    books.source = full
    books.store.prepare([full])
    expected = truth(of, [PRESENT], full.measures).gauges
    found = books.samples()
    for name in ("support_customers", "support_customers_trialing"):
        for labels, value in expected[name].items():
            assert found[name, labels] == value
