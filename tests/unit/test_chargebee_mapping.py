"""What Chargebee's words, states and prices are in deskpulse's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.chargebee import wire
from connectors.chargebee.amounts import needed, price
from connectors.chargebee.mapping import customer, domain_of, reason, subscription
from connectors.customers import Ending, Money, Subscription, Withdrawn

T = 1_772_000_000
DAY = 86_400


def told(**changes: Any) -> wire.Subscription:
    fields: dict[str, Any] = {
        "id": "s",
        "customer_id": "c",
        "status": "active",
        "currency_code": "EUR",
        "created_at": T,
        "started_at": T,
        "activated_at": T,
        "updated_at": T + 9 * DAY,
    }
    return wire.Subscription(**{**fields, **changes})


def read(**changes: Any) -> Subscription:
    found = subscription(told(**changes), Money(Decimal(30), "EUR"), {})
    assert isinstance(found, Subscription)
    return found


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def item(amount: int | None = 3000, name: str = "team", **more: Any) -> wire.Item:
    period: dict[str, Any] = {"billing_period": 1, "billing_period_unit": "month", **more}
    return wire.Item(name, amount=amount, **period)


def costs(*items: wire.Item, coupons: tuple[wire.Coupon, ...] = (), **changes: Any) -> str:
    redeemed = tuple(wire.Redeemed(one.id) for one in coupons)
    sold = told(subscription_items=items, **{"coupons": redeemed, **changes})
    found = price(sold, {one.id: one for one in coupons})
    return "untold" if found is None else f"{found.amount} {found.currency}"


# --- reasons ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "code", "ending"),
    [
        ("not_paid", None, Ending.PAYMENT),
        ("no_card", "Too expensive", Ending.PAYMENT),
        ("fraud_review_failed", None, Ending.OTHER),
        (None, "Product Unsatisfactory", Ending.PRODUCT),
        (None, " service  UNSATISFACTORY ", Ending.SERVICE),
        (None, "Sabbatical", Ending.UNUSED),
        (None, "Support", Ending.COMPETITOR),
        (None, "Nobody knows", Ending.OTHER),
        (None, "", None),
        (None, None, None),
    ],
)
def test_why_a_subscription_ended(own: str | None, code: str | None, ending: Ending | None) -> None:
    ours = {"sabbatical": Ending.UNUSED, "support": Ending.COMPETITOR}
    assert reason(told(cancel_reason=own, cancel_reason_code=code), ours) is ending


# --- states -------------------------------------------------------------------------------------


def test_a_subscription_without_a_trial_is_paid_from_its_start() -> None:
    found = read()
    assert (found.started_at, found.resumed_at, found.changed_at) == (at(T), None, at(T + 9 * DAY))


def test_a_trial_is_paid_from_its_end_however_often_it_becomes_active_anew() -> None:
    trial = {"trial_start": T, "trial_end": T + DAY}
    assert read(**trial, activated_at=T + DAY).started_at == at(T + DAY)
    again = read(**trial, activated_at=T + 5 * DAY)
    assert (again.started_at, again.resumed_at) == (at(T + DAY), at(T + 5 * DAY))
    early = read(trial_start=T, trial_end=T + 14 * DAY, activated_at=T + DAY)
    assert early.started_at == at(T + DAY)


def test_a_trial_that_was_cancelled_was_never_paid() -> None:
    found = read(status="cancelled", trial_start=T, activated_at=None, cancelled_at=T + DAY)
    assert (found.started_at, found.ended_at, found.trial) == (None, None, False)


def test_what_is_in_trial_again_is_not_paid_now() -> None:
    found = read(status="in_trial", trial_start=T + DAY, activated_at=T)
    assert (found.started_at, found.trial) == (None, True)


def test_an_end_is_that_of_a_cancelled_subscription_alone() -> None:
    assert read(status="cancelled", cancelled_at=T + DAY).ended_at == at(T + DAY)
    pending = read(status="non_renewing", cancelled_at=T + 30 * DAY, cancel_reason_code="Price")
    assert (pending.ended_at, pending.ending, pending.reason) == (None, True, None)


def test_what_has_yet_to_begin_is_nothing() -> None:
    future = told(status="future", started_at=None, activated_at=None)
    assert subscription(future, None, {}) is None


@pytest.mark.parametrize("changes", [{"deleted": True}, {"status": "transferred"}])
def test_what_was_deleted_or_went_elsewhere_never_was(changes: dict[str, Any]) -> None:
    found = subscription(told(**changes, resource_version=(T + 9 * DAY) * 1000 + 5), None, {})
    assert found == Withdrawn("s", at(T + 9 * DAY), 5)


def test_what_is_paused_costs_nothing_from_then_on() -> None:
    found = read(status="paused", pause_date=T + DAY)
    assert [(str(terms.monthly.amount), terms.at) for terms in found.terms] == [
        ("30", at(T)),
        ("0", at(T + DAY)),
    ]
    assert len(read(pause_date=T + 99 * DAY).terms) == 1  # it is to be paused


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({"due_invoices_count": 0}, False),
        ({"due_invoices_count": 1, "due_since": T + DAY}, True),
        ({"due_invoices_count": 1, "due_since": T + DAY, "net_term_days": 30}, False),
        ({"due_invoices_count": 1, "due_since": T + DAY, "net_term_days": 8}, True),
        ({"due_invoices_count": 2}, True),
        ({"due_invoices_count": 1, "status": "cancelled", "cancelled_at": T}, False),
    ],
)
def test_who_is_late_with_an_invoice_is_past_due(changes: dict[str, Any], late: bool) -> None:
    assert read(**changes).past_due is late


def test_changes_of_one_second_are_in_the_order_of_their_versions() -> None:
    changed = T + 9 * DAY
    assert read(resource_version=changed * 1000 + 42).revision == 42
    assert read().revision == 0
    assert read(resource_version=2**62).revision == 2**31 - 1


def test_the_plan_is_what_was_bought_as_one() -> None:
    assert read(subscription_items=(item(name="seat", item_type="addon"), item())).plan == "team"
    assert read(plan_id="basic", plan_amount=100).plan == "basic"


# --- customers ----------------------------------------------------------------------------------


def test_a_customer_is_known_by_its_fields_and_its_domain() -> None:
    form = wire.customer(("cf_number", "id"))
    sent = b'{"id":"c1","email":"a.b@Acme.Example","cf_number":4711,"company":"Acme"}'
    row = msgspec.json.decode(sent, type=form)
    found = customer(row, ("cf_number", "id"))
    assert found.identity.external_ids == ("4711", "c1")
    assert found.identity.domains == ("acme.example",)


def test_a_deleted_customer_names_nobody() -> None:
    row = wire.Customer(id="c1", updated_at=T, email="a@acme.example", deleted=True)
    assert customer(row, ("id",)).identity.external_ids == ()
    assert customer(row, ("id",)).identity.domains == ()


@pytest.mark.parametrize("email", ["", "nobody", "a@localhost", "a@b c.example", "a@-x.example"])
def test_what_is_no_mail_address_has_no_domain(email: str) -> None:
    assert domain_of(email) == ""


# --- amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "count", "amount"),
    [
        ("month", 1, "30.00 EUR"),
        ("month", 3, "10.00 EUR"),
        ("year", 1, "2.50 EUR"),
        ("week", 1, "130.00 EUR"),
        ("week", 2, "65.00 EUR"),
    ],
)
def test_a_price_is_that_of_a_month(unit: str, count: int, amount: str) -> None:
    assert costs(item(billing_period=count, billing_period_unit=unit)) == amount


def test_the_parts_are_added_before_anything_is_rounded() -> None:
    yearly = {"billing_period_unit": "year"}
    assert costs(item(5, "a", **yearly), item(5, "b", **yearly), item(8, "c", **yearly)) == (
        "0.02 EUR"  # 1.5 cents; each for itself they would be 0.01
    )


def test_a_period_may_stand_with_the_subscription_alone() -> None:
    sold = item(billing_period=None, billing_period_unit=None)
    assert costs(sold, billing_period=2, billing_period_unit="month") == "15.00 EUR"
    assert costs(sold, mrr=700) == "7.00 EUR"


def test_currencies_without_minor_units_and_amounts_with_more_digits() -> None:
    assert costs(item(3000), currency_code="JPY") == "3000 JPY"
    assert costs(item(None, amount_in_decimal=Decimal("12.345"))) == "12.34 EUR"


def test_what_is_paid_once_or_by_use_does_not_count() -> None:
    once = wire.Item("setup", "charge", amount=99_900)
    used = item(None, "calls", metered_quantity="17")
    assert costs(item(), once, used) == "30.00 EUR"
    assert costs(used) == "untold"
    assert costs(used, mrr=450) == "4.50 EUR"


def test_the_older_catalog_tells_its_plan() -> None:
    plan = told(plan_id="basic", plan_amount=895, billing_period=1, billing_period_unit="month")
    assert price(plan, {}) == Money(Decimal("8.95"), "EUR")
    assert costs() == "untold"


def share(name: str, per_cent: str, **more: Any) -> wire.Coupon:
    return wire.Coupon(name, discount_percentage=Decimal(per_cent), **more)


def less(name: str, amount: int, **more: Any) -> wire.Coupon:
    fields: dict[str, Any] = {"discount_type": "fixed_amount", "currency_code": "EUR", **more}
    return wire.Coupon(name, discount_amount=amount, **fields)


def good_for(*names: str, kind: str = "plan") -> dict[str, Any]:
    constraint = wire.Constraint(kind, "specific" if names else "all", names)
    return {"apply_on": "each_specified_item", "item_constraints": (constraint,)}


def test_discounts_are_taken_off_in_the_vendors_order() -> None:
    plan, addon = item(20_000), item(2_000, "seat", item_type="addon")
    coupons = (
        less("whole", 500),
        share("on the addon", "1", **good_for(kind="addon")),
        less("on the plan", 1_000, **good_for("team")),
    )
    assert costs(plan, addon, coupons=coupons) == "204.80 EUR"
    assert costs(item(10_000), coupons=(share("half", "50"), less("ten", 1_000))) == "45.00 EUR"


def test_a_discount_of_an_amount_is_of_each_payment_and_never_more_than_it() -> None:
    yearly = item(12_000, billing_period_unit="year")
    assert costs(yearly, coupons=(less("one", 1_200),)) == "9.00 EUR"
    assert costs(item(), coupons=(less("more", 9_000),)) == "0.00 EUR"
    assert costs(item(), coupons=(share("all", "100"),)) == "0.00 EUR"


def test_only_what_lasts_counts() -> None:
    assert costs(item(), coupons=(share("once", "50", duration_type="one_time"),)) == "30.00 EUR"
    over, lasting = wire.Redeemed("half", T), wire.Redeemed("half", T + 99 * DAY)
    half = share("half", "50", duration_type="limited_period")
    for redeemed, amount in ((over, "30.00"), (lasting, "15.00")):
        sold = told(subscription_items=(item(),), coupons=(redeemed,))
        found = price(sold, {"half": half})
        assert found is not None
        assert str(found.amount) == amount
    assert [*needed(told(coupons=(over, lasting)))] == ["half"]


def test_a_discount_of_the_subscription_alone_counts_once() -> None:
    own = wire.Discount("invoice_amount", percentage=Decimal(10))
    fixed = wire.Discount("specific_item_price", amount=500, item_price_id="team")
    once = wire.Discount("invoice_amount", "one_time", percentage=Decimal(50))
    repeated = wire.Discount("invoice_amount", percentage=Decimal(50), coupon_id="half")
    assert costs(item(), discounts=(own, fixed, once, repeated)) == "22.50 EUR"


@pytest.mark.parametrize(
    "coupon",
    [
        wire.Coupon("free units", "offer_quantity", **good_for("team")),
        less("dollars", 500, currency_code="USD"),
        share(
            "criteria",
            "50",
            apply_on="each_specified_item",
            item_constraints=(wire.Constraint("plan", "criteria"),),
        ),
        share("unsaid", "50", apply_on="each_specified_item"),
    ],
)
def test_where_the_record_is_not_enough_the_vendors_own_figure_stands_in(
    coupon: wire.Coupon,
) -> None:
    assert costs(item(), coupons=(coupon,), mrr=1234) == "12.34 EUR"
    assert costs(item(), coupons=(coupon,), mrr=0) == "untold"


def test_a_coupon_that_cannot_be_read_is_not_taken_for_none() -> None:
    sold = told(subscription_items=(item(),), coupons=(wire.Redeemed("gone"),))
    assert price(sold, {}) is None
