"""A Chargebee site on loopback: customers, subscriptions and coupons over a virtual desk.

Lists begin with the oldest and have ten records to a page unless more are asked for. What was
deleted is left out of them unless it is asked for, and a filter by time of change leaves out what
has no such time. Its own `mrr` is reckoned within an hour of a change.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Final

import msgspec

from connectors.chargebee.simulated_lists import UPDATED, Json, Refusal, Shelf
from connectors.chargebee.simulated_prices import coupons
from connectors.chargebee.simulated_records import (
    ACCOUNT,
    OWN_CODES,
    customer,
    made_id,
    subscriptions,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron
from connectors.testing.server import SimRequest, SimResponse, Simulator

API_KEY: Final = "throw-away-chargebee"
API: Final = "/api/v2/"
MOST: Final = 100
RECKONED: Final = 3600

OF_SUBSCRIPTIONS: Final = frozenset({"include_deleted", "status[is]", "customer_id[is]"})
"""The terms that the list of subscriptions knows beyond those of every list."""


class ChargebeeSimulator(Simulator):
    """One desk as a Chargebee site."""

    vendor: ClassVar[str] = "chargebee"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        forbidden: Collection[str] = (),
        unversioned_before: datetime | None = None,
    ) -> None:
        """forbidden: the lists that the key may not read. unversioned_before: what was not changed
        since then has no time of change."""
        super().__init__(desk, clock, page_limit=page_limit)
        self.forbidden = frozenset(forbidden)
        self._unversioned = unversioned_before and int(unversioned_before.timestamp())
        self._seen: datetime | None = None
        self._customers = Shelf("customer", {"include_deleted"})
        self._subscriptions = Shelf("subscription", OF_SUBSCRIPTIONS)
        self._coupons = Shelf("coupon")
        self._coupons.put(coupons())
        self._shelves = {
            "customers": self._customers,
            "subscriptions": self._subscriptions,
            "coupons": self._coupons,
        }

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this site at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "api_key": API_KEY,
            "external_ids": [ACCOUNT],
            "reasons": OWN_CODES,
        }

    def edit(self, number: int, **changes: object) -> None:
        """Somebody changes a subscription now as no desk knows of: pauses it, deletes it, takes it
        up again. None takes a value away. It lasts until the desk itself changes it."""
        now = self.clock.now()
        self._advance(now)
        second = int(now.timestamp())
        version = {UPDATED: second, "resource_version": second * 1000 + 999}
        row = {**self._subscriptions.get(made_id("subscription", number)), **version, **changes}
        kept = {name: value for name, value in row.items() if value is not None}
        self._subscriptions.put([kept])

    def answer(self, request: SimRequest) -> SimResponse:
        """What a GET brings, or an error in Chargebee's form."""
        try:
            return SimResponse(200, body=msgspec.json.encode(self._answer(request)))
        except Refusal as refusal:
            return SimResponse(refusal.status, body=msgspec.json.encode(refusal.body))

    def _answer(self, request: SimRequest) -> Json:
        if request.headers.get("authorization") != _basic(API_KEY):
            message = "Sorry, authentication failed. Invalid api key."
            raise Refusal(401, message, "api_authentication_failed")
        name = request.path.removeprefix(API)
        if request.method != "GET" or not request.path.startswith(API) or name not in self._shelves:
            raise Refusal(404, "Sorry, we could not find that resource", "resource_not_found")
        if name in self.forbidden:
            message = "Sorry, the API key does not have the permission for this operation."
            raise Refusal(403, message, "api_authorization_failed")
        self._advance(self.clock.now())
        shelf = self._shelves[name]
        rows, offset = shelf.page(request.query, self.page_limit or MOST)
        told: Json = {"list": [self._entry(shelf.name, row) for row in rows]}
        return told if offset is None else {**told, "next_offset": offset}

    def _entry(self, name: str, row: Json) -> Json:
        """A record under its name; a subscription comes with its customer."""
        if name != "subscription":
            return {name: row}
        now = int(self.clock.now().timestamp())
        if now - row.get(UPDATED, 0) < RECKONED:
            row = {**row, "mrr": 0}
        return {name: row, "customer": self._customers.get(row["customer_id"])}

    def _advance(self, now: datetime) -> None:
        """Bring the site to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._customers.clear()
            self._subscriptions.clear()
            touched = list(self.desk.customers(now))
        else:
            touched = [one for _, one in self.desk.customers_touched(self._seen, now)]
        second = int(now.timestamp())
        self._customers.put(self._dated(customer(one, second)) for one in touched)
        self._subscriptions.put(row for one in touched for row in self._sold(one, second))
        self._seen = now

    def _sold(self, patron: Patron, now: int) -> list[Json]:
        return [self._dated(told) for told in subscriptions(patron, now)]

    def _dated(self, row: Json) -> Json:
        """The record as it is told: what is older than times of change has none."""
        if self._unversioned is None or row[UPDATED] >= self._unversioned:
            return row
        return {name: value for name, value in row.items() if name != UPDATED}


def _basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()
