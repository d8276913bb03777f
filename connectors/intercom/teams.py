"""Which team of Intercom's is which, asked for when one first occurs in a poll."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.http import ApiSession, Forbidden
from connectors.intercom import wire

TEAMS: Final = "/teams"
NO_TEAMS: Final = (
    "teams: the token may not read them, so that a team is told by its number (team-...). Give the "
    "app the permission to read admins and teams."
)


class Teams:
    """The teams of a workspace during one poll. gaps: what it may not be asked."""

    def __init__(self, session: ApiSession) -> None:
        self._session = session
        self._names: dict[int, str] = {}
        self._are_read = False
        self.gaps: tuple[str, ...] = ()

    def naming(self, ids: Iterable[int | None]) -> dict[int, str]:
        """Names for these teams and more; `team-<id>` where Intercom tells none. Raises
        `ConnectorError`."""
        unknown = {one for one in ids if one} - self._names.keys()
        if unknown and not self._are_read:
            self._are_read = True
            self._read()
        for number in unknown - self._names.keys():
            self._names[number] = f"team-{number}"
        return self._names

    def _read(self) -> None:
        try:
            told = self._session.get(TEAMS, decode=wire.Teams).value.teams
        except Forbidden:
            self.gaps = (NO_TEAMS,)
            return
        self._names.update((int(one.id), one.name) for one in told if one.id.isdecimal())
