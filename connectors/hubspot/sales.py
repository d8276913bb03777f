"""What HubSpot's companies and deals mean in deskpulse's words.

A company is a customer. A deal that was won and has a recurring amount is its subscription, from
the day on which it was won until the day that a property of the account's own names.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from connectors.customers import Customer, Ending, Money, OfCustomer, Subscription, Terms, Withdrawn
from connectors.hubspot.mapping import AFTERWARDS, identity
from connectors.hubspot.portal import DOMAIN, MORE_DOMAINS, Portal
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import Malformed, Row
from connectors.money import monthly

COMPANY: Final = "hs_primary_associated_company"
CURRENCY: Final = "deal_currency_code"
WON: Final = "hs_is_closed_won"
STAGE: Final = "dealstage"
YES: Final = "true"

REASONS: Final = {
    **{one.value: one for one in Ending},
    "pricing": Ending.PRICE,
    "budget": Ending.PRICE,
    "too_expensive": Ending.PRICE,
    "support": Ending.SERVICE,
    "poor_support": Ending.SERVICE,
    "missing_features": Ending.PRODUCT,
    "quality": Ending.PRODUCT,
    "competition": Ending.COMPETITOR,
    "switched_to_competitor": Ending.COMPETITOR,
    "no_longer_needed": Ending.UNUSED,
    "not_used": Ending.UNUSED,
    "non_payment": Ending.PAYMENT,
    "out_of_business": Ending.CLOSED,
}
"""Words that accounts have for why somebody left; others are said by the settings."""


def of_company(settings: HubSpotSettings) -> tuple[str, ...]:
    """What is asked for of a company."""
    named = (DOMAIN, MORE_DOMAINS, settings.properties.external_id)
    return tuple(name for name in named if name)


def of_deal(settings: HubSpotSettings) -> tuple[str, ...]:
    """What is asked for of a deal."""
    named = (
        *(COMPANY, CURRENCY, WON, STAGE, settings.properties.revenue, settings.properties.start),
        *(settings.properties.end, settings.properties.reason, settings.properties.plan),
    )
    return tuple(name for name in named if name)


def customer(row: Row, settings: HubSpotSettings) -> Customer:
    """By what the company is known. Raises `Malformed`."""
    return Customer(row.id, row.changed_at, identity(row, settings.properties.external_id))


def deal(row: Row, portal: Portal, settings: HubSpotSettings) -> OfCustomer:
    """What the deal says now; one that is no subscription, or no more, is withdrawn.

    Raises `Malformed`, naming the property.
    """
    is_won = row.text(WON).lower() == YES
    is_tried = not is_won and row.text(STAGE) in settings.trial_stages
    terms = _terms(row, portal, settings) if is_won or is_tried else ()
    if not terms:
        return Withdrawn(row.id, row.changed_at)
    return _subscription(row, terms, settings) if is_won else _trial(row, terms, settings)


def deleted(row: Row, at: datetime) -> Withdrawn:
    """A deal in the bin."""
    return Withdrawn(row.id, at, AFTERWARDS)


def ending(word: str, settings: HubSpotSettings) -> Ending | None:
    """Why somebody left, by the account's own word; None: nobody said."""
    if not word:
        return None
    word = word.strip().lower()
    plain = word.replace(" ", "_").replace("-", "_")
    return settings.reasons.get(word) or REASONS.get(plain, Ending.OTHER)


def _subscription(row: Row, terms: tuple[Terms, ...], settings: HubSpotSettings) -> Subscription:
    started_at = row.instant(settings.properties.start)
    if started_at is None:
        raise Malformed(f"{settings.properties.start} is empty although the deal is won")
    ended_at = row.instant(settings.properties.end)
    if ended_at is not None:
        ended_at = max(ended_at, started_at)  # a date alone is its midnight, before it was won
    return Subscription(
        id=row.id,
        customer=_customer_of(row),
        changed_at=row.changed_at,
        started_at=started_at,
        ended_at=ended_at,
        terms=terms,
        plan=row.text(settings.properties.plan) or None,
        reason=ending(row.text(settings.properties.reason), settings),
    )


def _trial(row: Row, terms: tuple[Terms, ...], settings: HubSpotSettings) -> Subscription:
    return Subscription(
        id=row.id,
        customer=_customer_of(row),
        changed_at=row.changed_at,
        started_at=None,
        terms=terms,
        plan=row.text(settings.properties.plan) or None,
        trial=True,
    )


def _customer_of(row: Row) -> str:
    """The company; a deal with a person alone is a customer by itself."""
    return row.text(COMPANY) or f"deal-{row.id}"


def _terms(row: Row, portal: Portal, settings: HubSpotSettings) -> tuple[Terms, ...]:
    """What is paid now; nothing where the deal does not recur."""
    text = row.text(settings.properties.revenue)
    if not text:
        return ()
    try:
        return (Terms(_money(Decimal(text), row.text(CURRENCY).upper(), portal, settings)),)
    except InvalidOperation:
        raise Malformed(f"{settings.properties.revenue} is no number") from None
    except ValueError as error:
        raise Malformed(f"{settings.properties.revenue}: {error}") from None


def _money(amount: Decimal, currency: str, portal: Portal, settings: HubSpotSettings) -> Money:
    return monthly(amount, currency or portal.currency, settings.revenue_per)
