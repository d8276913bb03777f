"""Chargebee Billing: all customers and subscriptions once, then what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors.chargebee.cursor import Cursor, stored
from connectors.chargebee.look import look
from connectors.chargebee.measures import measures
from connectors.chargebee.reading import CUSTOMERS, SUBSCRIPTIONS, Reading
from connectors.chargebee.settings import ChargebeeSettings
from connectors.contract import (
    Connector,
    ConnectorError,
    Finding,
    Measures,
    Page,
    Settings,
    Usage,
)
from connectors.http import ApiSession
from connectors.verdicts import failed
from connectors.walking import cursor_at

REMEDY: Final = (
    "Create a read-only API key in Chargebee under Settings > Configure Chargebee > API Keys, and "
    "put it in `api_key` of this source. A test site has keys of its own."
)


class ChargebeeConnector(Connector[ChargebeeSettings]):
    """Customers, then subscriptions; a poll of a quiet site is two requests."""

    vendor: ClassVar[str] = "chargebee"
    title: ClassVar[str] = "Chargebee"
    settings_type: ClassVar[type[Settings]] = ChargebeeSettings
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"amount", "billing_period_unit", "cancel_reason", "currency_code", "mrr"}
    )

    def __init__(self, source: str, settings: ChargebeeSettings) -> None:
        super().__init__(source, settings)
        self._api = ApiSession(
            source=source,
            base_url=f"{settings.address}/api/v2",
            auth=(settings.api_key.get_secret_value(), ""),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
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

    def check(self) -> list[Finding]:
        """The key, the clock, reason codes, rights, and by what customers are known elsewhere."""
        found: list[Finding] = []
        try:
            found.extend(look(self._reading, self.settings))
        except ConnectorError as error:
            found.append(failed(error, self.source))
        return found

    def usage(self) -> Usage:
        """Requests and waiting since the last call."""
        return self._api.usage()

    def close(self) -> None:
        """Give back the connections."""
        self._api.close()
