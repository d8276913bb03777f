"""Freshdesk: tickets by time of change, what was deleted or is spam, and satisfaction ratings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from requests.auth import HTTPBasicAuth

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Settings
from connectors.freshdesk.listing import LISTS
from connectors.freshdesk.look import Looking
from connectors.freshdesk.measures import measures
from connectors.freshdesk.poll import RATINGS, Poll
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.http import ApiSession
from connectors.walking import cursor_at

PASSWORD: Final = "X"  # noqa: S105 -- what Freshdesk has in the place of one beside an API key
REMEDY: Final = (
    "Sign in to Freshdesk as the agent that deskpulse is to be, one with global access to tickets, "
    "and copy the API key of Profile settings into `api_key` of this source."
)


class FreshdeskConnector(ApiConnector[FreshdeskSettings]):
    """Polls one account; a quiet poll is three lists of tickets and one of ratings."""

    vendor: ClassVar[str] = "freshdesk"
    title: ClassVar[str] = "Freshdesk"
    settings_type: ClassVar[type[Settings]] = FreshdeskSettings

    def __init__(self, source: str, settings: FreshdeskSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.base_url,
            auth=HTTPBasicAuth(settings.api_key.get_secret_value(), PASSWORD),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """What tickets and ratings tell, as far as they are read."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Each list of tickets, then the ratings. Raises `ConnectorError`."""
        yield from Poll(self._api, self.settings, cursor).pages()

    def look(self) -> Iterator[Finding]:
        """The key and its rights, the clock, tickets, teams, companies, ratings."""
        return Looking(self._api, self.settings, REMEDY).findings()

    def since(self, at: datetime) -> str:
        """Each list from that second on."""
        return cursors.written(dict.fromkeys((*LISTS, RATINGS), cursor_at(at)))

    def ticket_url(self, ticket: str) -> str:
        """The ticket as agents see it."""
        return f"{self.settings.base_url}/a/tickets/{quote(ticket, safe='')}"
