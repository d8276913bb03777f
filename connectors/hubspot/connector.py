"""HubSpot: tickets, companies and deals by time of change, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import Fatal, Figure, Finding, Measured, Measures, Page, Settings
from connectors.http import ApiSession
from connectors.hubspot import bin as wastebin
from connectors.hubspot import figures, mapping, reading, sales
from connectors.hubspot.look import Looking
from connectors.hubspot.measures import LAG, measures
from connectors.hubspot.portal import Portal
from connectors.hubspot.search import OVERLAP, Search
from connectors.hubspot.settings import HubSpotSettings
from connectors.walking import BEGINNING, cursor_at

REMEDY: Final = (
    "Create a private app in HubSpot under Settings > Integrations, give it the scopes tickets, "
    "crm.objects.companies.read and crm.objects.deals.read, and put its access token in `token` of "
    "this source; what it may not read can be left out with `tickets: false` or `customers: false`."
)
PAGES: Final = "https://app.hubspot.com"
API: Final = "https://api.hubapi.com"


class HubSpotConnector(ApiConnector[HubSpotSettings]):
    """Tickets, companies, deals; a poll of a quiet account is three searches and two bins."""

    vendor: ClassVar[str] = "hubspot"
    title: ClassVar[str] = "HubSpot"
    settings_type: ClassVar[type[Settings]] = HubSpotSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"value"})  # of filters: instants and ids

    def __init__(self, source: str, settings: HubSpotSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={"Authorization": f"Bearer {settings.token.get_secret_value()}"},
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)
        wanted = {
            "tickets": mapping.properties(settings) if settings.tickets else None,
            "companies": sales.of_company(settings) if settings.customers else None,
            "deals": sales.of_deal(settings) if settings.customers else None,
        }
        self._searches = {
            kind: Search(self._api, kind, names, settings.page_size)
            for kind, names in wanted.items()
            if names is not None
        }

    def measures(self) -> Measures:
        """What tickets and deals tell, as far as they are read."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Each kind of record, then what was deleted. Raises `ConnectorError`."""
        done = cursors.read(f"source '{self.source}'", cursor)
        portal = Portal(self._api, self.settings)
        complete_to: datetime | None = None
        for kind, search in self._searches.items():
            is_first, is_new = cursors.is_first(done, kind), kind not in done
            for leg in search.walk().legs(done.get(kind)):
                is_end = leg.complete_to is not None
                if leg.complete_to is not None:
                    complete_to = complete_to or leg.complete_to - LAG
                cursors.reach(done, kind, leg.cursor, is_first=is_first, is_end=is_end)
                read = reading.read(kind, [one.row for one in leg.rows], portal, self.settings)
                if is_new:
                    read = read.at_first(complete_to)
                yield Page(
                    read.records,
                    cursors.written(done),
                    rejected=(*leg.rejected, *read.rejected),
                    catching_up=is_first,
                )
        if complete_to is None:
            raise self._unfinished()
        for kind in self._bins:
            done, page = self._thrown(kind, done, complete_to)
            yield page
        yield Page((), cursors.written(done), complete_to, gaps=tuple(portal.gaps))

    def from_start(self, cursor: str | None) -> str | None:
        """Every record again. What was deleted goes on, for the bin forgets it after 90 days."""
        if cursor is None:
            return None
        begin = dict.fromkeys(self._searches, cursor_at(BEGINNING))
        return cursors.written({**cursors.read(f"source '{self.source}'", cursor), **begin})

    def since(self, at: datetime) -> str:
        """Everything that changed or was deleted from that second on."""
        names = [*self._searches, *(f"deleted {kind}" for kind in self._bins)]
        return cursors.written(dict.fromkeys(names, cursor_at(at)))

    def look(self) -> Iterator[Finding]:
        """The token and its rights, stages, properties, the clock."""
        portal = Portal(self._api, self.settings)
        looking = Looking(self._api, self.settings, portal, self._searches)
        return looking.findings()

    def ticket_url(self, ticket: str) -> str | None:
        """The record's page; none where `portal` is not set."""
        if self.settings.portal is None:
            return None
        pages = PAGES if self.settings.url == API else self.settings.url
        return f"{pages}/contacts/{self.settings.portal}/record/0-5/{ticket}"

    def figures(self, since: datetime, until: datetime) -> list[Figure] | None:
        """Counts by searches of their own; none where tickets are not read."""
        if not self.settings.tickets:
            return None
        stages = Portal(self._api, self.settings).stages.values()
        still_open = [one.id for one in stages if not one.is_closed]
        return figures.figures(self._api, still_open, since, until)

    def measured(self, since: datetime) -> Iterator[Measured] | None:
        """How long tickets took to be answered and closed, by their own properties."""
        if not self.settings.tickets:
            return None
        return figures.measured(self._api, since, self.settings.page_size)

    @property
    def _bins(self) -> tuple[str, ...]:
        """The kinds of which deletions are read. A company that is gone leaves its deals behind."""
        kinds = ("tickets", "deals") if self.settings.deletions else ()
        return tuple(kind for kind in kinds if kind in self._searches)

    def _thrown(
        self, kind: str, done: dict[str, str], until: datetime
    ) -> tuple[dict[str, str], Page]:
        """What was deleted since the last poll; in a first import nothing, for none of it is
        known."""
        name = f"deleted {kind}"
        before, done = done.get(name), {**done, name: cursor_at(until)}
        if before is None:
            return done, Page((), cursors.written(done))
        after = _instant(self.source, before) - OVERLAP
        found, rejected = wastebin.thrown(self._api, kind, after, until)
        records = tuple(reading.gone(kind, row, at) for row, at in found)
        return done, Page(records, cursors.written(done), rejected=tuple(rejected))

    def _unfinished(self) -> Fatal:
        return Fatal(f"source '{self.source}': HubSpot's lists did not come to an end.")


def _instant(source: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise cursors.foreign(f"source '{source}'") from None
