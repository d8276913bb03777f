"""Request Tracker on loopback: REST 2 over a virtual desk, as a user who may see every ticket.

It knows searches of tickets and transactions, the list of queues, single tickets, and the page of a
ticket. Instants in queries are read in the user's time zone, what cannot be read is 1970, deleted
and merged tickets are found by no search, and rows that access rights hide are taken out of a page
after it was cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import ClassVar, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from connectors.rt.simulated_query import (
    Either,
    Node,
    Term,
    Understood,
    Value,
    Wrong,
    chosen,
    conditions,
    parse,
)
from connectors.rt.simulated_rows import (
    API,
    CHANNEL,
    CUSTOMER,
    FIELDS,
    TICKETS,
    TRANSACTIONS,
    UNSET,
    Json,
    named,
    text,
    transaction,
)
from connectors.rt.simulated_tickets import BOT, INACTIVE, INCOMING, Entry, Kept, Life
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Story
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

TOKEN: Final = "throw-away-token"
VERSION: Final = "5.0.3"
MOST: Final = 100
USUAL: Final = 20
PRIVATE: Final = frozenset({"Comment", "EmailRecord"})
"""Hidden from a user with no further right than to see tickets."""

RowT = TypeVar("RowT", Kept, Entry)


class RtSimulator(Simulator):
    """One desk as one RT."""

    vendor: ClassVar[str] = "rt"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        zone: str = "UTC",
        hidden: Callable[[int], bool] | None = None,
        superuser: bool = False,
    ) -> None:
        """zone: of the user, in which instants in queries are read. hidden: by its number, whether
        access rights hide a ticket; no total is told then. superuser: sees all transactions too."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._zone = ZoneInfo(zone)
        self._hidden = hidden
        self._superuser = superuser
        self._queues = {name: number for number, name in enumerate((INCOMING, *desk.teams), 1)}
        self._seen: datetime | None = None
        self._forget()

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this RT at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "token": TOKEN,
            "statuses": {"parked": "hold", "archived": "closed"},
            "priorities": {"low": 0, "normal": 50, "high": 75, "urgent": 100},
            "inboxes": [INCOMING],
            "bots": [BOT],
            "channel_field": CHANNEL,
            "customer_field": CUSTOMER,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What RT would answer now."""
        if request.path == "/Ticket/Display.html":
            return self._page(request)
        if request.headers.get("authorization") != f"token {TOKEN}":
            return _json({"message": "Unauthorized"}, 401)
        self._advance(self.clock.now())
        name = request.path.removeprefix(f"{API}/")
        try:
            return self._found(name, request)
        except Wrong as error:
            return _json({"message": str(error)}, 400)

    def _found(self, name: str, request: SimRequest) -> SimResponse:
        asked = request.query
        kind, _, number = name.partition("/")
        if name == "rt":
            return _json({"Version": VERSION, "Plugins": []})
        if name == "queues/all":
            rows = [named("queue", one, Name=name) for name, one in self._queues.items()]
            return _json(self._listed(asked, rows, len(rows)))
        if name == "tickets":
            return self._tickets(asked)
        if name == "transactions":
            return self._transactions(asked)
        kept = self._kept.get(int(number)) if kind == "ticket" and number.isdecimal() else None
        if kept is None:
            return _json({"message": "Not Found"}, 404)
        while kept.merged_into in self._kept:  # a merged ticket answers as the other one
            kept = self._kept[kept.merged_into]
        return _json(self._ticket(kept, tuple(FIELDS)) | {"id": kept.story.id})

    def _tickets(self, asked: Mapping[str, str]) -> SimResponse:
        node = parse(asked.get("query", ""), self._understood(TICKETS))
        numbers: Sequence[int] = self._numbers
        for one in conditions(node):
            if (only := chosen(one, "id")) is not None:
                numbers = sorted(int(number) for number in only)
            elif isinstance(one, Term) and one.field == "id" and one.operator == ">":
                numbers = numbers[bisect_left(numbers, int(one.value) + 1) :]
        rows = (self._kept[number] for number in _ordered(numbers, asked) if number in self._kept)
        found = [one for one in rows if one.is_listed and node.holds(_getter(one, TICKETS))]
        page = [one for one in self._cut(found, asked) if not self._hides(one.story.id)]
        fields = asked.get("fields", "").split(",")
        told = [self._ticket(one, fields, asked.get("fields[Queue]", "")) for one in page]
        return _json(self._listed(asked, told, None if self._hidden else len(found)))

    def _transactions(self, asked: Mapping[str, str]) -> SimResponse:
        node = parse(asked.get("query", ""), self._understood(TRANSACTIONS))
        begin, end, of = 1, len(self._entries) + 1, None
        for one in conditions(node):
            if (only := chosen(one, "ObjectId")) is not None:
                of = sorted(number for ticket in only for number in self._of[int(ticket)])
            elif isinstance(one, Term) and one.field == "id":
                value = int(one.value)
                if one.operator in (">", ">=", "="):
                    begin = max(begin, value + (one.operator == ">"))
                if one.operator in ("<", "<=", "="):
                    end = min(end, value + (one.operator != "<"))
        numbers: Sequence[int] = range(begin, end)
        if of is not None:
            numbers = of[bisect_left(of, begin) : bisect_left(of, end)]
        rows = (self._entries[number - 1] for number in _ordered(numbers, asked))
        found: Iterable[Entry] = (one for one in rows if node.holds(_getter(one, TRANSACTIONS)))
        found = list(found) if self._superuser else found
        page = [one for one in self._cut(found, asked) if not self._keeps_back(one)]
        told = [transaction(one, asked.get("fields", "").split(",")) for one in page]
        total = len(found) if isinstance(found, list) else None
        return _json(self._listed(asked, told, total))

    def _listed(self, asked: Mapping[str, str], rows: list[Json], total: int | None) -> Json:
        size, page = self._size(asked), int(asked.get("page", "1"))
        pages = None if total is None else -(-total // size)
        told: Json = {"count": len(rows), "total": total, "page": page, "pages": pages}
        if pages is not None and page < pages:
            told["next_page"] = f"{API}/?page={page + 1}"
        return {**told, "per_page": size, "items": rows}

    def _cut(self, rows: Iterable[RowT], asked: Mapping[str, str]) -> Iterator[RowT]:
        size, page = self._size(asked), int(asked.get("page", "1"))
        return islice(rows, size * (page - 1), size * page)

    def _size(self, asked: Mapping[str, str]) -> int:
        size = int(asked.get("per_page", USUAL)) or USUAL
        return min(size, MOST, self.page_limit or MOST)

    def _hides(self, number: int) -> bool:
        return self._hidden is not None and self._hidden(number)

    def _keeps_back(self, entry: Entry) -> bool:
        return not self._superuser and (entry.kind in PRIVATE or self._hides(entry.ticket))

    def _understood(self, fields: Mapping[str, object]) -> Understood:
        def understood(term: Term) -> Node:
            if term.field not in fields:
                raise Wrong(f"Unknown field: {term.field}")
            if term.field in ("Created", "LastUpdated"):
                return Term(term.field, term.operator, self._instant(str(term.value)))
            if term.value == "__Inactive__":
                return Either(tuple(Term(term.field, "=", one) for one in INACTIVE))
            return term

        return understood

    def _instant(self, told: str) -> str:
        """An instant of a query as the database has it."""
        try:
            read = datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            return UNSET
        offset = read.astimezone(self._zone).utcoffset()
        return text(read - offset) if offset is not None else UNSET

    def _ticket(self, kept: Kept, fields: Sequence[str], of_queue: str = "Name") -> Json:
        told = named("ticket", kept.story.id)
        told["id"] = str(kept.story.id)
        for name in fields:
            if name == "Queue":
                more = {"Name": kept.queue} if of_queue == "Name" else {}
                told[name] = named("queue", self._queues[kept.queue], **more)
            elif name in FIELDS:
                told[name] = FIELDS[name](kept)
        return told

    def _page(self, request: SimRequest) -> SimResponse:
        now = self.clock.now()
        number = request.query.get("id", "")
        story = next((one for one in self.desk.stories(now) if str(one.id) == number), None)
        return SimResponse(404) if story is None else ticket_page(story, now)

    def _forget(self) -> None:
        self._kept: dict[int, Kept] = {}
        self._numbers: list[int] = []
        self._entries: list[Entry] = []
        self._of: defaultdict[int, list[int]] = defaultdict(list)

    def _advance(self, now: datetime) -> None:
        """Bring RT to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._forget()
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        customers = {one.id: one.external_id for one in self.desk.customers(now)}
        fresh: list[Entry] = []
        for story in changed:
            fresh += self._live(story, now, customers.get(story.customer, ""))
        self._write(sorted(fresh, key=lambda one: one.at))
        self._numbers = sorted(self._kept)
        self._seen = now

    def _live(self, story: Story, now: datetime, customer: str) -> list[Entry]:
        life = Life(story, self._queues)
        kept = life.lived(now)
        before = self._kept.get(story.id)
        kept.written, kept.customer = len(life.entries), customer
        self._kept[story.id] = kept
        return life.entries[before.written if before else 0 :]

    def _write(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            entry.id = len(self._entries)
            self._of[entry.ticket].append(entry.id)
            kept = self._kept.get(entry.ticket)
            if kept is not None and kept.changed < entry.at:  # others were merged into it
                kept.changed = entry.at


def _getter(row: RowT, fields: Mapping[str, Callable[[RowT], Value]]) -> Callable[[str], Value]:
    return lambda name: fields[name](row)


def _ordered(numbers: Sequence[int], asked: Mapping[str, str]) -> Sequence[int]:
    return numbers[::-1] if asked.get("order") == "DESC" else numbers


def _json(told: Json, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))
