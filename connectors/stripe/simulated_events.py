"""What Stripe keeps of a customer's past: an event for each thing that happened, for thirty days.

An event holds its object as it was then, with discounts by their names only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from connectors.stripe.simulated_prices import Json, made_id, of_customer
from connectors.stripe.simulated_subscription import Sold, sold
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import price

VERSION: Final = "2025-08-27.basil"
KEY: Final = "account_number"

PRICED: Final = (Deal.TRIAL, Deal.PAID, Deal.PRICED)


class Life:
    """A customer as far as its life has come. shared: its discounts are its own as a whole."""

    def __init__(self, patron: Patron, now: int, *, shared: bool = False) -> None:
        self._patron = patron
        self._shared = shared
        self.id = made_id("cus", patron.id)
        self.created = int(patron.created_at.timestamp())
        happened = [one for one in patron.events if one.subscription and _second(one) <= now]
        happened.sort(key=lambda one: one.subscription)
        by_number = groupby(happened, key=lambda one: one.subscription)
        self._dealings = [list(dealings) for _, dealings in by_number]
        self._now = now

    def customer(self, at: int | None = None) -> Json:
        """The customer, as it was at an instant."""
        domain = self._patron.domains[0] if self._patron.domains else None
        number = self._patron.external_id
        return {
            "id": self.id,
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": self.created,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": self._discount(self._now if at is None else at),
            "email": f"Billing@{domain.upper()}" if domain else None,
            "invoice_prefix": "A1B2C3D4",
            "invoice_settings": {"custom_fields": None, "footer": None},
            "livemode": True,
            "metadata": {KEY: number} if number else {},
            "name": f"Company {self._patron.id}",
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }

    def subscriptions(self) -> Iterator[Json]:
        """All that it ever bought, as it stands now."""
        for dealings in self._dealings:
            yield sold(self.id, dealings, whole=self._shared).shown()

    def events(self) -> Iterator[Json]:
        """Everything that ever happened, in order for each subscription."""
        yield _event("customer.created", self.created, self.customer(self.created), self.id)
        for dealings in self._dealings:
            for count, dealing in enumerate(dealings, 1):
                before = sold(self.id, dealings, whole=self._shared, count=count - 1)
                after = sold(self.id, dealings, whole=self._shared, count=count)
                yield from self._of(dealing, before, after)

    def _of(self, dealing: Dealing, before: Sold, after: Sold) -> Iterator[Json]:
        at, tag = _second(dealing), f"{dealing.subscription}:{dealing.kind}:{dealing.value}"
        if dealing.kind is Deal.ENDED:
            yield _event("customer.subscription.deleted", at, _named(after.shown()), tag)
            return
        if before.price is None:
            yield from _begun(after, at, tag)
            return
        if self._shared and before.cost.discount != after.cost.discount:
            kind, cost = (
                ("created", after.cost) if after.cost.discount else ("deleted", before.cost)
            )
            shown = of_customer(self.id, cost, at)
            yield _event(f"customer.discount.{kind}", at, shown or {}, tag)
            return
        yield from _discounted(before, after, at, tag)
        was, now = _named(before.shown()), _named(after.shown())
        previous = {name: was[name] for name in was if was[name] != now[name]}
        yield _event("customer.subscription.updated", at, now, tag, previous)

    def _discount(self, at: int) -> Json | None:
        """The discount of the customer as a whole: that of its last price."""
        priced = [
            one
            for dealings in self._dealings
            for one in dealings
            if one.kind in PRICED and one.value and _second(one) <= at
        ]
        if not (self._shared and priced):
            return None
        return of_customer(self.id, price(priced[-1].value), _second(priced[-1]))


def _begun(after: Sold, at: int, tag: str) -> Iterator[Json]:
    """A subscription is made; one that is to be paid is incomplete until it is, a moment later."""
    shown = _named(after.shown())
    if after.status == "trialing":
        yield _event("customer.subscription.created", at, shown, tag)
        return
    made = {**shown, "status": "incomplete"}
    yield _event("customer.subscription.created", at, made, tag)
    yield _event("customer.subscription.updated", at, shown, tag, {"status": "incomplete"})


def _discounted(before: Sold, after: Sold, at: int, tag: str) -> Iterator[Json]:
    """The discounts that came and went."""
    was, now = ({one["id"]: one for one in each.shown()["discounts"]} for each in (before, after))
    for name in sorted(was.keys() - now.keys()):
        yield _event("customer.discount.deleted", at, was[name], f"{tag}:{name}")
    for name in sorted(now.keys() - was.keys()):
        yield _event("customer.discount.created", at, now[name], f"{tag}:{name}")


def _named(shown: Json) -> Json:
    """A subscription with its discounts by their names."""
    held: Sequence[Json] = shown["items"]["data"]
    data = [{**item, "discounts": _names(item["discounts"])} for item in held]
    return {
        **shown,
        "discounts": _names(shown["discounts"]),
        "items": {**shown["items"], "data": data},
    }


def _names(discounts: Sequence[Json]) -> list[str]:
    return [one["id"] for one in discounts]


def _event(kind: str, at: int, shown: Json, tag: str, previous: Json | None = None) -> Json:
    told: Json = {"object": shown}
    if previous is not None:
        told["previous_attributes"] = previous
    return {
        "id": made_id("evt", kind, at, tag),
        "object": "event",
        "api_version": VERSION,
        "created": at,
        "data": told,
        "livemode": True,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _second(dealing: Dealing) -> int:
    return int(dealing.at.timestamp())
