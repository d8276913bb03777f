"""What the polls have told of a customer's subscriptions: since when, until when, at what price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from connectors.contract import Fact, Measures
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import Price, price

PER_MONTH = {"week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}
"""How many of an interval a month has."""

MINOR_DIGITS = {"JPY": 0}
DIGITS = 2

PRICED = (Deal.TRIAL, Deal.PAID, Deal.PRICED)
FIRST = datetime.min.replace(tzinfo=UTC)


class Monthly(NamedTuple):
    """What a month costs, in whole minor units of the currency."""

    amount: Decimal
    currency: str


@dataclass(slots=True)
class Holding:
    """One subscription as it stands at the last poll.

    started: when it was first paid; None: it is, or was, a trial only. ended: None: it goes on.
    terms: what it costs a month, and since when.
    announced: its end is. late: a payment is past due. reason: "" where none is told.
    """

    number: int
    started: datetime | None = None
    ended: datetime | None = None
    terms: list[tuple[datetime, Monthly]] = field(default_factory=list)
    announced: bool = False
    late: bool = False
    reason: str = ""

    @property
    def trying(self) -> bool:
        """Whether it is on trial."""
        return self.started is None and self.ended is None

    def running(self, at: datetime) -> bool:
        """Whether it has been paid for and has not ended."""
        begun = self.started is not None and self.started <= at
        return begun and (self.ended is None or at < self.ended)

    def costs(self, at: datetime) -> Monthly | None:
        """What it costs a month; None: nothing, or it does not run."""
        found = None
        for since, monthly in self.terms:
            if since <= at:
                found = monthly
        return found if self.running(at) and found is not None and found.amount > 0 else None

    def instants(self) -> Iterator[datetime]:
        """When something changes in what is paid."""
        for at in (self.started, self.ended, *(since for since, _ in self.terms)):
            if at is not None and at > FIRST:
                yield at


def holdings(patron: Patron, polls: Sequence[datetime], measures: Measures) -> list[Holding]:
    """The customer's subscriptions after the last poll, by number."""
    told = [one for one in patron.events if one.at <= polls[-1] and one.kind is not Deal.SURVEYED]
    numbers = sorted({one.subscription for one in told})
    return [
        _holding(number, [one for one in told if one.subscription == number], polls, measures)
        for number in numbers
    ]


def _holding(
    number: int, dealings: Sequence[Dealing], polls: Sequence[datetime], measures: Measures
) -> Holding:
    holding = Holding(number)
    for dealing in dealings:
        _happen(holding, dealing, instant(dealing.at, measures))
    terms = _every(dealings) if measures.prices == "events" else _seen(dealings, polls)
    holding.terms = [(instant(at, measures), monthly) for at, monthly in terms]
    return holding


def _happen(holding: Holding, dealing: Dealing, at: datetime) -> None:
    kind = dealing.kind
    if kind is Deal.PAID:
        holding.started = holding.started or at
    elif kind is Deal.ENDED:
        holding.ended, holding.reason = at, dealing.value
    elif kind in {Deal.LATE, Deal.SETTLED}:
        holding.late = kind is Deal.LATE
    elif kind in {Deal.ANNOUNCED, Deal.WITHDRAWN}:
        holding.announced = kind is Deal.ANNOUNCED


def _every(dealings: Sequence[Dealing]) -> Iterator[tuple[datetime, Monthly]]:
    """Every price since its own instant."""
    for dealing in dealings:
        if dealing.kind in PRICED and dealing.value:
            yield dealing.at, monthly(price(dealing.value))


def _seen(
    dealings: Sequence[Dealing], polls: Sequence[datetime]
) -> Iterator[tuple[datetime, Monthly]]:
    """What each poll showed: the first price from the start, another one since the last dealing."""
    before: Monthly | None = None
    for number in sorted({bisect_left(polls, dealing.at) for dealing in dealings}):
        shown = [dealing for dealing in dealings if dealing.at <= polls[number]]
        for _, found in list(_every(shown))[-1:]:
            if found != before:
                yield FIRST if before is None else shown[-1].at, found
            before = found


def monthly(agreed: Price) -> Monthly:
    """What is paid for a month, rounded half to even to the currency's minor unit."""
    digits = MINOR_DIGITS.get(agreed.currency, DIGITS)
    exact = Fraction(agreed.charged) * PER_MONTH[agreed.interval] / agreed.count
    return Monthly(Decimal(round(exact * 10**digits)).scaleb(-digits), agreed.currency)


def instant(at: datetime, measures: Measures) -> datetime:
    """An instant as precisely as the vendor tells those of customers."""
    step = measures.told[Fact.CUSTOMERS].precision
    second = int(at.timestamp())
    return at if step <= 1 or at == FIRST else datetime.fromtimestamp(second - second % step, UTC)
