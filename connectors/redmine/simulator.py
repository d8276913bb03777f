"""Redmine on loopback: its REST API over a virtual desk, as a member who may see every issue.

As Redmine is delivered, it requires no login: a wrong key is told nothing of lists, with status
200. Lists leave out closed issues unless all are asked for, journals come with one issue at a
time, and what is deleted vanishes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar, Final

import msgspec

from connectors.redmine.simulated_issue import (
    AGENTS,
    BOT,
    CHANNEL,
    CUSTOMER,
    ON_HOLD,
    PROJECT,
    STATUSES,
    Json,
    Life,
    named,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Story
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

KEY: Final = "throw-away-key"
HEADER: Final = "x-redmine-api-key"
USUAL: Final = 25
MOST: Final = 100
ONE: Final = re.compile(r"/issues/(\d+)\.json")
PAGE: Final = re.compile(r"/issues/(\d+)")
SINCE: Final = re.compile(r">=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


class RedmineSimulator(Simulator):
    """One desk as one Redmine with one project."""

    vendor: ClassVar[str] = "redmine"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        login_required: bool = False,
        private_notes: bool = False,
    ) -> None:
        """login_required: whether a wrong key is refused everywhere. private_notes: whether the
        account may see them."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._login_required = login_required
        self._private_notes = private_notes
        self._categories = {name: number for number, name in enumerate(desk.teams, 1)}
        self._seen: datetime | None = None
        self._issues: dict[int, Json] = {}
        self._keys: list[tuple[str, int]] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this Redmine at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "api_key": KEY,
            "agent_roles": ["Agent"],
            "bots": [BOT],
            "statuses": {ON_HOLD: "hold"},
            "channel_field": CHANNEL,
            "customer_field": CUSTOMER,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Redmine would answer now."""
        if page := PAGE.fullmatch(request.path):
            return self._page(int(page[1]))
        self._advance(self.clock.now())
        if request.headers.get(HEADER) != KEY:
            return self._to_nobody(request)
        lists: dict[str, Callable[[Mapping[str, str]], Json]] = {
            "/users/current.json": lambda _: {"user": {"id": 9, "login": "deskpulse"}},
            "/issues.json": self._listed,
            "/issue_statuses.json": lambda _: {"issue_statuses": _statuses()},
            f"/projects/{PROJECT}/memberships.json": self._members,
        }
        if request.path in lists:
            return _json(lists[request.path](request.query))
        found = ONE.fullmatch(request.path)
        issue = self._issues.get(int(found[1])) if found else None
        return SimResponse(404) if issue is None else _json({"issue": _shown(issue, request.query)})

    def _to_nobody(self, request: SimRequest) -> SimResponse:
        """Nobody sees no issue of a project that is not public."""
        if self._login_required or request.path != "/issues.json":
            return SimResponse(401)
        return _json({"issues": [], "total_count": 0, "offset": 0, "limit": USUAL})

    def _listed(self, asked: Mapping[str, str]) -> Json:
        size, offset = self._size(asked), int(asked.get("offset", "0"))
        since = SINCE.fullmatch(asked.get("updated_on", ""))
        keys = self._keys[bisect_left(self._keys, (since[1], 0)) if since else 0 :]
        if asked.get("sort") != "updated_on:asc,id:asc":  # the newest first, if nothing is said
            keys = sorted(keys, key=lambda key: -key[1])
        issues = [self._issues[number] for _, number in keys]
        if asked.get("status_id", "open") == "open":
            issues = [one for one in issues if not _is_closed(one)]
        page = [_shown(one, {}) for one in issues[offset : offset + size]]
        told: Json = {"total_count": len(issues), "offset": offset, "limit": size}
        return {"issues": page, **told}

    def _members(self, asked: Mapping[str, str]) -> Json:
        members = [_member(number, "Agent") for number in (*AGENTS, BOT)]
        members.append({"id": 1, "group": named(30, "Guests"), "roles": [named(5, "Reporter")]})
        members.append(_member(9, "Reporter"))
        size, offset = self._size(asked), int(asked.get("offset", "0"))
        told: Json = {"total_count": len(members), "offset": offset, "limit": size}
        return {"memberships": members[offset : offset + size], **told}

    def _size(self, asked: Mapping[str, str]) -> int:
        return min(int(asked.get("limit", USUAL)), MOST, self.page_limit or MOST)

    def _page(self, number: int) -> SimResponse:
        now = self.clock.now()
        story = next((one for one in self.desk.stories(now) if one.id == number), None)
        return SimResponse(404) if story is None else ticket_page(story, now)

    def _advance(self, now: datetime) -> None:
        """Bring Redmine to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._issues = {}
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        customers = {one.id: one.external_id for one in self.desk.customers(now)}
        for story in changed:
            self._live(story, now, customers.get(story.customer, ""))
        self._keys = sorted((str(one["updated_on"]), key) for key, one in self._issues.items())
        self._seen = now

    def _live(self, story: Story, now: datetime, customer: str) -> None:
        life = Life(story, self._categories)
        life.live(now)
        if life.gone:
            self._issues.pop(story.id, None)
        else:
            self._issues[story.id] = life.issue(customer, private=self._private_notes)


def _shown(issue: Json, asked: Mapping[str, str]) -> Json:
    """An issue; its journals only where they are asked for."""
    if asked.get("include") == "journals":
        return issue
    return {name: value for name, value in issue.items() if name != "journals"}


def _is_closed(issue: Json) -> bool:
    status = issue["status"]
    return isinstance(status, dict) and bool(status["is_closed"])


def _statuses() -> list[Json]:
    return [
        {"id": number, "name": name, "is_closed": is_closed}
        for number, name, is_closed in STATUSES.values()
    ]


def _member(number: int, role: str) -> Json:
    return {"id": number, "user": named(number), "roles": [named(4, role)]}


def _json(told: Json, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))
