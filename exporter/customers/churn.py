"""When customers begin, change and leave, counted once each. Pure.

A customer's life is a walk over the instants at which anything about it changed, everything of one
instant together. It is counted when a poll has come to its end and all is told up to its watermark,
so that neither the order of pages nor a poll that broke off can change what a movement is. What is
told late, of a time that was counted already, counts when it is told: so all movements together are
always what customers pay now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from connectors import Fact, Measures, Survey
from exporter import opinions
from exporter.customers.account import (
    Account,
    Amounts,
    Contract,
    Ledger,
    Movement,
    Situation,
    Standing,
)
from exporter.knowledge import Extra, Observation, Opinion
from exporter.labels import NONE

CUSTOMERS = "support_customers"
TRIALING = "support_customers_trialing"
REVENUE = "support_mrr"

FILLED = (CUSTOMERS, TRIALING, REVENUE)
"""The gauges that customers fill."""

PREFIX = "\x1fcustomer:"
"""Begins the subject of every observation of a customer; no ticket's id may hold such a sign."""


@dataclass(frozen=True)
class Settled:
    """A customer that was counted up to a watermark.

    wakes_at: the next instant at which it changes by time alone.
    """

    account: Account
    observations: tuple[Observation, ...]
    wakes_at: int | None


def settle(
    account: Account, contracts: Sequence[Contract], watermark: int, measures: Measures
) -> Settled:
    """Count what happened to a customer since it was counted last, up to the watermark."""
    walk = _Walk(account, contracts, measures)
    walk.correct(account.ledger.withdrawn)
    walk.go_on(watermark)
    rated = walk.hear(account.opinions)
    ledger = replace(
        walk.ledger,
        settled_to=max(watermark, account.ledger.settled_to or watermark),
        cells=tuple(_cells(contracts, walk.ledger.standing, watermark, measures)),
    )
    ahead = [at for at in _instants(contracts) if at > watermark]
    observations = tuple(walk.book)
    return Settled(
        replace(account, opinions=rated, ledger=ledger), observations, min(ahead, default=None)
    )


def shown_anew(account: Account, contracts: Sequence[Contract], measures: Measures) -> Account:
    """The same customer, in the gauges that it fills by what the source tells now."""
    settled_to = account.ledger.settled_to
    if settled_to is None:
        return account
    cells = tuple(_cells(contracts, account.ledger.standing, settled_to, measures))
    return replace(account, ledger=replace(account.ledger, cells=cells))


def standing(contracts: Iterable[Contract], at: int) -> Standing:
    """How a customer stood at an instant, by what is known now."""
    total = _Total()
    for contract in contracts:
        total.add(contract, at)
    return total.standing


class _Total:
    """What several subscriptions come to, each as it was at an instant of its own."""

    def __init__(self) -> None:
        self._shares: dict[str, tuple[str, int]] = {}
        self._amounts: Counter[str] = Counter()

    def add(self, contract: Contract, at: int) -> None:
        """Take in a subscription as it was then, in the place of what it was before."""
        currency, amount = self._shares.pop(contract.id, ("", 0))
        self._amounts[currency] -= amount
        if contract.runs(at):
            price = contract.price(at)
            share = ("", 0) if price is None else (price.currency, price.amount)
            if price is None or price.amount:
                self._shares[contract.id] = share
                self._amounts[share[0]] += share[1]

    @property
    def standing(self) -> Standing:
        """Active with any share; what is 0 is left out."""
        amounts = sorted((currency, one) for currency, one in self._amounts.items() if one)
        return Standing(bool(self._shares), tuple(amounts))


@dataclass
class _Walk:
    """One customer's life, being counted."""

    account: Account
    contracts: Sequence[Contract]
    measures: Measures
    book: list[Observation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger: Ledger = self.account.ledger

    def correct(self, counted: tuple[str, ...]) -> None:
        """Subscriptions that never should have been leave the gauges and move nothing, nor do those
        that are back. Whatever else was told of the customer moves as ever."""
        settled_to = self.ledger.settled_to
        gone = tuple(sorted(one.id for one in self.contracts if one.withdrawn))
        if settled_to is not None and gone != counted:
            stands = self.ledger.standing
            for contract in self.contracts:
                if (contract.id in gone) != (contract.id in counted) and _began(
                    contract, settled_to
                ):
                    stands = self._corrected(stands, contract, settled_to)
            standing_ones = [one for one in self.contracts if not one.withdrawn]
            begun = any(_began(one, settled_to) for one in standing_ones)
            self.ledger = replace(self.ledger, standing=stands, begun=begun)
        self.ledger = replace(self.ledger, withdrawn=gone)

    def _corrected(self, stands: Standing, contract: Contract, at: int) -> Standing:
        """The customer as it was counted, without a subscription, or with it again."""
        share = standing([replace(contract, withdrawn=False)], at)
        sign = -1 if contract.withdrawn else 1
        if contract.withdrawn:
            self._count(Extra.CUSTOMER_CORRECTED, contract.version[0])
        amounts = Counter(dict(stands.revenue))
        for currency, amount in share.revenue:
            amounts[currency] = max(amounts[currency] + sign * amount, 0)
        revenue = tuple(sorted((currency, one) for currency, one in amounts.items() if one))
        others = [one for one in self.contracts if one.id != contract.id]
        active = bool(revenue) or (share.active and sign > 0)
        if stands.active and not stands.revenue:  # without amounts what runs says it
            active = active or standing(others, at).active
        return Standing(active, revenue)

    def go_on(self, watermark: int) -> None:
        """Count every change up to the watermark."""
        since = self.ledger.settled_to
        total, turns = _Total(), dict[int, list[Contract]]()
        for contract in self.contracts:
            if since is not None:
                total.add(contract, since)
            for at in set(_instants([contract])):
                turns.setdefault(at, []).append(contract)
        if since is not None:
            self._move(total.standing, since)
        for at in sorted(turns):
            if at <= watermark and (since is None or at > since):
                for contract in turns[at]:
                    total.add(contract, at)
                self._move(total.standing, at)

    def hear(self, given: tuple[Opinion, ...]) -> tuple[Opinion, ...]:
        """Count the answers to surveys that were not counted before."""
        return tuple(self._heard(one) for one in given)

    def _heard(self, one: Opinion) -> Opinion:
        word = opinions.mark(one)
        told = Fact.RECOMMENDATION in self.measures.told
        if one.observed or not told or not word or one.survey != Survey.RECOMMENDATION:
            return one
        ordinal = opinions.ordinal(one)
        self._count(Fact.RECOMMENDATION, one.at, one.score, (word,), ordinal)
        return replace(one, observed=True)

    def _move(self, now: Standing, at: int) -> None:
        before = self.ledger.standing
        if now == before:
            return
        begun = self.ledger.begun
        if now.active and not before.active:
            self._count(Extra.CUSTOMER_RETURNED if begun else Extra.CUSTOMER_STARTED, at)
        if before.active and not now.active:
            self._count(Extra.CUSTOMER_CHURNED, at, marks=(self._reason(at),))
        for currency, movement, amount in _movements(before, now, begun=begun):
            self._count(Extra.REVENUE_MOVED, at, amount, (movement.value, currency))
        self.ledger = replace(self.ledger, standing=now, begun=begun or now.active)

    def _reason(self, at: int) -> str:
        """Why the customer left: the reason of what ended then, of several of what began last; of
        what is told late, of what ended last. Who goes on without paying was asked nothing."""
        if Fact.CHURN_REASON not in self.measures.told:
            return NONE
        ended = [
            (span.end, span.start, span.reason if span.reason != NONE else "")
            for contract in self.contracts
            for span in contract.spans
            if span.end is not None and span.end <= at and not contract.withdrawn
        ]
        if not ended or (max(ended)[0] != at and any(one.runs(at) for one in self.contracts)):
            return NONE
        return max(ended)[2] or NONE

    def _count(
        self,
        kind: Fact | Extra,
        at: int,
        value: int | None = None,
        marks: tuple[str, ...] = (),
        ordinal: int | None = None,
    ) -> None:
        if ordinal is None:
            ordinal = self.ledger.facts
            self.ledger = replace(self.ledger, facts=ordinal + 1)
        subject, nobody = PREFIX + self.account.id, (NONE,) * 5
        self.book.append(Observation(subject, kind, ordinal, at, value, None, marks, "", *nobody))


def _movements(
    before: Standing, now: Standing, *, begun: bool
) -> Iterator[tuple[str, Movement, int]]:
    was, pays = dict(before.revenue), dict(now.revenue)
    for currency in sorted(was.keys() | pays.keys()):
        more = pays.get(currency, 0) - was.get(currency, 0)
        if more > 0 and before.active:
            yield currency, Movement.EXPANSION, more
        elif more > 0:
            yield currency, Movement.REACTIVATION if begun else Movement.NEW, more
        elif more < 0:
            yield currency, Movement.CONTRACTION if now.active else Movement.CHURN, -more


def _instants(contracts: Iterable[Contract]) -> Iterator[int]:
    """Every instant at which a customer may come to stand otherwise."""
    for contract in contracts:
        for span in contract.spans:
            yield span.start
            if span.end is not None:
                yield span.end
            yield from (price.at for price in contract.prices if span.holds(price.at))


def _cells(
    contracts: Sequence[Contract], stands: Standing, watermark: int, measures: Measures
) -> Iterator[tuple[str, tuple[str, ...], int]]:
    if stands.active:
        yield CUSTOMERS, (_situation(contracts, watermark, measures).value,), 1
        yield from _revenue(stands.revenue)
    elif any(one.trial and not one.withdrawn for one in contracts):
        yield TRIALING, (), 1


def _revenue(amounts: Amounts) -> Iterator[tuple[str, tuple[str, ...], int]]:
    for currency, amount in amounts:
        yield REVENUE, (currency,), amount


def _situation(contracts: Sequence[Contract], at: int, measures: Measures) -> Situation:
    running = [one for one in contracts if one.runs(at)]
    if Fact.PAST_DUE in measures.told and any(one.past_due for one in running):
        return Situation.PAST_DUE
    paid = [one for one in running if (price := one.price(at)) is None or price.amount > 0]
    if Fact.ENDING in measures.told and all(_ends(one) for one in paid):
        return Situation.ENDING
    return Situation.ACTIVE


def _began(contract: Contract, at: int) -> bool:
    return bool(contract.spans) and contract.spans[0].start <= at


def _ends(contract: Contract) -> bool:
    return contract.ending or contract.spans[-1].end is not None
