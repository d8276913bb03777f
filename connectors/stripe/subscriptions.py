"""Subscriptions as they stand now, with their discounts and the customer's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from connectors.contract import Rejection
from connectors.customers import Subscription
from connectors.http import ApiSession, Forbidden
from connectors.stripe import amounts, mapping, wire
from connectors.stripe.listing import Listing, Params, Sheet
from connectors.stripe.mapping import Version
from connectors.stripe.prices import Prices

SUBSCRIPTIONS: Final = "/v1/subscriptions"
ITEMS: Final = "/v1/subscription_items"
WHAT: Final = "the subscription"

# The default list leaves out those that have ended.
ALL: Final = {"status": "all"}
DISCOUNTS: Final = ("data.discounts.coupon.applies_to", "data.items.data.discounts")
CUSTOMER: Final = "data.customer"


class Subscriptions:
    """Reads subscriptions, and what they cost.

    blind: the key may not read customers. shared: a customer with a discount as a whole was seen.
    """

    def __init__(self, api: ApiSession, size: int) -> None:
        self._list = Listing(api, SUBSCRIPTIONS, wire.Subscription, WHAT, size)
        self._items = Listing(api, ITEMS, wire.Item, "the subscription item", size)
        self.prices = Prices(api, size)
        self.blind = False
        self.shared = False

    def sheets(self, params: Params | None = None) -> Iterator[Sheet[wire.Subscription]]:
        """All that `params` ask for, ended ones too. Raises `ConnectorError`."""
        asked = {**ALL, **(params or {})}
        if not self.blind:
            try:
                yield from map(self._noted, self._list.sheets({**asked, **_expand(CUSTOMER)}))
            except Forbidden:
                self.blind = True
            else:
                return
        yield from self._list.sheets({**asked, **_expand()})

    def prove(self) -> None:
        """Stripe refuses the list of one customer: because of the customer, if it gives the list of
        all. Raises `ConnectorError` where it does not."""
        next(self.sheets())

    def record(
        self, told: wire.Subscription, version: Version, now: datetime
    ) -> Subscription | Rejection | None:
        """What a subscription says and costs; None where it is none. Raises `ConnectorError`."""
        owner = told.customer if isinstance(told.customer, wire.Customer) else None
        try:
            whole = self._whole(told)
            own = None if owner is None else owner.discount
            costs = amounts.paid(whole, own, self.prices.of, int(now.timestamp()))
        except ValueError as error:
            return wire.left_out(WHAT, told.id, str(error))
        return mapping.subscription(whole, version, costs)

    def without_costs(self, told: wire.Subscription, version: Version) -> Subscription | None:
        """What a subscription says of which nobody can ask any more what it costs."""
        return mapping.subscription(told, version, None)

    def _whole(self, told: wire.Subscription) -> wire.Subscription:
        """With those items, too, that were not sent along."""
        if not told.items.has_more:
            return told
        params = {"subscription": told.id, "expand[0]": "data.discounts"}
        sheets = list(self._items.sheets(params))
        for unread in (one for sheet in sheets for one in sheet.rejected):
            raise ValueError(unread.message)
        items = tuple(row for sheet in sheets for row in sheet.rows)
        return replace(told, items=wire.Items(items))

    def _noted(self, sheet: Sheet[wire.Subscription]) -> Sheet[wire.Subscription]:
        owners = (row.customer for row in sheet.rows)
        self.shared |= any(isinstance(one, wire.Customer) and one.discount for one in owners)
        return sheet


def _expand(*more: str) -> dict[str, str | int]:
    return {f"expand[{i}]": path for i, path in enumerate((*DISCOUNTS, *more))}
