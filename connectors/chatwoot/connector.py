"""Chatwoot: the conversations of one account by their last activity, and answers to surveys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import quote

import msgspec

from connectors import cursors
from connectors.api import ApiConnector
from connectors.chatwoot import descent
from connectors.chatwoot.descent import Descent, Place, Sheet
from connectors.chatwoot.mapping import customer, is_settled, rating, ticket
from connectors.chatwoot.measures import measures
from connectors.chatwoot.reading import Reading
from connectors.chatwoot.settings import ChatwootSettings
from connectors.chatwoot.wire import Answered, Conversation, instant, rejection
from connectors.contract import (
    ConfigurationError,
    Finding,
    Measures,
    Page,
    Reason,
    Rejection,
    Settings,
)
from connectors.customers import Record
from connectors.http import Missing
from connectors.verdicts import clock
from connectors.walking import BEGINNING, Walk, cursor_at
from connectors.webhooks import SCHEMES, Scheme

CONVERSATIONS: Final = "conversations"
RATINGS: Final = "ratings"

UNSETTLED: Final = timedelta(hours=1)
"""How long the event of a resolution is waited for."""

ADMINISTRATOR: Final = "administrator"
"""The role that sees every inbox."""

NO_RATINGS: Final = (
    "ratings: deskpulse's user may not read the answers to surveys. Make it an administrator of "
    "the account, or give it a custom role with reports; or set `ratings` of this source to false."
)
NOTHING: Final = (
    "no conversation is visible. If there are any, add deskpulse's user to every inbox: a user who "
    "is no administrator sees those of its own inboxes only, and Chatwoot says nothing of others."
)


class ChatwootConnector(ApiConnector[ChatwootSettings]):
    """Polls one account."""

    vendor: ClassVar[str] = "chatwoot"
    title: ClassVar[str] = "Chatwoot"
    settings_type: ClassVar[type[Settings]] = ChatwootSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"channel", "content_type", "type"})
    webhooks: ClassVar[Scheme] = SCHEMES["chatwoot"]

    def __init__(self, source: str, settings: ChatwootSettings) -> None:
        self._reading = Reading(source, settings)
        super().__init__(source, settings, self._reading.api)

    def measures(self) -> Measures:
        """What conversations tell with these settings."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Conversations down to where the last poll began, then ratings. Raises
        `ConnectorError`."""
        places = cursors.read(f"source '{self.source}'", cursor)
        complete_to: datetime | None = None
        for page, place in self._conversations(places.get(CONVERSATIONS)):
            places[CONVERSATIONS], complete_to = place, page.complete_to
            last = complete_to if not self.settings.ratings else None
            yield Page(page.records, cursors.written(places), last, page.rejected)
        if self.settings.ratings and complete_to:
            yield from self._ratings(places, complete_to)

    def look(self) -> Iterator[Finding]:
        """The token, the account, the clock, conversations, their events, ratings, customers."""
        me = self._reading.profile()
        account = self.settings.account_id
        roles = {one.id: one.role for one in me.value.accounts}
        if account not in roles:
            yield Finding(
                "error",
                f"deskpulse's user does not belong to the account {account}: set `account_id` to "
                "the number after /accounts/ in the address bar of Chatwoot.",
                Reason.CONFIGURATION,
            )
            return
        yield Finding("ok", f"signed in to {self.settings.url}")
        yield clock(me.at, self.settings.url)
        yield self._look_at_conversations(self._reading.sheet(1, "asc"), roles[account])
        if self.settings.ratings:
            yield self._look_at_ratings()
        if self.settings.customer_attribute:
            yield from self._look_for_customers(self._reading.sheet(1))

    def since(self, at: datetime) -> str:
        """The cursor of that instant."""
        place = descent.written(Place(int(at.timestamp())))
        return cursors.written({CONVERSATIONS: place, RATINGS: cursor_at(at)})

    def ticket_url(self, ticket: str) -> str:
        """The conversation as an agent opens it."""
        account, number = self.settings.account_id, quote(ticket, safe="")
        return f"{self.settings.url}/app/accounts/{account}/conversations/{number}"

    def _conversations(self, cursor: str | None) -> Iterator[tuple[Page, str]]:
        name = f"source '{self.source}': the list of conversations"
        walk: Descent[Conversation] = Descent(
            name, self._reading.sheet, lambda row: row.last_activity_at, _key
        )
        for step in walk.steps(descent.read(name, cursor)):
            told = [self._told(row, walk, step.place.began) for row in step.rows]
            rejected = [one for one in told if isinstance(one, Rejection)]
            records = [one for one in told if one is not None and not isinstance(one, Rejection)]
            page = Page(tuple(records), "", step.complete_to, (*step.rejected, *rejected))
            yield page, descent.written(walk.after(step))

    def _told(
        self, row: Conversation, walk: Descent[Conversation], began: int
    ) -> Record | Rejection | None:
        """What a row comes to; None: the conversation was deleted since it was listed."""
        try:
            details = self._reading.details(row.id)
        except Missing:
            return None
        except msgspec.ValidationError as error:
            return rejection(str(row.id), "conversation", error)
        is_young = began - row.last_activity_at < UNSETTLED.total_seconds()
        if is_young and not is_settled(row, details):
            walk.hold(row.last_activity_at)
        return ticket(row, details, self.settings.customer_attribute)

    def _ratings(self, places: dict[str, str], complete_to: datetime) -> Iterator[Page]:
        name = f"source '{self.source}': the list of answers to surveys"
        walk: Walk[Answered, int] = Walk(name, self._reading.answers, _answered, shifts=True)
        try:
            for leg in walk.legs(places.get(RATINGS)):
                places[RATINGS] = leg.cursor
                records = tuple(rating(row) for row in leg.rows)
                last = complete_to if leg.complete_to else None
                yield Page(records, cursors.written(places), last, leg.rejected)
        except ConfigurationError as error:
            # What a user may not read is answered with 401, as if nobody were signed in.
            if error.reason is not Reason.CREDENTIALS:
                raise
            yield Page((), cursors.written(places), complete_to, gaps=(NO_RATINGS,))

    def _look_at_conversations(self, oldest: Sheet[Conversation], role: str | None) -> Finding:
        if not oldest.rows:
            return Finding("warning", NOTHING)
        self._reading.details(oldest.rows[0].id)
        what = "messages and events" if self.settings.events else "messages"
        some = "" if role == ADMINISTRATOR else ", of those inboxes that its user belongs to"
        return Finding("ok", f"conversations can be read, with their {what}{some}")

    def _look_for_customers(self, newest: Sheet[Conversation]) -> Iterator[Finding]:
        name = self.settings.customer_attribute
        if newest.rows and not any(customer(row.meta, name) for row in newest.rows):
            yield Finding(
                "warning",
                f"none of the contacts of the newest {len(newest.rows)} conversations has a custom "
                f"attribute '{name}': check whether `customer_attribute` is its key.",
            )

    def _look_at_ratings(self) -> Finding:
        try:
            self._reading.answers(BEGINNING, None)
        except ConfigurationError as error:
            if error.reason is not Reason.CREDENTIALS:
                raise
            return Finding("warning", NO_RATINGS)
        return Finding("ok", "answers to surveys can be read")


def _key(row: Conversation) -> tuple[int, float]:
    return row.id, row.changed


def _answered(row: Answered) -> tuple[datetime, int]:
    return instant(row.created_at), row.id
