"""The tiles of a source of customers: how many there are, what they pay, how many leave."""

from __future__ import annotations

from collections.abc import Callable

from connectors import Fact
from exporter.customers.account import Situation
from exporter.customers.churn import CUSTOMERS, REVENUE, TRIALING
from exporter.serving.figures import Customers, Figures, Month
from exporter.serving.tile import DASH, Tile, change, share
from exporter.source import Source

WORDS = {Situation.ENDING: "About to end", Situation.PAST_DUE: "Past due"}


def tiles(one: Figures, of: Customers) -> list[Tile]:
    """All that the source can tell."""
    return [tile for make in OF_CUSTOMERS if (tile := make(one, of)) is not None]


def customers(one: Figures, of: Customers) -> Tile:
    """Those that pay now."""
    standing = one.gauges.split(CUSTOMERS, "state")
    count = sum(standing.values())
    before = of.now.at_start
    rows = [("30 days ago", f"{before:,}{change(count, before)}")]
    rows += [
        (words, f"{standing[state]:,}") for state, words in WORDS.items() if standing.get(state)
    ]
    return Tile("Customers", f"{count:,}", rows=tuple(rows))


def revenue(one: Figures, of: Customers) -> Tile | None:
    """What they pay a month, in each currency."""
    if Fact.REVENUE not in one.source.measures.told:
        return None
    amounts = _largest(one.gauges.split(REVENUE, "currency"), one.source)
    if not amounts:
        return Tile("Revenue a month", DASH)
    (currency, first), *others = amounts
    before = first - of.now.revenue.get(currency, 0)
    rows = [("30 days ago", f"{before / 1000:,.0f}{change(first, before)}")]
    rows += [
        (name, f"{paid / 1000:,.0f}{change(paid, paid - of.now.revenue.get(name, 0))}")
        for name, paid in others
    ]
    return Tile("Revenue a month", f"{first / 1000:,.0f} {currency}", rows=tuple(rows))


def churn(_: Figures, of: Customers) -> Tile:
    """The share of customers that left."""
    now, before = of.now, of.before
    rows = (
        ("Left", f"{now.left:,} of {now.at_start:,}"),
        ("Before", f"{_rate(before)}, {before.left:,} of {before.at_start:,}"),
    )
    return Tile("Churn in 30 days", _rate(now), rows=rows)


def started(one: Figures, of: Customers) -> Tile:
    """Those that began to pay."""
    rows = [("30 days before", f"{of.before.started:,}")]
    if Fact.TRIALS in one.source.measures.told:
        rows.append(("On trial now", f"{one.gauges.total(TRIALING):,}"))
    return Tile("Started in 30 days", f"{of.now.started:,}", rows=tuple(rows))


def _rate(month: Month) -> str:
    return share(month.left, month.at_start, digits=1)


def _largest(amounts: dict[str, int], source: Source) -> list[tuple[str, int]]:
    """What is paid by currency, the most first, as far as the operator says what each is worth."""
    worth = dict(source.money.rates)
    if source.money.into is not None:
        worth[source.money.into] = 1_000_000
    paid = [(currency, amount) for currency, amount in sorted(amounts.items()) if amount]
    return sorted(paid, key=lambda pair: -pair[1] * worth.get(pair[0], 0))


OF_CUSTOMERS: tuple[Callable[[Figures, Customers], Tile | None], ...] = (
    customers,
    revenue,
    churn,
    started,
)
"""A row for each tile."""
