"""Jira Service Management: issues by time of change, each with the log of what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import ClassVar, Final
from urllib.parse import quote

from requests.auth import HTTPBasicAuth

from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Rejection, Settings
from connectors.http import ApiSession
from connectors.jira.changelog import changes
from connectors.jira.history import RESOLUTION, STATUS
from connectors.jira.look import Looking
from connectors.jira.mapping import ticket
from connectors.jira.measures import LAG, measures
from connectors.jira.search import Row, Search
from connectors.jira.settings import JiraSettings
from connectors.jira.site import Site
from connectors.records import Ticket
from connectors.walking import Leg, cursor_at
from connectors.webhooks import SCHEMES, Scheme

REMEDY: Final = (
    "Create an API token at id.atlassian.com under Security > API tokens, for an account that may "
    "browse the service projects, and put its address in `email` and the token in `api_token`."
)
LEGS: Final = 5
"""Pages of issues whose logs are asked for at once: five hundred issues, of a thousand allowed."""


class JiraConnector(ApiConnector[JiraSettings]):
    """A poll of a quiet site is five requests: who we are, statuses, fields, issues, changes."""

    vendor: ClassVar[str] = "jira"
    title: ClassVar[str] = "Jira Service Management"
    settings_type: ClassVar[type[Settings]] = JiraSettings
    webhooks: ClassVar[Scheme] = SCHEMES["jira"]
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"custom", "fieldId", "fieldIds", "fields", "id", "issueIdsOrKeys", "timeZone"}
    )

    def __init__(self, source: str, settings: JiraSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.address,
            auth=HTTPBasicAuth(
                settings.email.encode(), settings.api_token.get_secret_value().encode()
            ),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """What issues and their logs tell."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every issue that changed since then. Raises `ConnectorError`."""
        site = Site.read(self._api, self.settings)
        legs = Search(self._api, self.settings, site).legs(cursor)
        while several := list(islice(legs, LEGS)):
            last = several[-1]
            tickets, rejected = self._tickets(site, [row for leg in several for row in leg.rows])
            yield Page(
                tickets,
                last.cursor,
                None if last.complete_to is None else last.complete_to - LAG,
                (*_rejected(several), *rejected),
                gaps=tuple(site.gaps) if last.complete_to else (),
            )

    def look(self) -> Iterator[Finding]:
        """Credentials, the clocks, projects, statuses, fields."""
        return Looking(self._api, self.settings).findings()

    def since(self, at: datetime) -> str:
        """The cursor of that instant."""
        return cursor_at(at)

    def ticket_url(self, ticket: str) -> str | None:
        """The issue on its site: by its id, which it keeps wherever it is moved to."""
        if self.settings.pages is None:
            return None
        return f"{self.settings.pages}/issues/?jql=id%3D{quote(ticket, safe='')}"

    def _tickets(
        self, site: Site, rows: Sequence[Row]
    ) -> tuple[tuple[Ticket, ...], Sequence[Rejection]]:
        """These issues with what was changed of them; of one that came again the newest."""
        newest = {row.id: row for row in rows}
        fields = [STATUS, RESOLUTION, *filter(None, [site.words.team])]
        changed = changes(self._api, list(newest), fields)
        unread = {one.subject for one in changed.rejected}
        tickets = (
            ticket(row, changed.of.get(row.id, ()), site.words)
            for row in newest.values()
            if row.id not in unread
        )
        return tuple(tickets), changed.rejected


def _rejected(legs: Sequence[Leg[Row]]) -> Iterator[Rejection]:
    return (one for leg in legs for one in leg.rejected)
