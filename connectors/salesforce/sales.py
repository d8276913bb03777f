"""What Salesforce's accounts, contracts and opportunities mean in deskpulse's words.

An account is a customer. A contract is its subscription from its activation until it ends; where
the settings say so, an opportunity that was won is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from connectors.customers import Customer, Ending, OfCustomer, Subscription, Terms, Withdrawn
from connectors.money import monthly
from connectors.salesforce import streams
from connectors.salesforce.mapping import AFTERWARDS, identity
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import Malformed, Row

REASONS: Final = {
    **{one.value: one for one in Ending},
    "pricing": Ending.PRICE,
    "budget": Ending.PRICE,
    "too_expensive": Ending.PRICE,
    "support": Ending.SERVICE,
    "poor_support": Ending.SERVICE,
    "missing_features": Ending.PRODUCT,
    "quality": Ending.PRODUCT,
    "lost_to_competitor": Ending.COMPETITOR,
    "no_longer_needed": Ending.UNUSED,
    "not_used": Ending.UNUSED,
    "non_payment": Ending.PAYMENT,
    "out_of_business": Ending.CLOSED,
}
"""Words that orgs have for why somebody left; others are said by the settings."""


def customer(row: Row, settings: SalesforceSettings) -> Customer:
    """By what the account is known. Raises `Malformed`."""
    return Customer(row.id, row.changed_at, identity(row, settings.properties.external_id))


def agreement(row: Row, settings: SalesforceSettings) -> OfCustomer:
    """What a contract or an opportunity says now; one that is no subscription, or no more, is
    withdrawn. Raises `Malformed`, naming the field.
    """
    if row.is_deleted:
        return Withdrawn(row.id, row.changed_at, AFTERWARDS)
    named, offer = settings.properties, streams.OFFERS[settings.agreements]
    terms = _terms(row, settings)
    first, *others = (row.begin(name) for name in streams.starts(settings))
    is_none = offer.won is not None and not (row.flag(offer.won) and terms)
    if first is None or is_none:
        return Withdrawn(row.id, row.changed_at)
    return Subscription(
        id=row.id,
        customer=row.text("AccountId") or f"{settings.agreements}-{row.id}",
        changed_at=row.changed_at,
        started_at=max([first, *(one for one in others if one is not None)]),
        ended_at=row.end(streams.end(settings)),
        terms=terms,
        plan=row.text(named.plan) or None,
        reason=ending(row.text(named.reason), settings),
    )


def ending(word: str, settings: SalesforceSettings) -> Ending | None:
    """Why somebody left, by the org's own word; None: nobody said."""
    if not word:
        return None
    word = word.strip().lower()
    plain = word.replace(" ", "_").replace("-", "_")
    return settings.reasons.get(word) or REASONS.get(plain, Ending.OTHER)


def _terms(row: Row, settings: SalesforceSettings) -> tuple[Terms, ...]:
    """What is paid now; nothing where no amount is told."""
    name = settings.properties.revenue
    amount: Decimal | None = None if name is None else row.amount(name)
    if amount is None:
        return ()
    currency = row.text(streams.CURRENCY).upper() or settings.currency or ""
    try:
        return (Terms(monthly(amount, currency, settings.revenue_per)),)
    except ValueError as error:
        raise Malformed(f"{name}: {error}") from None
