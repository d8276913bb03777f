"""The hostile vendor's API on loopback, over a virtual desk; no code of the connector's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Kind, Story
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.testing.states import state

TOKEN = "throw-away-token"
MOST = 100

STATUSES = {
    "new": "new",
    "open": "in_progress",
    "pending": "waiting",
    "hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
}
PRIORITIES = {"urgent": "critical", "high": "high", "normal": "medium", "low": "low"}
CHANNELS = {
    "email": "mail",
    "chat": "chat",
    "phone": "call",
    "web": "form",
    "social": "social",
    "api": "api",
    "other": "walk_in",
}
GONE = {Kind.DELETED: "deleted", Kind.MERGED: "merged", Kind.SPAM: "spam"}

Row = dict[str, object]


class HostileSimulator(Simulator):
    """One desk as one account."""

    vendor: ClassVar[str] = "hostile"

    def __init__(self, desk: Desk, clock: Clock, *, page_limit: int | None = None) -> None:
        super().__init__(desk, clock, page_limit=page_limit)
        self._seen: datetime | None = None
        self._told: dict[int, tuple[str, Row]] = {}
        self._keys: list[tuple[str, int]] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this account at `url`."""
        return {"vendor": self.vendor, "url": url, "token": TOKEN}

    def answer(self, request: SimRequest) -> SimResponse:
        """What the vendor would answer now."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"error": "the token is not valid"}, 401)
        if request.path == "/me":
            return _json({"id": 1})
        if request.path != "/tickets":
            return _json({"error": "there is no such resource"}, 404)
        self._advance(self.clock.now())
        return self._listed(request.query)

    def _listed(self, asked: Mapping[str, str]) -> SimResponse:
        """The tickets from an instant or from a cursor on."""
        first = _after(asked["cursor"]) if "cursor" in asked else _since(asked)
        begin = bisect_left(self._keys, first)
        end = begin + self._limit(asked)
        cursor = None if end >= len(self._keys) else "{}~{}".format(*self._keys[end - 1])
        return _json({"tickets": self._rows(begin, end), "next_cursor": cursor})

    def _limit(self, asked: Mapping[str, str]) -> int:
        return min(int(asked.get("limit", MOST)), self.page_limit or MOST, MOST)

    def _rows(self, begin: int, end: int) -> list[Row]:
        return [self._told[number][1] for _, number in self._keys[begin:end]]

    def _advance(self, now: datetime) -> None:
        """Bring the list to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._told = {}
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        for story in changed:
            self._told[story.id] = _ticket(story, now)
        self._seen = now
        self._keys = sorted((changed_at, number) for number, (changed_at, _) in self._told.items())


def _ticket(story: Story, now: datetime) -> tuple[str, Row]:
    """When the ticket last changed, and what the list says of it."""
    shown = state(story, now)
    gone = [GONE[event.kind] for event in story.events if event.kind in GONE and event.at <= now]
    changed_at = _text(shown.changed_at) or ""
    return changed_at, {
        "id": story.id,
        "subject": f"Request {story.id}",
        "requester": {"email": f"customer-{story.id}@desk.example"},
        "created_at": _text(story.created_at),
        "updated_at": changed_at,
        "state": gone[0] if gone else "active",
        "status": STATUSES[shown.status],
        "priority": PRIORITIES[shown.priority],
        "channel": CHANNELS[story.channel],
        "group": None if shown.team == "none" else shown.team,
        "assignee_id": 7 if shown.assigned else None,
        "first_reply_at": _text(shown.said.first_response),
        "first_solved_at": _text(shown.solves[0] if shown.solves else None),
        "solved_at": _text(shown.solves[-1] if shown.solves else None),
        "closed_at": _text(shown.closes[-1] if shown.closes else None),
        "reopen_count": shown.reopens,
        "group_changes": shown.reassignments,
        "language": story.language or None,
        "tags": list(story.tags),
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _since(asked: Mapping[str, str]) -> tuple[str, int]:
    return asked.get("updated_since", ""), 0


def _after(place: str) -> tuple[str, int]:
    changed_at, _, number = place.partition("~")
    return changed_at, int(number) + 1


def _json(told: Row, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))
