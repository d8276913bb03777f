"""The customers behind a gauge: exactly those that fill it, no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exporter.customers.account import Account, Contract
from exporter.customers.churn import FILLED, PREFIX, REVENUE, TRIALING, standing
from exporter.knowledge import Extra
from exporter.labels import NONE
from exporter.metric import Metric
from exporter.reporting.books import Books
from exporter.reporting.entry import Entry, Unit
from exporter.store.experiences import BY_EXPERIENCE

GAUGES: Final = frozenset({*FILLED, BY_EXPERIENCE})
"""The gauges that count customers or what they pay."""

LOOKED_BACK: Final = frozenset({BY_EXPERIENCE})
"""Those that are reckoned now and then, as of an instant, and not with every change."""


def paying(books: Books, metric: Metric) -> Iterator[Entry]:
    """Every customer in a gauge, once for each of its series."""
    begun = _begun(books)
    told = _experienced(books) if metric.name in LOOKED_BACK else _filling(books, metric)
    for account, contracts, labels, amount in told:
        subject = PREFIX + account.id
        since = begun.get(subject, 0)
        if metric.name == TRIALING:
            tried = [one.version[0] for one in contracts if one.trial]
            since = max(tried, default=books.watermark)
        currency = labels[0] if metric.name == REVENUE else ""
        yield Entry(
            books.source.name,
            subject,
            since,
            amount if currency else None,
            Unit.MONEY if currency else Unit.NOTHING,
            labels,
            *(NONE,) * 3,
            currency,
        )


def _begun(books: Books) -> dict[str, int]:
    """Since when each customer has been one without a break."""
    found: dict[str, int] = {}
    for one in books.observations((Extra.CUSTOMER_STARTED, Extra.CUSTOMER_RETURNED)):
        found[one.subject] = max(one.at, found.get(one.subject, one.at))
    return found


Told = tuple[Account, list[Contract], tuple[str, ...], int]
"""A customer with its subscriptions, the labels of one series, and what it adds to it."""


def _filling(books: Books, metric: Metric) -> Iterator[Told]:
    for account, contracts in books.clientele():
        for name, labels, amount in account.ledger.cells:
            if name == metric.name:
                yield account, contracts, labels, amount


def _experienced(books: Books) -> Iterator[Told]:
    at = books.experienced_to
    if at is None:
        return
    active = {
        account.id: (account, contracts)
        for account, contracts in books.clientele()
        if standing(contracts, at).active
    }
    found = books.experiences(dict.fromkeys(active, (at,)))
    for account, contracts in active.values():
        yield account, contracts, (found.served(account.id, at).experience.value,), 1
