"""A Tryton 8 server on loopback: its REST API over the customers of a virtual desk.

It knows subscriptions, parties, the log of states and the list of modules; domains, orders, paths
of fields, and both ways to page. Whoever may not read a model is told that the request is wrong.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, Final

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.tryton import simulated_records as records
from connectors.tryton import simulated_search as search
from connectors.tryton.simulated_records import Course, House
from connectors.tryton.simulated_search import Record, Unknown

KEY: Final = "throw-away-tryton"
DATABASE: Final = "crm"
SUBSCRIPTION: Final = "sale.subscription"
PARTY: Final = "party.party"
LOG: Final = "ir.model.log"
NEWEST_FIRST: Final = [["create_date", "DESC"], ["id", "DESC"]]
RANGE: Final = re.compile(r"records=(\d+)-(\d*)")
COUNTED: Final = 10
"""Pages up to which Tryton counts how many records there are."""

HTML: Final = {"content-type": "text/html; charset=utf-8"}
TITLES: Final = {
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    416: "Requested Range Not Satisfiable",
    500: "Internal Server Error",
}


class TrytonSimulator(Simulator):
    """One desk's customers as a Tryton database."""

    vendor: ClassVar[str] = "tryton"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        forbidden: frozenset[str] = frozenset(),
        zone: str = "UTC",
        modules: frozenset[str] = frozenset({"party", "sale_subscription"}),
    ) -> None:
        """forbidden: the models that the user of the key may not read. zone: of the company.
        modules: those that are activated."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._forbidden = forbidden
        self._house = House(zone)
        self._modules = modules
        self._seen: datetime | None = None
        self._courses: dict[int, Course] = {}
        self._tables: dict[str, dict[int, Record]] = defaultdict(dict)
        self._sorted: dict[tuple[str, str], tuple[list[Record], list[Any]]] = {}

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this database at `url`."""
        return {"vendor": self.vendor, "url": url, "database": DATABASE, "key": KEY}

    def answer(self, request: SimRequest) -> SimResponse:
        """A search in one model; everything else is an error in the vendor's form."""
        database, _, model = request.path.strip("/").partition("/rest/model/")
        if database != DATABASE or not model or "/" in model:
            return _page(404)
        if request.headers.get("authorization", "").lower() != f"bearer {KEY}":
            return _page(401)
        if request.method != "GET":
            return _page(405)
        try:
            return self._search(model, request)
        except (Unknown, binascii.Error, ValueError, KeyError) as error:
            return _page(500, repr(str(error)))

    def _search(self, model: str, request: SimRequest) -> SimResponse:
        domain = search.decoded(request.query["d"]) if "d" in request.query else []
        order = search.decoded(request.query["o"]) if "o" in request.query else NEWEST_FIRST
        paths = [value for name, value in request.pairs if name == "f"] or ["rec_name"]
        if model.startswith("sale.") and "sale_subscription" not in self._modules:
            raise Unknown(model)
        for path in (*paths, *search.names_in(domain), *(name for name, _ in order)):
            search.verify(model, path)
        if model in self._forbidden:
            return _wrong(f'You are not allowed to access "{model}".')
        if model == LOG and not _names_resources(domain):
            return _wrong(f'You are not allowed to search on the "{LOG}" resource.')
        self._advance(self.clock.now())
        if model == LOG and not self._may_read(domain):
            return _wrong('You are not allowed to read records of "Sale Subscription".')
        return self._cut(self._found(model, domain, order), paths, request)

    def _cut(self, found: Iterable[Record], paths: list[str], request: SimRequest) -> SimResponse:
        """The page that was asked for, and where a range was asked for, how many there are."""
        asked = RANGE.fullmatch(request.headers.get("range", ""))
        if asked:
            offset, last = int(asked[1]), int(asked[2]) if asked[2] else None
            limit = None if last is None else last - offset
        else:
            offset = int(request.query.get("p", 0))
            limit = int(request.query["s"]) if "s" in request.query else None
        if self.page_limit is not None:
            limit = min(limit or self.page_limit, self.page_limit)
        most = None if limit is None else COUNTED * (offset + limit)
        counted = list(islice(found, most))
        page = counted[offset:] if limit is None else counted[offset : offset + limit]
        if asked and not page and offset:
            return _page(416)
        headers = {}
        if asked:
            total = "*" if len(counted) == most else str(len(counted))
            headers["Content-Range"] = f"records {offset}-{offset + len(page)}/{total}"
            headers["Accept-Ranges"] = "records"
        body = msgspec.json.encode([search.shown(record, paths) for record in page])
        return SimResponse(200, headers, body)

    def _found(self, model: str, domain: Any, order: Any) -> Iterable[Record]:
        """The records that are meant, in order."""
        if model == "ir.module":
            return self._module_records(domain)
        if model == LOG:
            return search.ordered(self._log(domain), order)
        if model == PARTY and "active" not in search.names_in(domain):
            domain = [*domain, ["active", "=", True]]
        field, way = order[0]
        if way != "ASC" or field not in ("create_date", "write_date"):
            meant = (one for one in self._tables[model].values() if search.holds(domain, one))
            return search.ordered(meant, order)
        rows, keys = self._index(model, field)
        least = search.least(domain, field)
        first = 0 if least is None else bisect_left(keys, least)
        return (one for one in rows[first:] if search.holds(domain, one))

    def _index(self, model: str, field: str) -> tuple[list[Record], list[Any]]:
        """The records that have the field, by it and their id."""
        if (model, field) not in self._sorted:
            having = (one for one in self._tables[model].values() if one[field] is not None)
            rows = search.ordered(having, [[field, "ASC"], ["id", "ASC"]])
            missing = [one for one in self._tables[model].values() if one[field] is None]
            rows = rows if field == "create_date" else rows + missing
            self._sorted[model, field] = rows, [one[field] for one in rows if one[field]]
        return self._sorted[model, field]

    def _log(self, domain: Any) -> Iterable[Record]:
        return (
            line
            for number in sorted(_named(domain))
            for line in records.log(self._courses[number])
            if search.holds(domain, line)
        )

    def _may_read(self, domain: Any) -> bool:
        return all(number in self._courses for number in _named(domain))

    def _module_records(self, domain: Any) -> list[Record]:
        known = ("party", "sale_subscription", "stock")
        told: list[Record] = [
            {
                "__name__": "ir.module",
                "id": number,
                "name": name,
                "state": "activated" if name in self._modules else "not activated",
            }
            for number, name in enumerate(known, 1)
        ]
        return [one for one in told if search.holds(domain, one)]

    def _advance(self, now: datetime) -> None:
        """Bring the tables to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._tables.clear()
            self._courses.clear()
            self._tables[PARTY][1] = self._house.party
            changed = list(self.desk.customers(now))
        else:
            changed = [one for _, one in self.desk.customers_touched(self._seen, now)]
        for patron in changed:
            self._tell(patron, now)
        self._seen = now
        self._sorted.clear()

    def _tell(self, patron: Patron, now: datetime) -> None:
        self._tables[PARTY][patron.id + 1] = records.party(patron, now)
        for course in records.courses(patron, now, self._house):
            self._courses[course.id] = course
            told = records.subscription(course, self._house)
            self._tables[SUBSCRIPTION][course.id] = told


def _named(domain: Any) -> set[int]:
    """The subscriptions whose log is asked for."""
    for one in domain:
        match one:
            case ["resource", "in", names]:
                return {int(name.rpartition(",")[2]) for name in names}
            case ["resource", "=", name]:
                return {int(name.rpartition(",")[2])}
    return set()


def _names_resources(domain: Any) -> bool:
    return any(one[:2] in (["resource", "in"], ["resource", "="]) for one in domain)


def _wrong(message: str) -> SimResponse:
    told: Mapping[str, object] = {"status": 400, "message": message, "description": ""}
    return SimResponse(400, body=msgspec.json.encode(told))


def _page(status: int, why: str = "") -> SimResponse:
    title = f"{status} {TITLES[status]}"
    text = f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<p>{why}</p>\n"
    return SimResponse(status, HTML, text.encode())
