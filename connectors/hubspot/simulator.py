"""One HubSpot account about a virtual desk: searches, batches, the bin, pipelines and teams.

What is searched is an index, which is some seconds behind; batches, the bin and the rest are not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from connectors.hubspot import simulated_sales as sales
from connectors.hubspot import simulated_tickets as tickets
from connectors.hubspot.simulated_account import MORE, Account
from connectors.hubspot.simulated_search import MOST, Refused, shown
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

TOKEN = "throw-away-hubspot-token"
BEHIND = timedelta(seconds=30)
PORTAL = 62515
OBJECTS = "/crm/v3/objects/"
LOOK = f"/contacts/{PORTAL}/record/0-5/"
IN_BIN = 100
IN_BATCH = 100
TRACE = "aeb5f871-7f07-4993-9211-075dc63e7cbf"
SCOPES = {
    "tickets": "tickets",
    "companies": "crm.objects.companies.read",
    "deals": "crm.objects.deals.read",
    "teams": "settings.users.teams.read",
}


class HubSpotSimulator(Simulator):
    """Answers like one account."""

    vendor: ClassVar[str] = "hubspot"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        without: Collection[str] = (),
        burst: int | None = None,
        merges: Mapping[int, int] | None = None,
        binned: Mapping[int, datetime] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        """without: the scopes that the token has not. burst: searches after which one is refused.
        merges: companies that went into another, by the numbers of the customers. binned: deals
        that were deleted, by the numbers of the subscriptions. hidden: properties that the account
        does not have."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._without = frozenset(without)
        self._burst, self._searches = burst, 0
        self._is = Account(desk, merges or {}, binned or {}, hidden)

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this account at `url`."""
        return {
            "vendor": self.vendor,
            "token": TOKEN,
            "url": url,
            "portal": PORTAL,
            "stages": tickets.STAGES,
            "properties": {"team": tickets.TEAM, "external_id": sales.NUMBER, "plan": "plan"},
            "reasons": sales.SAID,
            "trial_stages": [sales.TRIAL_STAGE],
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What HubSpot would answer now."""
        if request.path.startswith(LOOK):
            return self._looked_at(request.path.removeprefix(LOOK))
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        found = self._route(request.method, request.path)
        if found is None:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        what, told = found
        if SCOPES.get(what) in self._without:
            return _error(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes")
        self._is.advance(self.clock.now() - BEHIND)
        try:
            return told(what, request)
        except (Refused, msgspec.MsgspecError) as refused:
            return _error(400, "VALIDATION_ERROR", str(refused))

    def _route(
        self, method: str, path: str
    ) -> tuple[str, Callable[[str, SimRequest], SimResponse]] | None:
        """Of what a request is, and who answers it."""
        others = {
            ("GET", "/crm/v3/pipelines/tickets"): ("tickets", self._pipelines),
            ("GET", "/settings/v3/users/teams"): ("teams", self._list_teams),
            ("GET", "/account-info/v3/details"): ("account", self._account),
        }
        if (method, path) in others:
            return others[method, path]
        for kind in MORE:
            of_kind = {
                ("POST", f"{OBJECTS}{kind}/search"): self._search,
                ("POST", f"{OBJECTS}{kind}/batch/read"): self._batch,
                ("GET", f"{OBJECTS}{kind}"): self._bin,
                ("GET", f"/crm/v3/properties/{kind}"): self._properties,
            }
            if (method, path) in of_kind:
                return kind, of_kind[method, path]
        return None

    def _search(self, kind: str, request: SimRequest) -> SimResponse:
        self._searches += 1
        if self._burst and self._searches > self._burst:
            self._searches = 0
            return _limited()
        return _json(self._is.indexes[kind].search(request.body, self.page_limit or MOST))

    def _batch(self, kind: str, request: SimRequest) -> SimResponse:
        asked = msgspec.json.decode(request.body)
        if set(asked) - {"inputs", "properties", "propertiesWithHistory", "idProperty"}:
            raise Refused("Unrecognized field")
        ids = [one["id"] for one in asked["inputs"]]
        if len(ids) > IN_BATCH:
            raise Refused(f"The maximum batch size is {IN_BATCH}")
        rows = self._is.indexes[kind].rows
        results = [shown(rows[one], asked["properties"]) for one in ids if one in rows]
        now = tickets.iso(self.clock.now())
        told = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        return _json(told, 200 if len(results) == len(ids) else 207)

    def _bin(self, kind: str, request: SimRequest) -> SimResponse:
        if request.query.get("archived") != "true":
            raise Refused("this account is listed by its search only")
        limit = min(int(request.query.get("limit", "10")), self.page_limit or IN_BIN)
        if not 0 < limit <= IN_BIN:
            raise Refused(f"The limit must be between 1 and {IN_BIN}")
        found, begin = self._is.thrown(kind, self.clock.now()), int(request.query.get("after", "0"))
        told: dict[str, object] = {"results": found[begin : begin + limit]}
        if begin + limit < len(found):
            told["paging"] = {"next": {"after": str(begin + limit)}}
        return _json(told)

    def _pipelines(self, _what: str, _request: SimRequest) -> SimResponse:
        return _json({"results": tickets.pipelines()})

    def _list_teams(self, _what: str, _request: SimRequest) -> SimResponse:
        results = [
            {"id": number, "name": name, "userIds": [], "secondaryUserIds": []}
            for name, number in self._is.teams.items()
        ]
        return _json({"results": results})

    def _account(self, _what: str, _request: SimRequest) -> SimResponse:
        return _json({"portalId": PORTAL, "companyCurrency": "EUR", "timeZone": "Europe/Berlin"})

    def _properties(self, kind: str, _request: SimRequest) -> SimResponse:
        names = sorted(self._is.indexes[kind].properties)
        return _json({"results": [_property(name) for name in names]})

    def _looked_at(self, ticket: str) -> SimResponse:
        now = self.clock.now()
        for story in self.desk.stories(now):
            if str(story.id) == ticket:
                return ticket_page(story, now)
        return _error(404, "OBJECT_NOT_FOUND", "resource not found")


def _property(name: str) -> dict[str, object]:
    return {
        "name": name,
        "label": name,
        "type": "string",
        "fieldType": "text",
        "description": "",
        "groupName": "information",
        "options": [],
    }


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))


def _error(status: int, category: str, message: str) -> SimResponse:
    told = {"status": "error", "message": message, "correlationId": TRACE, "category": category}
    return _json(told, status)


def _limited() -> SimResponse:
    told = {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": TRACE,
        "policyName": "SECONDLY",
        "groupName": "publicapi:crm:search",
    }
    return _json(told, 429)
