"""A Stripe account on loopback: events, subscriptions, customers and prices over a virtual desk.

Lists begin with the newest; that of subscriptions leaves out those that were canceled. What is not
asked for in full is told by its id. Events are kept for thirty days. Whatever Stripe does not know
it refuses, and so does a key that may not read something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from connectors.stripe.simulated_events import KEY, VERSION, Life
from connectors.stripe.simulated_lists import OF_LISTS, Asked, Json, Refusal, Shelf
from connectors.stripe.simulated_prices import is_tiered, price, tiers
from connectors.testing.clock import Clock
from connectors.testing.desk import Deal, Desk, Patron
from connectors.testing.prices import price as agreed
from connectors.testing.server import SimRequest, SimResponse, Simulator

API_KEY: Final = "throw-away-stripe"
VERSIONS: Final = frozenset({"2020-08-27", "2024-06-20", "2025-03-31.basil", VERSION})
KEPT: Final = 30 * 86_400

KNOWN: Final = {
    "events": OF_LISTS | {"types", "expand"},
    "customers": OF_LISTS | {"email", "test_clock", "expand"},
    "subscriptions": OF_LISTS | {"status", "customer", "price", "test_clock", "expand"},
    "prices": OF_LISTS | {"active", "currency", "product", "type", "expand"},
}
"""The terms that each list knows."""

EXPANDABLE: Final[dict[str, tuple[str, ...]]] = {
    "events": (),
    "customers": (),
    "subscriptions": (
        "data.customer",
        "data.discounts",
        "data.discounts.coupon.applies_to",
        "data.items.data.discounts",
        "data.latest_invoice",
    ),
    "prices": (
        "data.product",
        "data.tiers",
        "data.currency_options",
        *(f"data.currency_options.{currency}.tiers" for currency in ("eur", "gbp", "jpy", "usd")),
    ),
}
PERMISSIONS: Final = {"customers": "customer", "prices": "plan", "events": "event"}

PRICED: Final = (Deal.TRIAL, Deal.PAID, Deal.PRICED)


class StripeSimulator(Simulator):
    """One desk as a Stripe account."""

    vendor: ClassVar[str] = "stripe"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        forbidden: Collection[str] = (),
        shared: bool = False,
    ) -> None:
        """forbidden: the lists that the key may not read. shared: discounts are told as those of
        their customers, each of whom has one subscription."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._forbidden = frozenset(forbidden)
        self._shared = shared
        self._seen: datetime | None = None
        self._shelves = {
            "events": Shelf("event"),
            "customers": Shelf("customer"),
            "subscriptions": Shelf("subscription"),
            "prices": Shelf("price"),
        }
        self._tiers: dict[str, list[Json]] = {}

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this account at `url`."""
        return {"vendor": self.vendor, "url": url, "api_key": API_KEY, "customer_key": KEY}

    def answer(self, request: SimRequest) -> SimResponse:
        """What a GET brings, or an error in Stripe's form."""
        try:
            return SimResponse(200, body=msgspec.json.encode(self._answer(request)))
        except Refusal as refusal:
            body = msgspec.json.encode({"error": refusal.error})
            return SimResponse(refusal.status, body=body)

    def _answer(self, request: SimRequest) -> Json:
        _admit(request)
        resource = request.path.removeprefix("/v1/")
        if resource not in self._shelves or request.method != "GET":
            message = f"Unrecognized request URL ({request.method}: {request.path})."
            raise Refusal(404, message)
        self._permit(resource)
        self._advance(self.clock.now())
        return self._list(resource, Asked(request.query, KNOWN[resource]))

    def _permit(self, resource: str) -> None:
        if resource in self._forbidden:
            name = PERMISSIONS.get(resource, resource)
            raise Refusal(
                403,
                "The provided key 'throw-aw***tripe' does not have the required permissions for "
                f"this endpoint. Having the 'rak_{name}_read' permission would allow this request "
                "to continue.",
            )

    def _list(self, resource: str, asked: Asked) -> Json:
        paths = asked.expanded(EXPANDABLE[resource])
        if "data.customer" in paths:
            self._permit("customers")
        rows, more = self._shelves[resource].page(asked, _fits(resource, asked), self.page_limit)
        if resource == "subscriptions":
            rows = [self._in_full(row, paths) for row in rows]
        elif resource == "prices":
            rows = [self._price(row, paths) for row in rows]
        return {"object": "list", "data": rows, "has_more": more, "url": f"/v1/{resource}"}

    def _price(self, row: Json, paths: Collection[str]) -> Json:
        """A price with its tiers, where they are asked for."""
        if "data.tiers" not in paths or row["id"] not in self._tiers:
            return row
        return {**row, "tiers": self._tiers[row["id"]]}

    def _in_full(self, row: Json, paths: Collection[str]) -> Json:
        """A subscription with everything by its id that was not asked for in full."""
        shown = dict(row)
        if "data.customer" in paths:
            shown["customer"] = self._shelves["customers"].get(row["customer"])
        if not {*paths} & {"data.discounts", "data.discounts.coupon.applies_to"}:
            shown["discounts"] = _names(row["discounts"])
        if "data.items.data.discounts" not in paths:
            held = [
                {**item, "discounts": _names(item["discounts"])} for item in row["items"]["data"]
            ]
            shown["items"] = {**row["items"], "data": held}
        return shown

    def _advance(self, now: datetime) -> None:
        """Bring the account to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            for shelf in self._shelves.values():
                shelf.clear()
            touched = list(self.desk.customers(now))
        else:
            touched = [one for _, one in self.desk.customers_touched(self._seen, now)]
        for patron in touched:
            self._tell(patron, int(now.timestamp()))
        self._shelves["events"].forget(int(now.timestamp()) - KEPT)
        self._seen = now

    def _tell(self, patron: Patron, now: int) -> None:
        life = Life(patron, now, shared=self._shared)
        self._shelves["customers"].put([life.customer()])
        self._shelves["subscriptions"].put(life.subscriptions())
        self._shelves["events"].put(
            one for one in life.events() if now - KEPT <= one["created"] <= now
        )
        for dealing in patron.events:
            if dealing.kind in PRICED and dealing.value and dealing.at.timestamp() <= now:
                told = agreed(dealing.value)
                self._shelves["prices"].put([price(told), price(told, "seat")])
                if is_tiered(told):
                    self._tiers[price(told)["id"]] = tiers(told)


def _admit(request: SimRequest) -> None:
    """Sign in, and agree on the form of answers."""
    given = request.headers.get("authorization", "")
    if not given:
        raise Refusal(401, "You did not provide an API key.")
    if given != f"Bearer {API_KEY}":
        raise Refusal(401, f"Invalid API Key provided: {given[7:16]}***")
    version = request.headers.get("stripe-version", VERSION)
    if version not in VERSIONS:
        raise Refusal(400, f"Invalid Stripe API version: {version}")


def _fits(resource: str, asked: Asked) -> Callable[[Json], bool]:
    """Whether a record is one of those that are asked for."""
    if resource == "events":
        types = {*asked.several.get("types", ())}
        return lambda one: not types or one["type"] in types
    if resource == "prices":
        product = asked.terms.get("product")
        return lambda one: product in (None, one["product"])
    if resource == "customers":
        return lambda _: True
    status, customer = asked.terms.get("status"), asked.terms.get("customer")
    return lambda one: customer in (None, one["customer"]) and _has(one["status"], status)


def _has(status: str, asked: str | None) -> bool:
    if asked in (None, ""):
        return status != "canceled"
    return asked in ("all", status)


def _names(discounts: Any) -> list[str]:
    return [one["id"] for one in discounts]
