"""Redmine: issues by time of change, each with its journals, polled over its REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Rejection, Settings
from connectors.http import ApiSession
from connectors.records import Status, Ticket
from connectors.redmine import wire
from connectors.redmine.look import look
from connectors.redmine.mapping import ticket
from connectors.redmine.measures import measures
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.tracker import Tracker
from connectors.walking import Walk, cursor_at

KEY: Final = "X-Redmine-API-Key"
REMEDY: Final = (
    "Copy the API access key of deskpulse's own user (My account > API access key) into `api_key` "
    "of this source; an administrator enables the REST API under Administration > Settings > API."
)


class RedmineConnector(ApiConnector[RedmineSettings]):
    """Issues that changed, each asked for by itself; a quiet poll is two requests."""

    vendor: ClassVar[str] = "redmine"
    title: ClassVar[str] = "Redmine"
    settings_type: ClassVar[type[Settings]] = RedmineSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"property", "old_value", "new_value"})

    def __init__(self, source: str, settings: RedmineSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={KEY: settings.api_key.get_secret_value()},
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)
        self._tracker = Tracker(self._api, settings)

    def measures(self) -> Measures:
        """What issues and their journals tell, to the second."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Issues, the oldest change first. Raises `ConnectorError`."""
        name = f"source '{self.source}': the list of issues"
        walk = Walk(name, self._tracker.changed, _key, shifts=True)
        reading = _Reading(self._tracker, self.settings)
        for leg in walk.legs(cursor):
            self._tracker.me()  # or what came may have been told to nobody
            tickets, rejected = reading.read(leg.rows)
            yield Page(tickets, leg.cursor, leg.complete_to, (*leg.rejected, *rejected))

    def since(self, at: datetime) -> str:
        """What changed from that second on."""
        return cursor_at(at)

    def look(self) -> Iterator[Finding]:
        """Credentials, the clock, rights, statuses, custom fields, roles."""
        return look(self._tracker, self.settings)

    def ticket_url(self, ticket: str) -> str:
        """The page of the issue."""
        return f"{self.settings.url}/issues/{quote(ticket, safe='')}"


class _Reading:
    """The issues of one poll. What is the same for all of them is asked for once, when needed."""

    def __init__(self, tracker: Tracker, settings: RedmineSettings) -> None:
        self._tracker = tracker
        self._settings = settings
        self._meanings: Mapping[str, Status] | None = None
        self._agents: dict[int, frozenset[int]] = {}

    def read(self, rows: tuple[wire.Row, ...]) -> tuple[tuple[Ticket, ...], tuple[Rejection, ...]]:
        """The issues of these rows, those that cannot be read, and nothing of what has vanished."""
        tickets: list[Ticket] = []
        rejected: list[Rejection] = []
        for row in rows:
            found = self._tracker.issue(row.id)
            if isinstance(found, Rejection):
                rejected.append(found)
            elif found is not None:
                tickets.append(self._ticket(found))
        return tuple(tickets), tuple(rejected)

    def _ticket(self, issue: wire.Issue) -> Ticket:
        if self._meanings is None:
            self._meanings = self._tracker.meanings()
        project = issue.project.id
        if project not in self._agents:
            self._agents[project] = self._tracker.agents(project)
        return ticket(issue, self._settings, self._meanings, self._agents[project])


def _key(row: wire.Row) -> tuple[datetime, int]:
    return row.updated_on, row.id
