"""A price of the desk as Stripe has it: prices, items and coupons, in minor units."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from connectors.testing.prices import Price

Json = dict[str, Any]

WHOLE_UNITS = frozenset({"JPY"})
SEATS = "business"
"""The plan of which several are sold as a first one and further seats: two items."""

TIERED = "enterprise"
"""The plan whose price is told in tiers, by whole years."""

LAUNCH = 1_388_534_400  # when the account came to be, and its prices


def made_id(kind: str, *parts: object) -> str:
    """An id as Stripe's are: what it is of, and letters and digits that tell nothing."""
    text = ":".join(map(str, parts))
    return f"{kind}_1{hashlib.blake2b(text.encode(), digest_size=11).hexdigest()}"


def minor(amount: Decimal, currency: str) -> int:
    """An amount in the smallest unit of its currency."""
    return int(amount if currency in WHOLE_UNITS else amount * 100)


def items(owner: str, told: Price, since: int) -> list[Json]:
    """What a subscription consists of."""
    if told.plan == SEATS and told.quantity > 1:
        first = _item(owner, told, since, 1, "")
        return [first, _item(owner, told, since, told.quantity - 1, "seat")]
    return [_item(owner, told, since, told.quantity, "")]


def is_tiered(told: Price) -> bool:
    """Whether a price is told in tiers."""
    return told.plan == TIERED and told.interval == "year"


def price(told: Price, role: str = "") -> Json:
    """A price as a list of subscriptions has it, without its tiers."""
    unit = minor(told.amount, told.currency)
    tiered = is_tiered(told)
    amount = None if tiered else unit
    return {
        "id": price_id(told, role),
        "object": "price",
        "active": True,
        "billing_scheme": "tiered" if tiered else "per_unit",
        "created": LAUNCH,
        "currency": told.currency.lower(),
        "custom_unit_amount": None,
        "livemode": True,
        "lookup_key": None,
        "metadata": {},
        "nickname": f"{told.plan} {role}".strip(),
        "product": made_id("prod", told.plan, role),
        "recurring": {
            "interval": told.interval,
            "interval_count": told.count,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "exclusive",
        "tiers_mode": "graduated" if tiered else None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
    }


def tiers(told: Price) -> list[Json]:
    """The first three pieces and all others; here none is cheaper than another."""
    unit = minor(told.amount, told.currency)
    tier = {
        "flat_amount": None,
        "flat_amount_decimal": None,
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
    }
    return [{**tier, "up_to": 3}, {**tier, "up_to": None}]


def price_id(told: Price, role: str = "") -> str:
    """The id of a price, which never changes what it costs."""
    terms = told.plan, told.amount, told.currency, told.interval, told.count, role
    return made_id("price", *terms)


def discounts(owner: str, customer: str, number: int, told: Price, since: int) -> list[Json]:
    """The discounts of the whole subscription: of a share, of an amount, or for one invoice only.

    Every third subscription has them on its items.
    """
    found = []
    if told.discount and number % 3 == 1:
        found.append(_of_amount(told))
    elif told.discount and number % 3 == 0:
        found.append(_of_share(told))
    if number % 5 == 0:
        found.append(_coupon("WELCOME", "once", percent_off=50.0))
    return [_discount(owner, customer, coupon, since) for coupon in found]


def own_discounts(item: str, number: int, told: Price, since: int) -> list[Json]:
    """The discounts of one item."""
    if not told.discount or number % 3 != 2:
        return []
    return [{**_discount(item, "", _of_share(told), since), "subscription_item": item}]


def of_customer(customer: str, told: Price, since: int) -> Json | None:
    """The discount of a customer as a whole."""
    return _discount("", customer, _of_share(told), since) if told.discount else None


def _item(owner: str, told: Price, since: int, quantity: int, role: str) -> Json:
    shown = price(told, role)
    recurring = shown["recurring"]
    return {
        "id": made_id("si", owner, role),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": since,
        "current_period_end": since + 30 * 86_400,
        "current_period_start": since,
        "discounts": [],
        "metadata": {},
        "plan": {
            "id": shown["id"],
            "object": "plan",
            "active": True,
            "amount": shown["unit_amount"],
            "amount_decimal": shown["unit_amount_decimal"],
            "billing_scheme": shown["billing_scheme"],
            "currency": shown["currency"],
            "interval": recurring["interval"],
            "interval_count": recurring["interval_count"],
            "product": shown["product"],
            "usage_type": "licensed",
        },
        "price": shown,
        "quantity": quantity,
        "subscription": owner,
        "tax_rates": [],
    }


def _of_share(told: Price) -> Json:
    return _coupon(f"OFF{told.discount}", "forever", percent_off=float(told.discount))


def _of_amount(told: Price) -> Json:
    off = minor(told.amount * told.quantity * told.discount / 100, told.currency)
    currency = told.currency.lower()
    name = f"LESS{off}{currency}"
    return _coupon(name, "repeating", amount_off=off, currency=currency, duration_in_months=36)


def _coupon(name: str, duration: str, **more: object) -> Json:
    return {
        "id": name,
        "object": "coupon",
        "amount_off": None,
        "created": LAUNCH,
        "currency": None,
        "duration": duration,
        "duration_in_months": None,
        "livemode": True,
        "max_redemptions": None,
        "metadata": {},
        "name": name,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 1,
        "valid": True,
        **more,
    }


def _discount(owner: str, customer: str, coupon: Json, since: int) -> Json:
    lasting = coupon["duration_in_months"]
    return {
        "id": made_id("di", owner, customer, coupon["id"]),
        "object": "discount",
        "checkout_session": None,
        "coupon": coupon,
        "customer": customer or None,
        "end": None if lasting is None else since + lasting * 31 * 86_400,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "start": since,
        "subscription": owner if owner.startswith("sub_") else None,
        "subscription_item": None,
    }
