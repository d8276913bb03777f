"""One poll of one Freshdesk account: three lists of tickets, then the ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from connectors import cursors
from connectors.contract import Fatal, Page, Rejection
from connectors.customers import Record
from connectors.freshdesk import mapping, wire
from connectors.freshdesk.account import Account
from connectors.freshdesk.fields import CustomFields
from connectors.freshdesk.listing import LISTS, Listing, gone_unread
from connectors.freshdesk.ratings import NO_RATINGS, Ratings
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.http import ApiSession, Forbidden
from connectors.walking import BEGINNING, Leg, cursor_at

RATINGS: Final = "ratings"
"""The place that was reached in them: when the newest one was given, on the microsecond."""


class Poll:
    """What changed since a cursor. Every call raises `ConnectorError`."""

    def __init__(
        self, session: ApiSession, settings: FreshdeskSettings, cursor: str | None
    ) -> None:
        self._session = session
        self._settings = settings
        self._source = f"source '{session.source}'"
        self._done = cursors.read(self._source, cursor)
        self._account = Account(session, settings)
        self._fields = CustomFields(settings)
        self._until: datetime | None = None
        self._gaps: dict[str, None] = {}

    def pages(self) -> Iterator[Page]:
        """Page by page; the last one carries `complete_to` and the gaps."""
        for name in LISTS:
            yield from self._tickets(name)
        if self._until is None:
            raise Fatal(f"{self._source}: Freshdesk's lists did not come to an end.")
        if self._settings.satisfaction_ratings:
            yield from self._ratings(self._until)
        gaps = (*self._gaps, *self._account.gaps)
        yield Page((), cursors.written(self._done), self._until, gaps=gaps)

    def _tickets(self, name: str) -> Iterator[Page]:
        walk = Listing(self._session, name, self._settings.page_size).walk()
        try:
            for leg in walk.legs(self._done.get(name)):
                self._until = self._until or leg.complete_to
                self._done = {**self._done, name: leg.cursor}
                yield self._page(name, leg)
        except Forbidden:
            if LISTS[name] is None:
                raise
            self._gaps[gone_unread(name)] = None

    def _page(self, name: str, leg: Leg[wire.Ticket]) -> Page:
        why = LISTS[name]
        rejected = leg.rejected
        if why is None:
            records, unread = self._standing(leg.rows)
            rejected += unread
        else:
            records = tuple(mapping.removed(row, why) for row in leg.rows)
        return Page(records, cursors.written(self._done), rejected=rejected)

    def _standing(
        self, rows: Sequence[wire.Ticket]
    ) -> tuple[tuple[Record, ...], tuple[Rejection, ...]]:
        teams = self._account.teams(row.group_id for row in rows)
        customers = self._account.customers(row.company_id for row in rows)
        records: list[Record] = []
        rejected = [*self._account.rejected()]
        for row in rows:
            answers, unclear = self._fields.of(row)
            rejected += unclear
            records.append(mapping.ticket(row, teams, customers, self._settings, answers))
        return tuple(records), tuple(rejected)

    def _ratings(self, until: datetime) -> Iterator[Page]:
        reached = self._reached()
        try:
            for part in Ratings(self._session, self._settings.page_size).parts(reached, until):
                if part.reached is not None:
                    self._done = {**self._done, RATINGS: part.reached.isoformat()}
                is_first = reached == BEGINNING and bool(part.records)
                cursor = cursors.written(self._done)
                yield Page(part.records, cursor, rejected=part.rejected, catching_up=is_first)
        except Forbidden:
            self._gaps[NO_RATINGS] = None

    def _reached(self) -> datetime:
        place = self._done.get(RATINGS, cursor_at(BEGINNING))
        try:
            return datetime.fromisoformat(place)
        except ValueError:
            raise cursors.foreign(self._source) from None
