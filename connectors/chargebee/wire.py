"""What Chargebee's API sends, version 2 with either product catalog.

Instants are Unix seconds, amounts minor units of their currency. What has no value is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Generic, TypeVar, cast

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

Seconds = Annotated[int, msgspec.Meta(ge=0, lt=4_102_444_800)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Several = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Id = Annotated[str, msgspec.Meta(min_length=1)]

LONGEST_NAME: Final = 80
NEWEST_REVISION: Final = 2**31 - 1


class Struct(msgspec.Struct, frozen=True, gc=False):
    """What all of them are; a field that is not named is not read."""


class List(Struct, frozen=True):
    """One page, its entries not yet read. next_offset: where the rest begins; None: at the end."""

    entries: list[msgspec.Raw] = msgspec.field(name="list")
    next_offset: str | None = None


class Versioned(Struct, frozen=True):
    """A record that changes. updated_at: left out of what was last changed before October 2016."""

    id: Id
    created_at: Seconds = 0
    updated_at: Seconds | None = None
    resource_version: int = 0
    deleted: bool = False

    @property
    def changed(self) -> int:
        """When it last changed, as far as is told."""
        return self.created_at if self.updated_at is None else self.updated_at

    @property
    def revision(self) -> int:
        """Breaks ties of what changed in the same second: its version is in milliseconds."""
        return min(max(self.resource_version - self.changed * 1000, 0), NEWEST_REVISION)


class Customer(Versioned, frozen=True):
    """A customer. email: read for its domain, and goes no further than the mapping."""

    email: str | None = None


class Item(Struct, frozen=True):
    """One thing that was bought: a plan, an addon or a charge, which is paid once.

    amount: for all pieces, each `billing_period`; amount_in_decimal: the same in whole units, where
        amounts have more digits. metered_quantity: what was used; of what is paid by use.
    """

    item_price_id: str
    item_type: str = "plan"
    amount: Count | None = None
    amount_in_decimal: Decimal | None = None
    metered_quantity: str | None = None
    billing_period: Several | None = None
    billing_period_unit: str | None = None


class Discount(Struct, frozen=True):
    """A discount of one subscription. coupon_id: where it only repeats a coupon."""

    apply_on: str = ""
    duration_type: str = "forever"
    percentage: Decimal | None = None
    amount: Count | None = None
    item_price_id: str | None = None
    apply_till: Seconds | None = None
    coupon_id: str | None = None


class Redeemed(Struct, frozen=True):
    """A coupon that a subscription has. apply_till: until when, of one for a limited period."""

    coupon_id: str
    apply_till: Seconds | None = None


class Subscription(Versioned, frozen=True, kw_only=True):
    """What a customer pays for again and again.

    activated_at: when it last became active. cancelled_at: when it was, or will be, cancelled.
    due_since: since when an invoice is open; net_term_days: for how long that is allowed.
    plan_id, plan_amount, addons: in the older product catalog, in the place of items.
    """

    customer_id: str
    status: str
    currency_code: str
    trial_start: Seconds | None = None
    trial_end: Seconds | None = None
    started_at: Seconds | None = None
    activated_at: Seconds | None = None
    pause_date: Seconds | None = None
    cancelled_at: Seconds | None = None
    cancel_reason: str | None = None
    cancel_reason_code: str | None = None
    due_invoices_count: Count = 0
    due_since: Seconds | None = None
    net_term_days: int = 0
    mrr: Count | None = None
    billing_period: Several | None = None
    billing_period_unit: str | None = None
    subscription_items: tuple[Item, ...] = ()
    plan_id: str | None = None
    plan_amount: Count | None = None
    addons: tuple[msgspec.Raw, ...] = ()
    coupons: tuple[Redeemed, ...] = ()
    discounts: tuple[Discount, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """What was bought, in either product catalog."""
        if self.subscription_items or self.plan_id is None:
            return self.subscription_items
        return (Item(self.plan_id, amount=self.plan_amount),)


class Constraint(Struct, frozen=True):
    """Which items of a type a coupon is good for: all, none, specific, or by criteria."""

    item_type: str
    constraint: str
    item_price_ids: tuple[str, ...] = ()


class Coupon(Struct, frozen=True):
    """How much less is paid, for what and for how long: one_time, forever or limited_period."""

    id: str
    discount_type: str = "percentage"
    duration_type: str = "forever"
    apply_on: str = "invoice_amount"
    discount_percentage: Decimal | None = None
    discount_amount: Count | None = None
    currency_code: str | None = None
    item_constraints: tuple[Constraint, ...] = ()


RecordT = TypeVar("RecordT", bound=msgspec.Struct)


class Entries(Generic[RecordT]):
    """Reads the entries of a list one by one: what is malformed spoils no other. name: under which
    an entry holds its record, as in "subscription"."""

    def __init__(self, name: str, kind: type[RecordT]) -> None:
        self.kind = kind
        self._name = name
        self._entry = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._record = msgspec.json.Decoder(kind)

    def read(self, raws: Sequence[msgspec.Raw]) -> tuple[list[RecordT], list[Rejection]]:
        """The records, and those that could not be read."""
        records: list[RecordT] = []
        rejected: list[Rejection] = []
        for raw in raws:
            try:
                record = self._entry.decode(raw)[self._name]
            except (msgspec.ValidationError, KeyError):
                rejected.append(left_out(self._name, NAMELESS, f"an entry holds no {self._name}"))
                continue
            try:
                records.append(self._record.decode(record))
            except msgspec.ValidationError as error:
                field = field_of(error).removeprefix("$.")
                why = f"Chargebee sends '{field}' in a form that we do not know"
                rejected.append(left_out(self._name, _name_of(record), why))
        return records, rejected


class _Named(Struct, frozen=True):
    id: Id


def left_out(what: str, name: str, why: str) -> Rejection:
    """A record that is left out, and why, in words."""
    return Rejection(name, "malformed", f"{what} {name} was left out: {why}")


def utc(seconds: int) -> datetime:
    """Unix seconds as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def _name_of(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).id[:LONGEST_NAME]
    except msgspec.ValidationError:
        return NAMELESS


def customer(fields: Sequence[str]) -> type[Customer]:
    """The form of a customer that is read with these custom fields."""
    own = [(name, str | int | None, None) for name in fields if name != "id"]
    made = msgspec.defstruct("Customer", own, bases=(Customer,), frozen=True, gc=False)
    return cast("type[Customer]", made)
