"""What is known of a customer and of what it pays for, and what was counted of it. Pure.

Instants are Unix milliseconds. Money is thousandths of a currency's unit, because sums of floats
depend on their order and no currency has more than three digits.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from exporter.knowledge import Opinion

Amounts = tuple[tuple[str, int], ...]
"""Money by currency, in the order of currencies; what is 0 is left out."""


class Movement(StrEnum):
    """What a change of a customer's monthly revenue is. Its amount is never below 0."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


class Situation(StrEnum):
    """How an active customer stands."""

    ACTIVE = "active"
    ENDING = "ending"
    PAST_DUE = "past_due"


class Experience(StrEnum):
    """What support a customer had in a while, by the worst of it."""

    NONE = "none"
    ON_TARGET = "on_target"
    SLOW = "slow"
    BREACHED = "breached"
    UNHAPPY = "unhappy"


class Span(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A time in which a subscription ran. end: the first instant at which it does not; None: it
    goes on. reason: why it ended."""

    start: int
    end: int | None = None
    reason: str = "none"

    def holds(self, at: int) -> bool:
        """Whether it ran at that instant."""
        return self.start <= at and (self.end is None or at < self.end)


class Price(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a subscription costs a month from an instant on."""

    at: int
    amount: int
    currency: str


class Contract(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All that is known of one subscription.

    id, customer: keyed hashes. version: (changed_at, revision) of the newest statement.
    spans, prices: in the order of time; without prices the vendor tells no amounts.
    withdrawn: it never should have been.
    """

    id: str
    customer: str
    version: tuple[int, int] = (0, 0)
    spans: tuple[Span, ...] = ()
    prices: tuple[Price, ...] = ()
    trial: bool = False
    ending: bool = False
    past_due: bool = False
    withdrawn: bool = False

    def runs(self, at: int) -> bool:
        """Whether it was paid for at that instant."""
        return not self.withdrawn and any(span.holds(at) for span in self.spans)

    def price(self, at: int) -> Price | None:
        """The price in force; before the first one that was told, the first."""
        past = [price for price in self.prices if price.at <= at]
        return past[-1] if past else next(iter(self.prices), None)


class Standing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How a customer stands at an instant. active: it pays for something."""

    active: bool = False
    revenue: Amounts = ()


class Ledger(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was counted of a customer.

    settled_to: up to when; None: nothing yet. standing: how it stood then, as counted.
    begun: whether it ever was a customer. facts: how many observations there are.
    withdrawn: the subscriptions whose withdrawal was counted.
    cells: the gauges that it fills, with what it adds to each.
    """

    settled_to: int | None = None
    standing: Standing = Standing()
    begun: bool = False
    facts: int = 0
    withdrawn: tuple[str, ...] = ()
    cells: tuple[tuple[str, tuple[str, ...], int], ...] = ()


class Account(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All that is known of one customer beside its subscriptions.

    id: a keyed hash. version: of the newest statement; (0, 0): it was only named by a subscription.
    external_ids, domains: keyed hashes of what other systems know it by.
    """

    id: str
    version: tuple[int, int] = (0, 0)
    external_ids: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    ledger: Ledger = Ledger()
