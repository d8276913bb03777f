"""Request Tracker: tickets by time of change, each with its history, polled over REST 2."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

import msgspec

from connectors.api import ApiConnector
from connectors.contract import (
    ConfigurationError,
    Fatal,
    Finding,
    Measures,
    Page,
    Reason,
    Rejection,
    Settings,
)
from connectors.cursors import foreign
from connectors.http import ApiSession
from connectors.records import Ticket
from connectors.rt import mapping
from connectors.rt.asking import Mark
from connectors.rt.look import look
from connectors.rt.mapping import Words
from connectors.rt.measures import measures
from connectors.rt.reading import Batch, Rt
from connectors.rt.settings import RtSettings
from connectors.rt.wire import Transaction
from connectors.walking import OVERLAP

log = logging.getLogger(__name__)

REMEDY: Final = (
    "Create an authentication token for deskpulse's own user in RT (Logged in as > Settings > Auth "
    "Tokens), and put it in `token` of this source."
)


class Place(msgspec.Struct, frozen=True):
    """Where the next poll begins.

    since: what happened up to then has been told; None: nothing has.
    until, passed: of a poll that was cut off, the mark that it goes to, and the last ticket that it
        told. whole: it tells every ticket, whenever it changed.
    """

    since: Mark | None = None
    until: Mark | None = None
    passed: int = 0
    whole: bool = False

    @property
    def where(self) -> str:
        """The condition that tickets must fulfil to be told."""
        if self.since is None or self.whole:
            return ""
        return f"LastUpdated >= '{self.since.text}'"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the newest transactions found. at: RT's clock; newest: the id of the newest;
    until: the mark to go to; news: whether anything happened."""

    at: datetime
    newest: int
    until: Mark
    news: bool


class RtConnector(ApiConnector[RtSettings]):
    """What is gone, then tickets that changed with their histories; a quiet poll is one request."""

    vendor: ClassVar[str] = "rt"
    title: ClassVar[str] = "Request Tracker"
    settings_type: ClassVar[type[Settings]] = RtSettings
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"Type", "Field", "OldValue", "NewValue", "Status", "Priority", "ObjectId", "query"}
    )

    def __init__(self, source: str, settings: RtSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=f"{settings.url}/REST/2.0",
            headers={"Authorization": f"token {settings.token.get_secret_value()}"},
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)
        self._rt = Rt(self._api, with_fields=bool(settings.custom_fields))
        self._noted: set[str] = set()

    def measures(self) -> Measures:
        """What tickets and their transactions tell, to the second."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """What is gone, then tickets by id. Raises `ConnectorError`."""
        place = self._place(cursor)
        if place.until is not None:  # a poll was cut off: to its end first, then from there on
            yield from self._told(place, place.until, place.until.id)
            place = Place(place.until)
        seen = self._happened(place.since)
        if place.since is not None and not (place.whole or seen.news):
            yield Page((), _text(place), seen.at)
            return
        yield from self._told(place, seen.until, seen.newest, seen.at)

    def from_start(self, cursor: str | None) -> str | None:
        """Every ticket again, and what is gone from where we stand."""
        if cursor is None:
            return None
        since = self._place(cursor).since
        return None if since is None else _text(Place(since, whole=True))

    def since(self, at: datetime) -> str:
        """What happened from that instant on, and a little before it."""
        return _text(Place(Mark.before(at)))

    def look(self) -> Iterator[Finding]:
        """Credentials, rights, the clock, statuses, custom fields."""
        return look(self._api, self._rt, self.settings)

    def ticket_url(self, ticket: str) -> str:
        """The page of the ticket."""
        return f"{self.settings.url}/Ticket/Display.html?id={quote(ticket, safe='')}"

    def _happened(self, since: Mark | None) -> Seen:
        """Look at what happened since. What is younger than a few seconds may still be on its way,
        so that no mark is set there."""
        begin = since or Mark()
        at, rows = self._rt.newest(begin.id)
        newest, until = 0, since
        for row in rows:
            newest = max(newest, row.number)
            if row.number <= begin.id:
                break
            if row.created <= at - OVERLAP:
                until = Mark(row.number, row.created, begin.ahead if begin.id else 0)
                break
        if not newest and begin.id:
            self._expect_any()
        news = newest > begin.id
        return Seen(at, newest, until or Mark.before(at - OVERLAP), news)

    def _expect_any(self) -> None:
        """Even the transaction that we stand on is hidden: raise where all of them are."""
        _, rows = self._rt.newest(0)
        if next(rows, None) is None:
            raise ConfigurationError(
                f"source '{self.source}': RT shows none of its transactions any more. Give "
                "deskpulse's user the right ShowTicket back.",
                reason=Reason.CREDENTIALS,
            )

    def _told(
        self, place: Place, until: Mark, seen: int, complete_to: datetime | None = None
    ) -> Iterator[Page]:
        """Everything from a place up to a mark. seen: a transaction that is in all of it."""
        if place.since is not None:
            since, gone = self._gone(place.since)
            until = msgspec.structs.replace(until, ahead=since.ahead) if since.id else until
            place = Place(since, until, place.passed, place.whole)
            records = tuple(one for row in gone if (one := mapping.removed(row)) is not None)
            if records:
                yield Page(records, _text(place))
        words = self._words()
        for batch in self._rt.tickets(place.where, place.passed):
            place = Place(place.since, until, batch.up_to, place.whole)
            tickets, rejected = self._read(batch, words, seen)
            if batch.left:
                yield Page(tickets, _text(place), None, rejected)
            else:
                yield Page(tickets, _text(Place(until)), complete_to, rejected)

    def _gone(self, since: Mark) -> tuple[Mark, list[Transaction]]:
        """What was deleted or merged, and the mark with the clock that queries are read by now."""
        gone = self._rt.removals(since)
        if gone is None:
            ahead = self._rt.ahead(since)
            since = Mark.before(since.at) if ahead is None else Mark(since.id, since.at, ahead)
            gone = self._rt.removals(since)
        if gone is None:
            raise Fatal(
                f"source '{self.source}': RT reads the same instant in a query in two ways. Set "
                "the time zone of deskpulse's user in RT to UTC."
            )
        return since, gone

    def _words(self) -> Words:
        names = self.settings.inboxes
        queues = self._rt.queues() if names else {}
        return Words(self.settings, frozenset(str(one) for one in queues if queues[one] in names))

    def _read(
        self, batch: Batch, words: Words, seen: int
    ) -> tuple[tuple[Ticket, ...], tuple[Rejection, ...]]:
        """The tickets of a batch with their histories, and those that cannot be read."""
        told: list[Ticket] = []
        rejected = list(batch.rejected)
        numbers = [row.number for row in batch.tickets]
        histories = self._rt.histories(numbers, words.lives)
        for row in batch.tickets:
            if row.number in histories.broken:
                message = f"ticket {row.number}: its history does not hold what it must"
                rejected.append(Rejection(str(row.number), "malformed", message))
                continue
            self._note(row.status, words)
            told.append(mapping.ticket(row, histories.of[row.number], words, seen))
        return tuple(told), tuple(rejected)

    def _note(self, status: str, words: Words) -> None:
        """Warn of each status that nobody told the meaning of, once."""
        if status.lower() in words.meanings or status in self._noted:
            return
        self._noted.add(status)
        log.warning(
            "source '%s': tickets in the status '%s', which RT does not deliver, count as open. "
            "Say in `statuses` of this source what it means.",
            self.source,
            status,
        )

    def _place(self, cursor: str | None) -> Place:
        if cursor is None:
            return Place()
        try:
            return msgspec.json.decode(cursor, type=Place)
        except msgspec.MsgspecError:
            raise foreign(f"source '{self.source}'") from None


def _text(place: Place) -> str:
    return msgspec.json.encode(place).decode()
