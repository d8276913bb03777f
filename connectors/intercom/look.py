"""What `check` finds out about one Intercom workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.contract import Finding
from connectors.http import ApiSession
from connectors.intercom import mapping, wire
from connectors.intercom.search import Search
from connectors.intercom.settings import HOSTS, IntercomSettings
from connectors.intercom.teams import Teams
from connectors.verdicts import clock

ME: Final = "/me"
LOOK: Final = 100
"""Conversations that are looked at."""

ANY_TEAM: Final = 1


@dataclass(frozen=True)
class Looking:
    """One look at a workspace. Every call raises `ConnectorError`."""

    session: ApiSession
    settings: IntercomSettings

    def findings(self) -> Iterator[Finding]:
        """The token and its rights, the clock, conversations, teams, attributes."""
        me = self.session.get(ME, decode=wire.Me)
        yield Finding("ok", f"signed in to {self.settings.base_url}")
        yield clock(me.at, self.settings.base_url)
        yield from self._workspace(me.value.app)
        found = Search(self.session, self.settings.page_size).newest(LOOK)
        yield Finding("ok", f"{found.total} conversations can be read")
        yield from self._rows(found.rows)
        teams = Teams(self.session)
        teams.naming([ANY_TEAM])
        if teams.gaps:
            yield from (Finding("warning", gap) for gap in teams.gaps)
        else:
            yield Finding("ok", "teams can be read")

    def _workspace(self, app: wire.App | None) -> Iterator[Finding]:
        if app is None:
            return
        named = self.settings.workspace
        if named is not None and app.id_code not in (None, named):
            yield Finding(
                "warning",
                f"this token is of the workspace {app.id_code}: put it into `workspace`, or links "
                "to conversations lead to another one",
            )
        region = (app.region or "").lower()
        if self.settings.url is None and region in HOSTS and region != self.settings.region:
            yield Finding(
                "warning", f"this workspace is hosted in another region: set `region: {region}`"
            )

    def _rows(self, rows: Sequence[wire.Conversation]) -> Iterator[Finding]:
        if not rows:
            return
        if all(row.statistics is None for row in rows):
            yield Finding(
                "warning",
                "conversations come without `statistics`, so that neither responses nor closings "
                "are told; ask Intercom's support",
            )
        unanswered = sum(mapping.begun_at(row) is None for row in rows)
        known = sum(row.company is not None for row in rows)
        yield Finding(
            "ok",
            f"of the newest {len(rows)} conversations {known} tell whose they are, and "
            f"{unanswered} were begun by you and not answered, so that they are no requests",
        )
        name = self.settings.language_attribute
        if name and not any(name in (row.custom_attributes or {}) for row in rows):
            yield Finding(
                "warning",
                f"no conversation has the attribute '{name}', which `language_attribute` names",
            )
