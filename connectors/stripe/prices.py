"""Prices that a subscription does not tell in full: with tiers, or in a currency of several."""

from __future__ import annotations

from typing import Final

from connectors.http import ApiSession, Forbidden, Refused
from connectors.stripe.listing import Listing
from connectors.stripe.wire import Price

PRICES: Final = "/v1/prices"
IN_FULL: Final = ("data.tiers", "data.currency_options")


class Prices:
    """Asks for the prices of each product once; what a price costs can never change.

    refused: Stripe did not tell some, most likely because the key may not read them.
    """

    def __init__(self, api: ApiSession, size: int) -> None:
        self._list = Listing(api, PRICES, Price, "the price", size)
        self._known: dict[tuple[str, str], Price] = {}
        self.refused = False

    def of(self, price: Price, currency: str) -> Price | None:
        """The price in full, in this currency too where it has several; None: the key may not
        read it, or Stripe tells it no more. Raises `ConnectorError`."""
        key = price.id, currency
        if key not in self._known and price.product is not None:
            try:
                self._ask(price, price.product, currency)
            except (Forbidden, Refused):
                self.refused = True
        return self._known.get(key)

    def prove(self) -> None:
        """That prices may be read. Raises `ConnectorError`."""
        next(self._list.sheets(_asked()))

    def _ask(self, price: Price, product: str, currency: str) -> None:
        is_foreign = price.currency.upper() != currency
        more = (f"data.currency_options.{currency.lower()}.tiers",) if is_foreign else ()
        for sheet in self._list.sheets({"product": product, **_asked(*more)}):
            self._known.update({(one.id, currency): one for one in sheet.rows})


def _asked(*more: str) -> dict[str, str | int]:
    return {f"expand[{i}]": path for i, path in enumerate((*IN_FULL, *more))}
