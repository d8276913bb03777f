"""A connector that asks one API by one session."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from connectors.contract import Connector, Finding, SettingsT, Usage
from connectors.http import ApiSession
from connectors.verdicts import found


class ApiConnector(Connector[SettingsT]):
    """What all connectors have alike that ask one API: who asks, and what it cost."""

    def __init__(self, source: str, settings: SettingsT, api: ApiSession) -> None:
        """api: what asks; closed together with the connector."""
        super().__init__(source, settings)
        self._api = api

    @abstractmethod
    def look(self) -> Iterable[Finding]:
        """What `check` finds out, in turn. Raises `ConnectorError`: nothing more can be found."""

    def check(self) -> list[Finding]:
        """What `look` finds out, and what stood in its way."""
        return found(self.look, self.source)

    def usage(self) -> Usage:
        """What was spent since the last call."""
        return self._api.usage()

    def close(self) -> None:
        """Give back the connections."""
        self._api.close()
