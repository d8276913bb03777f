"""Salesforce: cases, accounts and contracts by time of change, the recycle bin with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from connectors import cursors
from connectors.contract import (
    Connector,
    Figure,
    Finding,
    Measures,
    Page,
    Settings,
    Usage,
)
from connectors.salesforce import figures, reading, streams
from connectors.salesforce.listing import walk
from connectors.salesforce.look import Looking
from connectors.salesforce.measures import measures
from connectors.salesforce.org import Org
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import Stream
from connectors.verdicts import found
from connectors.walking import BEGINNING, cursor_at


class SalesforceConnector(Connector[SalesforceSettings]):
    """One org; a poll of a quiet one is three queries."""

    vendor: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    settings_type: ClassVar[type[Settings]] = SalesforceSettings
    recorded: ClassVar[frozenset[str]] = frozenset({streams.CURRENCY, "nextRecordsUrl"})

    def __init__(self, source: str, settings: SalesforceSettings) -> None:
        super().__init__(source, settings)
        self._org = Org(source, settings)
        self._streams = streams.streams(settings)

    def measures(self) -> Measures:
        """What cases and contracts tell, as far as they are read."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Each object in turn. Raises `ConnectorError`."""
        done = cursors.read(f"source '{self.source}'", cursor)
        self._org.gaps.clear()
        complete_to: datetime | None = None
        for stream in self._streams:
            if self._is_hidden(stream):
                continue
            for page, at in self._pages(stream, done, complete_to):
                complete_to = complete_to or at
                yield page
        yield Page((), cursors.written(done), complete_to, gaps=tuple(self._org.gaps))

    def from_start(self, cursor: str | None) -> str | None:
        """Every record again, as one that is known: what is no subscription any more is told."""
        return None if cursor is None else self.since(BEGINNING)

    def since(self, at: datetime) -> str:
        """Everything that changed or was deleted from that second on."""
        return cursors.written({stream.name: cursor_at(at) for stream in self._streams})

    def check(self) -> list[Finding]:
        """The session and its rights, fields, the clock, how much may still be asked today."""
        self._org.gaps.clear()
        return found(Looking(self._org, self.settings).findings, self.source)

    def ticket_url(self, ticket: str) -> str:
        """The page of the case."""
        return f"{self.settings.url}/lightning/r/Case/{ticket}/view"

    def figures(self, since: datetime, until: datetime) -> list[Figure] | None:
        """Counts by queries of their own; none where cases are not read."""
        if not self.settings.cases:
            return None
        return figures.figures(self._org, self.settings.properties.closed, since, until)

    def usage(self) -> Usage:
        """Requests and waiting since the last call."""
        return self._org.usage()

    def close(self) -> None:
        """Give back the connections."""
        self._org.close()

    def _is_hidden(self, stream: Stream) -> bool:
        """Whether accounts may not be read, without which all else goes on."""
        if stream.name != streams.ACCOUNTS or self._org.has(stream.object) is not None:
            return False
        self._org.gaps[streams.NO_ACCOUNTS] = None
        return True

    def _pages(
        self, stream: Stream, done: dict[str, str], begun: datetime | None
    ) -> Iterator[tuple[Page, datetime | None]]:
        """The pages of one object, the last one with the instant up to which all is told."""
        name = stream.name
        is_first, is_new = cursors.is_first(done, name), name not in done
        listing = stream.listing(self._org, self.settings.page_size)
        streams.require_currency(self._org, listing, self.settings)
        for leg in walk(self._org, listing).legs(done.get(name)):
            is_end = leg.complete_to is not None
            cursors.reach(done, name, leg.cursor, is_first=is_first, is_end=is_end)
            read = reading.read(name, leg.rows, self._org, self.settings)
            if is_new:
                read = read.at_first(begun)
            rejected = (*leg.rejected, *read.rejected)
            page = Page(
                read.records, cursors.written(done), rejected=rejected, catching_up=is_first
            )
            yield page, leg.complete_to
