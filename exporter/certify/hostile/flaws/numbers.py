"""Flaws of the numbers themselves, and of what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors import Page, Record, Ticket, Usage
from connectors.walking import Answer
from exporter.certify.hostile.connector import ME, HostileConnector
from exporter.certify.hostile.flaws.flaw import Flaw, ended
from exporter.certify.hostile.ticket import Me, Row

# --- truth ----------------------------------------------------------------------------------------


class _TakesMinutesForSeconds(HostileConnector):
    def record(self, row: Row) -> Record:
        told = super().record(row)
        if not isinstance(told, Ticket) or told.first_response_at is None:
            return told
        at = told.created_at + (told.first_response_at - told.created_at) / 60
        return dataclasses.replace(told, first_response_at=at)


class _CountsTheRemoved(HostileConnector):
    def record(self, row: Row) -> Record:
        return super().record(msgspec.structs.replace(row, state="active"))


class _MissesAReopen(HostileConnector):
    def record(self, row: Row) -> Record:
        told = super().record(row)
        if not isinstance(told, Ticket):
            return told
        return dataclasses.replace(told, reopens=max(0, told.reopens - 1))


class _LooksAtEachOnce(HostileConnector):
    """A ticket that is closed is taken to stay so."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            live = tuple(filter(_is_live, page.records))
            yield page if cursor is None else dataclasses.replace(page, records=live)


class _GoesByItsOwnClock(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            at = page.complete_to and datetime.now(UTC)
            yield dataclasses.replace(page, complete_to=at)


def _is_live(one: Record) -> bool:
    return isinstance(one, Ticket) and one.status.is_open


# --- what it costs --------------------------------------------------------------------------------


class _AsksForEach(HostileConnector):
    def record(self, row: Row) -> Record:
        self.api.get(ME, decode=Me)
        return super().record(row)


class _AsksForEverything(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        del cursor
        yield from super().changes(None)


class _SearchesForChanges(HostileConnector):
    """What changed since is looked for by a search, which ends at a thousand rows."""

    def changes(self, cursor: str | None) -> Iterator[Page]:
        pages, found = super().changes(cursor), 0
        for page in pages:
            found += len(page.records)
            if cursor is not None and found >= 1_000 and page.complete_to is None:
                *_, last = pages
                yield ended(page, last)
                return
            yield page


class _TellsNoUsage(HostileConnector):
    def usage(self) -> Usage:
        return Usage()


class _HasEnough(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        pages = super().changes(cursor)
        for number, page in enumerate(pages, start=1):
            if number == 10 and page.complete_to is None:
                *_, last = pages
                yield ended(page, last)
                return
            yield page


class _KeepsEverything(HostileConnector):
    """All that was ever read is kept, in case it is needed."""

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        self._kept = [*getattr(self, "_kept", ()), b"x" * 2**24]
        return answer


FLAWS: Final = (
    Flaw("truth-imported", "first_response", "minutes are seconds", _TakesMinutesForSeconds),
    Flaw("truth-imported", "not the truth", "removed tickets count", _CountsTheRemoved),
    Flaw("truth-imported", "reopen", "a reopen is missed", _MissesAReopen),
    Flaw("truth-polled", "not the truth", "closed tickets are looked at once", _LooksAtEachOnce),
    Flaw("truth-polled", "should succeed", "our own clock is the vendor's", _GoesByItsOwnClock),
    Flaw("hundred-thousand", "were told", "a thousand tickets are enough", _HasEnough),
    Flaw("hundred-thousand", "requests", "each ticket is asked for", _AsksForEach),
    Flaw("hundred-thousand", "MiB", "all that was read is kept", _KeepsEverything),
    Flaw("requests", "changed tickets", "each ticket is asked for", _AsksForEach),
    Flaw("requests", "brings nothing", "every poll reads everything", _AsksForEverything),
    Flaw("requests", "a thousand rows", "a search ends at a thousand", _SearchesForChanges),
    Flaw("requests", "usage", "nothing is said of what was spent", _TellsNoUsage),
)
