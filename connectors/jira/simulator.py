"""A site of Jira Service Management on loopback, over a virtual desk.

What is searched is an index, which is a while behind; the log of changes is not.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import msgspec

from connectors.jira import simulated_issue as issues
from connectors.jira.simulated_changes import histories
from connectors.jira.simulated_search import Asked, Refused, parse
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron, Story
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator
from connectors.testing.states import state

EMAIL: Final = "pulse@desk.example"
TOKEN: Final = "throw-away-jira-token"
ZONE: Final = "America/New_York"
BEHIND: Final = timedelta(seconds=60)
MOST: Final = 100
MOST_CHANGES: Final = 10_000
AT_ONCE: Final = 1000
LOOK: Final = "/issues/"

Key = tuple[datetime, int]


class JiraSimulator(Simulator):
    """Answers like one site."""

    vendor: ClassVar[str] = "jira"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        zone: str = ZONE,
        asked_in: str | None = None,
        later: bool = False,
        without: Sequence[str] = (),
    ) -> None:
        """zone: of the account's profile. asked_in: the zone that times in searches are read in, if
        it is another. later: whether a minute that comes twice is taken for the later. without:
        names of fields that the site does not have."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._zone = ZoneInfo(zone)
        self._asked_in = ZoneInfo(asked_in or zone)
        self._later = later
        self._without = frozenset(without)
        self._seen: datetime | None = None
        self._stories: dict[int, Story] = {}
        self._customers: dict[int, Patron] = {}
        self._touched: dict[int, datetime] = {}
        self._keys: list[Key] = []

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this site at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "email": EMAIL,
            "api_token": TOKEN,
            "projects": [issues.PROJECT],
            "team": "Support team",
            "organization": "name",
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Jira would answer now. A search with a wrong token is one of a stranger, who sees
        nothing; all else refuses it."""
        if request.path == LOOK:
            return self._looked_at(request)
        known = request.headers.get("authorization") == _basic(EMAIL, TOKEN)
        if not known and request.path != "/rest/api/3/search/jql":
            return _error(401, "Client must be authenticated to access this resource.")
        routes: Mapping[tuple[str, str], Callable[[SimRequest], SimResponse]] = {
            ("GET", "/rest/api/3/myself"): self._me,
            ("GET", "/rest/api/3/status"): self._statuses,
            ("GET", "/rest/api/3/field"): self._fields,
            ("POST", "/rest/api/3/search/jql"): self._search if known else _nothing,
            ("GET", "/rest/api/3/search/jql"): self._search if known else _nothing,
            ("POST", "/rest/api/3/changelog/bulkfetch"): self._changes,
            ("POST", "/rest/api/3/search"): _removed,
            ("GET", "/rest/api/3/search"): _removed,
        }
        route = routes.get((request.method, request.path))
        if route is None:
            return _error(404, "There is no such resource.")
        self._advance(self.clock.now() - BEHIND)
        try:
            return route(request)
        except (Refused, msgspec.MsgspecError, ValueError) as refused:
            return _error(400, str(refused))

    def _me(self, _request: SimRequest) -> SimResponse:
        return _json(
            {
                "accountId": "pulse",
                "accountType": "atlassian",
                "emailAddress": EMAIL,
                "displayName": "deskpulse",
                "active": True,
                "timeZone": self._zone.key,
                "locale": "en_US",
            }
        )

    def _statuses(self, request: SimRequest) -> SimResponse:
        return _json([issues.status(word, _here(request)) for word in issues.STATUSES])

    def _fields(self, _request: SimRequest) -> SimResponse:
        system = ("summary", "created", "updated", "status", "priority", "assignee", "labels")
        told = [_field(name, name, {"type": "string", "system": name}) for name in system]
        for name, (number, kind, custom) in issues.FIELDS.items():
            if name not in self._without:
                schema = {"type": kind, "custom": custom, "customId": int(number)}
                told.append(_field(f"customfield_{number}", name, schema))
        return _json(told)

    def _search(self, request: SimRequest) -> SimResponse:
        body = _asked(request)
        asked = parse(body["jql"], self._asked_in, later=self._later)
        found = self._matching(asked)
        size = min(int(body.get("maxResults", 50)), self.page_limit or MOST, MOST)
        begin = _place(body.get("nextPageToken"))
        wanted = body.get("fields", ["id"])
        rows = [self._row(key, wanted, _here(request)) for key in found[begin : begin + size]]
        told: dict[str, object] = {"issues": rows, "isLast": begin + size >= len(found)}
        if not told["isLast"]:
            told["nextPageToken"] = _token(begin + size)
        return _json(told)

    def _matching(self, asked: Asked) -> Sequence[Key]:
        first = 0 if asked.since is None else bisect_left(self._keys, (asked.since, 0))
        found = self._keys[first:]
        if asked.number is not None:
            found = [key for key in found if str(issues.FIRST + key[1]) == asked.number]
        return found[::-1] if asked.descending else found

    def _row(self, key: Key, wanted: Sequence[str], url: str) -> dict[str, object]:
        story = self._stories[key[1]]
        shown = state(story, self._seen or self.clock.now())
        whole = issues.issue(shown, self._customers.get(story.customer), url, self._zone)
        number = issues.number(story)
        fields = {
            name: value
            for name, value in whole["fields"].items()
            if "*all" in wanted or name in wanted
        }
        return {
            "expand": "",
            "id": number,
            "self": f"{url}/rest/api/3/issue/{number}",
            "key": f"{issues.PROJECT}-{story.id}",
            "fields": fields,
            "properties": whole["properties"],
        }

    def _changes(self, request: SimRequest) -> SimResponse:
        body: dict[str, Any] = msgspec.json.decode(request.body)
        numbers, fields = body["issueIdsOrKeys"], set(body.get("fieldIds", ()))
        if not 0 < len(numbers) <= AT_ONCE or len(fields) > 10:
            raise Refused("Between 1 and 1000 issues and at most 10 fields may be asked for.")
        found = sorted(
            (at, int(number), change["id"], change)
            for number in numbers
            if (story := self._stories.get(int(number) - issues.FIRST)) is not None
            for at, change in histories(story, self.clock.now())
            if not fields or fields & {item["fieldId"] for item in change["items"]}
        )
        size = min(int(body.get("maxResults", 1000)), self.page_limit or MOST_CHANGES, MOST_CHANGES)
        begin = _place(body.get("nextPageToken"))
        logs: dict[str, list[object]] = defaultdict(list)
        for _, number, _, change in found[begin : begin + size]:
            logs[str(number)].append(change)
        more = begin + size < len(found)
        return _json(
            {
                "issueChangeLogs": [
                    {"issueId": number, "changeHistories": told} for number, told in logs.items()
                ],
                "nextPageToken": _token(begin + size) if more else None,
            }
        )

    def _looked_at(self, request: SimRequest) -> SimResponse:
        now = self.clock.now()
        for story in self.desk.stories(now):
            if request.query.get("jql") == f"id={issues.number(story)}":
                return ticket_page(story, now)
        return _error(404, "There is no such issue.")

    def _advance(self, visible: datetime) -> None:
        """Bring the index to that moment; a standing clock costs nothing."""
        if self._seen == visible:
            return
        if self._seen is None or visible < self._seen:
            self._touched = {}
            changed = list(self.desk.stories(visible))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, visible)]
        self._seen = visible
        self._customers = {one.id: one for one in self.desk.customers(visible)}
        for story in changed:
            self._stories[story.id] = story
            if issues.is_gone(story, visible):
                self._touched.pop(story.id, None)
            else:
                happened = [event.at for event in story.events if event.at <= visible]
                self._touched[story.id] = happened[-1]
        if changed:
            self._keys = sorted((at, number) for number, at in self._touched.items())


def _asked(request: SimRequest) -> dict[str, Any]:
    """The parameters of a search, which may be sent in either of two ways."""
    if request.method == "POST":
        sent: dict[str, Any] = msgspec.json.decode(request.body)
        return sent
    query: dict[str, Any] = dict(request.query)
    fields = [one for name, told in request.pairs if name == "fields" for one in told.split(",")]
    return {**query, "fields": fields or ["id"]}


def _nothing(_request: SimRequest) -> SimResponse:
    """What a stranger finds."""
    return _json({"issues": [], "isLast": True})


def _removed(_request: SimRequest) -> SimResponse:
    return _error(410, "The requested API has been removed. Migrate to /rest/api/3/search/jql.")


def _field(number: str, name: str, schema: dict[str, object]) -> dict[str, object]:
    return {
        "id": number,
        "key": number,
        "name": name,
        "untranslatedName": name,
        "custom": "custom" in schema,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [name],
        "schema": schema,
    }


def _here(request: SimRequest) -> str:
    return f"http://{request.headers.get('host', 'localhost')}"


def _token(place: int) -> str:
    return base64.b64encode(f"place:{place}".encode()).decode()


def _place(token: str | None) -> int:
    return int(base64.b64decode(token).decode().removeprefix("place:")) if token else 0


def _basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))


def _error(status: int, message: str) -> SimResponse:
    return _json({"errorMessages": [message], "errors": {}}, status)
