"""A Zammad on loopback: its search of tickets, their histories, states and organizations.

A search by a condition is answered by the database. One by a query would be the search index's,
and here none is installed: field searches then find nothing, without an error.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron, Story
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.zammad.simulated_ticket import INTAKE, Life, life, row, text

TOKEN: Final = "throw-away-zammad-token"
API: Final = "/api/v1/"
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
HISTORY: Final = re.compile(r"ticket_history/(\d+)")
CUSTOMER_FIELD: Final = "customer_number"  # an attribute that the desk added by itself
MOST: Final = 200
ASKED: Final = 50

TYPES: Final = (
    "new",
    "open",
    "pending reminder",
    "pending action",
    "closed",
    "merged",
    "removed",
)
STATES: Final = (
    (1, "new", "new"),
    (2, "open", "open"),
    (3, "pending reminder", "pending reminder"),
    (4, "closed", "closed"),
    (5, "merged", "merged"),
    (6, "removed", "removed"),
    (7, "pending close", "pending action"),
)

Key = tuple[str, int]


class ZammadSimulator(Simulator):
    """One desk as one Zammad."""

    vendor: ClassVar[str] = "zammad"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        imported: Callable[[int], bool] | None = None,
        may: frozenset[str] = frozenset({"tickets", "organizations"}),
    ) -> None:
        """imported: of which tickets the history was left behind when they came from elsewhere.
        may: what the token may read."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._imported = imported or (lambda _number: False)
        self._may = may
        self._groups = {name: number for number, name in enumerate((INTAKE, *desk.teams), 1)}
        self._seen: datetime | None = None
        self._stories: dict[int, Story] = {}
        self._told: dict[int, tuple[str, bytes]] = {}
        self._keys: list[Key] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this Zammad at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "token": TOKEN,
            "intake": INTAKE,
            "customer_field": CUSTOMER_FIELD,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Zammad would answer now."""
        path = request.path.removeprefix(API)
        if refusal := self._refusal(request, path):
            return refusal
        self._advance(self.clock.now())
        if found := HISTORY.fullmatch(path):
            return self._history(int(found[1]))
        routes: Mapping[str, Callable[[Mapping[str, Any]], SimResponse]] = {
            "users/me": lambda _: _json({"id": 3, "login": "deskpulse@desk.example"}),
            "ticket_states": lambda _: _json([_state(*one) for one in STATES]),
            "tickets/search": self._search,
            "organizations": self._organizations,
        }
        if path not in routes:
            return _error(404, f"No route matches [{request.method}] {request.path}")
        return routes[path](_asked(request))

    def _refusal(self, request: SimRequest, path: str) -> SimResponse | None:
        if request.headers.get("authorization") != f"Token token={TOKEN}":
            return _error(401, "Can't find User for Token")
        needed = "organizations" if path == "organizations" else "tickets"
        if needed not in self._may and path != "users/me":
            return _error(403, "Not authorized (token)!")
        return None

    def _search(self, asked: Mapping[str, Any]) -> SimResponse:
        """The tickets that changed at an instant or after it, in the order asked for. The text of
        the instant goes to the database as it is."""
        if "query" in asked or "condition" not in asked:
            return _json([])
        condition = asked["condition"].get("ticket.updated_at", {})
        if condition.get("operator") != "after (absolute)":
            return _error(422, "Invalid condition")
        if not INSTANT.fullmatch(condition.get("value", "")):
            return _error(422, "Invalid condition")
        keys = self._keys[bisect_left(self._keys, (condition["value"], 0)) :]
        if asked.get("sort_by", "updated_at") not in ("updated_at", "updated_at,id"):
            return _error(422, "Found invalid column for sorting.")
        if not asked.get("order_by", "desc").startswith("asc"):
            keys = keys[::-1]
        begin, end = self._window(asked, MOST)
        rows = b",".join(self._told[number][1] for _, number in keys[begin:end])
        return SimResponse(200, body=b"[" + rows + b"]")

    def _window(self, asked: Mapping[str, Any], most: int) -> tuple[int, int]:
        size = min(int(asked.get("per_page", ASKED)), most, self.page_limit or most)
        begin = (int(asked.get("page", 1)) - 1) * size
        return begin, begin + size

    def _history(self, number: int) -> SimResponse:
        if number not in self._told:
            return _error(404, f"Couldn't find Ticket with 'id'={number}")
        told = self._life(self._stories[number])
        if self._imported(number):
            return _json({"history": told.history[-1:], "assets": {"Ticket": {}}})
        articles = {str(article["id"]): article for article in told.articles}
        return _json({"history": told.history, "assets": {"TicketArticle": articles, "User": {}}})

    def _organizations(self, asked: Mapping[str, Any]) -> SimResponse:
        begin, end = self._window(asked, 500)
        patrons = self.desk.customers(self.clock.now())[begin:end]
        return _json([_organization(one) for one in patrons])

    def _life(self, story: Story) -> Life:
        return life(story, self.clock.now(), self._groups)

    def _advance(self, now: datetime) -> None:
        """Bring the tickets to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._stories, self._told = {}, {}
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        for story in changed:
            self._stories[story.id] = story
            self._tell(story)
        self._seen = now
        self._keys = sorted((changed_at, number) for number, (changed_at, _) in self._told.items())

    def _tell(self, story: Story) -> None:
        told = self._life(story)
        if told.is_deleted:
            self._told.pop(story.id, None)
            return
        ticket = row(told)
        self._told[story.id] = str(ticket["updated_at"]), msgspec.json.encode(ticket)


def _asked(request: SimRequest) -> Mapping[str, Any]:
    """The parameters of a request, wherever they stand."""
    if request.method == "POST":
        told: Mapping[str, Any] = msgspec.json.decode(request.body)
        return told
    return request.query


def _state(number: int, name: str, kind: str) -> dict[str, object]:
    return {
        "id": number,
        "state_type_id": TYPES.index(kind) + 1,
        "name": name,
        "next_state_id": None,
        "ignore_escalation": number > 2,
        "default_create": number == 1,
        "default_follow_up": number == 2,
        "note": None,
        "active": name != "removed",
        "updated_by_id": 1,
        "created_by_id": 1,
        "created_at": "2021-11-03T11:51:13.504Z",
        "updated_at": "2021-11-03T11:51:13.520Z",
        "state_type": kind,
        "created_by": "-",
        "updated_by": "-",
    }


def _organization(patron: Patron) -> dict[str, object]:
    return {
        "id": patron.id,
        "name": f"Company {patron.id}",
        "shared": True,
        "domain": patron.domains[0] if patron.domains else "",
        "domain_assignment": bool(patron.domains),
        "active": True,
        "note": "",
        CUSTOMER_FIELD: patron.external_id,
        "created_at": text(patron.created_at),
        "updated_at": text(patron.created_at),
        "member_ids": [],
    }


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))


def _error(status: int, message: str) -> SimResponse:
    return _json({"error": message, "error_human": message}, status)
