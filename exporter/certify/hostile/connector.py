"""The hostile vendor's list of tickets, polled by time of change; healthy as it stands here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors import (
    Connector,
    ConnectorError,
    Fact,
    Finding,
    Measures,
    Page,
    Record,
    Settings,
    Told,
    Usage,
)
from connectors.http import ApiSession
from connectors.measures import OF_CUSTOMERS
from connectors.verdicts import clock, failed
from connectors.walking import BEGINNING, Answer, Walk, cursor_at
from exporter.certify.hostile.settings import HostileSettings
from exporter.certify.hostile.ticket import Me, Row, Rows, read, record

TICKETS: Final = "/tickets"
ME: Final = "/me"
REMEDY: Final = "Create an API token in its settings, and put it in `token` of this source."
NO_TALK: Final = "a ticket tells of its first reply only"
NO_SURVEY: Final = "a ticket tells of no survey"
UNTOLD: Final = {
    Fact.NEXT_RESPONSE: NO_TALK,
    Fact.AWAITING_REPLY: NO_TALK,
    Fact.REPLIES: NO_TALK,
    Fact.REQUESTER_WAIT: "a ticket does not tell how long it was in which status",
    Fact.OFFERED: NO_SURVEY,
    Fact.SATISFACTION: NO_SURVEY,
    Fact.RECOMMENDATION: NO_SURVEY,
    Fact.EFFORT: NO_SURVEY,
    Fact.CUSTOMER: "a ticket names no company",
}
TOLD: Final = {fact: Told() for fact in Fact if fact not in (*UNTOLD, *OF_CUSTOMERS)}


class HostileConnector(Connector[HostileSettings]):
    """Polls one account."""

    vendor: ClassVar[str] = "hostile"
    title: ClassVar[str] = "Hostile"
    settings_type: ClassVar[type[Settings]] = HostileSettings
    attempts: ClassVar[int] = 4

    def __init__(self, source: str, settings: HostileSettings) -> None:
        super().__init__(source, settings)
        self.api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={"Authorization": f"Bearer {settings.token.get_secret_value()}"},
            attempts=self.attempts,
            credentials_remedy=REMEDY,
            address_key="url",
        )

    def measures(self) -> Measures:
        """What a ticket tells of itself, to the second."""
        return Measures(told=TOLD, untold=UNTOLD)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every ticket that changed since then. Raises `ConnectorError`."""
        walk = Walk(f"source '{self.source}': the list of tickets", self.ask, _key)
        for leg in walk.legs(cursor):
            records = tuple(self.record(row) for row in leg.rows)
            yield Page(records, leg.cursor, leg.complete_to, leg.rejected)

    def check(self) -> list[Finding]:
        """Credentials, the clock, and whether tickets can be read."""
        try:
            me = self.api.get(ME, decode=Me)
            self.ask(BEGINNING, None)
        except ConnectorError as error:
            return [failed(error, self.source)]
        return [
            Finding("ok", f"signed in to {self.settings.url}, and tickets can be read"),
            clock(me.at, self.settings.url),
        ]

    def since(self, at: datetime) -> str:
        """The cursor of that instant."""
        return cursor_at(at)

    def usage(self) -> Usage:
        """What was spent since the last call."""
        return self.api.usage()

    def close(self) -> None:
        """Give back the connections."""
        self.api.close()

    def record(self, row: Row) -> Record:
        """What a ticket says now."""
        return record(row)

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        """The tickets that changed then or later, from the vendor's own cursor on."""
        params: dict[str, str | int] = {"limit": self.settings.page_size}
        if after is None:
            params["updated_since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        else:
            params["cursor"] = after
        reply = self.api.get(TICKETS, params=params, decode=Rows)
        rows, rejected = read(reply.value.tickets)
        return Answer(rows, reply.value.next_cursor, reply.at, rejected)


def _key(row: Row) -> tuple[datetime, int]:
    return row.updated_at, row.id
