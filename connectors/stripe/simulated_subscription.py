"""One subscription of the desk as Stripe shows it, after some of its dealings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.stripe.simulated_prices import (
    Json,
    discounts,
    items,
    made_id,
    own_discounts,
)
from connectors.testing.desk import Deal, Dealing
from connectors.testing.prices import Price, price

TRIAL = 14 * 86_400

# The desk's word for a reason: what the customer said, and what Stripe says by itself.
REASONS = {
    "price": ("too_expensive", "cancellation_requested"),
    "service": ("customer_service", "cancellation_requested"),
    "product": ("missing_features", "cancellation_requested"),
    "competitor": ("switched_service", "cancellation_requested"),
    "unused": ("unused", "cancellation_requested"),
    "closed": ("other", "cancellation_requested"),
    "other": ("other", "cancellation_requested"),
    "payment": (None, "payment_failed"),
    "": (None, "cancellation_requested"),
}


@dataclass
class Sold:
    """Where a subscription stands. Instants are Unix seconds; whole: a discount of its price is the
    customer's as a whole, and not its own."""

    number: int
    customer: str
    created: int
    whole: bool = False
    status: str = "incomplete"
    price: Price | None = None
    priced_at: int = 0
    discounted_at: int = 0
    trial: tuple[int, int] | None = None
    asked_at: int | None = None
    ends: int | None = None
    by_period: bool = False
    ended_at: int | None = None
    reason: tuple[str | None, str | None] = field(default=(None, None))

    @property
    def id(self) -> str:
        """Its id."""
        return subscription_id(self.number)

    def happen(self, dealing: Dealing) -> None:
        """Take in what happened next."""
        at = int(dealing.at.timestamp())
        match dealing.kind:
            case Deal.TRIAL | Deal.PAID | Deal.PRICED:
                self._cost(price(dealing.value), at)
                self._begin(dealing.kind, at)
            case Deal.LATE:
                self.status = "past_due"
            case Deal.SETTLED:
                self.status = "active"
            case Deal.ANNOUNCED:
                self._announce(dealing.value, at)
            case Deal.WITHDRAWN:
                self.asked_at, self.ends, self.by_period = None, None, False
            case Deal.ENDED:
                self._end(dealing.value, at)
            case _:
                pass

    @property
    def cost(self) -> Price:
        """Its price. Raises `LookupError` before it has one."""
        if self.price is None:
            raise LookupError(f"subscription {self.number} has no price yet")
        return self.price

    def shown(self) -> Json:
        """As the API has it, with everything in full that can be asked for in full."""
        told = self.cost
        feedback, reason = self.reason
        held = items(self.id, told, self.created)
        if not self.whole:
            for item in held:
                item["discounts"] = own_discounts(item["id"], self.number, told, self.discounted_at)
        return {
            **PLAIN,
            "id": self.id,
            "object": "subscription",
            "billing_cycle_anchor": self.created,
            "cancel_at": self.ends,
            "cancel_at_period_end": self.by_period and self.ended_at is None,
            "canceled_at": self.asked_at,
            "cancellation_details": {"comment": None, "feedback": feedback, "reason": reason},
            "created": self.created,
            "currency": told.currency.lower(),
            "customer": self.customer,
            "discounts": self._discounts(told),
            "ended_at": self.ended_at,
            "items": {
                "object": "list",
                "data": held,
                "has_more": False,
                "total_count": len(held),
                "url": f"/v1/subscription_items?subscription={self.id}",
            },
            "latest_invoice": made_id("in", self.number, self.priced_at),
            "start_date": self.created,
            "status": self.status,
            "trial_end": self.trial[1] if self.trial else None,
            "trial_start": self.trial[0] if self.trial else None,
        }

    def _discounts(self, told: Price) -> list[Json]:
        if self.whole:
            return []
        return discounts(self.id, self.customer, self.number, told, self.discounted_at)

    def _cost(self, told: Price, at: int) -> None:
        if self.price is None or told.discount != self.price.discount:
            self.discounted_at = at
        self.price, self.priced_at = told, at

    def _begin(self, kind: Deal, at: int) -> None:
        if kind is Deal.TRIAL:
            self.status, self.trial = "trialing", (at, at + TRIAL)
        elif kind is Deal.PAID:
            self.status = "active"
            self.trial = (self.trial[0], at) if self.trial else None

    def _announce(self, ends: str, at: int) -> None:
        """Every second one ends at a time that somebody chose, the others with their period."""
        self.asked_at = at
        self.ends = int(datetime.fromisoformat(ends).timestamp()) if ends else None
        self.by_period = not ends or self.number % 2 == 0
        self.reason = (None, "cancellation_requested")

    def _end(self, reason: str, at: int) -> None:
        self.status, self.ended_at = "canceled", at
        self.asked_at = self.asked_at or at
        self.reason = REASONS[reason]


def sold(
    customer: str, dealings: Sequence[Dealing], *, whole: bool = False, count: int | None = None
) -> Sold:
    """A subscription after the first `count` of its dealings."""
    first = dealings[0]
    found = Sold(first.subscription, customer, int(first.at.timestamp()), whole)
    for dealing in dealings[:count]:
        found.happen(dealing)
    return found


def subscription_id(number: int) -> str:
    """The id of a subscription."""
    return made_id("sub", number)


PLAIN: Json = {
    "application": None,
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor_config": None,
    "billing_mode": {"type": "classic"},
    "billing_thresholds": None,
    "collection_method": "charge_automatically",
    "days_until_due": None,
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "livemode": True,
    "metadata": {},
    "next_pending_invoice_item_invoice": None,
    "on_behalf_of": None,
    "pause_collection": None,
    "payment_settings": {"payment_method_types": None, "save_default_payment_method": "off"},
    "pending_invoice_item_interval": None,
    "pending_setup_intent": None,
    "pending_update": None,
    "schedule": None,
    "test_clock": None,
    "transfer_data": None,
    "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
}
"""What is the same of all subscriptions."""
