"""Flaws of cursors and pages."""

from __future__ import annotations

import dataclasses
import itertools
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from connectors import (
    Page,
    Record,
    Solve,
    Ticket,
)
from connectors.testing.server import SimResponse
from connectors.walking import Answer, cursor_at
from exporter.certify.hostile.connector import TICKETS, HostileConnector
from exporter.certify.hostile.flaws.flaw import Flaw, ended
from exporter.certify.hostile.simulator import HostileSimulator
from exporter.certify.hostile.ticket import Row, Rows, read

# --- replay, kill, overlap, order -----------------------------------------------------------------


class _NumbersTicketsItself(HostileConnector):
    """An id is where the ticket stood in its poll."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        number = itertools.count()
        for page in super().changes(cursor):
            records = tuple(
                dataclasses.replace(one, id=f"{next(number)}-{one.id}") for one in page.records
            )
            yield dataclasses.replace(page, records=records)


class _SolvesWhenItReads(HostileConnector):
    """A solve is dated by the answer that told it."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        pages = list(super().changes(cursor))
        at = pages[-1].complete_to or datetime.now(UTC)
        for page in pages:
            records = tuple(_solved(one, at) for one in page.records)
            yield dataclasses.replace(page, records=records)


class _RunsAhead(HostileConnector):
    """Every page carries the cursor of the page that follows it."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        pages = list(super().changes(cursor))
        for page, following in zip(pages, [*pages[1:], pages[-1]], strict=True):
            yield dataclasses.replace(page, cursor=following.cursor)


class _KnowsWhereItStands(HostileConnector):
    """The connector goes by its own memory, and not by the cursor that was stored."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(getattr(self, "_cursor", cursor)):
            self._cursor = page.cursor
            yield page


class _NeverAges(HostileConnector):
    """The version of a ticket is when it was created."""

    def record(self, row: Row) -> Record:
        return super().record(msgspec.structs.replace(row, updated_at=row.created_at))


class _TellsTicketsTwice(HostileConnector):
    """A ticket is told before its details are known and after it, in the same version."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            records = tuple(self._twice(page.records))
            yield dataclasses.replace(page, records=records)

    def _twice(self, records: Sequence[Record]) -> Iterator[Record]:
        for one in records:
            if isinstance(one, Ticket):
                yield dataclasses.replace(one, reopens=one.reopens + 1, team=None)
            yield one


def _solved(one: Record, at: datetime) -> Record:
    if not isinstance(one, Ticket) or not one.solves:
        return one
    return dataclasses.replace(one, solves=(Solve(at),))


# --- ties, caps, ends -----------------------------------------------------------------------------


class _GoesOnASecondLater(HostileConnector):
    """What changed in the last second that was told is taken for told."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            later = datetime.fromisoformat(page.cursor) + timedelta(minutes=5, seconds=11)
            yield dataclasses.replace(page, cursor=cursor_at(later))


class _HasEnough(HostileConnector):
    """Nobody has more than a hundred pages."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        pages = super().changes(cursor)
        for number, page in enumerate(pages, start=1):
            if number == 100 and page.complete_to is None:
                *_, last = pages
                yield ended(page, last)
                return
            yield page


class _StopsWhereItStands(HostileConnector):
    """A place that was asked for before is taken for the end."""

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        if after is not None and answer.following == after:
            return dataclasses.replace(answer, following=None, rows=())
        return answer


class _NeverEnds(HostileConnector):
    """Pages are asked for as long as there are any, whatever they hold."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        answer = self.ask(_since(cursor), None)
        while answer.following is not None:
            yield Page(tuple(map(self.record, answer.rows)), cursor or cursor_at(_since(None)))
            answer = self.ask(_since(cursor), answer.following)
        records = tuple(map(self.record, answer.rows))
        yield Page(records, cursor_at(answer.at - timedelta(seconds=10)), answer.at)


# --- moving ---------------------------------------------------------------------------------------


class _Numbered(HostileSimulator):
    """Its cursors are numbers of pages, counted from the instant that is asked from."""

    def _listed(self, asked: Mapping[str, str]) -> SimResponse:
        number, size = int(asked.get("cursor", "1")), self._limit(asked)
        begin = bisect_left(self._keys, (asked.get("updated_since", ""), 0)) + (number - 1) * size
        following = str(number + 1) if begin + size < len(self._keys) else None
        told = {"tickets": self._rows(begin, begin + size), "next_cursor": following}
        return SimResponse(200, body=msgspec.json.encode(told))


class _CountsThrough(HostileConnector):
    """Numbers of pages are taken for places in the list."""

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        params: dict[str, str | int] = {
            "limit": self.settings.page_size,
            "updated_since": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cursor": after or "1",
        }
        reply = self.api.get(TICKETS, params=params, decode=Rows)
        rows, rejected = read(reply.value.tickets)
        return Answer(rows, reply.value.next_cursor, reply.at, rejected)


def _since(cursor: str | None) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) if cursor is None else datetime.fromisoformat(cursor)


FLAWS: Final = (
    Flaw("replay", "from the start", "tickets are numbered as they come", _NumbersTicketsItself),
    Flaw("replay", "from the start", "a solve is dated by its answer", _SolvesWhenItReads),
    Flaw("replay", "but the cursor", "a connector knows where it stands", _KnowsWhereItStands),
    Flaw("kill", "killed", "a cursor is ahead of its page", _RunsAhead),
    Flaw("overlap", "older cursors", "a solve is dated by its answer", _SolvesWhenItReads),
    Flaw("overlap", "older cursors", "tickets are numbered as they come", _NumbersTicketsItself),
    Flaw("order", "another order", "a ticket is told twice in one version", _TellsTicketsTwice),
    Flaw("order", "came after newer", "a ticket never gets a newer version", _NeverAges),
    Flaw("ties", "one second", "the last second is taken for told", _GoesOnASecondLater),
    Flaw("caps", "pages of one", "a hundred pages are enough", _HasEnough),
    Flaw(
        "moving",
        "while they were read",
        "numbers of pages are taken for places",
        _CountsThrough,
        _Numbered,
    ),
    Flaw("ends", "for all there are", "a place that does not move is the end", _StopsWhereItStands),
    Flaw("ends", "was asked for", "pages that do not move go on", _NeverEnds),
)
