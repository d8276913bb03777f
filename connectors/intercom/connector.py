"""Intercom: conversations by time of change, with the instants of their statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from connectors.api import ApiConnector
from connectors.contract import Figure, Finding, Measures, Page, Settings
from connectors.http import ApiSession
from connectors.intercom import figures, mapping
from connectors.intercom.look import Looking
from connectors.intercom.measures import LAG, measures
from connectors.intercom.search import Search
from connectors.intercom.settings import IntercomSettings
from connectors.intercom.teams import Teams
from connectors.walking import cursor_at
from connectors.webhooks import SCHEMES, Scheme

VERSION: Final = "2.15"
"""Of Intercom's API: without it every workspace answers in a version of its own."""

REMEDY: Final = (
    "In Intercom's Developer Hub make an app for deskpulse in this workspace, allow it to read "
    "conversations, admins and teams, and companies, and put its access token in `token` of this "
    "source; a workspace of Europe or Australia needs its `region` too."
)


class IntercomConnector(ApiConnector[IntercomSettings]):
    """Polls one workspace; a quiet poll is one search."""

    vendor: ClassVar[str] = "intercom"
    title: ClassVar[str] = "Intercom"
    settings_type: ClassVar[type[Settings]] = IntercomSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"value"})  # of conditions: instants
    webhooks: ClassVar[Scheme] = SCHEMES["intercom"]

    def __init__(self, source: str, settings: IntercomSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.base_url,
            headers={
                "Authorization": f"Bearer {settings.token.get_secret_value()}",
                "Intercom-Version": VERSION,
            },
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """What conversations tell of themselves."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every conversation that changed since then. Raises `ConnectorError`."""
        teams = Teams(self._api)
        for leg in Search(self._api, self.settings.page_size).walk().legs(cursor):
            names = teams.naming(row.team_assignee_id for row in leg.rows)
            told = (mapping.ticket(row, names, self.settings) for row in leg.rows)
            yield Page(
                tuple(one for one in told if one is not None),
                leg.cursor,
                leg.complete_to and leg.complete_to - LAG,
                leg.rejected,
                gaps=teams.gaps,
            )

    def look(self) -> Iterator[Finding]:
        """The token and its rights, the clock, conversations, teams."""
        return Looking(self._api, self.settings).findings()

    def since(self, at: datetime) -> str:
        """The cursor of that instant."""
        return cursor_at(at)

    def ticket_url(self, ticket: str) -> str | None:
        """The conversation in the inbox; none where `workspace` is not set."""
        workspace, number = self.settings.workspace, quote(ticket, safe="")
        if workspace is None:
            return None
        return f"{self.settings.pages}/a/inbox/{workspace}/inbox/conversation/{number}"

    def figures(self, since: datetime, until: datetime) -> list[Figure]:
        """The counts of Intercom's search."""
        return figures.figures(self._api, since, until)
