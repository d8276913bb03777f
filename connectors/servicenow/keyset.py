"""Reading a table that changes while it is read: by keyset, each request standing on a known row.

Rows come ordered by (time of change, sys_id). Every request but the first ever begins AT a row
that was read before, so that its coming back proves that the instance reads our conditions as we
mean them. It ignores in silence a condition that it cannot read, and an account in another time
zone than GMT can shift the instants in it: either would lose rows without a trace.

The condition is `time>=T^time>T^ORsys_id>=ID`: `^OR` binds closer than `^`. `^NQ` would say the
same, but rules that an instance adds to a query reach only the part before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec
from requests.utils import parse_header_links

from connectors.contract import Fatal, Reason, Rejection, Retriable
from connectors.customers import Record
from connectors.http import ApiSession, Reply
from connectors.servicenow.wire import (
    Answer,
    Malformed,
    Row,
    fields_of,
    instant,
    name_of,
    text_of,
)

LAG = timedelta(seconds=10)  # rows of one instant are committed over some seconds
LONGEST_WALK = 200_000  # requests: at 1,000 rows each beyond any instance, and not for ever

RowT = TypeVar("RowT", bound=Row)


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A row that was read, or (with no `id`) just an instant to begin at."""

    at: datetime
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table(Generic[RowT]):
    """A table to walk: its name, the field of its time of change, how rows are read.

    only: field and value that every row must have.
    """

    name: str
    time: str
    row: type[RowT]
    read: Callable[[RowT], Record]
    only: tuple[str, str] | None = None

    def key(self, row: RowT) -> Position:
        """Where the row stands in the order. Raises `Malformed`."""
        at = instant(getattr(row, self.time), self.time)
        return Position(at, row.sys_id)

    def query(self, since: Position | None) -> str:
        """The encoded query for every row from `since` on, in order."""
        terms = ["=".join(self.only)] if self.only else []
        if since is not None:
            at = text_of(since.at)
            terms.append(f"{self.time}>={at}")
            if since.id:
                terms += [f"{self.time}>{at}", f"ORsys_id>={since.id}"]
        return "^".join([*terms, f"ORDERBY{self.time}", "ORDERBYsys_id"])


@dataclass(frozen=True, slots=True)
class Leg:
    """One answer on the way: what it told, and where the next poll may begin."""

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]
    position: Position | None
    at: datetime
    total: int | None
    last: bool


@dataclass(slots=True)
class _Read(Generic[RowT]):
    """The rows of one answer that could be read, with their places, and those that could not."""

    rows: list[tuple[Position, RowT]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


class Walk(Generic[RowT]):
    """One pass over a table. `page_size` is what is asked for; an answer may hold fewer rows."""

    def __init__(self, session: ApiSession, table: Table[RowT], page_size: int) -> None:
        self._session = session
        self._table = table
        self._page_size = page_size
        self._row = msgspec.json.Decoder(table.row)

    def legs(self, since: Position | None) -> Iterator[Leg]:
        """Every row from `since` to the end. Raises `ConnectorError`.

        The position never passes the first answer's Date less `LAG`: what is younger is told now
        and again by the next poll, for rows of that span may still be on their way.
        """
        position, offset, horizon = since, 0, None
        for _ in range(LONGEST_WALK):
            reply = self._ask(self._table.query(position), self._page_size, offset)
            horizon = horizon or reply.at - LAG
            read = self._read(reply.value)
            self._judge(read, position, offset, horizon)
            following = _next_offset(reply, offset, self._page_size)
            records = self._records(read, position)
            reached = _last_settled(read, horizon) or position
            yield Leg(
                records=records,
                rejected=tuple(read.rejected),
                position=reached,
                at=reply.at,
                total=_total(reply),
                last=following is None,
            )
            if following is None:
                return
            if reached == position:  # hidden by access rules, or all too young
                offset = _onward(offset, following, blind=not records)
            else:
                position, offset = reached, 0
        raise self._broken("does not come to an end")

    def rows(self, query: str, limit: int) -> tuple[Reply[Answer], list[tuple[Position, RowT]]]:
        """The rows that a query of one's own brings. Raises `ConnectorError`."""
        reply = self._ask(query, limit, 0)
        return reply, self._read(reply.value).rows

    def _ask(self, query: str, limit: int, offset: int) -> Reply[Answer]:
        reply = self._session.get(
            f"/api/now/table/{self._table.name}",
            params={
                "sysparm_query": query,
                "sysparm_fields": fields_of(self._table.row),
                "sysparm_display_value": "false",
                "sysparm_exclude_reference_link": "true",
                "sysparm_limit": limit,
                "sysparm_offset": offset,
            },
            decode=Answer,
        )
        if bytes(reply.value.error) not in (b"", b"null"):
            raise Retriable(
                f"source '{self._session.source}': ServiceNow gave up in the middle of an answer "
                f"on {self._table.name}. Nothing is lost; if it stays so, set "
                "a smaller page_size.",
                reason=Reason.SERVER,
            )
        return reply

    def _read(self, answer: Answer) -> _Read[RowT]:
        read: _Read[RowT] = _Read()
        for raw in answer.result:
            try:
                row = self._row.decode(raw)
                read.rows.append((self._table.key(row), row))
            except (msgspec.ValidationError, Malformed) as error:
                read.rejected.append(_rejection(name_of(raw), error))
        return read

    def _records(self, read: _Read[RowT], known: Position | None) -> tuple[Record, ...]:
        """The records of the rows, adding to what is rejected; the row that we stand on was told
        before."""
        records = []
        for key, row in read.rows:
            try:
                if key != known:
                    records.append(self._table.read(row))
            except Malformed as error:
                name = getattr(row, "number", "") or key.id
                read.rejected.append(_rejection(name, error))
        return tuple(records)

    def _judge(
        self, read: _Read[RowT], since: Position | None, offset: int, horizon: datetime
    ) -> None:
        """Whether the answer is one to our question. Raises `Fatal`."""
        if self._table.only is not None:
            name, value = self._table.only
            if any(getattr(row, name) != value for _, row in read.rows):
                raise self._broken(f"tells rows that are not of {name} {value}")
        keys = [key for key, _ in read.rows]
        # A row that changes while the answer is being written shows its new time at its old place.
        settled = [_order(key) for key in keys if key.at <= horizon]
        if any(after <= before for before, after in pairwise(settled)):
            raise self._broken("does not keep the order that was asked for")
        if since is None:
            return
        if any(key < _order(since) for key in settled):
            raise self._broken("tells rows from before the instant that was asked for")
        if offset and since in keys:
            raise self._broken("tells the same rows again instead of those that follow")
        if since.id and not offset and not any(key.id == since.id for key in keys):
            self._prove(since)

    def _prove(self, known: Position) -> None:
        """The row that we stand on did not come back: right only if it changed or is gone."""
        _, rows = self.rows(f"sys_id={known.id}", 1)
        if any(key == known or key.id != known.id for key, _ in rows):
            raise self._broken("leaves out rows of the time that was asked for")

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"source '{self._session.source}': ServiceNow's table {self._table.name} {what}. Set "
            "the time zone of deskpulse's account in ServiceNow to GMT, and let it read the "
            f"fields sys_id and {self._table.time}: conditions on others are ignored in silence."
        )


def _order(key: Position) -> tuple[datetime, str]:
    return key.at, key.id.lower()  # the database compares without case


def _last_settled(read: _Read[RowT], horizon: datetime) -> Position | None:
    return next((key for key, _ in reversed(read.rows) if key.at <= horizon), None)


def _onward(offset: int, following: int, *, blind: bool) -> int:
    """The next offset where no row gives a place to stand on. Rows that change meanwhile leave
    for the end and those behind move up; half a page again makes up for as many of them."""
    return offset + max(1, (following - offset) // 2) if blind else following


def _next_offset(reply: Reply[Answer], offset: int, limit: int) -> int | None:
    """Where the rest of this query begins, None at its end.

    Access rules take rows out of a page after it was cut, so that a short or empty page says
    nothing of the end; only the Link header and the count do.
    """
    total, following = _total(reply), offset + limit
    told = _told_offset(reply)
    if told is None and (total is None or following >= total):
        return None
    following = following if told is None else max(told, offset + 1)
    return None if total is not None and following >= total else following


def _told_offset(reply: Reply[Answer]) -> int | None:
    """The offset in the link to the next page: the step of a server with smaller pages."""
    for link in parse_header_links(reply.headers.get("Link", "")):
        if link.get("rel") == "next":
            offset = parse_qs(urlsplit(link["url"]).query).get("sysparm_offset", [""])[0]
            return int(offset) if offset.isdecimal() else 0
    return None


def _total(reply: Reply[Answer]) -> int | None:
    told = reply.headers.get("X-Total-Count", "")
    return int(told) if told.isdecimal() else None


def _rejection(name: str, error: Exception) -> Rejection:
    return Rejection(name, "malformed", f"{name}: {error}")
