"""Customers of the virtual desk and what they pay for by their facts, as a billing system would
show them in the fields of one record. For simulators, which put them into words of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.fields.simulated import Fields
from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import price

PRICED = (Deal.TRIAL, Deal.PAID, Deal.PRICED)


def customer_fields(patron: Patron, now: datetime) -> Iterator[Fields]:
    """A customer as it stands now: once for each answer that it gave to a survey, at least once."""
    past = [dealing for dealing in patron.events if dealing.at <= now]
    answers = [dealing for dealing in past if dealing.kind is Deal.SURVEYED]
    known: Fields = {
        "id": patron.id,
        "external_id": patron.external_id or None,
        "domain": patron.domains,
        "changed": max((dealing.at for dealing in past), default=patron.created_at),
        "recommendation": None,
        "recommendation_at": None,
    }
    if not answers:
        yield known
    for answer in answers:
        score = int(answer.value.split()[1])
        yield {**known, "recommendation": score, "recommendation_at": answer.at}


def subscription_fields(patron: Patron, now: datetime) -> Iterator[Fields]:
    """Each of a customer's subscriptions as it stands now, by number."""
    past = [one for one in patron.events if one.at <= now and one.kind is not Deal.SURVEYED]
    for number in sorted({dealing.subscription for dealing in past}):
        yield _fields(patron, number, [one for one in past if one.subscription == number])


def _fields(patron: Patron, number: int, dealings: Sequence[Dealing]) -> Fields:
    agreed = price([one.value for one in dealings if one.kind in PRICED and one.value][-1])
    paid = [one.at for one in dealings if one.kind is Deal.PAID]
    ended = [one for one in dealings if one.kind is Deal.ENDED]
    late = [one.kind for one in dealings if one.kind in (Deal.LATE, Deal.SETTLED)]
    announced = [one.kind for one in dealings if one.kind in (Deal.ANNOUNCED, Deal.WITHDRAWN)]
    return {
        "id": number,
        "customer": patron.id,
        "started": paid[0] if paid else None,
        "ended": ended[-1].at if ended else None,
        "amount": agreed.amount * agreed.quantity,
        "discount": agreed.discount or None,
        "currency": agreed.currency,
        "interval": (agreed.interval, agreed.count),
        "plan": agreed.plan,
        "status": "ended" if ended else "active" if paid else "trial",
        "ending": announced[-1:] == [Deal.ANNOUNCED],
        "past_due": late[-1:] == [Deal.LATE],
        "reason": ended[-1].value or None if ended else None,
        "changed": dealings[-1].at,
    }
