"""Issues by time of change, through Jira's search.

Its pages have tokens, of which nobody says what they count. A search therefore begins anew at the
minute of the last change that was told wherever it can, and follows a token only within one minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.contract import ConfigurationError, Fatal
from connectors.cursors import foreign
from connectors.http import ApiSession, Refused
from connectors.jira import wire
from connectors.jira.settings import JiraSettings
from connectors.jira.site import Site
from connectors.jira.zone import minute, written
from connectors.walking import BEGINNING, Answer, Key, Leg, Walk, cursor_at

SEARCH: Final = "/rest/api/3/search/jql"
CHANNEL: Final = "request.channel.type"
OVERLAP: Final = timedelta(minutes=10)
"""How long a change may take to show in the index that is searched."""

Row = wire.Row


class Search:
    """The issues of one source. Every call raises `ConnectorError`."""

    def __init__(self, api: ApiSession, settings: JiraSettings, site: Site) -> None:
        self._api = api
        self._site = site
        self._size = settings.page_size
        self._scope = scope(settings.projects)

    def legs(self, cursor: str | None) -> Iterator[Leg[Row]]:
        """All issues by the minute of their change, from that of the cursor on."""
        name = f"source '{self._api.source}': the search for issues"
        if cursor is not None:
            try:
                cursor = cursor_at(minute(datetime.fromisoformat(cursor), self._site.zone))
            except ValueError:
                raise foreign(name) from None
        walk = Walk(name, self._ask, self._key, shifts=True, overlap=OVERLAP)
        return walk.legs(cursor)

    def find(self, jql: str, size: int, token: str | None = None) -> Answer[Row, str]:
        """One page of the issues of these projects for which a JQL expression holds."""
        params: dict[str, str | int | Sequence[str]] = {
            "jql": f"{self._scope} {jql}",
            "fields": self._site.fields,
            "properties": CHANNEL,
            "maxResults": size,
        }
        if token is not None:
            params["nextPageToken"] = token
        try:
            reply = self._api.get(SEARCH, params=params, decode=wire.Issues)
        except Refused as error:
            raise self._unknown() if error.status == 400 else error from None
        rows, rejected = wire.read(reply.value.issues, self._site.decoder)
        following = None if reply.value.is_last else reply.value.following
        if reply.value.is_last is False and following is None:
            raise self._broken("says that more follows, and not where")
        return Answer(rows, following, reply.at, rejected)

    def _ask(self, since: datetime, token: str | None) -> Answer[Row, str]:
        when = ""
        if since > BEGINNING:
            when = f'AND updated >= "{written(since, self._site.zone)}" '
        found = self.find(f"{when}ORDER BY updated ASC, key ASC", self._size, token)
        if when and any(one.fields.updated < since for one in found.rows):
            raise self._broken("tells issues that were not asked for")
        return found

    def _key(self, row: Row) -> Key:
        """By the minute: nothing finer can be asked for."""
        at = row.fields.updated
        return minute(at.astimezone(UTC), self._site.zone), (row.id, at)

    def _unknown(self) -> ConfigurationError:
        return ConfigurationError(
            f"source '{self._api.source}': Jira does not take our search (status 400). Check "
            "`projects` of this source, and that its account may browse each of them: a project "
            "that it may not see does not exist for it."
        )

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"source '{self._api.source}': Jira {what}. Nothing is lost; if it stays so, its API "
            "has changed: look for a newer version of the connector."
        )


def scope(projects: Sequence[str]) -> str:
    """The part of a search that says in which projects."""
    if not projects:
        return "projectType = service_desk"
    keys = ", ".join(f'"{key}"' for key in projects)
    return f"project in ({keys})"
