"""What Stripe's customers and subscriptions are in deskpulse's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.customers import Customer, Ending, Money, Subscription, Terms
from connectors.records import Identity
from connectors.stripe import wire

TRIALING: Final = "trialing"
NEVER_PAID: Final = frozenset({"incomplete", "incomplete_expired"})
"""The first payment failed, or nobody made it: such a subscription is none."""

PAUSED: Final = "paused"
"""A trial that ended without a way to pay; nothing is charged until there is one."""

LATE: Final = frozenset({"past_due", "unpaid"})
ENDED: Final = "canceled"

FEEDBACK: Final = {
    "too_expensive": Ending.PRICE,
    "customer_service": Ending.SERVICE,
    "low_quality": Ending.PRODUCT,
    "missing_features": Ending.PRODUCT,
    "too_complex": Ending.PRODUCT,
    "switched_service": Ending.COMPETITOR,
    "unused": Ending.UNUSED,
}
"""What a customer said on leaving; any other word is `other`."""

UNPAID: Final = frozenset({"payment_failed", "payment_disputed"})
"""What Stripe says by itself where nobody was asked; that somebody asked for the end is no reason.
"""

DOMAIN: Final = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Version:
    """When something was last known to change; `revision` breaks ties within a second."""

    at: int
    revision: int = 0


def customer(told: wire.Customer, version: Version, key: str | None) -> Customer | None:
    """What names a customer elsewhere; None: it was deleted and names nothing any more.

    key: of its metadata, with the id that a helpdesk knows it by; None: there is none.
    """
    if told.deleted:
        return None
    number = told.metadata.get(key, "").strip() if key else ""
    domain = domain_of(told.email or "")
    identity = Identity((number,) if number else (), (domain,) if domain else ())
    return Customer(told.id, utc(version.at), identity, revision=version.revision)


def domain_of(email: str) -> str:
    """The domain of a mail address, and nothing else of it; "" where it is none."""
    _, at, domain = email.strip().casefold().rpartition("@")
    return domain if at and DOMAIN.fullmatch(domain) else ""


def subscription(
    told: wire.Subscription, version: Version, costs: Money | None
) -> Subscription | None:
    """What a subscription says now; None: nobody ever paid for it, or it lives on a test's clock.

    costs: what is paid for a month; None: Stripe does not tell.
    """
    if told.status in NEVER_PAID or told.test_clock is not None:
        return None
    ended = told.status == ENDED
    return Subscription(
        id=told.id,
        customer=told.owner,
        changed_at=utc(version.at),
        started_at=_started_at(told),
        ended_at=utc(told.ended_at) if ended and told.ended_at is not None else None,
        terms=() if costs is None else (Terms(costs),),
        plan=_plan(told),
        trial=told.status == TRIALING,
        ending=not ended and (told.cancel_at_period_end or told.cancel_at is not None),
        past_due=told.status in LATE,
        reason=_reason(told.cancellation_details) if ended else None,
        revision=version.revision,
    )


def utc(seconds: int) -> datetime:
    """Unix seconds as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def _started_at(told: wire.Subscription) -> datetime | None:
    """When it was first paid: after its trial, unless that was never over."""
    if told.status in (TRIALING, PAUSED):
        return None
    if told.trial_end is None:
        return utc(told.start_date)
    if told.ended_at is not None and told.ended_at <= told.trial_end:
        return None
    return utc(told.trial_end)


def _plan(told: wire.Subscription) -> str | None:
    """What was bought: the name of its first price, else the product's id."""
    if not told.items.data:
        return None
    price = min(told.items.data, key=lambda one: (one.created, one.id)).price
    return price.nickname or price.product


def _reason(told: wire.Cancellation | None) -> Ending | None:
    if told is None:
        return None
    if told.feedback is not None:
        return FEEDBACK.get(told.feedback, Ending.OTHER)
    return Ending.PAYMENT if told.reason in UNPAID else None
