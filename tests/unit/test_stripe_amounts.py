"""What a Stripe subscription costs a month, item by item and discount by discount."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.stripe import wire
from connectors.stripe.amounts import is_self_contained, paid

NOW = 1_775_000_000
Json = dict[str, Any]


def price(amount: int | None = 2000, **more: Any) -> Json:
    told: Json = {
        "id": "price_1",
        "created": 1,
        "currency": "eur",
        "product": "prod_1",
        "billing_scheme": "per_unit",
        "unit_amount_decimal": None if amount is None else str(amount),
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
    }
    return {**told, **more}


def every(interval: str, count: int = 1, usage_type: str = "licensed") -> Json:
    return {"interval": interval, "interval_count": count, "usage_type": usage_type}


def item(told: Json | None = None, quantity: int = 1, **more: Any) -> Json:
    return {"id": "si_1", "created": 1, "price": told or price(), "quantity": quantity, **more}


def coupon(**more: Any) -> Json:
    return {"id": "C", "duration": "forever", **more}


def discount(end: int | None = None, **more: Any) -> Json:
    return {"id": "di_1", "coupon": coupon(**more), "end": end}


def subscription(*items: Json, **more: Any) -> wire.Subscription:
    told = {
        "id": "sub_1",
        "created": 1,
        "customer": "cus_1",
        "status": "active",
        "currency": "eur",
        "start_date": 1,
        "items": {"data": list(items or [item()])},
        **more,
    }
    return msgspec.json.decode(msgspec.json.encode(told), type=wire.Subscription)


def cost(told: wire.Subscription, *, full: Json | None = None, own: Json | None = None) -> str:
    asked = None if full is None else msgspec.convert(full, wire.Price)
    whole = None if own is None else msgspec.convert(own, wire.Discount)
    found = paid(told, whole, lambda _price, _currency: asked, NOW)
    return "unknown" if found is None else f"{found.amount} {found.currency}"


@pytest.mark.parametrize(
    ("items", "monthly"),
    [
        ([item(quantity=3)], "60.00 EUR"),
        ([item(price(recurring=every("year")))], "1.67 EUR"),
        ([item(price(recurring=every("month", 3)))], "6.67 EUR"),
        ([item(price(recurring=every("week", 2)))], "43.33 EUR"),
        ([item(price(recurring=every("day")))], "608.33 EUR"),
        ([item(price(unit_amount_decimal="0.5"), 25)], "0.12 EUR"),
        ([item(), item(price(500), 2)], "30.00 EUR"),
        ([item(), item(price(12_000, recurring=every("year")))], "30.00 EUR"),
        ([item(price(0))], "0.00 EUR"),
        ([item(quantity=0)], "0.00 EUR"),
    ],
)
def test_items_add_up_to_a_month(items: list[Json], monthly: str) -> None:
    assert cost(subscription(*items)) == monthly


@pytest.mark.parametrize(
    ("currency", "amount", "monthly"),
    [
        ("jpy", 500, "500 JPY"),
        ("krw", 500, "500 KRW"),
        ("kwd", 5_120, "5.120 KWD"),
        ("isk", 500, "5 ISK"),
        ("ugx", 500, "5 UGX"),
        ("mga", 500, "500.00 MGA"),
        ("huf", 500, "5.00 HUF"),
    ],
)
def test_amounts_are_in_the_smallest_unit_as_stripe_counts_it(
    currency: str, amount: int, monthly: str
) -> None:
    told = subscription(item(price(amount, currency=currency)), currency=currency)
    assert cost(told) == monthly


@pytest.mark.parametrize(("rounding", "monthly"), [("up", "60.00 EUR"), ("down", "40.00 EUR")])
def test_packages_are_counted_whole(rounding: str, monthly: str) -> None:
    packed = price(transform_quantity={"divide_by": 10, "round": rounding})
    assert cost(subscription(item(packed, 25))) == monthly


TIERS = [
    {"up_to": 10, "unit_amount_decimal": "500", "flat_amount_decimal": "1000"},
    {"up_to": 20, "unit_amount_decimal": "400", "flat_amount_decimal": None},
    {"up_to": None, "unit_amount_decimal": "300", "flat_amount_decimal": "200"},
]


@pytest.mark.parametrize(
    ("mode", "quantity", "monthly"),
    [
        ("volume", 0, "10.00 EUR"),
        ("volume", 10, "60.00 EUR"),
        ("volume", 11, "44.00 EUR"),
        ("volume", 30, "92.00 EUR"),
        ("graduated", 0, "10.00 EUR"),
        ("graduated", 10, "60.00 EUR"),
        ("graduated", 11, "64.00 EUR"),
        ("graduated", 30, "132.00 EUR"),
    ],
)
def test_tiers_are_asked_for_and_reckoned(mode: str, quantity: int, monthly: str) -> None:
    tiered = price(None, billing_scheme="tiered", tiers_mode=mode)
    told = subscription(item(tiered, quantity))
    assert cost(told, full={**tiered, "tiers": TIERS}) == monthly
    assert cost(told) == "unknown"


def test_a_price_of_several_currencies_costs_what_it_does_in_the_subscriptions() -> None:
    dollars = price(currency="usd")
    full = {**dollars, "currency_options": {"eur": {"unit_amount_decimal": "1800"}}}
    assert cost(subscription(item(dollars)), full=full) == "18.00 EUR"
    assert cost(subscription(item(dollars)), full=dollars) == "unknown"


def test_what_is_paid_by_use_is_left_out_and_alone_is_unknown() -> None:
    metered = item(price(5, recurring=every("month", usage_type="metered")))
    assert cost(subscription(item(), metered)) == "20.00 EUR"
    assert cost(subscription(metered)) == "unknown"
    assert cost(subscription(item(price(0)), metered)) == "unknown"


@pytest.mark.parametrize(
    ("discounts", "monthly"),
    [
        ([discount(percent_off=25.5)], "29.80 EUR"),
        ([discount(amount_off=1500, currency="eur")], "25.00 EUR"),
        ([discount(amount_off=9999, currency="eur")], "0.00 EUR"),
        ([discount(percent_off=50), discount(amount_off=500, currency="eur")], "15.00 EUR"),
        ([discount(amount_off=500, currency="eur"), discount(percent_off=50)], "17.50 EUR"),
        ([discount(duration="once", percent_off=50)], "40.00 EUR"),
        ([discount(end=NOW, duration="repeating", percent_off=50)], "40.00 EUR"),
        ([discount(end=NOW + 1, duration="repeating", percent_off=50)], "20.00 EUR"),
        ([discount(percent_off=50, applies_to={"products": ["prod_1"]})], "25.00 EUR"),
        ([discount(amount_off=500, currency="usd")], "unknown"),
        (["di_1"], "unknown"),
        ([{"id": "di_1", "source": {"coupon": "C"}}], "unknown"),
    ],
)
def test_discounts_that_last_are_taken_off(discounts: list[Any], monthly: str) -> None:
    items = item(price(3000)), item(price(1000, product="prod_2"))
    assert cost(subscription(*items, discounts=discounts)) == monthly


def test_a_discount_on_an_item_is_the_items() -> None:
    told = subscription(item(discounts=[discount(percent_off=50)]), item(price(1000)))
    assert cost(told) == "20.00 EUR"


def test_the_customers_discount_counts_where_the_subscription_has_none() -> None:
    own = discount(percent_off=50)
    assert cost(subscription(), own=own) == "10.00 EUR"
    assert cost(subscription(discounts=[discount(percent_off=10)]), own=own) == "18.00 EUR"


def test_older_forms_tell_the_one_discount_with_its_coupon() -> None:
    told = subscription(discount=discount(percent_off=10))
    assert is_self_contained(told)
    assert cost(told) == "18.00 EUR"


@pytest.mark.parametrize(
    "told",
    [
        subscription(discounts=["di_1"]),
        subscription(item(discounts=["di_1"])),
        subscription(discounts=[{"id": "di_1", "source": {"coupon": "C"}}]),
        subscription(items={"data": [item()], "has_more": True}),
    ],
)
def test_what_only_names_its_discounts_or_items_is_not_enough(told: wire.Subscription) -> None:
    assert not is_self_contained(told)
    assert is_self_contained(subscription(discounts=[]))


def test_amounts_that_are_none_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="'XXX' is no currency"):
        cost(subscription(item(price(currency="xxx")), currency="xxx"))
    with pytest.raises(ValueError, match="0 or more"):
        cost(subscription(item(price(-5))))
