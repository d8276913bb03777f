"""The lists of RT: the newest transactions, what is gone, tickets, and their histories.

A list is walked by id and never by page number, so that nothing slips from one page to another. A
user who may not see everything is told no total and no next page, and a page may be empty because
access rights hide what is on it: such a list is over after some empty pages in a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.contract import Fatal, Reason, Rejection, Retriable
from connectors.http import ApiSession, Reply
from connectors.rt import wire
from connectors.rt.asking import EAST, OF_TICKETS, SHOWN, Mark, any_of
from connectors.rt.wire import Happened, Listed, Queue, Ticket, Transaction, read
from connectors.walking import NAMELESS

MOST: Final = 100
"""Records of an answer; RT gives no more, whatever is asked for."""

LOT: Final = MOST - 1
"""Tickets whose histories are asked for at once. One row of each then leaves room on a page, which
says that it was the last one."""

BLANK: Final = 3
"""Empty pages in a row after which a list that tells no total is over."""

LONGEST: Final = 200_000
"""Requests of one walk; at a hundred rows each beyond any RT, and not for ever."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some tickets as they stand. left: whether more follow. up_to: the id of the last."""

    tickets: Sequence[Ticket]
    rejected: Sequence[Rejection]
    up_to: int
    left: bool


@dataclass(slots=True)
class Histories:
    """What happened to some tickets, the oldest first, by ticket; and those that cannot be read."""

    of: dict[int, list[Transaction]] = field(default_factory=lambda: defaultdict(list))
    broken: set[int] = field(default_factory=set)


class Rt:
    """One RT. with_fields: whether custom fields of tickets are read."""

    def __init__(self, session: ApiSession, *, with_fields: bool) -> None:
        self._session = session
        self._ticket_fields = wire.TICKET_FIELDS + (",CustomFields" if with_fields else "")

    @property
    def source(self) -> str:
        """The operator's name for it."""
        return self._session.source

    def newest(self, since: int) -> tuple[datetime, Iterator[Transaction]]:
        """RT's clock, and the transactions from `since` on that can be read, the newest first."""
        pages = self._descending(f"{OF_TICKETS}{SHOWN} AND id >= {since}")
        first = next(pages)

        def rows() -> Iterator[Transaction]:
            yield from read(first.value.items, Transaction)[0]
            for page in pages:
                yield from read(page.value.items, Transaction)[0]

        return first.at, rows()

    def removals(self, mark: Mark) -> list[Transaction] | None:
        """Since the mark, the newest first; None: its instant is read as another one."""
        found: list[Transaction] = []
        for page in self._descending(mark.removals):
            rows, _ = read(page.value.items, Transaction)
            found += [row for row in rows if row.number != mark.id]
            if any(row.number == mark.id for row in read(page.value.items, Happened)[0]):
                return found
        return None if mark.id else found

    def ahead(self, mark: Mark) -> int | None:
        """By how many quarters of an hour the clock of queries is ahead of UTC; None: the
        transaction of the mark cannot be seen any more."""
        least, most = -EAST, EAST
        if not self._finds(mark.is_after(least)):
            return None
        while least < most:
            middle = (least + most + 1) // 2
            if self._finds(mark.is_after(middle)):
                least = middle
            else:
                most = middle - 1
        return least

    def tickets(self, where: str, after: int) -> Iterator[Batch]:
        """The tickets for which `where` holds and whose id is greater, by id."""
        blank, page = 0, 1
        for _ in range(LONGEST):
            query = f"id > {after}{f' AND {where}' if where else ''}"
            reply = self._listed("/tickets", query, "ASC", self._ticket_fields, page=page, most=LOT)
            told = reply.value
            ids = self._ids(told)
            if ids and (sorted(ids) != ids or ids[0] <= after):
                raise self._broken("list of tickets tells others than were asked for")
            blank, page = (0, 1) if ids else (blank + 1, page + 1)
            after = ids[-1] if ids else after
            over = blank >= BLANK if told.total is None else told.total <= len(ids)
            rows, rejected = read(told.items, Ticket)
            yield Batch(rows, rejected, after, not over)
            if over:
                return
        raise self._broken("list of tickets does not come to an end")

    def newest_tickets(self, where: str = "id > 0") -> Reply[Listed]:
        """Some tickets, the newest first."""
        return self._listed("/tickets", where, "DESC", self._ticket_fields)

    def histories(self, tickets: Sequence[int], kinds: str) -> Histories:
        """What happened of these kinds to tickets that can be seen: of those nothing of it is
        hidden, so that a page which is not full is the last one."""
        found = Histories()
        if not tickets:
            return found
        where = f"{OF_TICKETS} AND {any_of('ObjectId', tickets)} AND {kinds}"
        for page in self._descending(where, until_short=True):
            rows, rejected = read(page.value.items, Transaction)
            for row in rows:
                found.of[int(row.ticket)].append(row)
            if rejected:
                named = read(page.value.items, Happened)[0]
                known = {row.number for row in rows}
                found.broken |= {int(one.ticket) for one in named if one.number not in known}
        for history in found.of.values():
            history.reverse()
        return found

    def queues(self) -> dict[int, str]:
        """The names of the queues that can be seen."""
        found: dict[int, str] = {}
        for page in range(1, MOST):
            params: dict[str, str | int] = {"fields": "Name", "per_page": MOST, "page": page}
            told = self._session.get("/queues/all", params=params, decode=Listed).value
            rows, _ = read(told.items, Queue)
            found |= {row.number: row.name for row in rows}
            if not told.items:
                break
            if told.total is not None and page * told.per_page >= told.total:
                break
        return found

    def _finds(self, query: str) -> bool:
        fields = wire.TRANSACTION_FIELDS
        return bool(self._listed("/transactions", query, "ASC", fields, most=1).value.items)

    def _descending(self, where: str, *, until_short: bool = False) -> Iterator[Reply[Listed]]:
        """Transactions, the newest first, page by page; the first page always comes."""
        below, blank, page = None, 0, 1
        for _ in range(LONGEST):
            query = where if below is None else f"{where} AND id < {below}"
            reply = self._listed("/transactions", query, "DESC", wire.TRANSACTION_FIELDS, page=page)
            ids = self._ids(reply.value)
            if ids and (sorted(ids, reverse=True) != ids or (below and ids[0] >= below)):
                raise self._broken("list of transactions tells others than were asked for")
            yield reply
            blank, page = (0, 1) if ids else (blank + 1, page + 1)
            below = ids[-1] if ids else below
            told = reply.value
            is_all = told.total is not None and told.total <= len(ids)
            is_short = until_short and len(ids) < told.per_page
            if is_all or is_short or blank >= BLANK:
                return
        raise self._broken("list of transactions does not come to an end")

    def _listed(
        self, path: str, query: str, order: str, fields: str, *, page: int = 1, most: int = MOST
    ) -> Reply[Listed]:
        params: dict[str, str | int] = {
            "query": query,
            "orderby": "id",
            "order": order,
            "fields": fields,
            "per_page": most,
        }
        if "Queue" in fields:
            params["fields[Queue]"] = "Name"
        if page > 1:
            params["page"] = page
        return self._session.get(path, params=params, decode=Listed)

    def _ids(self, told: Listed) -> list[int]:
        """Of all records of an answer, those that cannot be read included."""
        rows, nameless = read(told.items, wire.Row)
        if any(one.subject == NAMELESS for one in nameless):
            raise Retriable(
                f"source '{self.source}': a record of RT has no id. Nothing is lost; if it stays "
                "so, its API has changed: look for a newer version of the connector.",
                reason=Reason.MALFORMED,
            )
        return [row.number for row in rows]

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"source '{self.source}': RT's {what}. Nothing is lost; if it stays so, its API has "
            "changed: look for a newer version of the connector."
        )
