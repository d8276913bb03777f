"""Customers and subscriptions of the desk as Chargebee shows them. What has no value is left
out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from connectors.chargebee.simulated_prices import Json, items, mrr, reductions
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import Price, price

ACCOUNT: Final = "cf_account_number"
TRIAL: Final = 14 * 86_400
TERM: Final = 30 * 86_400

CODES: Final = {
    "price": "Too expensive",
    "service": "Service Unsatisfactory",
    "product": "Missing features",
    "competitor": "Switched to competitor",
    "unused": "No longer needed",
    "closed": "We wind up",
    "other": "Something else",
}
"""The desk's word for a reason as the reason code that this site has for it."""

OWN_CODES: Final = {"We wind up": "closed"}


def made_id(kind: str, number: int) -> str:
    """An id as Chargebee's are: letters and digits that tell nothing."""
    return f"16{hashlib.blake2b(f'{kind}:{number}'.encode(), digest_size=7).hexdigest()}"


def customer(patron: Patron, now: int) -> Json:
    """A customer, which changes with everything that it buys."""
    created = _second(patron.created_at)
    changed = max((at for at in map(_second, patron.instants) if at <= now), default=created)
    domain = patron.domains[0] if patron.domains else None
    told: Json = {
        "id": made_id("customer", patron.id),
        "first_name": f"Person {patron.id}",
        "company": f"Company {patron.id}",
        "phone": "+49 30 1234567",
        "auto_collection": "on",
        "net_term_days": 0,
        "taxability": "taxable",
        "allow_direct_debit": False,
        "promotional_credits": 0,
        "created_at": created,
        "updated_at": changed,
        "resource_version": changed * 1000 + 17,
        "deleted": False,
        "object": "customer",
    }
    if domain:
        told["email"] = f"Billing@{domain.upper()}"
    if patron.external_id:
        told[ACCOUNT] = patron.external_id
    return told


def subscriptions(patron: Patron, now: int) -> Iterator[Json]:
    """All that a customer ever bought, as it stands now."""
    told = [one for one in patron.events if one.subscription and _second(one.at) <= now]
    told.sort(key=lambda one: one.subscription)
    for number, dealings in groupby(told, key=lambda one: one.subscription):
        yield _sold(number, patron.id, list(dealings)).shown()


@dataclass
class _Sold:
    """Where a subscription stands. Instants are Unix seconds."""

    number: int
    customer: int
    created: int
    status: str = "future"
    price: Price | None = None
    discounted_at: int = 0
    trial: tuple[int, int] | None = None
    activated_at: int | None = None
    cancelled_at: int | None = None
    asked_at: int | None = None
    late_since: int | None = None
    reason: Json = field(default_factory=dict)
    changed: int = 0
    changes: int = 0

    def happen(self, dealing: Dealing) -> None:
        """Take in what happened next."""
        at = self.changed = _second(dealing.at)
        self.changes += 1
        match dealing.kind:
            case Deal.TRIAL:
                self.status, self.trial = "in_trial", (at, at + TRIAL)
                self._cost(dealing, at)
            case Deal.PAID:
                self.status, self.activated_at = "active", at
                self.trial = (self.trial[0], at) if self.trial else None
                self.cancelled_at = self.asked_at = None
                self._cost(dealing, at)
            case Deal.PRICED:
                self._cost(dealing, at)
            case Deal.LATE:
                self.late_since = at
            case Deal.SETTLED:
                self.late_since = None
            case Deal.ANNOUNCED:
                self._announce(dealing.value, at)
            case Deal.WITHDRAWN:
                self.status = "active" if self.activated_at else "in_trial"
                self.cancelled_at = self.asked_at = None
            case Deal.ENDED:
                self._end(dealing.value, at)
            case _:
                pass

    def shown(self) -> Json:
        """As the API has it. Its mrr is 0 unless it runs."""
        told = self.price
        if told is None:
            raise ValueError(f"subscription {self.number} was never priced")
        runs = self.status in ("active", "non_renewing")
        found: Json = {
            "id": made_id("subscription", self.number),
            "customer_id": made_id("customer", self.customer),
            "status": self.status,
            "currency_code": told.currency,
            "billing_period": told.count,
            "billing_period_unit": told.interval,
            "auto_collection": "on",
            "created_at": self.created,
            "started_at": self.created,
            "activated_at": self.activated_at,
            "trial_start": self.trial[0] if self.trial else None,
            "trial_end": self.trial[1] if self.trial else None,
            "current_term_start": self.activated_at,
            "current_term_end": self.activated_at and self.activated_at + TERM,
            "cancelled_at": self.cancelled_at,
            "cancel_schedule_created_at": self.asked_at,
            "has_scheduled_changes": False,
            "mrr": mrr(told) if runs else 0,
            "subscription_items": items(self.number, told),
            "updated_at": self.changed,
            "resource_version": self.changed * 1000 + min(self.changes, 999),
            "deleted": False,
            "object": "subscription",
            **reductions(self.number, told, self.discounted_at),
            **self.reason,
            **self._dues(),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _cost(self, dealing: Dealing, at: int) -> None:
        told = price(dealing.value)
        if self.price is None or told.discount != self.price.discount:
            self.discounted_at = at
        self.price = told

    def _announce(self, ends: str, at: int) -> None:
        """An end that was asked for; a trial stays one until then."""
        self.asked_at = at
        self.cancelled_at = _second(datetime.fromisoformat(ends)) if ends else at + TERM
        if self.status == "active":
            self.status = "non_renewing"

    def _end(self, reason: str, at: int) -> None:
        self.status, self.cancelled_at = "cancelled", at
        if reason == "payment":
            self.reason = {"cancel_reason": "not_paid"}
        elif reason:
            self.reason = {"cancel_reason_code": CODES[reason]}

    def _dues(self) -> Json:
        """Open invoices. Every seventh customer may leave them open for thirty days, and does."""
        if self.number % 7:
            late = self.late_since
            return {"due_invoices_count": 0 if late is None else 1, "due_since": late}
        open_since = self.changed if self.late_since is None else self.late_since - TERM
        return {"due_invoices_count": 1, "due_since": open_since, "net_term_days": 30}


def _sold(number: int, owner: int, dealings: Sequence[Dealing]) -> _Sold:
    found = _Sold(number, owner, _second(dealings[0].at))
    for dealing in dealings:
        found.happen(dealing)
    return found


def _second(at: datetime) -> int:
    return int(at.timestamp())
