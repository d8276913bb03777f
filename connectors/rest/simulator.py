"""A small helpdesk with a REST API of its own, of no vendor: a virtual desk behind it.

It pages, dates and signs in as its maker is told to, because what reads it must cope with any.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import urlencode

import msgspec

from connectors.rest.simulated_record import (
    CHANNELS,
    PATHS,
    SMILES,
    STATES,
    URGENCIES,
    Key,
    Record,
    record,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.server import SimRequest, SimResponse, Simulator

BASE: Final = "/v2"
TICKETS: Final = f"{BASE}/tickets"
ME: Final = f"{BASE}/me"
MOST: Final = 1000
ASKED: Final = 500
USERNAME: Final = "pulse"
SECRET: Final = "throw-away-key"

CREDENTIALS: Final[Mapping[str, object]] = {
    "bearer": {"bearer": SECRET},
    "basic": {"basic": {"username": USERNAME, "password": SECRET}},
    "header": {"header": {"name": "X-Api-Key", "value": SECRET}},
    "query": {"query": {"name": "api_key", "value": SECRET}},
    "none": "none",
}
PAGINATIONS: Final[Mapping[str, object]] = {
    "cursor": {"cursor": {"param": "after", "from": "meta.next"}},
    "page": {"page": {"param": "page", "last": "meta.pages"}},
    "offset": {"offset": {"param": "skip", "total": "meta.total"}},
    "link": {"link": "header"},
    "next": {"next": "links.next"},
    "none": "none",
}


class RestSimulator(Simulator):
    """One desk as a small helpdesk.

    paging: a key of `PAGINATIONS`; `none` gives everything in one answer. auth: a key of
    `CREDENTIALS`. since: how changes are asked for, `iso` or `unix`; None: they cannot be.
    """

    vendor: ClassVar[str] = "rest"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        paging: str = "cursor",
        auth: str = "bearer",
        since: str | None = "iso",
    ) -> None:
        super().__init__(desk, clock, page_limit=page_limit)
        self._paging = paging
        self._auth = auth
        self._since = since
        self._seen: datetime | None = None
        self._told: dict[int, tuple[Key, Record]] = {}
        self._sorted: list[tuple[Key, Record]] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this helpdesk at `url`."""
        tickets: dict[str, object] = {
            "path": TICKETS.removeprefix(BASE),
            "params": {"per_page": ASKED, "sort": "updated_at"},
            "pagination": PAGINATIONS[self._paging],
        }
        if self._paging != "link":
            tickets["records"] = "data.tickets"
        if self._since:
            tickets["since"] = {"param": "updated_since", "format": self._since}
        return {
            "vendor": self.vendor,
            "url": f"{url}{BASE}",
            "auth": CREDENTIALS[self._auth],
            "tickets": tickets,
            "fields": dict(PATHS),
            "values": {
                "status": {theirs: ours for ours, theirs in STATES.items()},
                "priority": {str(theirs): ours for ours, theirs in URGENCIES.items()},
                "channel": {theirs: ours for ours, theirs in CHANNELS.items()},
                "rating": {theirs: ours for ours, theirs in SMILES.items()},
            },
            "rating_best": 1,
            "effort_best": 7,
            "check": ME.removeprefix(BASE),
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """The list of tickets, or who is signed in."""
        if not self._is_signed(request):
            return _error(401, "sign in with a key of your account")
        if request.method != "GET":
            return _error(405, "this can only be read")
        if request.path == ME:
            return _json({"name": USERNAME})
        if request.path != TICKETS:
            return _error(404, "there is nothing here")
        self._advance(self.clock.now())
        try:
            found = self._asked_for(request.query)
            return PAGES[self._paging](self, request, found)
        except ValueError:
            return _error(422, "a parameter says nothing that we know")

    def size(self, request: SimRequest) -> int:
        """How many records go on a page."""
        return min(int(request.query.get("per_page", 20)), self.page_limit or MOST, MOST)

    def _is_signed(self, request: SimRequest) -> bool:
        given = {
            "bearer": request.headers.get("authorization") == f"Bearer {SECRET}",
            "basic": request.headers.get("authorization") == _basic(),
            "header": request.headers.get("x-api-key") == SECRET,
            "query": request.query.get("api_key") == SECRET,
            "none": True,
        }
        return given[self._auth]

    def _asked_for(self, asked: Mapping[str, str]) -> Sequence[tuple[Key, Record]]:
        """Everything from `updated_since` on, that second included."""
        told = asked.get("updated_since")
        if told is None or self._since is None:
            return self._sorted
        unix = self._since == "unix"
        since = datetime.fromtimestamp(int(told), UTC) if unix else datetime.fromisoformat(told)
        return self._sorted[bisect_left(self._sorted, (since, 0), key=_key) :]

    def _advance(self, now: datetime) -> None:
        """Bring the list to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._told.clear()
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        for story in changed:
            self._told[story.id] = record(story, now, self.desk.hours)
        self._seen = now
        self._sorted = sorted(self._told.values(), key=_key)


Found = Sequence[tuple[Key, Record]]


def _by_cursor(desk: RestSimulator, request: SimRequest, found: Found) -> SimResponse:
    begin = 0
    if after := request.query.get("after"):
        stamp, _, number = base64.urlsafe_b64decode(after).decode().partition("|")
        begin = bisect_left(found, (datetime.fromisoformat(stamp), int(number) + 1), key=_key)
    page = found[begin : begin + desk.size(request)]
    more = begin + len(page) < len(found)
    place = f"{page[-1][0][0].isoformat()}|{page[-1][0][1]}" if page and more else ""
    token = base64.urlsafe_b64encode(place.encode()).decode() or None
    return _json(_list(page, {"next": token}))


def _by_page(desk: RestSimulator, request: SimRequest, found: Found) -> SimResponse:
    page, _, pages = _cut(desk, request, found)
    return _json(_list(page, {"pages": pages}))


def _by_offset(desk: RestSimulator, request: SimRequest, found: Found) -> SimResponse:
    begin = int(request.query.get("skip", 0))
    page = found[begin : begin + desk.size(request)]
    return _json(_list(page, {"total": len(found)}))


def _by_link(desk: RestSimulator, request: SimRequest, found: Found) -> SimResponse:
    page, number, pages = _cut(desk, request, found)
    here = f"http://{request.headers.get('host', 'localhost')}"
    links = f'<{here}{_address(request, 1)}>; rel="first"'
    if number < pages:
        links += f', <{here}{_address(request, number + 1)}>; rel="next"'
    return SimResponse(200, {"Link": links}, msgspec.json.encode([one for _, one in page]))


def _by_next(desk: RestSimulator, request: SimRequest, found: Found) -> SimResponse:
    page, number, pages = _cut(desk, request, found)
    following = _address(request, number + 1) if number < pages else None
    return _json({**_list(page, {}), "links": {"next": following}})


def _whole(_desk: RestSimulator, _request: SimRequest, found: Found) -> SimResponse:
    return _json(_list(found, {}))


PAGES: Final[Mapping[str, Callable[[RestSimulator, SimRequest, Found], SimResponse]]] = {
    "cursor": _by_cursor,
    "page": _by_page,
    "offset": _by_offset,
    "link": _by_link,
    "next": _by_next,
    "none": _whole,
}


def _cut(desk: RestSimulator, request: SimRequest, found: Found) -> tuple[Found, int, int]:
    """The page of a number, that number, and how many there are."""
    size, number = desk.size(request), int(request.query.get("page", 1))
    if number < 1 or size < 1:
        raise ValueError
    return found[(number - 1) * size : number * size], number, -(-len(found) // size)


def _address(request: SimRequest, number: int) -> str:
    """This request's path and query for another page, as vendors do with whatever is in it."""
    return f"{request.path}?{urlencode({**request.query, 'page': number})}"


def _list(page: Found, meta: Record) -> Record:
    return {"data": {"tickets": [one for _, one in page]}, "meta": meta}


def _key(placed: tuple[Key, Record]) -> Key:
    return placed[0]


def _json(told: object) -> SimResponse:
    return SimResponse(200, body=msgspec.json.encode(told))


def _error(status: int, message: str) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode({"error": message}))


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{USERNAME}:{SECRET}".encode()).decode()
