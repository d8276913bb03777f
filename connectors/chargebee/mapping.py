"""What Chargebee's customers and subscriptions are in deskpulse's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from connectors.chargebee import wire
from connectors.chargebee.settings import code_of
from connectors.chargebee.wire import utc
from connectors.customers import Customer, Ending, Money, Subscription, Terms, Withdrawn
from connectors.records import Identity

FUTURE: Final = "future"
IN_TRIAL: Final = "in_trial"
NON_RENEWING: Final = "non_renewing"
PAUSED: Final = "paused"
CANCELLED: Final = "cancelled"
TRANSFERRED: Final = "transferred"
"""The copy that stays behind when a customer moves to another business entity."""

RUNNING: Final = frozenset({"active", NON_RENEWING, PAUSED})

DAY: Final = 86_400

UNPAID: Final = frozenset({"not_paid", "no_card"})
"""What Chargebee says by itself of whoever did not pay; anything else that it says is `other`."""

CODES: Final = {
    "not paid": Ending.PAYMENT,
    "no card": Ending.PAYMENT,
    "too expensive": Ending.PRICE,
    "price": Ending.PRICE,
    "pricing": Ending.PRICE,
    "service unsatisfactory": Ending.SERVICE,
    "poor service": Ending.SERVICE,
    "customer service": Ending.SERVICE,
    "support": Ending.SERVICE,
    "product unsatisfactory": Ending.PRODUCT,
    "missing features": Ending.PRODUCT,
    "too complex": Ending.PRODUCT,
    "competitor": Ending.COMPETITOR,
    "switched to competitor": Ending.COMPETITOR,
    "moved to a competitor": Ending.COMPETITOR,
    "not using": Ending.UNUSED,
    "no longer needed": Ending.UNUSED,
    "unused": Ending.UNUSED,
    "business closed": Ending.CLOSED,
    "out of business": Ending.CLOSED,
}
"""What a reason code means, unless the settings say otherwise; each site makes its own."""

DOMAIN: Final = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)

Reasons = Mapping[str, Ending]


def customer(told: wire.Customer, names: Sequence[str]) -> Customer:
    """What names a customer elsewhere; one that was deleted names nothing any more.

    names: of the fields with the ids that a helpdesk knows it by.
    """
    return Customer(
        told.id,
        utc(told.changed),
        Identity() if told.deleted else _identity(told, names),
        revision=told.revision,
    )


def domain_of(email: str) -> str:
    """The domain of a mail address, and nothing else of it; "" where it is none."""
    _, at, domain = email.strip().casefold().rpartition("@")
    return domain if at and DOMAIN.fullmatch(domain) else ""


def subscription(
    told: wire.Subscription, costs: Money | None, reasons: Reasons
) -> Subscription | Withdrawn | None:
    """What a subscription says now; None: it has yet to begin.

    costs: what is paid for a month; None: not told. reasons: what reason codes mean, by `code_of`.
    """
    changed_at, revision = utc(told.changed), told.revision
    if told.deleted or told.status == TRANSFERRED:
        return Withdrawn(told.id, changed_at, revision)
    if told.status == FUTURE:
        return None
    started, ended = _started(told), _ended(told)
    return Subscription(
        id=told.id,
        customer=told.customer_id,
        changed_at=changed_at,
        started_at=None if started is None else utc(started),
        ended_at=None if started is None or ended is None else utc(ended),
        resumed_at=_resumed(told, started),
        terms=() if costs is None else _terms(told, costs, started),
        plan=next((item.item_price_id for item in told.items if item.item_type == "plan"), None),
        trial=told.status == IN_TRIAL,
        ending=told.status == NON_RENEWING,
        past_due=told.status in RUNNING and _is_overdue(told),
        reason=reason(told, reasons) if told.status == CANCELLED else None,
        revision=revision,
    )


def reason(told: wire.Subscription, reasons: Reasons) -> Ending | None:
    """Why it was cancelled: Chargebee's own word, else the reason code that somebody chose."""
    if told.cancel_reason is not None:
        return Ending.PAYMENT if told.cancel_reason in UNPAID else Ending.OTHER
    if not told.cancel_reason_code:
        return None
    code = code_of(told.cancel_reason_code)
    return reasons.get(code) or CODES.get(code, Ending.OTHER)


def _identity(told: wire.Customer, names: Sequence[str]) -> Identity:
    ids = [str(value).strip() for name in names if (value := getattr(told, name)) is not None]
    domain = domain_of(told.email or "")
    return Identity(tuple(one for one in ids if one), (domain,) if domain else ())


def _started(told: wire.Subscription) -> int | None:
    """When it was first paid. `activated_at` moves whenever it becomes active anew, so the end of
    the trial, or else the start, stands for the first time.
    """
    if told.status == IN_TRIAL or told.activated_at is None:
        return None
    first = told.started_at if told.trial_start is None else told.trial_end
    return told.activated_at if first is None else min(first, told.activated_at)


def _ended(told: wire.Subscription) -> int | None:
    if told.status != CANCELLED:
        return None
    return told.changed if told.cancelled_at is None else told.cancelled_at


def _resumed(told: wire.Subscription, started: int | None) -> datetime | None:
    """When it last became active, if that was not the first time."""
    if started is None or told.activated_at is None or told.activated_at <= started:
        return None
    return utc(told.activated_at)


def _terms(told: wire.Subscription, costs: Money, started: int | None) -> tuple[Terms, ...]:
    """The present price; of what is paused that it costs nothing since then."""
    if told.status != PAUSED or told.pause_date is None or started is None:
        return (Terms(costs),)
    nothing = Money(Decimal(0), costs.currency)
    return Terms(costs, utc(started)), Terms(nothing, utc(max(told.pause_date, started)))


def _is_overdue(told: wire.Subscription) -> bool:
    """An invoice is open for longer than was allowed, when the subscription last changed."""
    if not told.due_invoices_count:
        return False
    if told.due_since is None or told.net_term_days <= 0:
        return True
    return told.due_since + told.net_term_days * DAY <= told.changed
