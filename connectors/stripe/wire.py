"""What Stripe's API sends: lists, events, subscriptions, discounts, prices, customers.

Answers have the form of `VERSION`, which every request asks for; what an event holds has the form
of the account's own version, whichever that is. Instants are Unix seconds, amounts minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final, Generic, Literal, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of

VERSION: Final = "2025-08-27.basil"
"""The last one in which a discount comes with its coupon, so that a list can tell both."""

UNKNOWN: Final = "(a record without id)"

T = TypeVar("T")

Seconds = Annotated[int, msgspec.Meta(ge=0, lt=4_102_444_800)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Struct(msgspec.Struct, frozen=True, gc=False):
    """What all of them are; a field that is not named is not read."""


class List(Struct, frozen=True):
    """One page of a list, its rows not yet read, so that a malformed one spoils no other."""

    data: list[msgspec.Raw]
    has_more: bool = False


class Named(Struct, frozen=True):
    """What every object has."""

    id: str


class Limits(Struct, frozen=True):
    """The products that a coupon is good for."""

    products: tuple[str, ...] = ()


class Coupon(Struct, frozen=True):
    """How much less is paid, and for how long: once, repeating or forever."""

    id: str
    duration: str
    percent_off: Decimal | None = None
    amount_off: Count | None = None
    currency: str | None = None
    applies_to: Limits | None = None


class Discount(Struct, frozen=True):
    """A coupon that somebody redeemed. coupon: later forms than `VERSION` name it only."""

    coupon: Coupon | None = None
    end: Seconds | None = None


class Recurring(Struct, frozen=True):
    """How often is paid. usage_type: licensed, or metered, which costs what was used."""

    interval: str
    interval_count: Count = 1
    usage_type: str = "licensed"


class Packages(Struct, frozen=True):
    """Quantities are sold in packages of so many, the last of which is counted up or down."""

    divide_by: Annotated[int, msgspec.Meta(ge=1)]
    round: Literal["up", "down"]


class Tier(Struct, frozen=True):
    """What the pieces up to a number cost; None: all that are left."""

    up_to: int | None = None
    unit_amount_decimal: Decimal | None = None
    flat_amount_decimal: Decimal | None = None


class Tariff(Struct, frozen=True):
    """What a price is in one currency."""

    unit_amount_decimal: Decimal | None = None
    tiers: tuple[Tier, ...] | None = None


class Price(Struct, frozen=True):
    """What one piece costs, for how long.

    tiers, currency_options: only told of a price that was asked for by itself.
    """

    id: str
    created: Seconds
    currency: str
    recurring: Recurring | None = None
    product: str | None = None
    nickname: str | None = None
    billing_scheme: str = "per_unit"
    unit_amount_decimal: Decimal | None = None
    tiers_mode: str | None = None
    tiers: tuple[Tier, ...] | None = None
    transform_quantity: Packages | None = None
    currency_options: Mapping[str, Tariff] | None = None


class Item(Struct, frozen=True):
    """One price of a subscription, and how many of it were bought."""

    id: str
    created: Seconds
    price: Price
    quantity: Count | None = None
    discounts: tuple[Discount | str, ...] | None = None


class Items(Struct, frozen=True):
    """The items of a subscription, as far as they were sent along."""

    data: tuple[Item, ...]
    has_more: bool = False


class Cancellation(Struct, frozen=True):
    """Why a subscription ended; feedback: what the customer said."""

    feedback: str | None = None
    reason: str | None = None


class Customer(Struct, frozen=True):
    """A customer. email: read for its domain, and goes no further than the mapping."""

    id: str
    created: Seconds = 0
    email: str | None = None
    metadata: Mapping[str, str] = {}
    discount: Discount | None = None
    deleted: bool = False


class Subscription(Struct, frozen=True):
    """What a customer pays for again and again.

    discount: in forms that know of one only. test_clock: it lives on a clock of a test.
    """

    id: str
    created: Seconds
    customer: str | Customer
    status: str
    currency: str
    items: Items
    start_date: Seconds
    trial_end: Seconds | None = None
    cancel_at: Seconds | None = None
    cancel_at_period_end: bool = False
    ended_at: Seconds | None = None
    cancellation_details: Cancellation | None = None
    discounts: tuple[Discount | str, ...] | None = None
    discount: Discount | None = None
    test_clock: str | Named | None = None

    @property
    def owner(self) -> str:
        """The customer's id."""
        return self.customer if isinstance(self.customer, str) else self.customer.id


class Change(Struct, frozen=True):
    """What an event is about, as it stood then."""

    object: msgspec.Raw


class Event(Struct, frozen=True):
    """That something happened."""

    id: str
    created: Seconds
    type: str
    data: Change


class Subject(Struct, frozen=True):
    """What the object of an event says of whose it is. subscription: of a discount, where it is
    not the whole customer's. test_clock: of customers and subscriptions."""

    id: str = ""
    customer: str | Named | None = None
    subscription: str | None = None
    test_clock: str | Named | None = None

    @property
    def owner(self) -> str | None:
        """The id of the customer that it belongs to."""
        return self.customer.id if isinstance(self.customer, Named) else self.customer


class Reader(Generic[T]):
    """Reads the rows of a list, each by itself. what: one of them in words, for messages."""

    def __init__(self, kind: type[T], what: str) -> None:
        self._what = what
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, raw: msgspec.Raw) -> T | Rejection:
        """The row, or why it could not be read; never a value of it."""
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            return unreadable(self._what, name_of(raw), error)


def unreadable(what: str, name: str, error: msgspec.ValidationError) -> Rejection:
    """A record in which a field has not the form that it must have."""
    field = field_of(error).removeprefix("$.")
    return left_out(what, name, f"Stripe sends '{field}' in a form that we do not know")


def left_out(what: str, name: str, why: str) -> Rejection:
    """A record that is left out, and why, in words."""
    return Rejection(name, "malformed", f"{what} {name} was left out: {why}")


def name_of(raw: msgspec.Raw) -> str:
    """The id of a record that may be malformed otherwise."""
    try:
        return _NAMED.decode(raw).id[:80] or UNKNOWN
    except msgspec.DecodeError:
        return UNKNOWN


_NAMED = msgspec.json.Decoder(Named)
