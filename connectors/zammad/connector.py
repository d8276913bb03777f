"""Zammad: its tickets by time of change, out of its database, and the history of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import quote

import msgspec

from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Rejection, Settings
from connectors.customers import Record
from connectors.http import ApiSession, Missing, Reply
from connectors.verdicts import clock
from connectors.walking import BEGINNING, Answer, Leg, Walk, cursor_at
from connectors.webhooks import SCHEMES, Scheme
from connectors.zammad.course import Types
from connectors.zammad.mapping import is_removed, record
from connectors.zammad.measures import measures
from connectors.zammad.organizations import Organizations
from connectors.zammad.settings import ZammadSettings
from connectors.zammad.wire import History, Me, State, Ticket, read, rejection

SEARCH: Final = "/api/v1/tickets/search"
STATES: Final = "/api/v1/ticket_states"
HISTORY: Final = "/api/v1/ticket_history/"
ME: Final = "/api/v1/users/me"

BEFORE: Final = "%Y-%m-%dT%H:%M:%S.999Z"
"""How an instant is asked for: by the last millisecond before it, as whether it is included itself
differs. The database compares this text as it is: in UTC, with the `Z` of Zammad's own pages."""

OVERLAP: Final = timedelta(seconds=30)
"""A change is dated when it is begun, and there when its transaction is over."""

REMEDY: Final = (
    "Create an access token with the permission ticket.agent in the profile of deskpulse's own "
    "user, and put it in `token` of this source."
)
NOTHING: Final = (
    "no ticket is visible. If there are any, give deskpulse's user read access to the groups whose "
    "tickets are to count: of the others Zammad shows none and says nothing of it."
)


class ZammadConnector(ApiConnector[ZammadSettings]):
    """Polls one Zammad."""

    vendor: ClassVar[str] = "zammad"
    title: ClassVar[str] = "Zammad"
    settings_type: ClassVar[type[Settings]] = ZammadSettings
    webhooks: ClassVar[Scheme] = SCHEMES["zammad"]
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"state_type", "attribute", "object", "type", "create_article_sender"}
    )

    def __init__(self, source: str, settings: ZammadSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={"Authorization": f"Token token={settings.token.get_secret_value()}"},
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """What tickets tell, with their histories or by themselves."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every ticket that changed since then. Raises `ConnectorError`."""
        types = self._types()
        customers = Organizations(self._api, self.settings.customer_field)
        name = f"source '{self.source}': the list of tickets"
        walk = Walk(name, self._ask, _key, shifts=True, overlap=OVERLAP)
        for leg in walk.legs(cursor):
            yield self._page(leg, types, customers)

    def look(self) -> Iterator[Finding]:
        """The token, the clock, tickets, their histories and customers."""
        me = self._api.get(ME, decode=Me)
        yield Finding("ok", f"signed in to {self.settings.url}")
        yield clock(me.at, self.settings.url)
        self._types()
        newest, _ = read(self._search(BEGINNING, "desc", 1, 2).value)
        if not newest:
            yield Finding("warning", NOTHING)
            return
        yield Finding("ok", "tickets can be read")
        if self.settings.histories:
            self._history(newest[0].id)
            yield Finding("ok", "the histories of tickets can be read")
        if self.settings.customers:
            yield Organizations(self._api, self.settings.customer_field).look()

    def since(self, at: datetime) -> str:
        """The cursor of that instant."""
        return cursor_at(at)

    def ticket_url(self, ticket: str) -> str:
        """The ticket as an agent opens it."""
        return f"{self.settings.url}/#ticket/zoom/{quote(ticket, safe='')}"

    def _page(self, leg: Leg[Ticket], types: Types, customers: Organizations) -> Page:
        told = [self._told(row, types, customers) for row in leg.rows]
        rejected = [one for one in told if isinstance(one, Rejection)]
        records = [one for one in told if one is not None and not isinstance(one, Rejection)]
        return Page(
            tuple(records),
            leg.cursor,
            leg.complete_to,
            (*leg.rejected, *rejected),
            gaps=customers.gaps if leg.complete_to else (),
        )

    def _told(
        self, row: Ticket, types: Types, customers: Organizations
    ) -> Record | Rejection | None:
        """What a row of the list comes to; None: the ticket was deleted since it was listed."""
        customer = customers.of(row.organization_id) if self.settings.customers else None
        intake = self.settings.intake
        if is_removed(row, types) or not self.settings.histories:
            return record(row, types, intake=intake, customer=customer)
        try:
            history = msgspec.json.decode(self._history(row.id).value, type=History)
        except Missing:
            return None
        except msgspec.ValidationError as error:
            return rejection(str(row.id), "its history", error)
        return record(row, types, intake=intake, history=history, customer=customer)

    def _history(self, ticket: int) -> Reply[msgspec.Raw]:
        return self._api.get(f"{HISTORY}{ticket}", decode=msgspec.Raw)

    def _types(self) -> Types:
        states = self._api.get(STATES, params={"expand": "true"}, decode=list[State])
        return {one.id: one.state_type for one in states.value}

    def _ask(self, since: datetime, number: int | None) -> Answer[Ticket, int]:
        """One page of the tickets that changed then or later.

        A condition without a query is put to the database; what is asked by a query is put to the
        search index, which lags, ends at 10,000 results, and answers that there is nothing where
        it is not installed or does not run.
        """
        number = number or 1
        reply = self._search(since, "asc", number, self.settings.page_size)
        rows, rejected = read(reply.value)
        told = [row for row in rows if row.updated_at >= since]
        return Answer(told, number + 1 if reply.value else None, reply.at, rejected)

    def _search(
        self, since: datetime, order: str, page: int, per_page: int
    ) -> Reply[list[msgspec.Raw]]:
        after = (since - timedelta(milliseconds=1)).astimezone(UTC).strftime(BEFORE)
        body = {
            "condition": {"ticket.updated_at": {"operator": "after (absolute)", "value": after}},
            "sort_by": "updated_at,id",
            "order_by": f"{order},{order}",
            "page": page,
            "per_page": per_page,
            "expand": True,
        }
        return self._api.post(SEARCH, body=body, decode=list[msgspec.Raw])


def _key(row: Ticket) -> tuple[datetime, int]:
    return row.updated_at, row.id
