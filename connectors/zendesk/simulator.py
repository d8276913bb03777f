"""Zendesk's API about a virtual desk: exports, ratings, groups, counts, and who is signed in."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.zendesk import simulated_search
from connectors.zendesk.simulated_answers import (
    ACCOUNT,
    HOST,
    Refusal,
    answered,
    iso,
    limited,
    opaque,
    paging,
    plain,
    refused,
)
from connectors.zendesk.simulated_events import SimulatedEvents
from connectors.zendesk.simulated_metrics import metric_set
from connectors.zendesk.simulated_ratings import SimulatedRatings
from connectors.zendesk.simulated_state import told
from connectors.zendesk.simulated_ticket import EFFORT, LANGUAGE, RECOMMENDATION
from connectors.zendesk.simulated_tickets import SimulatedTickets

EMAIL = "pulse@desk.example"
TOKEN = "throw-away-zendesk-token"
HIDDEN = timedelta(seconds=60)
EXPORT = "/api/v2/incremental/tickets/cursor"
EVENTS = "/api/v2/incremental/ticket_metric_events"
RATINGS = "/api/v2/satisfaction_ratings"
AGENTS = "/agent/tickets/"
METRICS = re.compile(r"/api/v2/tickets/([0-9]{1,12})/metrics")
PAGE_LIMIT = 1000
GROUP_PAGE_LIMIT = 100
FIRST_GROUP = 360_000_000_100
ADMIN = ACCOUNT + 1

Query = dict[str, str]


class ZendeskSimulator(Simulator):
    """Answers like one Zendesk account, which shows the desk as it was a minute ago."""

    vendor: ClassVar[str] = "zendesk"

    def __init__(self, desk: Desk, clock: Clock, *, page_limit: int | None = None) -> None:
        super().__init__(desk, clock, page_limit=page_limit)
        self._groups = {team: FIRST_GROUP + number for number, team in enumerate(desk.teams)}
        self.ratings = SimulatedRatings(desk, self._groups, page_limit)
        self._ready: dict[tuple[datetime, str, frozenset[tuple[str, str]]], bytes] = {}
        self._routes = {
            EXPORT: SimulatedTickets(desk, self._groups, page_limit).page,
            EVENTS: SimulatedEvents(desk, page_limit).page,
            RATINGS: self.ratings.page,
            "/api/v2/groups": self._list_groups,
            "/api/v2/users/me": self._me,
            "/api/v2/tickets/count": self._count,
            "/api/v2/search/count": self._search_count,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Zendesk would answer now."""
        if request.path.startswith(AGENTS):
            return self._looked_at(request.path.removeprefix(AGENTS))
        if not _signed_in(request.headers.get("authorization", "")):
            return refused(401, "Couldn't authenticate you")
        path = request.path.removesuffix(".json")
        visible = self._visible()
        ready = self._ready.get((visible, path, frozenset(request.query.items())))
        if ready is not None:
            return SimResponse(200, body=ready)
        try:
            return answered(self._answer(request.method, path, request.query, visible))
        except Refusal as refusal:
            return refusal.response

    def settings(self, url: str) -> dict[str, object]:
        """What stands under `sources: NAME:` of deskpulse.yaml for this simulator at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "email": EMAIL,
            "api_token": TOKEN,
            "language_field": LANGUAGE,
            "recommendation_field": RECOMMENDATION,
            "effort_field": EFFORT,
            "effort_best": 7,
            "metric_events_days": 3650,
        }

    def _looked_at(self, ticket: str) -> SimResponse:
        """What an agent sees of a ticket; here nobody has to sign in for it."""
        now = self.clock.now()
        for story in self.desk.stories(now):
            if str(story.id) == ticket:
                return ticket_page(story, now)
        return refused(404, "RecordNotFound", "Not found")

    def prepare(self, page_size: int = PAGE_LIMIT) -> int:
        """Render every page of a first import, so that serving it costs next to nothing while the
        clock stands. Gives the number of tickets."""
        self._ready.clear()
        visible, tickets = self._visible(), 0
        for path, query in _first_import(page_size):
            follows: Query | None = query
            while follows is not None:
                page = self._answer("GET", path, follows, visible)
                body = msgspec.json.encode(page)
                self._ready[visible, path, frozenset(follows.items())] = body
                ahead = msgspec.json.decode(body, type=_Ahead)
                tickets += len(ahead.tickets)
                follows = _following(query, ahead)
        return tickets

    def _answer(self, method: str, path: str, query: Query, visible: datetime) -> dict[str, object]:
        route = self._routes.get(path)
        if method == "GET" and route is not None:
            return route(query, visible)
        metrics = METRICS.fullmatch(path)
        if method == "GET" and metrics is not None:
            return self._metrics(int(metrics[1]), visible)
        raise Refusal(404, "InvalidEndpoint", "Not found")

    def _list_groups(self, query: Query, _: datetime) -> dict[str, object]:
        limit = limited(query.get("page[size]", ""), GROUP_PAGE_LIMIT, self.page_limit)
        first = int(plain(query.get("page[after]", "")) or 0)
        rows = list(self._groups.items())
        page = rows[first : first + limit]
        more = opaque(str(first + limit)) if first + limit < len(rows) else None
        return {"groups": [self._group(name, number) for name, number in page], **paging(more)}

    def _group(self, name: str, number: int) -> dict[str, object]:
        return {
            "url": f"{HOST}/api/v2/groups/{number}.json",
            "id": number,
            "is_public": True,
            "name": name,
            "description": "",
            "default": number == FIRST_GROUP,
            "deleted": False,
            "created_at": iso(self.desk.begins),
            "updated_at": iso(self.desk.begins),
        }

    def _me(self, _query: Query, _visible: datetime) -> dict[str, object]:
        user = {
            "id": ADMIN,
            "url": f"{HOST}/api/v2/users/{ADMIN}.json",
            "name": "Pulse",
            "email": EMAIL,
            "role": "admin",
            "active": True,
            "verified": True,
            "created_at": iso(self.desk.begins),
            "updated_at": iso(self.desk.begins),
        }
        return {"user": user}

    def _count(self, _: Query, visible: datetime) -> dict[str, object]:
        value = len(self.desk.stories(visible))
        return {"count": {"value": value, "refreshed_at": iso(visible)}}

    def _search_count(self, query: Query, visible: datetime) -> dict[str, object]:
        return {"count": simulated_search.count(self.desk, query.get("query", ""), visible)}

    def _metrics(self, number: int, visible: datetime) -> dict[str, object]:
        for story in self.desk.stories(visible):
            if story.id == number:
                state, last = told(story, visible)
                if not state.gone:
                    return {"ticket_metric": metric_set(story, state, last, self.desk.hours)}
        raise Refusal(404, "RecordNotFound", "Not found")

    def _visible(self) -> datetime:
        return self.clock.now().replace(microsecond=0) - HIDDEN


class _Meta(msgspec.Struct):
    after_cursor: str | None = None


class _Ahead(msgspec.Struct):
    """How a page says where the next one begins, in each of Zendesk's ways."""

    tickets: list[msgspec.Raw] = []
    end_of_stream: bool = True
    after_cursor: str | None = None
    end_time: int | None = None
    meta: _Meta = msgspec.field(default_factory=_Meta)


def _first_import(page_size: int) -> Iterator[tuple[str, Query]]:
    """The first question about each stream."""
    beside = "metric_sets,organizations"
    yield EXPORT, {"start_time": "0", "per_page": str(page_size), "include": beside}
    yield EVENTS, {"start_time": "0", "per_page": str(PAGE_LIMIT)}
    yield RATINGS, {"score": "received", "page[size]": "100"}


def _following(first: Query, ahead: _Ahead) -> Query | None:
    """The question after a page; None after the last."""
    if ahead.meta.after_cursor is not None:
        return {**first, "page[after]": ahead.meta.after_cursor}
    if ahead.end_of_stream:
        return None
    if ahead.end_time is not None:
        return {**first, "start_time": str(ahead.end_time)}
    rest = {name: value for name, value in first.items() if name != "start_time"}
    return {**rest, "cursor": ahead.after_cursor or ""}


def _signed_in(header: str) -> bool:
    scheme, _, code = header.partition(" ")
    try:
        given = b64decode(code, validate=True).decode()
    except ValueError:
        return False
    return scheme == "Basic" and given == f"{EMAIL}/token:{TOKEN}"
