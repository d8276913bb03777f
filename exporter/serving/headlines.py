"""The headline numbers of one source, for people: of its tickets, of its customers, or of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from connectors import Fact
from exporter.backlog import AWAITING, OPEN
from exporter.customers.account import Situation
from exporter.customers.churn import CUSTOMERS, REVENUE, TRIALING
from exporter.knowledge import Extra
from exporter.quantiles import quantile
from exporter.source import Source
from exporter.store import Snapshot, SourceState, Store

DASH = "–"
MONTH = 30 * 86_400_000


class Tile(NamedTuple):
    """One number: what it is, how much, and what else is to be said."""

    title: str
    number: str
    note: str = ""


def headlines(store: Store, snapshot: Snapshot, source: Source, state: SourceState) -> list[Tile]:
    """The numbers of a primed source; today begins at midnight in its schedule's zone, else UTC."""
    tiles: list[Tile] = []
    told = source.measures.told
    if Fact.CREATED in told:
        tiles += _of_tickets(store, snapshot, source, state)
    if Fact.CUSTOMERS in told:
        tiles += _of_customers(store, snapshot, source, state)
    return tiles


def _of_tickets(
    store: Store, snapshot: Snapshot, source: Source, state: SourceState
) -> Iterator[Tile]:
    today = source.definition.midnight(state.complete_to or 0)
    counted = store.counted(source.name, (Fact.CREATED, Fact.SOLVED), today)
    yield Tile("Open now", f"{_sum(snapshot, source, OPEN):,}")
    tells_responses = Fact.AWAITING_FIRST_RESPONSE in source.measures.told
    unanswered = f"{_sum(snapshot, source, AWAITING):,}" if tells_responses else DASH
    yield Tile("Unanswered", unanswered)
    yield Tile("Created today", f"{counted.get(Fact.CREATED, 0):,}")
    yield Tile("Solved today", f"{counted.get(Fact.SOLVED, 0):,}")
    yield _first_response(store.values(source.name, "first_response", today), source)


def _first_response(responses: list[int], source: Source) -> Tile:
    title = "First response today"
    told = source.measures.told.get(Fact.FIRST_RESPONSE)
    if told is None:
        return Tile(title, DASH, f"{source.vendor} does not tell it")
    if not responses:
        return Tile(title, DASH, "none yet")
    half, most = (_told(quantile(responses, q), 1000 * told.precision) for q in ("0.5", "0.9"))
    return Tile(title, half, f"median; 90 % within {most}")


def _of_customers(
    store: Store, snapshot: Snapshot, source: Source, state: SourceState
) -> Iterator[Tile]:
    month = (state.complete_to or 0) - MONTH
    kinds = (Extra.CUSTOMER_STARTED, Extra.CUSTOMER_CHURNED)
    counted = store.counted(source.name, kinds, month)
    standing = _by_label(snapshot, source, CUSTOMERS)
    notes = [
        f"{standing[situation.value]:,} {words}"
        for situation, words in (
            (Situation.ENDING, "about to end"),
            (Situation.PAST_DUE, "past due"),
        )
        if standing.get(situation.value)
    ]
    yield Tile("Customers", f"{sum(standing.values()):,}", ", ".join(notes))
    if Fact.TRIALS in source.measures.told:
        yield Tile("On trial", f"{_sum(snapshot, source, TRIALING):,}")
    if Fact.REVENUE in source.measures.told:
        amounts = _by_label(snapshot, source, REVENUE)
        first, *others = [
            f"{money / 1000:,.0f} {unit}" for unit, money in _largest(amounts, source)
        ] or [DASH]
        yield Tile("Revenue a month", first, ", ".join(others))
    yield Tile("Started in 30 days", f"{counted.get(Extra.CUSTOMER_STARTED, 0):,}")
    yield Tile("Left in 30 days", f"{counted.get(Extra.CUSTOMER_CHURNED, 0):,}")


def duration(milliseconds: int) -> str:
    """A duration as a person says it: 42 s, 7 min, 3.5 h, 2.1 d."""
    seconds = milliseconds / 1000
    for limit, unit, digits in ((120, 1, 0), (7200, 60, 0), (172800, 3600, 1)):
        if seconds < limit:
            name = {1: "s", 60: "min", 3600: "h"}[unit]
            return f"{seconds / unit:.{digits}f} {name}"
    return f"{seconds / 86400:.1f} d"


def _told(milliseconds: int, precision: int) -> str:
    """A duration as exactly as the vendor tells it: 0 of a vendor of minutes is under a minute."""
    if milliseconds < precision:
        return f"under {duration(precision)}"
    return duration(milliseconds)


def _sum(snapshot: Snapshot, source: Source, metric: str) -> int:
    return sum(_by_label(snapshot, source, metric).values())


def _by_label(snapshot: Snapshot, source: Source, metric: str) -> dict[str, int]:
    """What a gauge comes to, by its first label."""
    found: dict[str, int] = {}
    for one in snapshot.series:
        if one.source == source.name and one.metric == metric:
            label = one.labels[0] if one.labels else ""
            found[label] = found.get(label, 0) + one.amount.value
    return found


def _largest(amounts: dict[str, int], source: Source) -> list[tuple[str, int]]:
    """What is paid by currency, the most first, as far as the operator says what each is worth."""
    worth = dict(source.money.rates)
    if source.money.into is not None:
        worth[source.money.into] = 1_000_000
    paid = [(currency, amount) for currency, amount in sorted(amounts.items()) if amount]
    return sorted(paid, key=lambda pair: -pair[1] * worth.get(pair[0], 0))
