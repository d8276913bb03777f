"""GitHub's GraphQL API on loopback, over a virtual desk in two repositories.

It shares no code with mapping, wire and connector: it is there to find their mistakes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import msgspec

from connectors.github import simulated_issue as issues
from connectors.github.simulated_graphql import Query, Refused
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Story
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

TOKEN: Final = "throw-away-github-token"
MOST: Final = 100

Key = tuple[datetime, int]


class Missing(Exception):
    """There is no such repository for this token, or no such issue any more."""


class GitHubSimulator(Simulator):
    """Two repositories of one owner."""

    vendor: ClassVar[str] = "github"

    def __init__(self, desk: Desk, clock: Clock, *, page_limit: int | None = None) -> None:
        super().__init__(desk, clock, page_limit=page_limit)
        self._seen: datetime | None = None
        self._stories: dict[int, Story] = {}
        self._touched: dict[str, dict[int, datetime]] = {}
        self._keys: dict[str, list[Key]] = {}

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads these repositories at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "token": TOKEN,
            "repositories": list(issues.REPOSITORIES),
            "priority_labels": {label: word for word, label in issues.PRIORITIES.items()},
            "team_labels": {issues.TEAM.format(name): name for name in self.desk.teams},
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What GitHub would answer now."""
        if "/issues/" in request.path and request.method == "GET":
            return self._looked_at(request.path)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"message": "Bad credentials", "status": "401"}, 401)
        if (request.method, request.path) != ("POST", "/graphql"):
            return _json({"message": "Not Found", "status": "404"}, 404)
        self._advance(self.clock.now())
        body: dict[str, Any] = msgspec.json.decode(request.body)
        root = {"repository": self._repository, "node": self._node}
        try:
            return _json({"data": Query(body["query"], body.get("variables") or {}).answer(root)})
        except Missing as missing:
            name = str(missing)
            return _trouble("NOT_FOUND", f"Could not resolve to a {name}.", {name: None})
        except Refused as refused:
            return _trouble("", str(refused))

    def _repository(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{given['owner']}/{given['name']}"
        if name not in issues.REPOSITORIES:
            raise Missing("repository")
        return {"nameWithOwner": name, "issues": lambda asked: self._listed(name, asked)}

    def _listed(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        size = asked.get("first")
        if not isinstance(size, int) or not 0 < size <= MOST:
            raise Refused("You must provide a `first` value between 1 and 100.")
        if asked.get("orderBy", {}).get("field") != "UPDATED_AT":
            raise Refused("This simulator lists issues by time of change only.")
        found = self._since(name, (asked.get("filterBy") or {}).get("since"))
        if asked["orderBy"]["direction"] == "DESC":
            found = found[::-1]
        begin = int(asked["after"].removeprefix("Y3Vyc29y")) if asked.get("after") else 0
        end = begin + min(size, self.page_limit or MOST)
        now = self._seen or self.clock.now()
        return {
            "totalCount": len(found),
            "pageInfo": {
                "hasNextPage": end < len(found),
                "endCursor": f"Y3Vyc29y{end}" if begin < len(found) else None,
            },
            "nodes": [issues.issue(self._stories[key[1]], now) for key in found[begin:end]],
        }

    def _since(self, name: str, text: str | None) -> Sequence[Key]:
        keys = self._keys.get(name, [])
        if text is None:
            return keys
        since = datetime.fromisoformat(text).astimezone(UTC)
        return keys[bisect_left(keys, (since, 0)) :]

    def _node(self, given: Mapping[str, Any]) -> dict[str, Any]:
        now = self._seen or self.clock.now()
        for story in self._stories.values():
            if issues.node_id(story) == given["id"] and not issues.is_gone(story, now):
                return issues.issue(story, now)
        raise Missing("node")

    def _looked_at(self, path: str) -> SimResponse:
        now = self.clock.now()
        for story in self.desk.stories(now):
            if path == f"/{issues.repository_of(story)}/issues/{story.id}":
                return ticket_page(story, now)
        return _json({"message": "Not Found", "status": "404"}, 404)

    def _advance(self, now: datetime) -> None:
        """Bring the lists to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._touched = {name: {} for name in issues.REPOSITORIES}
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        self._seen = now
        for story in changed:
            self._stories[story.id] = story
            there = self._touched[issues.repository_of(story)]
            if issues.is_gone(story, now):
                there.pop(story.id, None)
            else:
                there[story.id] = [event.at for event in story.events if event.at <= now][-1]
        if changed:
            self._keys = {
                name: sorted((at, number) for number, at in there.items())
                for name, there in self._touched.items()
            }


def _trouble(kind: str, message: str, data: Mapping[str, None] | None = None) -> SimResponse:
    """An error, which GraphQL tells with a good status."""
    path = list(data) if data else ["repository"]
    error = {"message": message, **({"type": kind, "path": path} if kind else {})}
    return _json({"data": data, "errors": [error]})


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))
