"""Who came and who left, and what they pay, month by month, out of the stored observations.

What was told late counts in the month that the store dated it by. A subscription that was withdrawn
never should have been, and is left out, as are deleted tickets elsewhere: of its customer
everything is counted anew, by what is known now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from connectors import Fact
from exporter.customers.account import Account, Movement
from exporter.customers.churn import PREFIX, settle
from exporter.knowledge import Extra, Observation
from exporter.reporting.books import Books, Unanswerable
from exporter.reporting.measures import FEW
from exporter.reporting.months import Month, months
from exporter.reporting.period import Period

if TYPE_CHECKING:
    from pandas import DataFrame

PARTS: Final = 1000
"""Money is stored as thousandths."""

COUNTED: Final = {
    Extra.CUSTOMER_STARTED: 1,
    Extra.CUSTOMER_RETURNED: 1,
    Extra.CUSTOMER_CHURNED: -1,
}
"""What each observation adds to the customers who pay."""

MOVED: Final = {
    Movement.NEW: 1,
    Movement.EXPANSION: 1,
    Movement.REACTIVATION: 1,
    Movement.CONTRACTION: -1,
    Movement.CHURN: -1,
}
"""What each movement adds to what they pay."""

UTC_ZONE: Final = "UTC"
TOO_FEW: Final = f"fewer than {FEW} customers at the start"
TOO_FEW_LEFT: Final = f"fewer than {FEW} customers at the end"


class Unit(StrEnum):
    """What a value is; shares are parts of 1."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of one month. currency: "" of customers; n: of a ratio the customers that it is
    made of. value: None where `note` says why."""

    month: str
    currency: str
    measure: str
    title: str
    unit: Unit
    value: float | None
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Customers:
    """The numbers of every month, in the order of months; of customers before those of money.

    zone: in which months begin.
    """

    sources: tuple[str, ...]
    zone: str
    months: tuple[Month, ...]
    cells: tuple[Cell, ...]

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which anything was paid, in their order; "" of customers first."""
        return tuple(dict.fromkeys(cell.currency for cell in self.cells))

    def of(self, currency: str, month: str) -> list[Cell]:
        """The numbers of a month in one currency."""
        return [one for one in self.cells if (one.currency, one.month) == (currency, month)]

    def frame(self) -> DataFrame:
        """One row for each number."""
        import pandas as pd

        rows = [
            (one.month, one.currency, one.measure, one.unit.value, one.value, one.n, one.note)
            for one in self.cells
        ]
        names = ["month", "currency", "measure", "unit", "value", "n", "note"]
        return pd.DataFrame(rows, columns=names).astype({"value": "float64", "n": "Int64"})


@dataclass
class _Tally:
    """What the observations come to, by month: 0 is all the time before the first.

    moved: by currency and movement. balances: by currency and customer, what its revenue changes.
    """

    count: int
    customers: list[Counter[Extra]] = field(init=False)
    moved: dict[str, list[Counter[Movement]]] = field(default_factory=dict)
    balances: dict[str, dict[tuple[str, str], Counter[int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.customers = [Counter() for _ in range(self.count + 1)]
        self.balances = defaultdict(lambda: defaultdict(Counter))

    def take(self, source: str, one: Observation, month: int) -> None:
        """Count an observation."""
        if one.kind is not Extra.REVENUE_MOVED:
            self.customers[month][Extra(one.kind)] += 1
            return
        movement, currency = Movement(one.marks[0]), one.marks[1]
        mine = self.moved.setdefault(currency, [Counter() for _ in range(self.count + 1)])
        mine[month][movement] += one.value or 0
        self.balances[currency][source, one.subject][month] += MOVED[movement] * (one.value or 0)

    def paying(self, currency: str) -> list[int]:
        """How many customers pay in a currency at the end of each month."""
        found = [0] * (self.count + 1)
        for changes in self.balances[currency].values():
            balance = 0
            for month in range(self.count + 1):
                balance += changes[month]
                found[month] += balance > 0
        return found


def customers(shelf: Sequence[Books], asked: Period) -> Customers:
    """The months that a period touches. Raises `Unanswerable` where no source tells customers, and
    where several do: nobody knows which of theirs are the same."""
    telling = [one for one in shelf if Fact.CUSTOMERS in one.source.measures.told]
    if not telling:
        raise Unanswerable(
            "No source tells customers, so that nobody knows who came and who left: add one for "
            "your CRM or billing."
        )
    if len(telling) > 1:
        names = ", ".join(one.source.name for one in telling)
        raise Unanswerable(
            f"Several sources tell customers, who may be the same: name one of {names} with "
            "--source."
        )
    zone = _zone(telling)
    found = months(asked, zone)
    tally = _Tally(len(found))
    begins = [month.since for month in found]
    for books in telling:
        for one in observations(books):
            if one.at < asked.until:
                tally.take(books.source.name, one, bisect_right(begins, one.at))
    cells = [*_people(found, tally)]
    for currency in sorted(tally.moved):
        cells += _money(found, tally, currency)
    return Customers(tuple(one.source.name for one in telling), zone, tuple(found), tuple(cells))


def observations(books: Books) -> Iterator[Observation]:
    """What was counted of customers, without subscriptions that were withdrawn."""
    corrected = {one.subject for one in books.observations((Extra.CUSTOMER_CORRECTED,))}
    for one in books.observations((*COUNTED, Extra.REVENUE_MOVED)):
        if one.subject not in corrected:
            yield one
    for account, contracts in books.clientele() if corrected else ():
        if PREFIX + account.id in corrected:
            anew = settle(Account(account.id), contracts, books.watermark, books.source.measures)
            kinds = (*COUNTED, Extra.REVENUE_MOVED)
            yield from (one for one in anew.observations if one.kind in kinds)


def _zone(shelf: Iterable[Books]) -> str:
    """That of the sources' schedule, where they have one and the same; else UTC."""
    schedules = {one.source.definition.schedule for one in shelf}
    zones = {UTC_ZONE if schedule is None else schedule.zone for schedule in schedules}
    return zones.pop() if len(zones) == 1 else UTC_ZONE


def _people(found: Sequence[Month], tally: _Tally) -> Iterator[Cell]:
    active = _active(tally.customers[0])
    for number, month in enumerate(found, 1):
        counted = tally.customers[number]
        before, active = active, active + _active(counted)
        churned = counted[Extra.CUSTOMER_CHURNED]
        for measure, title, value in (
            ("customers_start", "Customers at the start", before),
            ("started", "Started", counted[Extra.CUSTOMER_STARTED]),
            ("reactivated", "Came back", counted[Extra.CUSTOMER_RETURNED]),
            ("churned", "Left", churned),
            ("customers_end", "Customers at the end", active),
        ):
            yield Cell(month.name, "", measure, title, Unit.COUNT, float(value))
        yield _ratio(month, "", "logo_churn", "Logo churn", churned, before, before)


def _active(counted: Counter[Extra]) -> int:
    return sum(sign * counted[kind] for kind, sign in COUNTED.items())


def _money(found: Sequence[Month], tally: _Tally, currency: str) -> Iterator[Cell]:
    paying, moved = tally.paying(currency), tally.moved[currency]
    end = _sum(moved[0])
    for number, month in enumerate(found, 1):
        start, end = end, end + _sum(moved[number])
        mine = moved[number]
        lost = mine[Movement.CHURN] + mine[Movement.CONTRACTION]
        net = lost - mine[Movement.EXPANSION] - mine[Movement.REACTIVATION]
        for measure, title, amount in (
            ("mrr_start", "MRR at the start", start),
            *((f"mrr_{one.value}", one.value.capitalize(), mine[one]) for one in MOVED),
            ("mrr_lost", "MRR lost", lost),
            ("mrr_end", "MRR at the end", end),
        ):
            yield Cell(month.name, currency, measure, title, Unit.MONEY, amount / PARTS)
        n = paying[number - 1]
        for measure, title, amount in (
            ("gross_churn", "Gross MRR churn", lost),
            ("net_churn", "Net MRR churn", net),
            ("nrr", "NRR", start - net),
            ("grr", "GRR", start - lost),
        ):
            yield _ratio(month, currency, measure, title, amount, start, n)
        yield _arpa(month, currency, end, paying[number])


def _sum(moved: Counter[Movement]) -> int:
    return sum(sign * moved[movement] for movement, sign in MOVED.items())


def _ratio(
    month: Month, currency: str, measure: str, title: str, part: int, whole: int, n: int
) -> Cell:
    """A share of what was there at the start; none of so little that it would say nothing."""
    if n < FEW or not whole:
        return Cell(month.name, currency, measure, title, Unit.SHARE, None, n, TOO_FEW)
    return Cell(month.name, currency, measure, title, Unit.SHARE, part / whole, n)


def _arpa(month: Month, currency: str, end: int, n: int) -> Cell:
    """What each customer pays who pays in this currency; of few it would be what those few pay."""
    value, note = (end / n / PARTS, "") if n >= FEW else (None, TOO_FEW_LEFT)
    return Cell(month.name, currency, "arpa", "ARPA", Unit.MONEY, value, n, note)
