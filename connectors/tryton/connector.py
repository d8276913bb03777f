"""Tryton: subscriptions with the log of their states, and parties, polled over its REST API."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import Fact, Finding, Measures, Page, Rejection, Settings, Told
from connectors.customers import OfCustomer
from connectors.http import ApiSession, Forbidden
from connectors.tryton import listing, logbook, look, mapping
from connectors.tryton.listing import EDITED, MADE, PARTY, SUBSCRIPTION, Tryton
from connectors.tryton.recurrence import irregular
from connectors.tryton.settings import TrytonSettings
from connectors.tryton.wire import Malformed, Subscription, Turn
from connectors.walking import Leg, cursor_at

log = logging.getLogger(__name__)

REMEDY: Final = (
    "Create a user application `rest` for deskpulse's own user in Tryton, let that user validate "
    "it, and put its key in `key` of this source."
)
TOLD: Final = {
    Fact.CUSTOMERS: Told(note="the second of the log, where it is of the day that the dates name"),
    Fact.REVENUE: Told(note="quantity and unit_price of the lines, by their recurrence"),
    Fact.ENDING: Told(note="end_date, of the subscription or of all its lines"),
}
UNTOLD: Final = {
    Fact.CHURN_REASON: "a subscription has no field for why it ended",
    Fact.TRIALS: "Tryton has no trials: a draft or a quotation is no subscription yet",
    Fact.PAST_DUE: "a subscription does not tell whether its invoices are paid, and they are not "
    "read",
}
BEGIN_AND_END: Final = (
    "A subscription begins when it is first run: at the second of the log where start_date is "
    "that day, else with start_date. It ends with the end of end_date, or at the second at which "
    "it is cancelled, or is closed on that day."
)
NOTES: Final = (
    BEGIN_AND_END,
    "While it is edited (draft or quotation after it ran) it goes on at the price it had.",
    "A deleted subscription goes on counting as it last stood: Tryton's log forgets which it was.",
)

LISTS: Final = {
    "subscriptions made": (SUBSCRIPTION, MADE),
    "subscriptions edited": (SUBSCRIPTION, EDITED),
    "parties made": (PARTY, MADE),
    "parties edited": (PARTY, EDITED),
}
LAST: Final = "parties edited"


class TrytonConnector(ApiConnector[TrytonSettings]):
    """Subscriptions, then parties; a poll of a quiet database is four requests."""

    vendor: ClassVar[str] = "tryton"
    title: ClassVar[str] = "Tryton"
    settings_type: ClassVar[type[Settings]] = TrytonSettings

    def __init__(self, source: str, settings: TrytonSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=f"{settings.url}/{settings.database}/rest/model",
            headers={
                "Authorization": f"bearer {settings.key.get_secret_value()}",
                "Range": f"records=0-{settings.page_size}",
            },
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)
        self._tryton = Tryton(self._api, settings.page_size)
        self._noted: set[int] = set()

    def measures(self) -> Measures:
        """What subscriptions tell of customers; of tickets Tryton knows nothing."""
        return Measures(told=TOLD, untold=UNTOLD, notes=NOTES)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Subscriptions, then parties. Raises `ConnectorError`."""
        done = cursors.read(f"source '{self.source}'", cursor)
        complete_to: datetime | None = None
        for name, (model, field) in LISTS.items():
            is_first = cursors.is_first(done, name)
            try:
                for leg in self._tryton.walk(model, field).legs(done.get(name)):
                    complete_to = complete_to or leg.complete_to
                    is_end = leg.complete_to is not None
                    cursors.reach(done, name, leg.cursor, is_first=is_first, is_end=is_end)
                    is_last = is_end and name == LAST
                    yield self._page(
                        leg,
                        cursors.written(done),
                        complete_to if is_last else None,
                        catching_up=is_first,
                    )
            except Forbidden:
                if model is not PARTY:
                    raise
                yield Page((), cursors.written(done), complete_to, gaps=(look.NO_PARTIES,))
                return

    def since(self, at: datetime) -> str:
        """What was made or edited from that second on."""
        return cursors.written(dict.fromkeys(LISTS, cursor_at(at)))

    def look(self) -> Iterator[Finding]:
        """Credentials, the module, rights, the clock, time zones, recurrences."""
        return look.look(self._tryton, self.settings)

    def _page(
        self,
        leg: Leg[listing.Record],
        cursor: str,
        complete_to: datetime | None,
        *,
        catching_up: bool,
    ) -> Page:
        """What the rows say, and those that cannot be told."""
        may_have_run = [
            row.id for row in leg.rows if isinstance(row, Subscription) and _may_have_run(row)
        ]
        turns = logbook.turns(self._tryton, may_have_run)
        records: list[OfCustomer] = []
        rejected = list(leg.rejected)
        for row in leg.rows:
            try:
                records.extend(self._records(row, turns))
            except Malformed as error:
                message = f"record {row.id}: {error}"
                rejected.append(Rejection(str(row.id), "malformed", message))
        told = tuple(records)
        return Page(told, cursor, complete_to, tuple(rejected), catching_up=catching_up)

    def _records(self, row: listing.Record, turns: logbook.Turns) -> Iterator[OfCustomer]:
        if not isinstance(row, Subscription):
            yield mapping.customer(row, self.settings.external_ids)
            return
        self._note(row)
        told = mapping.subscription(row, _log_of(row, turns))
        if told is not None:
            yield told

    def _note(self, told: Subscription) -> None:
        """Warn of each recurrence that hides an amount, once."""
        for which in irregular(told.lines) - self._noted:
            self._noted.add(which)
            log.warning("source '%s': %s", self.source, look.uneven(which))


def _log_of(row: Subscription, turns: logbook.Turns) -> list[Turn]:
    told = turns.get(row.id, [])
    if told is None:
        raise Malformed("the log of its states does not hold what it must")
    return told


def _may_have_run(row: Subscription) -> bool:
    return row.write_date is not None or row.state not in mapping.EDITED
