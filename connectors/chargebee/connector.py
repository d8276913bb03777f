"""Chargebee Billing: all customers and subscriptions once, then what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors.api import ApiConnector
from connectors.chargebee.cursor import Cursor, stored
from connectors.chargebee.look import look
from connectors.chargebee.measures import measures
from connectors.chargebee.reading import CUSTOMERS, SUBSCRIPTIONS, Reading
from connectors.chargebee.settings import ChargebeeSettings
from connectors.contract import Finding, Measures, Page, Settings
from connectors.http import ApiSession
from connectors.walking import cursor_at

REMEDY: Final = (
    "Create a read-only API key in Chargebee under Settings > Configure Chargebee > API Keys, and "
    "put it in `api_key` of this source. A test site has keys of its own."
)


class ChargebeeConnector(ApiConnector[ChargebeeSettings]):
    """Customers, then subscriptions; a poll of a quiet site is two requests."""

    vendor: ClassVar[str] = "chargebee"
    title: ClassVar[str] = "Chargebee"
    settings_type: ClassVar[type[Settings]] = ChargebeeSettings
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"amount", "billing_period_unit", "cancel_reason", "currency_code", "mrr"}
    )

    def __init__(self, source: str, settings: ChargebeeSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=f"{settings.address}/api/v2",
            auth=(settings.api_key.get_secret_value(), ""),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)
        self._reading = Reading(self._api, settings)

    def measures(self) -> Measures:
        """Everything that is told of customers."""
        return measures()

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """All there is by time of creation, once; then what changed. Raises `ConnectorError`."""
        return self._reading.pages(None if cursor is None else stored(cursor, self.source))

    def since(self, at: datetime) -> str:
        """What changed from that second on."""
        return Cursor(dict.fromkeys((CUSTOMERS, SUBSCRIPTIONS), cursor_at(at))).text

    def look(self) -> Iterator[Finding]:
        """The key, the clock, reason codes, rights, and by what customers are known elsewhere."""
        return look(self._reading, self.settings)
