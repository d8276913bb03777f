"""Stripe Billing: customers and subscriptions once, then what events say has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Settings
from connectors.http import ApiSession, Forbidden
from connectors.stripe import mapping, wire
from connectors.stripe.cursor import Cursor, stored
from connectors.stripe.listing import Sheet
from connectors.stripe.mapping import Version
from connectors.stripe.measures import measures
from connectors.stripe.reading import GAPS, Reading
from connectors.stripe.settings import StripeSettings
from connectors.verdicts import clock
from connectors.webhooks import SCHEMES, Scheme

REMEDY: Final = (
    "Create a restricted key in Stripe's Dashboard under Developers > API keys that may read "
    "Events, Subscriptions, Customers and Prices, and put it in `api_key` of this source."
)
OF_A_SANDBOX: Final = ("sk_test_", "rk_test_")


class StripeConnector(ApiConnector[StripeSettings]):
    """Polls one Stripe account; a poll of a quiet one is one request."""

    vendor: ClassVar[str] = "stripe"
    title: ClassVar[str] = "Stripe Billing"
    settings_type: ClassVar[type[Settings]] = StripeSettings
    webhooks: ClassVar[Scheme] = SCHEMES["stripe"]
    recorded: ClassVar[frozenset[str]] = frozenset(
        {
            *("currency", "interval", "duration", "feedback", "reason", "round", "status"),
            *("unit_amount_decimal", "flat_amount_decimal", "amount_off", "percent_off"),
        }
    )

    def __init__(self, source: str, settings: StripeSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={
                "Authorization": f"Bearer {settings.api_key.get_secret_value()}",
                "Stripe-Version": wire.VERSION,
            },
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)
        self._reading = Reading(self._api, settings)

    def measures(self) -> Measures:
        """Everything that is told of customers."""
        return measures()

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """All customers and subscriptions at first, and whenever events do not reach back to the
        cursor; else what events touched. Raises `ConnectorError`."""
        return self._reading.pages(None if cursor is None else stored(cursor, self.source))

    def since(self, at: datetime) -> str:
        """What events touched from that second on; of more than a month, everything."""
        return Cursor(since=int(at.timestamp()), shared=True).text

    def look(self) -> Iterator[Finding]:
        """The key, what it may read, the clock, and by what customers are known elsewhere."""
        now = self._reading.events.newest().at
        sheet = next(self._reading.subscriptions.sheets())
        yield Finding("ok", f"signed in to {self.settings.url}")
        if self.settings.api_key.get_secret_value().startswith(OF_A_SANDBOX):
            yield Finding("warning", "the key is one of a sandbox: nothing there is sold for money")
        yield clock(now, self.settings.url)
        many = "or more " if not sheet.last else ""
        yield Finding("ok", f"{len(sheet.rows)} {many}subscriptions can be read")
        yield self._check_customers()
        yield self._check_prices()

    def _check_customers(self) -> Finding:
        try:
            sheet = next(self._reading.customers.sheets())
        except Forbidden:
            return Finding("warning", GAPS["customers"])
        return _known(sheet, self.settings.customer_key)

    def _check_prices(self) -> Finding:
        try:
            self._reading.subscriptions.prices.prove()
        except Forbidden:
            return Finding("warning", GAPS["prices"])
        return Finding("ok", "prices can be read")


def _known(sheet: Sheet[wire.Customer], key: str | None) -> Finding:
    """By what the newest customers are known elsewhere."""
    found = [mapping.customer(one, Version(0), key) for one in sheet.rows]
    identities = [one.identity for one in found if one is not None]
    ids = sum(bool(one.external_ids) for one in identities)
    domains = sum(bool(one.domains) for one in identities)
    told = f"of the newest {len(identities)} customers {ids} have an id of a helpdesk's"
    if key is not None and identities and not ids:
        remedy = f"`customer_key` is '{key}': is that the key in their metadata?"
        return Finding("warning", f"{told}, and {domains} a domain. {remedy}")
    return Finding("ok", f"{told} and {domains} a domain")
