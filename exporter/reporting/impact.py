"""Whether customers who had bad support leave more often: a cohort, held against itself.

The cohort is everybody who paid at the beginning of a period. What support they had is that of the
time before, whether they left is that of the period: so nothing that happened after somebody left
can speak for or against it. Who asked for support differs from who did not in more than the support
(they use the product, or have trouble with it); so support is compared among those who asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Connection, func, select

from connectors import Fact
from exporter.customers.account import Account, Amounts, Contract, Experience
from exporter.customers.churn import standing
from exporter.customers.identity import By, Unjoined
from exporter.reporting.books import Books, Unanswerable
from exporter.reporting.chance import Risk, relative_risk, wilson
from exporter.reporting.measures import FEW
from exporter.reporting.period import Period, instant_text, period
from exporter.source import Source
from exporter.store import Store, schema
from exporter.store.clientele import Clientele
from exporter.store.experiences import Experiences

if TYPE_CHECKING:
    from pandas import DataFrame

ASKED, SILENT = "asked", "did_not_ask"
OF_THOSE_WHO_ASKED: Final = tuple(one for one in Experience if one is not Experience.NONE)
CANNOT_TELL: Final = "the data cannot tell"
COLUMNS: Final = (
    *("group", "currency", "n", "left", "share", "low", "high"),
    *("against", "risk", "risk_low", "risk_high", "verdict", "paid", "lost"),
)
"""Of the answer as a table."""


class Fate(NamedTuple):
    """One customer of the cohort. paid: a month, in thousandths, when the period began."""

    experience: Experience
    asked: bool
    left: bool
    paid: Amounts


@dataclass(frozen=True, slots=True)
class Row:
    """One group of customers: how many there were, and how many of them left.

    low, high: the interval of 95 % of the share that left; None: there is nobody.
    against: the group that it is held against, with the relative risk; None: with none, or no
        ratio can be made.
    """

    group: str
    n: int
    left: int
    low: float | None = None
    high: float | None = None
    against: str | None = None
    risk: Risk | None = None
    verdict: str = ""

    @property
    def share(self) -> float | None:
        """The share that left."""
        return self.left / self.n if self.n else None

    @property
    def cells(self) -> tuple[object, ...]:
        """The row in the order of `COLUMNS`."""
        shares = self.n, self.left, self.share, self.low, self.high
        risk = self.risk or (None, None, None)
        return self.group, "", *shares, self.against, *risk, self.verdict, None, None


@dataclass(frozen=True, slots=True)
class Loss:
    """What one group paid a month in one currency when the period began, and what of it left."""

    group: str
    currency: str
    n: int
    left: int
    paid: Decimal
    lost: Decimal

    @property
    def share(self) -> float | None:
        """The share of the money that left."""
        return float(self.lost / self.paid) if self.paid else None

    @property
    def cells(self) -> tuple[object, ...]:
        """The row in the order of `COLUMNS`."""
        shares = self.n, self.left, self.share
        return self.group, self.currency, *shares, *(None,) * 7, self.paid, self.lost


@dataclass(frozen=True)
class Impact:
    """The answer. joins: how many tickets have a customer, and by what. notes: what to beware of.

    window: milliseconds of support before the period.
    """

    source: str
    helpdesks: tuple[str, ...]
    period: Period
    window: int
    rows: tuple[Row, ...]
    losses: tuple[Loss, ...]
    joins: Counter[By | Unjoined]
    notes: tuple[str, ...] = ()

    def frame(self) -> DataFrame:
        """A row to each group, and to each group and currency, as a table of pandas."""
        import pandas as pd

        cells = [*(row.cells for row in self.rows), *(loss.cells for loss in self.losses)]
        return pd.DataFrame.from_records(cells, columns=COLUMNS)


def impact(store: Store, source: Source, since: str, until: str | None) -> Impact:
    """The answer for the customers of a source, of one period. Raises `Unanswerable`."""
    if not source.helpdesks:
        raise Unanswerable(
            f"No source tells whose its tickets are, so that nobody knows what support the "
            f"customers of '{source.name}' had. Add a helpdesk that can (docs/impact.md), or name "
            "it in 'helpdesks:' of this source."
        )
    with store.database.reading() as connection:
        experiences = Experiences(store.database, connection, source)
        watermark = Books(store, connection, source).watermark
        asked = _period(source, since, until, watermark, experiences.horizon(watermark))
        clientele = Clientele(store.database, connection, source)
        cohort = _cohort(clientele.with_subscriptions(), asked)
        found = experiences.reckon(dict.fromkeys(cohort, (asked.since,)), asked.since)
        _must_be_joined(source, cohort, found.joins)
        fates = [
            Fate(*found.served(customer, asked.since), left, paid)
            for customer, (left, paid) in cohort.items()
        ]
        window = source.expectations.window
        notes = tuple(_notes(connection, source, asked.since - window))
        rows, losses = tuple(_rows(fates)), tuple(_losses(fates))
        helpdesks = source.helpdesks
        return Impact(source.name, helpdesks, asked, window, rows, losses, found.joins, notes)


def _period(
    source: Source, since: str, until: str | None, watermark: int, horizon: int | None
) -> Period:
    if horizon is None:
        raise Unanswerable(
            f"Not every helpdesk of '{source.name}' has a complete import yet "
            f"({', '.join(source.helpdesks)}). Run `deskpulse sync` to its end and ask again."
        )
    asked = period(since, until, watermark)
    if asked.until > watermark + 1:
        raise Unanswerable(
            f"Who left is told up to {instant_text(watermark)} UTC: give an earlier --until."
        )
    if asked.since > horizon:
        raise Unanswerable(
            f"Tickets are told up to {instant_text(horizon)} UTC, which is before the period "
            f"begins ({instant_text(asked.since)}): give an earlier --since."
        )
    return asked


def _cohort(
    clientele: Iterable[tuple[Account, list[Contract]]], asked: Period
) -> dict[str, tuple[bool, Amounts]]:
    """Who paid when the period began: whether it left in the period, and what it paid."""
    found = {}
    for account, contracts in clientele:
        stood = standing(contracts, asked.since)
        if stood.active:
            found[account.id] = _left(contracts, asked), stood.revenue
    return found


def _left(contracts: Sequence[Contract], asked: Period) -> bool:
    """Whether a customer stopped paying in the period, be it back since or not."""
    ends = {span.end for one in contracts for span in one.spans if span.end is not None}
    ends |= {price.at for one in contracts for price in one.prices}
    return any(asked.since < at < asked.until and not standing(contracts, at).active for at in ends)


def _must_be_joined(
    source: Source, cohort: Mapping[str, object], joins: Counter[By | Unjoined]
) -> None:
    if not cohort:
        raise Unanswerable(
            f"Source '{source.name}' had no customer when the period began: give a later --since."
        )
    if not any(joins[by] for by in By):
        raise Unanswerable(
            f"None of the {sum(joins.values()):,} tickets of the time before has a customer of "
            f"'{source.name}', so that nothing can be said of their support. `deskpulse check` "
            "tells why; docs/impact.md says how tickets find their customers."
        )


def _notes(connection: Connection, source: Source, begin: int) -> Iterator[str]:
    """Of every helpdesk that tells less than the whole time before the period."""
    table = schema.observations.c
    for name in source.helpdesks:
        first = connection.scalar(
            select(func.min(table.at)).where(table.source == name, table.kind == Fact.CREATED.value)
        )
        if first is None or first > begin:
            begins = "are none" if first is None else f"begin at {instant_text(first)} UTC"
            yield (
                f"Tickets of '{name}' are needed from {instant_text(begin)} UTC on and "
                f"{begins}: a customer who asked before counts as one who did not."
            )


def _rows(fates: Sequence[Fate]) -> Iterator[Row]:
    asked = [one for one in fates if one.asked]
    on_target = _of(asked, Experience.ON_TARGET)
    for experience in OF_THOSE_WHO_ASKED:
        mine = _of(asked, experience)
        if experience is Experience.ON_TARGET:
            yield _row(experience.value, mine)
        else:
            yield _row(experience.value, mine, Experience.ON_TARGET.value, on_target)
    silent = [one for one in fates if not one.asked]
    yield _row(ASKED, asked, SILENT, silent)
    yield _row(SILENT, silent)


def _of(fates: Iterable[Fate], experience: Experience) -> list[Fate]:
    return [one for one in fates if one.experience is experience]


def _row(
    group: str, mine: Sequence[Fate], against: str | None = None, others: Sequence[Fate] = ()
) -> Row:
    left = sum(one.left for one in mine)
    low, high = wilson(left, len(mine)) if mine else (None, None)
    if against is None:
        return Row(group, len(mine), left, low, high)
    of_others = sum(one.left for one in others)
    risk = relative_risk(left, len(mine), of_others, len(others))
    said = verdict(risk, min(len(mine), len(others)))
    return Row(group, len(mine), left, low, high, against, risk, said)


def verdict(risk: Risk | None, fewest: int) -> str:
    """What a comparison says, plainly. fewest: how many are in the smaller group."""
    if fewest < FEW:
        return f"{CANNOT_TELL}: fewer than {FEW} customers in a group"
    if risk is None:
        return f"{CANNOT_TELL}: nobody of a group left"
    if not risk.is_told:
        return f"{CANNOT_TELL}: it may be chance"
    return f"left {risk.ratio:.1f} times as often" if risk.ratio >= 1 else _less(risk)


def _less(risk: Risk) -> str:
    return f"left {100 * (1 - risk.ratio):.0f} % less often"


def _losses(fates: Sequence[Fate]) -> Iterator[Loss]:
    groups = {
        **{one.value: _of((f for f in fates if f.asked), one) for one in OF_THOSE_WHO_ASKED},
        ASKED: [one for one in fates if one.asked],
        SILENT: [one for one in fates if not one.asked],
    }
    for currency in sorted({currency for one in fates for currency, _ in one.paid}):
        for group, mine in groups.items():
            paying = [
                (dict(one.paid)[currency], one.left) for one in mine if currency in dict(one.paid)
            ]
            yield Loss(
                group,
                currency,
                len(paying),
                sum(left for _, left in paying),
                _money(paid for paid, _ in paying),
                _money(paid for paid, left in paying if left),
            )


def _money(thousandths: Iterable[int]) -> Decimal:
    return Decimal(sum(thousandths)) / 1000
