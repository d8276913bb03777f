"""Zendesk's API about a virtual desk: the incremental export, groups and who is signed in."""

from __future__ import annotations

from base64 import b64decode, b64encode
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Story
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.zendesk.simulated_ticket import iso, ticket_object

EMAIL = "pulse@desk.example"
TOKEN = "throw-away-zendesk-token"
HIDDEN = timedelta(seconds=60)
PAGE_LIMIT = 1000
GROUP_PAGE_LIMIT = 100
FIRST_GROUP = 360_000_000_100
ADMIN = 390_000_000_001

Position = tuple[int, int]
Entry = tuple[int, int, Story]

BEGIN: Position = (0, 0)


class ZendeskSimulator(Simulator):
    """Answers like one Zendesk account, which shows the desk as it was a minute ago."""

    vendor: ClassVar[str] = "zendesk"

    def __init__(self, desk: Desk, clock: Clock, *, page_limit: int | None = None) -> None:
        super().__init__(desk, clock, page_limit=page_limit)
        self._groups = {team: FIRST_GROUP + number for number, team in enumerate(desk.teams)}
        self._listed: tuple[datetime, Position, list[Entry]] | None = None
        self._ready: dict[tuple[datetime, Position, int, bool], bytes] = {}
        self._host = "https://desk.example"
        self._routes = {
            "/api/v2/incremental/tickets/cursor": self._export,
            "/api/v2/groups": self._list_groups,
            "/api/v2/users/me": self._me,
            "/api/v2/tickets/count": self._count,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Zendesk would answer now."""
        if not _signed_in(request.headers.get("authorization", "")):
            return _error(401, "Couldn't authenticate you")
        route = self._routes.get(request.path.removesuffix(".json"))
        if route is None or request.method != "GET":
            return _error(404, "InvalidEndpoint", "Not found")
        return route(request)

    def settings(self, url: str) -> dict[str, object]:
        """What stands under `sources: NAME:` of deskpulse.yaml for this simulator at `url`."""
        return {"vendor": self.vendor, "url": url, "email": EMAIL, "api_token": TOKEN}

    def prepare(self, page_size: int = PAGE_LIMIT) -> int:
        """Render every page of a full export with metric sets, so that serving it costs next to
        nothing while the clock stands. Gives the number of tickets."""
        limit = self._limit(str(page_size), PAGE_LIMIT)
        position, tickets = BEGIN, 0
        self._ready.clear()
        while True:
            visible, entries = self._entries(position)
            page = entries[:limit]
            body = self._page(visible, position, limit, sideload=True)
            self._ready[visible, position, limit, True] = body
            tickets += len(page)
            if len(entries) <= limit:
                return tickets
            position = page[-1][:2]

    def _export(self, request: SimRequest) -> SimResponse:
        query = request.query
        try:
            position = self._position(query)
        except _Refusal as refusal:
            return refusal.response
        limit = self._limit(query.get("per_page", ""), PAGE_LIMIT)
        sideload = "metric_sets" in query.get("include", "").split(",")
        key = (self._visible(), position, limit, sideload)
        body = self._ready.get(key) or self._page(key[0], position, limit, sideload=sideload)
        return SimResponse(200, body=body)

    def _position(self, query: dict[str, str]) -> Position:
        """After which (instant, id) the question begins."""
        if "cursor" in query:
            return _decoded(query["cursor"])
        try:
            start = int(query["start_time"])
        except (KeyError, ValueError):
            raise _Refusal(400, "StartTimeMissing", "Start time must be a Unix time") from None
        if start > self._visible().timestamp():
            raise _Refusal(
                422, "InvalidValue", "Too recent start_time. Use a start_time older than 1 minute"
            )
        return (start - 1, 2**63) if start > 0 else BEGIN

    def _page(self, visible: datetime, position: Position, limit: int, *, sideload: bool) -> bytes:
        _, entries = self._entries(position)
        page = entries[:limit]
        after = page[-1][:2] if page else position
        cursor = _encoded(after) if after != BEGIN else None
        path = "/api/v2/incremental/tickets/cursor.json"
        return msgspec.json.encode(
            {
                "tickets": [
                    ticket_object(story, visible, self._groups, sideload=sideload)
                    for _, _, story in page
                ],
                "after_url": cursor and f"{self._host}{path}?cursor={cursor}",
                "after_cursor": cursor,
                "before_url": None,
                "before_cursor": None,
                "end_of_stream": len(entries) <= limit,
            }
        )

    def _entries(self, position: Position) -> tuple[datetime, list[Entry]]:
        """Every ticket after `position`, by (generated_timestamp, id), and as of when."""
        visible = self._visible()
        listed = self._listed
        if listed is None or listed[0] != visible or listed[1] > position:
            since = max(self.desk.begins.timestamp(), position[0]) - 1
            listed = (visible, position, self._touched(since, visible))
            self._listed = listed
        entries = listed[2]
        return visible, entries[bisect_right(entries, position, key=_key) :]

    def _touched(self, since: float, visible: datetime) -> list[Entry]:
        touched = self.desk.touched(datetime.fromtimestamp(since, UTC), visible)
        return [(int(at.timestamp()), story.id, story) for at, story in touched]

    def _list_groups(self, request: SimRequest) -> SimResponse:
        query = request.query
        limit = self._limit(query.get("page[size]", ""), GROUP_PAGE_LIMIT)
        first = int(_plain(query.get("page[after]", "")) or 0)
        rows = list(self._groups.items())
        page = rows[first : first + limit]
        more = first + limit < len(rows)
        return _json(
            {
                "groups": [self._group(name, number) for name, number in page],
                "meta": {
                    "has_more": more,
                    "after_cursor": _opaque(str(first + limit)) if more else None,
                    "before_cursor": None,
                },
                "links": {"next": None, "prev": None},
            }
        )

    def _group(self, name: str, number: int) -> dict[str, object]:
        return {
            "url": f"{self._host}/api/v2/groups/{number}.json",
            "id": number,
            "is_public": True,
            "name": name,
            "description": "",
            "default": number == FIRST_GROUP,
            "deleted": False,
            "created_at": iso(self.desk.begins),
            "updated_at": iso(self.desk.begins),
        }

    def _me(self, _: SimRequest) -> SimResponse:
        user = {
            "id": ADMIN,
            "url": f"{self._host}/api/v2/users/{ADMIN}.json",
            "name": "Pulse",
            "email": EMAIL,
            "role": "admin",
            "active": True,
            "verified": True,
            "created_at": iso(self.desk.begins),
            "updated_at": iso(self.desk.begins),
        }
        return _json({"user": user})

    def _count(self, _: SimRequest) -> SimResponse:
        visible = self._visible()
        value = len(self.desk.stories(visible))
        return _json({"count": {"value": value, "refreshed_at": iso(visible)}})

    def _visible(self) -> datetime:
        return self.clock.now().replace(microsecond=0) - HIDDEN

    def _limit(self, asked: str, most: int) -> int:
        wanted = int(asked) if asked.isdecimal() and int(asked) > 0 else most
        return min(wanted, most, self.page_limit or most)


class _Refusal(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.response = _error(status, error, description)


def _key(entry: Entry) -> Position:
    return entry[0], entry[1]


def _signed_in(header: str) -> bool:
    scheme, _, code = header.partition(" ")
    try:
        given = b64decode(code, validate=True).decode()
    except ValueError:
        return False
    return scheme == "Basic" and given == f"{EMAIL}/token:{TOKEN}"


def _encoded(position: Position) -> str:
    return _opaque(f"{position[0]}.0||{position[1]}|")


def _decoded(cursor: str) -> Position:
    at, _, rest = _plain(cursor).partition("||")
    try:
        return int(float(at)), int(rest.rstrip("|"))
    except ValueError:
        raise _Refusal(400, "InvalidCursor", "The cursor is not valid") from None


def _opaque(text: str) -> str:
    return b64encode(text.encode()).decode()


def _plain(code: str) -> str:
    try:
        return b64decode(code, validate=True).decode()
    except ValueError:
        return ""


def _json(value: object) -> SimResponse:
    return SimResponse(200, body=msgspec.json.encode(value))


def _error(status: int, error: str, description: str | None = None) -> SimResponse:
    told = {"error": error} if description is None else {"error": error, "description": description}
    return SimResponse(status, body=msgspec.json.encode(told))
