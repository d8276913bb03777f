"""The issues of one repository by time of change, each with all that was said and done on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors.contract import Fatal
from connectors.github.asking import ISSUES, MORE, ask, unknown
from connectors.github.wire import Connection, Issue, OfIssue, OfRepository, T, read
from connectors.http import ApiSession
from connectors.verdicts import Missing, about
from connectors.walking import BEGINNING, Answer, Key, Walk

OVERLAP: Final = timedelta(minutes=2)
"""How long a change may take to show in the list."""

PAGES: Final = 10_000


class Listing:
    """One repository. Every call raises `ConnectorError`."""

    def __init__(self, api: ApiSession, repository: str, page_size: int) -> None:
        self.repository = repository
        self.total = 0
        self._api = api
        self._size = page_size

    def walk(self) -> Walk[Issue, str]:
        """All issues by time of change; pull requests are none."""
        name = f"{about(self._api.source)}the issues of {self.repository}"
        return Walk(name, self._ask, _key, shifts=True, overlap=OVERLAP)

    def newest(self, size: int) -> Answer[Issue, str]:
        """The issues that changed last."""
        return self._page("DESC", size, None, None)

    def whole(self, issue: Issue) -> Issue:
        """An issue with all its comments and closings, however many pages they take."""
        before: dict[str, str | None] | None = None
        for _ in range(PAGES):
            comments, events = issue.comments, issue.events
            places = {"comments": comments.place.end, "events": events.place.end}
            if not (comments.place.more or events.place.more):
                return issue
            if places == before:
                break
            before = places
            variables = {"id": issue.id, **places}
            try:
                told, _ = ask(self._api, self.repository, MORE, variables, OfIssue)
            except Missing:
                return issue  # deleted meanwhile, and told no more
            if told.node is None:
                return issue
            issue = msgspec.structs.replace(
                issue,
                comments=_joined(comments, told.node.comments),
                events=_joined(events, told.node.events),
            )
        raise Fatal(
            f"{about(self._api.source)}what belongs to {self.repository}#{issue.number} does not "
            "come to an end. Nothing is lost; if it stays so, look for a newer version of the "
            "connector."
        )

    def _ask(self, since: datetime, place: str | None) -> Answer[Issue, str]:
        return self._page("ASC", self._size, None if since == BEGINNING else since, place)

    def _page(
        self, way: str, size: int, since: datetime | None, place: str | None
    ) -> Answer[Issue, str]:
        owner, _, name = self.repository.partition("/")
        variables = {
            "owner": owner,
            "name": name,
            "size": size,
            "way": way,
            "since": since and since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "after": place,
        }
        told, reply = ask(self._api, self.repository, ISSUES, variables, OfRepository)
        if told.repository is None:
            raise unknown(self._api.source, self.repository)
        issues = told.repository.issues
        self.total = issues.total
        rows, rejected = read(self.repository, issues.nodes)
        following = issues.place.end if issues.place.more else None
        return Answer(rows, following, reply.at, rejected)


def _joined(known: Connection[T], more: Connection[T]) -> Connection[T]:
    """Two pages as one. What was at its end tells nothing more."""
    if not known.place.more:
        return known
    return Connection((*known.nodes, *more.nodes), more.place)


def _key(issue: Issue) -> Key:
    return issue.updated_at, issue.number
