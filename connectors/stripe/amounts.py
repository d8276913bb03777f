"""What a subscription costs a month: its items, their tiers and packages, and the discounts.

Discounts that last count; one that is for a single invoice does not, and neither does what is paid
for by use. Nothing is rounded before the month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from connectors.customers import Money
from connectors.money import digits, monthly
from connectors.stripe.wire import Coupon, Discount, Item, Packages, Price, Subscription, Tier

ONCE: Final = "once"
METERED: Final = "metered"
TIERED: Final = "tiered"
GRADUATED: Final = "graduated"

MINOR: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
"""The digits behind the point of amounts whose currency Stripe counts otherwise than ISO 4217."""

PriceOf = Callable[[Price, str], Price | None]
"""A price in full, in a currency; None: nobody may read it."""


class Untold(Exception):
    """Stripe does not tell what is paid."""


@dataclass
class Charge:
    """What one item costs each `interval`, in minor units."""

    amount: Decimal
    interval: tuple[str, int]
    product: str | None


def is_self_contained(told: Subscription) -> bool:
    """Whether nothing has to be asked for to know the discounts and the items."""
    discounts = [*_all(told.discounts, told.discount)]
    for item in told.items.data:
        discounts += _all(item.discounts)
    return not told.items.has_more and all(
        isinstance(one, Discount) and one.coupon is not None for one in discounts
    )


def paid(told: Subscription, customer: Discount | None, price_of: PriceOf, at: int) -> Money | None:
    """What is paid for a month; None: Stripe does not tell.

    customer: the discount of the customer as a whole, which counts where the subscription has
    none. at: the moment, in Unix seconds. Who pays for nothing but use pays an unknown amount.
    Raises ValueError for amounts that are none.
    """
    currency = told.currency.upper()
    own = _all(told.discounts, told.discount)
    try:
        charges = [_charge(one, currency, price_of, at) for one in _priced(told.items.data)]
        for discount in own or _all((), customer):
            _take_off(charges, discount, currency, at)
    except Untold:
        return None
    known = _monthly(charges, currency)
    by_use = len(charges) < len(told.items.data)
    return None if by_use and not known.amount else known


def _priced(items: Iterable[Item]) -> list[Item]:
    """The items whose price is known before they are used."""
    return [
        one
        for one in items
        if one.price.recurring is None or one.price.recurring.usage_type != METERED
    ]


def _charge(item: Item, currency: str, price_of: PriceOf, at: int) -> Charge:
    price = _in_full(item.price, currency, price_of)
    recurring = item.price.recurring
    if recurring is None:
        raise Untold
    quantity = 1 if item.quantity is None else item.quantity
    amount = _amount(price, _packages(quantity, price.transform_quantity))
    charge = Charge(amount, (recurring.interval, recurring.interval_count), price.product)
    for discount in item.discounts or ():
        _take_off([charge], discount, currency, at)
    return charge


def _in_full(price: Price, currency: str, price_of: PriceOf) -> Price:
    """The price with all that its amount depends on."""
    if price.billing_scheme != TIERED and price.currency.upper() == currency:
        return price
    asked = price_of(price, currency)
    if asked is None:
        raise Untold
    if asked.currency.upper() == currency:
        return asked
    option = (asked.currency_options or {}).get(currency.lower())
    if option is None:
        raise Untold
    return replace(asked, unit_amount_decimal=option.unit_amount_decimal, tiers=option.tiers)


def _packages(quantity: int, packages: Packages | None) -> int:
    if packages is None:
        return quantity
    up = packages.divide_by - 1 if packages.round == "up" else 0
    return (quantity + up) // packages.divide_by


def _amount(price: Price, quantity: int) -> Decimal:
    if price.billing_scheme != TIERED:
        if price.unit_amount_decimal is None:
            raise Untold
        return price.unit_amount_decimal * quantity
    if not price.tiers:
        raise Untold
    if price.tiers_mode == GRADUATED:
        return _graduated(price.tiers, quantity)
    return _of_tier(_tier(price.tiers, quantity), quantity)


def _tier(tiers: Sequence[Tier], quantity: int) -> Tier:
    """The one tier that all pieces are in."""
    for tier in tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return tier
    raise Untold


def _graduated(tiers: Sequence[Tier], quantity: int) -> Decimal:
    """Each piece costs what its own tier says; the first tier is everybody's."""
    total, done = Decimal(0), 0
    for tier in tiers:
        upto = quantity if tier.up_to is None else min(quantity, tier.up_to)
        total += _of_tier(tier, upto - done)
        if upto == quantity:
            return total
        done = upto
    raise Untold


def _of_tier(tier: Tier, quantity: int) -> Decimal:
    return (tier.unit_amount_decimal or 0) * quantity + (tier.flat_amount_decimal or Decimal(0))


def _take_off(charges: Sequence[Charge], told: Discount | str, currency: str, at: int) -> None:
    """A discount on these items, where it lasts and still does."""
    if not isinstance(told, Discount) or told.coupon is None:
        raise Untold
    coupon = told.coupon
    if coupon.duration == ONCE or (told.end is not None and told.end <= at):
        return
    good_for = [one for one in charges if _is_good_for(coupon, one)]
    for charge in good_for:
        charge.amount *= (100 - (coupon.percent_off or Decimal(0))) / 100
    if coupon.amount_off is not None:
        if (coupon.currency or "").upper() != currency:
            raise Untold
        _take_amount_off(good_for, Decimal(coupon.amount_off))


def _is_good_for(coupon: Coupon, charge: Charge) -> bool:
    return coupon.applies_to is None or charge.product in coupon.applies_to.products


def _take_amount_off(charges: Iterable[Charge], off: Decimal) -> None:
    for charge in charges:
        taken = min(charge.amount, off)
        charge.amount -= taken
        off -= taken


def _monthly(charges: Iterable[Charge], currency: str) -> Money:
    sums: dict[tuple[str, int], Decimal] = {}
    for charge in charges:
        sums[charge.interval] = sums.get(charge.interval, Decimal(0)) + charge.amount
    point = MINOR.get(currency, digits(currency))
    each = [
        monthly(amount.scaleb(-point), currency, interval, count)
        for (interval, count), amount in sums.items()
    ]
    return Money(sum((one.amount for one in each), Decimal(0)), currency)


def _all(
    several: Sequence[Discount | str] | None, single: Discount | None = None
) -> Sequence[Discount | str]:
    """The discounts, in whichever of two places they are told."""
    return several or (() if single is None else (single,))
