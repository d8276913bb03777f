"""REST: a list of tickets behind any API that the configuration describes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import msgspec

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Settings
from connectors.http import ApiSession
from connectors.rest.credentials import credential
from connectors.rest.look import look
from connectors.rest.mapping import Reader
from connectors.rest.measures import measures
from connectors.rest.settings import RestSettings
from connectors.rest.walk import Walk, split
from connectors.rest.way import Half, Leg
from connectors.verdicts import about

log = logging.getLogger(__name__)

SHOWN = 5  # doubts that are told one by one


class Cursor(msgspec.Struct, frozen=True):
    """Up to when changes were read, by settings of which meaning, and half of what came after."""

    meaning: str
    since: datetime | None = None
    half: Half | None = None


class RestConnector(ApiConnector[RestSettings]):
    """Polls one list of tickets."""

    vendor: ClassVar[str] = "rest"
    title: ClassVar[str] = "REST (any API)"
    settings_type: ClassVar[type[Settings]] = RestSettings

    def __init__(self, source: str, settings: RestSettings) -> None:
        origin, below = split(settings.url)
        api = ApiSession(
            source=source,
            base_url=origin,
            auth=credential(settings.auth),
            credentials_remedy=(
                f"Set `auth` of source '{source}' to a credential that may read "
                f"{below}{settings.tickets.path}."
            ),
            address_key="url",
        )
        super().__init__(source, settings, api)
        self._reader = Reader(settings)
        self._walk = Walk(self._api, settings, self._reader)

    def measures(self) -> Measures:
        """What the fields tell that are named."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The tickets that changed, or all of them where the API cannot be asked for changes, or
        the settings mean something else than before. Raises `ConnectorError`."""
        done = self._done(cursor)
        if done.half is not None:
            for leg in self._walk.resumed(done.since, done.half):
                done = Cursor(done.meaning, leg.since, leg.half)
                yield self._page(leg, done, last=False)
        for leg in self._walk.legs(done.since):
            yield self._page(leg, Cursor(done.meaning, leg.since, leg.half))

    def look(self) -> Iterator[Finding]:
        """Sign in, read one answer, and see whether it holds what the settings say."""
        return look(self._api, self.settings, self._walk, self._reader)

    def ticket_url(self, ticket: str) -> str | None:
        """By the setting `ticket_url`."""
        url = self.settings.ticket_url
        return None if url is None else url.replace("{id}", quote(ticket, safe=""))

    def _page(self, leg: Leg, done: Cursor, *, last: bool = True) -> Page:
        for doubt in leg.reading.doubts[:SHOWN]:
            log.warning("%s%s", about(self.source), doubt)
        if (more := len(leg.reading.doubts) - SHOWN) > 0:
            log.warning("%sand %d more ratings like these", about(self.source), more)
        return Page(
            leg.reading.records,
            msgspec.json.encode(done).decode(),
            complete_to=leg.complete_to if last else None,
            rejected=leg.reading.rejected,
        )

    def _done(self, text: str | None) -> Cursor:
        """How far it was read; nowhere, where settings of another meaning did."""
        fresh = Cursor(self.settings.meaning)
        if text is None:
            return fresh
        done = cursors.stored(text, Cursor, f"source '{self.source}'")
        return done if done.meaning == fresh.meaning else fresh
