"""Freshdesk's API about a virtual desk: three lists of tickets, ratings, groups, companies."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from connectors.freshdesk.simulated_answers import (
    ACCOUNT,
    Refusal,
    Row,
    answered,
    forbidden,
    iso,
    known,
    listed,
    page_of,
)
from connectors.freshdesk.simulated_lists import Lists
from connectors.freshdesk.simulated_ticket import (
    COMPANIES,
    EFFORT,
    LANGUAGE,
    NAMES,
    PARTS,
    RECOMMENDATION,
    company,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

API_KEY = "throw-away-freshdesk-key"
LOOK = "/a/tickets/"
API = "/api/v2/"
LAST_PAGE = 300
A_MINUTE = 5_000
"""Requests that the account has."""

FIRST_GROUP = ACCOUNT + 500
FILTERS = (
    *("filter", "requester_id", "email", "unique_external_id", "company_id"),
    *("updated_since", "order_by", "order_type", "include"),
)


class FreshdeskSimulator(Simulator):
    """Answers like one account."""

    vendor: ClassVar[str] = "freshdesk"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        without: Collection[str] = (),
        scope: int = 1,
        left: int | None = None,
        inclusive: bool = True,
    ) -> None:
        """without: what the agent may not see: groups, companies, ratings, deleted, spam, fields.
        scope: of tickets that it sees. left: how many requests of this minute are left.
        inclusive: whether `updated_since` takes in the instant itself."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._without = frozenset(without)
        self._scope, self._left = scope, left
        self._groups = {team: FIRST_GROUP + number for number, team in enumerate(desk.teams)}
        self._lists = Lists(desk, self._groups, inclusive=inclusive)
        self._routes = {
            "agents/me": self._me,
            "tickets": self._tickets,
            "groups": self._list_groups,
            "companies": self._list_companies,
            "surveys/satisfaction_ratings": self._ratings,
            "ticket_fields": self._fields,
        }

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this account at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "api_key": API_KEY,
            "statuses": {str(PARTS): "hold"},
            "external_id": "cf_number",
            "language_field": LANGUAGE,
            "recommendation_field": RECOMMENDATION,
            "effort_field": EFFORT,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Freshdesk would answer now."""
        if request.path.startswith(LOOK):
            return self._looked_at(request.path.removeprefix(LOOK))
        if not _signed_in(request.headers.get("authorization", "")):
            message = "You have to be logged in to perform this action."
            return answered({"code": "invalid_credentials", "message": message}, 401)
        self._lists.advance(self.clock.now())
        try:
            self._spend()
            response = self._answer(request)
        except Refusal as refusal:
            response = refusal.response
        left = A_MINUTE if self._left is None else self._left
        limits = {"total": A_MINUTE, "remaining": left, "used-currentrequest": 1}
        told = {f"x-ratelimit-{name}": str(number) for name, number in limits.items()}
        return SimResponse(response.status, {**told, **response.headers}, response.body)

    def _spend(self) -> None:
        if self._left == 0:
            self._left = A_MINUTE
            refusal = Refusal(429, {"message": "You have exceeded the limit of requests per hour"})
            refusal.response = SimResponse(429, {"retry-after": "0"}, refusal.response.body)
            raise refusal
        if self._left is not None:
            self._left -= 1

    def _answer(self, request: SimRequest) -> SimResponse:
        if request.method != "GET" or not request.path.startswith(API):
            return SimResponse(404)
        path = request.path.removeprefix(API)
        route = self._routes.get(path)
        if route is not None:
            return route(request)
        name, _, number = path.partition("/")
        if name == "companies" and number.isdecimal():
            return self._company(int(number))
        return SimResponse(404)

    def _tickets(self, request: SimRequest) -> SimResponse:
        known(request.query, FILTERS)
        self._allow(request.query.get("filter", ""))
        wanted = page_of(request, self.page_limit, LAST_PAGE)
        rows, more = self._lists.tickets(request.query, wanted)
        return listed(request, rows, more=more)

    def _ratings(self, request: SimRequest) -> SimResponse:
        self._allow("ratings")
        known(request.query, ("created_since", "user_id"))
        return self._paged(request, self._lists.ratings(request.query))

    def _list_groups(self, request: SimRequest) -> SimResponse:
        self._allow("groups")
        rows = [self._group(name, number) for name, number in self._groups.items()]
        return self._paged(request, rows)

    def _list_companies(self, request: SimRequest) -> SimResponse:
        self._allow("companies")
        patrons = self.desk.customers(self.clock.now())
        return self._paged(
            request, [company(p.id, p.external_id, p.domains, p.created_at) for p in patrons]
        )

    def _company(self, number: int) -> SimResponse:
        self._allow("companies")
        for one in self.desk.customers(self.clock.now()):
            if COMPANIES + one.id == number:
                return answered(company(one.id, one.external_id, one.domains, one.created_at))
        return SimResponse(404)

    def _fields(self, _: SimRequest) -> SimResponse:
        self._allow("fields")
        choices = {str(number): list(names) for number, names in NAMES.items()}
        field = {"id": 1, "name": "status", "type": "default_status", "choices": choices}
        return answered([{"id": 2, "name": "subject", "type": "default_subject"}, field])

    def _me(self, _: SimRequest) -> SimResponse:
        made = iso(self.desk.begins)
        me = {
            "id": ACCOUNT + 1,
            "available": True,
            "occasional": False,
            "ticket_scope": self._scope,
            "group_ids": [],
            "role_ids": [ACCOUNT + 3],
            "type": "support_agent",
            "contact": {"active": True, "email": "pulse@desk.example", "name": "Pulse"},
            "created_at": made,
            "updated_at": made,
        }
        return answered(me)

    def _group(self, name: str, number: int) -> Row:
        made = iso(self.desk.begins)
        told = {"description": None, "escalate_to": None, "unassigned_for": None}
        return {"id": number, "name": name, **told, "created_at": made, "updated_at": made}

    def _paged(self, request: SimRequest, rows: list[Row]) -> SimResponse:
        wanted = page_of(request, self.page_limit)
        return listed(request, rows[wanted], more=len(rows) > wanted.stop)

    def _allow(self, what: str) -> None:
        if what in self._without:
            raise forbidden()

    def _looked_at(self, ticket: str) -> SimResponse:
        now: datetime = self.clock.now()
        for story in self.desk.stories(now):
            if str(story.id) == ticket:
                return ticket_page(story, now)
        return SimResponse(404)


def _signed_in(header: str) -> bool:
    """Whatever stands in the place of a password is good."""
    scheme, _, code = header.partition(" ")
    try:
        key = b64decode(code, validate=True).decode().partition(":")[0]
    except ValueError:
        return False
    return scheme == "Basic" and key == API_KEY
