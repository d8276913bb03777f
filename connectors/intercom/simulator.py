"""One Intercom workspace about a virtual desk: searches of conversations, teams, whose token it is.

What is searched is an index, which is some seconds behind.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from connectors.intercom.simulated_conversation import ADMIN, LANGUAGE, Row
from connectors.intercom.simulated_search import MOST, Index, Refused
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

TOKEN = "throw-away-intercom-token"
WORKSPACE = "tx2p130c"
VERSIONS = {"2.10", "2.11", "2.12", "2.13", "2.14", "2.15"}
BEHIND = timedelta(seconds=30)
LOOK = f"/a/inbox/{WORKSPACE}/inbox/conversation/"
FIRST_TEAM = 5_017_690
IN_TEN_SECONDS = 166
"""Requests that a workspace has in each ten seconds."""

TRACE = "a77dadbc-1f1e-4875-bac3-f0d09bbc214a"


class IntercomSimulator(Simulator):
    """Answers like one workspace."""

    vendor: ClassVar[str] = "intercom"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        without: Collection[str] = (),
        burst: int | None = None,
        reset: int = 0,
        inclusive: bool = True,
        region: str = "US",
    ) -> None:
        """without: what the token may not read: teams, search. burst: requests after which one is
        refused, `reset` seconds before it would not be. inclusive: whether `>` takes in what is
        equal."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._without = frozenset(without)
        self._burst, self._reset, self._spent = burst, reset, 0
        self._region = region
        self._teams = {team: FIRST_TEAM + number for number, team in enumerate(desk.teams)}
        self._index = Index(desk, self._teams, inclusive=inclusive)

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this workspace at `url`."""
        return {
            "vendor": self.vendor,
            "token": TOKEN,
            "url": url,
            "workspace": WORKSPACE,
            "language_attribute": LANGUAGE,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Intercom would answer now."""
        if request.path.startswith(LOOK):
            return self._looked_at(request.path.removeprefix(LOOK))
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "unauthorized", "Access Token Invalid")
        if request.headers.get("intercom-version") not in VERSIONS:
            return _error(400, "intercom_version_invalid", "The requested version is not valid")
        self._spent += 1
        if self._burst and self._spent > self._burst:
            self._spent = 0
            message = f"Exceeded rate limit of {IN_TEN_SECONDS} in 10_seconds"
            return self._limits(_error(429, "rate_limit_exceeded", message), 0)
        return self._limits(self._answer(request), IN_TEN_SECONDS - self._spent)

    def _answer(self, request: SimRequest) -> SimResponse:
        asked = (request.method, request.path)
        if asked == ("GET", "/me"):
            return _json(self._me())
        if asked == ("GET", "/teams"):
            return self._allowed("teams") or _json(self._list_teams())
        if asked == ("POST", "/conversations/search"):
            return self._allowed("search") or self._search(request.body)
        return _error(404, "not_found", "The requested resource was not found")

    def _search(self, body: bytes) -> SimResponse:
        self._index.advance(self.clock.now() - BEHIND)
        try:
            return _json(self._index.search(body, self.page_limit or MOST))
        except (Refused, msgspec.MsgspecError) as refused:
            return _error(400, "parameter_invalid", str(refused))

    def _allowed(self, what: str) -> SimResponse | None:
        if what not in self._without:
            return None
        return _error(403, "forbidden", "The token is not authorized to access this resource")

    def _limits(self, response: SimResponse, left: int) -> SimResponse:
        limits = {
            "limit": IN_TEN_SECONDS,
            "remaining": max(left, 0),
            "reset": int(self.clock.now().timestamp()) + self._reset,
        }
        told = {f"x-ratelimit-{name}": str(number) for name, number in limits.items()}
        return SimResponse(response.status, told, response.body)

    def _me(self) -> Row:
        made = int(self.desk.begins.timestamp())
        app = {
            "type": "app",
            "id_code": WORKSPACE,
            "name": "Desk",
            "created_at": made,
            "secure": False,
            "identity_verification": False,
            "timezone": "Europe/Berlin",
            "region": self._region,
        }
        return {
            "type": "admin",
            "id": str(ADMIN),
            "email": "pulse@desk.example",
            "name": "Pulse",
            "email_verified": True,
            "app": app,
            "avatar": {"type": "avatar", "image_url": "https://desk.example/128.png"},
            "has_inbox_seat": True,
        }

    def _list_teams(self) -> Row:
        teams = [
            {"type": "team", "id": str(number), "name": name, "admin_ids": []}
            for name, number in self._teams.items()
        ]
        return {"type": "team.list", "teams": teams}

    def _looked_at(self, ticket: str) -> SimResponse:
        now: datetime = self.clock.now()
        for story in self.desk.stories(now):
            if str(story.id) == ticket:
                return ticket_page(story, now)
        return _error(404, "not_found", "The requested resource was not found")


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))


def _error(status: int, code: str, message: str) -> SimResponse:
    errors = [{"code": code, "message": message}]
    return _json({"type": "error.list", "request_id": TRACE, "errors": errors}, status)
