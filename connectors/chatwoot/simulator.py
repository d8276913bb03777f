"""A Chatwoot on loopback: one account's conversations, messages, reporting events and ratings."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

import msgspec

from connectors.chatwoot.simulated_conversation import (
    ACCOUNT,
    CUSTOMER_ATTRIBUTE,
    Life,
    Row,
    answers,
    life,
    row,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

TOKEN: Final = "throw-away-chatwoot-token"
API: Final = f"/api/v1/accounts/{ACCOUNT}/"
AGENTS: Final = f"/app/accounts/{ACCOUNT}/conversations/"
OF_ONE: Final = re.compile(r"conversations/(\d+)/(messages|reporting_events)")
MOST: Final = 25
MESSAGES: Final = 20

Key = tuple[datetime, int]


class ChatwootSimulator(Simulator):
    """One desk as one account."""

    vendor: ClassVar[str] = "chatwoot"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        role: str = "administrator",
        has_events: bool = True,
        event_lag: timedelta = timedelta(0),
    ) -> None:
        """role: of deskpulse's user; only administrators may read ratings. has_events: whether it
        has the endpoint of reporting events. event_lag: how long a job takes to write one."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._role = role
        self._has_events = has_events
        self._event_lag = event_lag
        self._seen: datetime | None = None
        self._lives: dict[int, Life] = {}
        self._rows: dict[int, bytes] = {}
        self._keys: list[Key] = []
        self._answers: list[tuple[datetime, Row]] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this account at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "account_id": ACCOUNT,
            "api_access_token": TOKEN,
            "customer_attribute": CUSTOMER_ATTRIBUTE,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Chatwoot would answer now."""
        self._advance(self.clock.now())
        if request.path.startswith(AGENTS):
            return self._looked_at(request.path.removeprefix(AGENTS))
        if request.headers.get("api_access_token") != TOKEN:
            return _json({"error": "Invalid Access Token"}, 401)
        if request.path == "/api/v1/profile":
            return _json({"id": 3, "accounts": [{"id": ACCOUNT, "role": self._role}]})
        path = request.path.removeprefix(API)
        if found := OF_ONE.fullmatch(path):
            return self._of_one(int(found[1]), found[2], request.query)
        routes: Mapping[str, Callable[[Mapping[str, str]], SimResponse]] = {
            "conversations": self._listed,
            "csat_survey_responses": self._rated,
        }
        route = routes.get(path)
        return _missing() if route is None else route(request.query)

    def _listed(self, asked: Mapping[str, str]) -> SimResponse:
        """Conversations by last activity, the newest first unless it is asked otherwise."""
        keys = self._keys if asked.get("sort_by") == "last_activity_at_asc" else self._keys[::-1]
        if asked.get("status", "open") != "all":
            keys = [key for key in keys if self._lives[key[1]].status == "open"]
        begin, end = self._window(asked)
        count = len(keys)
        meta = {"mine_count": 0, "unassigned_count": 0, "assigned_count": count, "all_count": count}
        rows = [msgspec.Raw(self._rows[number]) for _, number in keys[begin:end]]
        return _json({"data": {"meta": meta, "payload": rows}})

    def _of_one(self, number: int, what: str, asked: Mapping[str, str]) -> SimResponse:
        told = self._lives.get(number)
        if told is None or (what == "reporting_events" and not self._has_events):
            return _missing()
        if what == "reporting_events":
            until = self.clock.now() - self._event_lag
            return _json([event for at, event in told.events if at <= until])
        before = int(asked.get("before", 10**12))
        older = [one for one in told.messages if int(str(one["id"])) < before]
        return _json({"meta": {"labels": [], "contact": {}}, "payload": older[-MESSAGES:]})

    def _rated(self, asked: Mapping[str, str]) -> SimResponse:
        """Answers to surveys in a range, which counts only where both ends of it are given."""
        if self._role != "administrator":
            return _json({"error": "You are not authorized to do this action"}, 401)
        found = self._answers
        if "since" in asked and "until" in asked:
            since = datetime.fromtimestamp(int(asked["since"]), UTC)
            found = found[bisect_left(found, since, key=lambda one: one[0]) :]
        begin, end = self._window(asked)
        return _json([told for _, told in found[begin:end]])

    def _window(self, asked: Mapping[str, str]) -> tuple[int, int]:
        size = min(MOST, self.page_limit or MOST)
        begin = (int(asked.get("page", 1)) - 1) * size
        return begin, begin + size

    def _looked_at(self, conversation: str) -> SimResponse:
        """What an agent sees of a conversation; here nobody has to sign in for it."""
        told = self._lives.get(int(conversation)) if conversation.isdecimal() else None
        return _missing() if told is None else ticket_page(told.story, self.clock.now())

    def _advance(self, now: datetime) -> None:
        """Bring the account to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._lives, self._rows = {}, {}
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        patrons = {one.id: one for one in self.desk.customers(now)}
        for story in changed:
            told = life(story, now)
            self._lives.pop(story.id, None)
            if not told.is_deleted:
                self._lives[story.id] = told
                self._rows[story.id] = msgspec.json.encode(row(told, patrons))
        self._seen = now
        self._keys = sorted((told.changed_at, number) for number, told in self._lives.items())
        rated = answers([told for told in self._lives.values() if told.ratings])
        self._answers = sorted(rated, key=lambda one: (one[0], str(one[1]["id"])))


def _missing() -> SimResponse:
    return _json({"error": "Resource could not be found"}, 404)


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))
