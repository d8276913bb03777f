"""One poll of a Chargebee site: lists in, pages out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from connectors.chargebee import amounts, mapping, wire
from connectors.chargebee.cursor import Cursor
from connectors.chargebee.listing import CHANGED, MADE, OVERLAP, Listing, RecordT, coupons
from connectors.chargebee.settings import ChargebeeSettings, code_of
from connectors.contract import Page, Rejection
from connectors.customers import OfCustomer
from connectors.http import ApiSession, Forbidden
from connectors.walking import Leg, cursor_at

CUSTOMERS: Final = "customers"
SUBSCRIPTIONS: Final = "subscriptions"

NO_CUSTOMERS: Final = (
    "customers: this key may not read them, so that nobody knows whose tickets are whose. Create a "
    "read-only key with access to all resources, and put it in `api_key`."
)
NO_COUPONS: Final = (
    "coupons: this key may not read them, so that what a subscription with one costs is "
    "Chargebee's own figure (mrr), which comes later than the change and is 0 after the end. "
    "Create a read-only key with access to all resources, and put it in `api_key`."
)


class Reading:
    """What of one site is read, and how its records are understood."""

    def __init__(self, api: ApiSession, settings: ChargebeeSettings) -> None:
        self.api = api
        self.names = settings.external_ids
        self.reasons = {code_of(code): ending for code, ending in settings.reasons.items()}
        form, size = wire.customer(self.names), settings.page_size
        self.customers = Listing(api, CUSTOMERS, form, size)
        self.subscriptions = Listing(api, SUBSCRIPTIONS, wire.Subscription, size)

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Everything since then; None: all there is. Raises `ConnectorError`."""
        yield from _Poll(self, self._begun() if cursor is None else cursor).pages()

    def _begun(self) -> Cursor:
        """Where a first reading begins: what changes meanwhile is told after it."""
        names = (CUSTOMERS, SUBSCRIPTIONS)
        begun = cursor_at(self.subscriptions.now() - OVERLAP)
        return Cursor(dict.fromkeys(names, begun), made=dict.fromkeys(names))


class _Poll:
    """A poll on its way. gaps: what was refused. coupons: those that were read already."""

    def __init__(self, reading: Reading, done: Cursor) -> None:
        self._reading = reading
        self._done = done
        self._gaps: dict[str, None] = {}
        self._coupons: dict[str, wire.Coupon] = {}
        self._complete_to: datetime | None = None

    def pages(self) -> Iterator[Page]:
        customers, subscriptions = self._reading.customers, self._reading.subscriptions
        for leg in self._made(customers):
            yield self._page(leg, *self._read_customers(leg), catching_up=True)
        for told in self._made(subscriptions):
            yield self._page(told, *self._read_subscriptions(told), catching_up=True)
        for leg in self._changed(customers):
            yield self._page(leg, *self._read_customers(leg))
        for told in self._changed(subscriptions):
            last = told.complete_to is not None
            yield self._page(told, *self._read_subscriptions(told), last=last)

    def _made(self, listing: Listing[RecordT]) -> Iterator[Leg[RecordT]]:
        """What a first reading of the list has still to tell."""
        name = listing.name
        if name not in self._done.made:
            return
        for leg in self._legs(listing, MADE, self._done.made[name]):
            last = leg.complete_to is not None
            self._done = self._done.imported(name, leg.cursor, last=last)
            yield leg

    def _changed(self, listing: Listing[RecordT]) -> Iterator[Leg[RecordT]]:
        """What changed, once the first reading of the list has come to its end."""
        name = listing.name
        if name in self._done.made:
            return
        for leg in self._legs(listing, CHANGED, self._done.changed[name]):
            self._complete_to = self._complete_to or leg.complete_to
            self._done = self._done.reached(name, leg.cursor)
            yield leg

    def _legs(
        self, listing: Listing[RecordT], field: str, since: str | None
    ) -> Iterator[Leg[RecordT]]:
        try:
            yield from listing.walk(field).legs(since)
        except Forbidden:
            if listing.name != CUSTOMERS:
                raise
            self._gaps[NO_CUSTOMERS] = None

    def _page(
        self,
        leg: Leg[RecordT],
        records: list[OfCustomer],
        rejected: list[Rejection],
        *,
        last: bool = False,
        catching_up: bool = False,
    ) -> Page:
        return Page(
            tuple(records),
            self._done.text,
            self._complete_to if last else None,
            (*leg.rejected, *rejected),
            tuple(self._gaps) if last else (),
            catching_up=catching_up,
        )

    def _read_customers(self, leg: Leg[wire.Customer]) -> tuple[list[OfCustomer], list[Rejection]]:
        return [mapping.customer(row, self._reading.names) for row in leg.rows], []

    def _read_subscriptions(
        self, leg: Leg[wire.Subscription]
    ) -> tuple[list[OfCustomer], list[Rejection]]:
        self._look_up(name for row in leg.rows for name in amounts.needed(row))
        records: list[OfCustomer] = []
        rejected: list[Rejection] = []
        for row in leg.rows:
            try:
                costs = amounts.price(row, self._coupons)
            except ValueError as error:
                rejected.append(wire.left_out("subscription", row.id, str(error)))
                continue
            record = mapping.subscription(row, costs, self._reading.reasons)
            records.extend([record] if record else [])
        return records, rejected

    def _look_up(self, ids: Iterable[str]) -> None:
        """Read the coupons that were not read yet, where that is allowed."""
        if NO_COUPONS in self._gaps:
            return
        try:
            fresh = (one for one in ids if one not in self._coupons)
            self._coupons |= coupons(self._reading.api, fresh)
        except Forbidden:
            self._gaps[NO_COUPONS] = None
