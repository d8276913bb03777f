"""From facts by their names to what is known of a customer and of what it pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from connectors.customers import Customer, Subscription, Terms, Withdrawn
from connectors.fields.flaws import Fault
from connectors.fields.identity import domains
from connectors.fields.subscriptions import UNKNOWN_CURRENCY
from connectors.money import monthly, of_minor
from connectors.records import Identity, Rating, Survey

NEEDED_OF_CUSTOMERS: Final = ("id", "changed")
NEEDED_OF_SUBSCRIPTIONS: Final = ("id", "customer", "changed")
"""The facts that no record can do without, where a field is named for them."""

NEGATIVE_AMOUNT: Final = "negative_amount"
ENDS_BEFORE_START: Final = "ends_before_start"

NO_END: Final = timedelta(days=50 * 365)
"""An end that is further ahead than this is none: a date such as 9999-12-31 says so."""

PAID_FOR: Final = ("active", "ending", "past_due")


@dataclass(frozen=True, slots=True)
class Charging:
    """How a source charges where its rows do not say.

    currency: of rows without one. interval: the same, with how many of them an amount is for.
    minor: amounts are in minor units (cents). dated: a row's price holds from its own change on.
    """

    currency: str | None = None
    interval: tuple[str, int] = ("month", 1)
    minor: bool = False
    dated: bool = False


def customer(told: Mapping[str, Any], modified: datetime) -> Customer:
    """The record of one customer. told: values by their facts; modified: the version of one that
    tells none of its own."""
    ids = (told.get("external_id") or told["id"],)
    score, at = told.get("recommendation"), told.get("recommendation_at")
    ratings = () if score is None else (Rating(Survey.RECOMMENDATION, score, 10, at),)
    identity = Identity(ids, domains(told.get("domain")))
    return Customer(told["id"], told.get("changed") or modified, identity, ratings)


def subscription(
    told: Mapping[str, Any], modified: datetime, charging: Charging
) -> Subscription | Withdrawn:
    """The record of one subscription, in whose values `wrong` finds nothing.

    One that has ended without saying when, ended when it last changed. A trial was not paid for,
    whenever it started.
    """
    changed, status = told.get("changed") or modified, told.get("status")
    if status == "deleted":
        return Withdrawn(told["id"], changed)
    is_trial = told.get("trial", False) or status == "trial"
    started = None if is_trial else told["started"]
    ended = told.get("ended")
    if ended is None and status == "ended" and started is not None:
        ended = max(changed, started)
    return Subscription(
        id=told["id"],
        customer=told["customer"],
        changed_at=changed,
        started_at=started,
        ended_at=ended,
        resumed_at=told.get("resumed"),
        terms=_terms(told, changed, charging),
        plan=told.get("plan"),
        trial=is_trial and ended is None and status != "ended",
        ending=told.get("ending", False) or status == "ending",
        past_due=told.get("past_due", False) or status == "past_due",
        reason=told.get("reason"),
    )


def wrong(told: Mapping[str, Any], charging: Charging) -> Fault | None:
    """Why values that can be read cannot be believed together."""
    if told.get("status") == "deleted":
        return None
    started, ended = told["started"], told.get("ended")
    if started and ended and ended < started:
        return Fault("ended", "is before the subscription starts", ENDS_BEFORE_START)
    if started is None and not told.get("trial") and told.get("status") in PAID_FOR:
        return Fault("started", "is empty, and its status says that it is paid for")
    return None if told.get("amount") is None else _overcharged(told, charging)


def _overcharged(told: Mapping[str, Any], charging: Charging) -> Fault | None:
    """Why an amount is none."""
    amount: Decimal = told["amount"]
    if amount < 0:
        return Fault("amount", "is below 0", NEGATIVE_AMOUNT)
    if not (told.get("currency") or charging.currency):
        what = "is empty; `currency` says of which such rows are"
        return Fault("currency", what, UNKNOWN_CURRENCY)
    if charging.minor and amount != int(amount):
        return Fault("amount", "has a fraction: `amounts_in: minor` takes whole cents")
    return None


def endless(told: Mapping[str, Any], until: datetime) -> Mapping[str, Any]:
    """The values, without an end that is so far behind `until` that it only says there is none."""
    ended = told.get("ended")
    is_far = isinstance(ended, datetime) and ended - until > NO_END
    return {**told, "ended": None} if is_far else told


def _terms(told: Mapping[str, Any], changed: datetime, charging: Charging) -> tuple[Terms, ...]:
    amount: Decimal | None = told.get("amount")
    if amount is None:
        return ()
    currency: str = told.get("currency") or charging.currency or ""
    if charging.minor:
        amount = of_minor(int(amount), currency)
    interval, count = told.get("interval") or charging.interval
    off = told.get("discount") or Decimal(0)
    money = monthly(amount, currency, interval, count, percent_off=off)
    at = told.get("priced") or (changed if charging.dated else None)
    return (Terms(money, at),)
