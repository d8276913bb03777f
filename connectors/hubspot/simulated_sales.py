"""The desk's customers as companies and deals of HubSpot's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby

from connectors.hubspot.simulated_tickets import COMPANIES, Properties, iso
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import Price, price

DEALS = 30_000_000_000
TRIAL_STAGE = "271828182"
NUMBER = "customer_number"
REASONS = {
    "price": "Too expensive",
    "service": "poor_support",
    "product": "missing_features",
    "competitor": "competition",
    "unused": "Never took off",
    "payment": "Did not pay",
    "closed": "out_of_business",
    "other": "Moved to the moon",
    "": None,
}
SAID = {"Never took off": "unused", "Did not pay": "payment"}
"""What the operator of this account says of its reasons."""

A_MONTH = {"week": Decimal(52) / 12, "month": Decimal(1), "year": 1 / Decimal(12)}
DIGITS = Decimal("1e-9")


def company(patron: Patron) -> Properties:
    """The company of a customer."""
    return {
        "hs_object_id": str(COMPANIES + patron.id),
        "createdate": iso(patron.created_at),
        "hs_lastmodifieddate": iso(patron.created_at),
        "name": f"Company {patron.id}",
        "domain": patron.domains[0] if patron.domains else None,
        "hs_additional_domains": ";".join(patron.domains[1:]) or None,
        NUMBER: patron.external_id or None,
        "hs_merged_object_ids": None,
    }


def deals(patron: Patron, until: datetime) -> Iterator[Properties]:
    """What the customer has bought so far, or is trying."""
    told = [one for one in patron.events if one.subscription and one.at <= until]
    told.sort(key=lambda one: one.subscription)
    for number, dealings in groupby(told, key=lambda one: one.subscription):
        yield _deal(patron, number, list(dealings))


def _deal(patron: Patron, number: int, dealings: Sequence[Dealing]) -> Properties:
    agreed = [price(one.value) for one in dealings if one.value and one.kind in PRICING][-1]
    paid = next((one for one in dealings if one.kind is Deal.PAID), None)
    ended = next((one for one in dealings if one.kind is Deal.ENDED), None)
    is_lost = paid is None and ended is not None
    stage = "closedwon" if paid else "closedlost" if is_lost else TRIAL_STAGE
    closed = paid or ended
    return {
        "hs_object_id": str(DEALS + number),
        "createdate": iso(dealings[0].at),
        "hs_lastmodifieddate": iso(dealings[-1].at),
        "hs_primary_associated_company": str(COMPANIES + patron.id),
        "dealname": f"Deal {number}",
        "dealstage": stage,
        "pipeline": "default",
        "hs_is_closed_won": str(paid is not None).lower(),
        "hs_is_closed_lost": str(is_lost).lower(),
        "closedate": iso(closed.at) if closed else None,
        "hs_mrr": _monthly(agreed),
        "deal_currency_code": agreed.currency,
        "plan": agreed.plan,
        "churn_date": _over(dealings, ended) if paid else None,
        "churn_reason": REASONS[ended.value] if ended and paid else None,
    }


PRICING = (Deal.TRIAL, Deal.PAID, Deal.PRICED)


def _over(dealings: Sequence[Dealing], ended: Dealing | None) -> str | None:
    """When it ended, or is to end."""
    if ended is not None:
        return iso(ended.at)
    said = [one for one in dealings if one.kind in {Deal.ANNOUNCED, Deal.WITHDRAWN}]
    if not said or said[-1].kind is Deal.WITHDRAWN or not said[-1].value:
        return None
    return iso(datetime.fromisoformat(said[-1].value))


def _monthly(agreed: Price) -> str:
    """What HubSpot reckons from the deal's line items, with more digits than a currency has."""
    exact = agreed.charged * A_MONTH[agreed.interval] / agreed.count
    return f"{exact.quantize(DIGITS, ROUND_HALF_EVEN):f}"


_LONG_AGO = datetime(2024, 2, 1, tzinfo=UTC)
_ANY = Patron(1, _LONG_AGO, "", (), (Dealing(_LONG_AGO, Deal.PAID, 1, "team 1.00 EUR month 1"),))

OF_COMPANIES = frozenset(company(_ANY))
OF_DEALS = frozenset(next(deals(_ANY, _LONG_AGO)))
"""The properties that they have."""
