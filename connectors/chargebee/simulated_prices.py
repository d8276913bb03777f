"""A price of the desk as Chargebee has it: items, coupons and discounts, in minor units."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from connectors.testing.prices import Price

Json = dict[str, Any]

WHOLE_UNITS: Final = frozenset({"JPY"})
SEATS: Final = "business"
"""The plan of which several are sold as a plan and an addon for the others."""

PER_YEAR: Final = {"day": 365, "week": 52, "month": 12, "year": 1}
SETUP: Final = {"item_price_id": "setup", "item_type": "charge", "amount": 5000, "quantity": 1}
"""What is paid once."""

LAUNCH: Final = 1_388_534_400  # when the site came to be, and its coupons


def minor(amount: Decimal, currency: str) -> int:
    """An amount in the smallest unit of its currency."""
    return int(amount if currency in WHOLE_UNITS else amount * 100)


def items(number: int, told: Price) -> list[Json]:
    """What a subscription consists of; every sixth had something to be set up."""
    if told.plan == SEATS and told.quantity > 1:
        found = [_item(told, "plan", 1), _item(told, "addon", told.quantity - 1)]
    else:
        found = [_item(told, "plan", told.quantity)]
    setup = {**SETUP, "unit_price": SETUP["amount"], "object": "subscription_item"}
    return [*found, setup] if number % 6 == 0 else found


def mrr(told: Price) -> int:
    """What is paid a month, by Chargebee's own reckoning."""
    charged = Fraction(minor(told.amount, told.currency)) * told.quantity
    charged *= Fraction(100 - told.discount, 100)
    return round(charged * PER_YEAR[told.interval] / (12 * told.count))


def reductions(number: int, told: Price, since: int) -> Json:
    """Coupons and discounts: of the whole or of items, of a share or of an amount. Every fifth
    subscription has a coupon for one invoice."""
    coupons = [_redeemed("WELCOME")] if number % 5 == 0 else []
    discounts: list[Json] = []
    if told.discount and number % 4 in (0, 3):
        coupons.append(_redeemed(f"{'OFF' if number % 4 == 0 else 'ITEMS'}{told.discount}"))
    elif told.discount:
        discounts.append(_discount(number, told, since))
    found: Json = {"coupons": coupons, "discounts": discounts}
    return {name: rows for name, rows in found.items() if rows}


def coupons() -> list[Json]:
    """All that the site has."""
    found = [_coupon("WELCOME", 50, "one_time")]
    for share in range(1, 101):
        found.append(_coupon(f"OFF{share}", share, "forever"))
        constraints = [
            {"item_type": "plan", "constraint": "all"},
            {"item_type": "addon", "constraint": "all"},
            {"item_type": "charge", "constraint": "none"},
        ]
        special = {"apply_on": "each_specified_item", "item_constraints": constraints}
        found.append({**_coupon(f"ITEMS{share}", share, "forever"), **special})
    return found


def _item(told: Price, kind: str, quantity: int) -> Json:
    unit = minor(told.amount, told.currency)
    suffix = "" if kind == "plan" else "-seat"
    return {
        "item_price_id": f"{told.plan}{suffix}-{told.currency}-{told.count}-{told.interval}",
        "item_type": kind,
        "quantity": quantity,
        "unit_price": unit,
        "amount": unit * quantity,
        "free_quantity": 0,
        "billing_period": told.count,
        "billing_period_unit": told.interval,
        "object": "subscription_item",
    }


def _redeemed(name: str) -> Json:
    return {"coupon_id": name, "applied_count": 1, "object": "coupon"}


def _discount(number: int, told: Price, since: int) -> Json:
    if number % 4 == 1:
        off: Json = {"type": "percentage", "percentage": float(told.discount)}
    else:
        whole = minor(told.amount, told.currency) * told.quantity
        amount = whole * told.discount // 100
        off = {"type": "fixed_amount", "amount": amount, "currency_code": told.currency}
    return {
        "id": f"discount-{number}",
        "apply_on": "invoice_amount",
        "duration_type": "forever",
        "included_in_mrr": True,
        "applied_count": 1,
        "created_at": since,
        "object": "discount",
        **off,
    }


def _coupon(name: str, share: int, duration: str) -> Json:
    return {
        "id": name,
        "name": name.title(),
        "discount_type": "percentage",
        "discount_percentage": float(share),
        "duration_type": duration,
        "apply_on": "invoice_amount",
        "status": "active",
        "redemptions": 1,
        "created_at": LAUNCH,
        "updated_at": LAUNCH,
        "resource_version": LAUNCH * 1000,
        "object": "coupon",
    }
