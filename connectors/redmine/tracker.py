"""Redmine's answers: the list of issues, single issues, statuses, and who answers in a project.

Where Redmine does not require a login, a wrong key is no error: the answer is that of nobody, who
sees public issues or none. So whose key it is is asked after each answer of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.contract import Fatal, Rejection
from connectors.http import ApiSession, Missing, Reply
from connectors.records import Status
from connectors.redmine import wire
from connectors.redmine.settings import RedmineSettings
from connectors.walking import BEGINNING, Answer

ISSUES: Final = "/issues.json"
MOST: Final = 100
PAGES: Final = 1000


class Tracker:
    """One Redmine, asked by one key."""

    def __init__(self, session: ApiSession, settings: RedmineSettings) -> None:
        self._session = session
        self._settings = settings

    def me(self) -> Reply[wire.Me]:
        """Whose key it is. Raises `ConfigurationError` for a wrong one."""
        return self._session.get("/users/current.json", decode=wire.Me)

    def changed(self, since: datetime, offset: int | None) -> Answer[wire.Row, int]:
        """The issues that changed then or later, but for the first `offset` of them."""
        begin = offset or 0
        more: dict[str, str | int] = {"sort": "updated_on:asc,id:asc", "offset": begin}
        if since > BEGINNING:
            more["updated_on"] = f">={since:%Y-%m-%dT%H:%M:%SZ}"
        reply = self._listed(self._settings.page_size, **more)
        rows, rejected = wire.rows(reply.value.issues)
        end = begin + len(reply.value.issues)
        left = reply.value.issues and end < reply.value.total_count
        return Answer(rows, end if left else None, reply.at, rejected)

    def newest(self) -> Reply[wire.Issues]:
        """Some issues, the newest first."""
        return self._listed(MOST, sort="id:desc")

    def issue(self, number: int) -> wire.Issue | Rejection | None:
        """One issue with its journals; None: it has vanished."""
        params = {"include": "journals"}
        try:
            told = self._session.get(f"/issues/{number}.json", params=params, decode=wire.One)
        except Missing:
            return None
        return wire.issue(told.value, number)

    def statuses(self) -> tuple[wire.Standing, ...]:
        """All statuses."""
        return self._session.get("/issue_statuses.json", decode=wire.Statuses).value.issue_statuses

    def meanings(self) -> Mapping[str, Status]:
        """What each status means, by its id as text."""
        return {
            str(one.id): self._settings.status(one.name, is_closed=one.is_closed)
            for one in self.statuses()
        }

    def members(self, project: int) -> list[wire.Member]:
        """Who is in a project."""
        found: list[wire.Member] = []
        path = f"/projects/{project}/memberships.json"
        for _ in range(PAGES):
            params = {"limit": MOST, "offset": len(found)}
            told = self._session.get(path, params=params, decode=wire.Members).value
            found += told.memberships
            if not told.memberships or len(found) >= told.total_count:
                return found
        raise Fatal(
            f"source '{self._session.source}': the members of project {project} do not come to an "
            "end. Nothing is lost; if it stays so, look for a newer version of the connector."
        )

    def agents(self, project: int) -> frozenset[int]:
        """The ids of those members of a project who answer."""
        asked = {name.lower() for name in self._settings.agent_roles}
        return frozenset(
            one.user.id
            for one in self.members(project)
            if one.user and (not asked or any(role.name.lower() in asked for role in one.roles))
        )

    def _listed(self, limit: int, **more: str | int) -> Reply[wire.Issues]:
        params: dict[str, str | int] = {"status_id": "*", "limit": limit, **more}
        if self._settings.project is not None:
            params["project_id"] = self._settings.project
        return self._session.get(ISSUES, params=params, decode=wire.Issues)
