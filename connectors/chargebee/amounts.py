"""What a subscription costs a month: its items, less the discounts that last.

The order is Chargebee's: those of single items before those of the whole, amounts before shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from connectors.chargebee.wire import Coupon, Discount, Item, Redeemed, Subscription
from connectors.customers import Money
from connectors.money import MONTHS, of_minor, rounded

RECURRING: Final = frozenset({"plan", "addon"})
ONE_TIME: Final = "one_time"
WHOLE: Final = "invoice_amount"
OF_ONE_ITEM: Final = "specific_item_price"
OF_ITEMS: Final = "each_specified_item"
ALL, NONE, SPECIFIC = "all", "none", "specific"

Coupons = Mapping[str, Coupon]


class Untold(Exception):
    """The record does not tell what is paid."""


@dataclass(frozen=True, slots=True)
class Off:
    """A discount. share: of 1; amount: in units of the currency; of each payment, whichever it is.

    items: the prices that it is good for; None: the whole.
    """

    share: Fraction | None
    amount: Fraction
    items: frozenset[str] | None = None

    @property
    def order(self) -> tuple[bool, bool]:
        """Where it stands among others."""
        return self.items is None, self.share is not None

    def taken(self, monthly: Fraction, months: Fraction) -> Fraction:
        """What is left of an amount a month that is paid each so many months."""
        if self.share is not None:
            return monthly * (1 - self.share)
        return max(monthly - self.amount / months, Fraction(0))


def price(told: Subscription, coupons: Coupons) -> Money | None:
    """What is paid for a month; None: Chargebee does not tell.

    coupons: those that could be read. Its own figure, which it reckons some time after a change and
    sets to 0 at the end, stands in where the record is not enough. Raises ValueError for a currency
    or an interval that is none.
    """
    currency = told.currency_code.upper()
    try:
        return Money(rounded(_monthly(told, coupons), currency), currency)
    except Untold:
        return Money(of_minor(told.mrr, currency), currency) if told.mrr else None


def needed(told: Subscription) -> Iterator[str]:
    """The ids of the coupons without which the price is not known."""
    return (one.coupon_id for one in told.coupons if _lasts(one, told.changed))


def _monthly(told: Subscription, coupons: Coupons) -> Fraction:
    if told.addons:
        raise Untold  # of the older catalog: how often they are paid is not told
    months = {one.item_price_id: _months(one, told) for one in _paid(told)}
    parts = {one.item_price_id: Fraction(0) for one in _paid(told)}
    for item in _paid(told):
        parts[item.item_price_id] += _amount(item, told.currency_code) / months[item.item_price_id]
    offs = sorted((*_own(told), *_redeemed(told, coupons)), key=lambda one: one.order)
    for off in (one for one in offs if one.items is not None):
        for name in (off.items or frozenset()) & parts.keys():
            parts[name] = off.taken(parts[name], months[name])
    whole = sum(parts.values(), Fraction(0))
    if not whole and any(item.metered_quantity is not None for item in told.items):
        raise Untold  # all that is paid goes by use
    for off in (one for one in offs if one.items is None):
        whole = off.taken(whole, max(months.values(), default=Fraction(1)))
    return whole


def _paid(told: Subscription) -> Iterator[Item]:
    """The items that are paid again and again, whatever is used."""
    if not told.items:
        raise Untold
    for item in told.items:
        if item.item_type in RECURRING and item.metered_quantity is None:
            yield item


def _amount(item: Item, currency: str) -> Fraction:
    if item.amount_in_decimal is not None:
        return Fraction(item.amount_in_decimal)
    if item.amount is None:
        raise Untold
    return Fraction(of_minor(item.amount, currency.upper()))


def _months(item: Item, told: Subscription) -> Fraction:
    """How many months one payment is for."""
    unit = item.billing_period_unit or told.billing_period_unit
    if unit is None:
        raise Untold
    if unit not in MONTHS:
        raise ValueError(f"'{unit:.20}' is no interval")
    return MONTHS[unit] * (item.billing_period or told.billing_period or 1)


def _own(told: Subscription) -> Iterator[Off]:
    """The discounts that were given to this subscription alone."""
    for one in told.discounts:
        if one.coupon_id is None and one.duration_type != ONE_TIME and _lasts(one, told.changed):
            yield _of_discount(one, told.currency_code)


def _of_discount(one: Discount, currency: str) -> Off:
    if one.apply_on == WHOLE:
        items = None
    elif one.apply_on == OF_ONE_ITEM and one.item_price_id is not None:
        items = frozenset({one.item_price_id})
    else:
        raise Untold
    if one.percentage is not None:
        return Off(_share(one.percentage), Fraction(0), items)
    if one.amount is None:
        raise Untold
    return Off(None, Fraction(of_minor(one.amount, currency.upper())), items)


def _redeemed(told: Subscription, coupons: Coupons) -> Iterator[Off]:
    for name in needed(told):
        if name not in coupons:
            raise Untold
        coupon = coupons[name]
        if coupon.duration_type != ONE_TIME:
            yield _of_coupon(coupon, told)


def _of_coupon(coupon: Coupon, told: Subscription) -> Off:
    items = None if coupon.apply_on == WHOLE else _items(coupon, told)
    if coupon.discount_percentage is not None:
        return Off(_share(coupon.discount_percentage), Fraction(0), items)
    if coupon.discount_amount is None or coupon.currency_code != told.currency_code:
        raise Untold
    amount = of_minor(coupon.discount_amount, told.currency_code.upper())
    return Off(None, Fraction(amount), items)


def _items(coupon: Coupon, told: Subscription) -> frozenset[str]:
    """The prices that a coupon for single items is good for."""
    if coupon.apply_on != OF_ITEMS or not coupon.item_constraints:
        raise Untold
    found: set[str] = set()
    for one in coupon.item_constraints:
        if one.constraint == ALL:
            found |= {item.item_price_id for item in told.items if item.item_type == one.item_type}
        elif one.constraint == SPECIFIC:
            found |= {*one.item_price_ids}
        elif one.constraint != NONE:
            raise Untold
    return frozenset(found)


def _share(percentage: Decimal) -> Fraction:
    if not (percentage.is_finite() and 0 <= percentage <= 100):
        raise ValueError("a discount in per cent is from 0 to 100")
    return Fraction(percentage) / 100


def _lasts(one: Redeemed | Discount, at: int) -> bool:
    return one.apply_till is None or one.apply_till > at
