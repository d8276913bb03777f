"""Customers and what they pay, as a vendor tells it now, in deskpulse's own words.

As with tickets, a record is a frozen statement about one subject. It carries no person's data: of a
customer only what names the company (ids and domains, which are hashed before they are stored).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from connectors.records import Identity, OfTicket, Rating

NOBODY: Final = Identity()


class Ending(StrEnum):
    """Why a customer left, as far as the vendor asks."""

    PRICE = "price"
    SERVICE = "service"
    PRODUCT = "product"
    COMPETITOR = "competitor"
    UNUSED = "unused"
    PAYMENT = "payment"
    CLOSED = "closed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency (ISO 4217, upper case). Two currencies are never added."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscription costs from an instant on.

    monthly: for a month, after discounts, without tax and without what is charged once.
    at: since when; None: since the subscription was first paid, or since the vendor's last change
        of it where another amount was told before.
    """

    monthly: Money
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, most often a company. Whether it pays is said by its subscriptions.

    id: the vendor's own. changed_at, revision: the version, as of a `Ticket`.
    ratings: answers to surveys that are about no ticket.
    """

    id: str
    changed_at: datetime
    identity: Identity = NOBODY
    ratings: tuple[Rating, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """One thing that a customer pays for again and again.

    customer: the id of the `Customer`, which may be told before or after it, or never.
    started_at: when it was first paid for; None: not yet (a trial).
    ended_at: when it ended, or will end; None: it goes on.
    resumed_at: when it last came back after an end; None: never, or not told.
    terms: every price whose instant the vendor tells, in any order, or the present one alone;
        empty: the vendor tells no amounts. While the price is 0 nobody pays: that is no customer.
    trial: not paid for yet. ending: its end is announced and not come.
    past_due: a payment is late and the subscription goes on.
    reason: why it ended; None: not told.
    """

    id: str
    customer: str
    changed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None = None
    resumed_at: datetime | None = None
    terms: tuple[Terms, ...] = ()
    plan: str | None = None
    trial: bool = False
    ending: bool = False
    past_due: bool = False
    reason: Ending | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The vendor says that this subscription never should have been: it was deleted, not ended.

    The same versioning as `Subscription`: a later one of the same id brings it back.
    """

    id: str
    changed_at: datetime
    revision: int = 0


OfCustomer = Customer | Subscription | Withdrawn
Record = OfTicket | OfCustomer
