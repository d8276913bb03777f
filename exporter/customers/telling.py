"""What a record adds to what is known of a customer or a subscription. Pure.

The order in which the records of subscriptions come makes no difference, and a record that comes
again changes nothing. Of several versions of one subscription the newest counts; a return between
two of them is seen only where they come in their order.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from connectors import Customer, Money, Subscription, Withdrawn
from exporter import opinions
from exporter.customers.account import Account, Contract, Price, Span
from exporter.knowledge import milliseconds
from exporter.labels import NONE, Labeller

ENDS_BEFORE_START: Final = "ends_before_start"
NEGATIVE_AMOUNT: Final = "negative_amount"
UNKNOWN_CURRENCY: Final = "unknown_currency"
AMOUNT_OUT_OF_RANGE: Final = "amount_out_of_range"
LARGEST: Final = 10**12
"""More than anybody pays a month, in any currency; many of these still fit into the store."""

FLAWS: Final = {
    ENDS_BEFORE_START: "it ends before it starts",
    NEGATIVE_AMOUNT: "its price is below 0",
    AMOUNT_OUT_OF_RANGE: f"its price is no number up to {LARGEST:,} a month",
    UNKNOWN_CURRENCY: "its currency is no code of three letters, such as EUR",
}
"""Why a subscription cannot be believed: the value of the label `reason`, and in words."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_BEGINNING = 0


def flaw(told: Subscription) -> str | None:
    """Why a subscription cannot be believed; None where it can."""
    if told.started_at and told.ended_at and told.ended_at < told.started_at:
        return ENDS_BEFORE_START
    for terms in told.terms:
        if not _CURRENCY.fullmatch(terms.monthly.currency):
            return UNKNOWN_CURRENCY
        if not terms.monthly.amount.is_finite() or terms.monthly.amount > LARGEST:
            return AMOUNT_OUT_OF_RANGE
        if terms.monthly.amount < 0:
            return NEGATIVE_AMOUNT
    return None


def thousandths(money: Money) -> int:
    """Money as the store keeps it."""
    return round(money.amount * 1000)


def identified(known: Account, told: Customer, labeller: Labeller) -> Account:
    """What a customer's own record adds."""
    version = (milliseconds(told.changed_at), told.revision)
    rated = opinions.merged(known.opinions, told.ratings, version[0])
    if version <= known.version:
        return known if rated == known.opinions else replace(known, opinions=rated)
    identity = told.identity
    return replace(
        known,
        version=version,
        external_ids=tuple(sorted({labeller.keyed(one) for one in identity.external_ids})),
        domains=tuple(sorted({labeller.keyed(one) for one in identity.domains})),
        opinions=rated,
    )


def subscribed(known: Contract, told: Subscription) -> Contract:
    """What a subscription's record adds."""
    version = (milliseconds(told.changed_at), told.revision)
    is_newer = version > known.version
    prices = _prices(known, told, is_newer=is_newer)
    if not is_newer:
        return known if prices == known.prices else replace(known, prices=prices)
    return replace(
        known,
        version=version,
        spans=_spans(known.spans, told),
        prices=prices,
        trial=told.trial,
        ending=told.ending,
        past_due=told.past_due,
        withdrawn=False,
    )


def withdrawn(known: Contract, told: Withdrawn) -> Contract:
    """A subscription that never should have been."""
    version = (milliseconds(told.changed_at), told.revision)
    if version < known.version:
        return known
    return replace(known, version=version, withdrawn=True)


def _prices(known: Contract, told: Subscription, *, is_newer: bool) -> tuple[Price, ...]:
    # what was planned and is not told any more will not come
    upto = milliseconds(told.changed_at) if is_newer and told.terms else None
    prices = {one.at: one for one in known.prices if upto is None or one.at <= upto}
    for terms in told.terms:
        amount, currency = thousandths(terms.monthly), terms.monthly.currency
        if terms.at is not None:
            price = Price(milliseconds(terms.at), amount, currency)
        elif not is_newer:
            continue
        else:
            latest = prices[max(prices)] if prices else None
            if latest and (latest.amount, latest.currency) == (amount, currency):
                continue
            price = Price(milliseconds(told.changed_at) if latest else _BEGINNING, amount, currency)
        if is_newer:
            prices[price.at] = price
        elif price.at <= known.version[0]:
            prices.setdefault(price.at, price)
    return tuple(prices[at] for at in sorted(prices))


def _spans(known: tuple[Span, ...], told: Subscription) -> tuple[Span, ...]:
    if told.started_at is None:
        return known
    end = None if told.ended_at is None else milliseconds(told.ended_at)
    reason = told.reason.value if told.reason and end is not None else NONE
    start = milliseconds(told.started_at)
    if not known:
        return (Span(start, end, reason),)
    *before, last = known
    again = _resumed(last, told, end)
    if again is not None:
        return (*known, Span(again, end, reason))
    return (*before, Span(last.start if before else start, end, reason))


def _resumed(last: Span, told: Subscription, end: int | None) -> int | None:
    """When the subscription came back after the last time in which it ran; None: it did not."""
    if last.end is None:
        return None
    if told.resumed_at is not None and (at := milliseconds(told.resumed_at)) >= last.end:
        return at if end is None or at <= end else None
    changed = milliseconds(told.changed_at)
    return changed if end is None and last.end <= changed else None
