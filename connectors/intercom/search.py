"""Intercom's conversations by time of change, by its search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.contract import Rejection
from connectors.http import ApiSession
from connectors.intercom import wire
from connectors.walking import Answer, Key, Walk

SEARCH: Final = "/conversations/search"
OVERLAP: Final = timedelta(minutes=1)
"""How long a change may take to show in the index that is searched."""

CHANGED: Final = "updated_at"


@dataclass(frozen=True, slots=True)
class Found:
    """One answer. total: of how many these are some. following: the place of those after them."""

    rows: Sequence[wire.Conversation]
    rejected: Sequence[Rejection]
    total: int
    following: str | None
    at: datetime


class Search:
    """The conversations of one workspace. Every call raises `ConnectorError`."""

    def __init__(self, session: ApiSession, page_size: int) -> None:
        self._session = session
        self._page_size = page_size

    def walk(self) -> Walk[wire.Conversation, str]:
        """All of them by time of change."""
        name = f"source '{self._session.source}': the search of conversations"
        return Walk(name, self._ask, _key, overlap=OVERLAP)

    def newest(self, count: int) -> Found:
        """So many that changed last."""
        return self.find([condition(CHANGED, ">", 0)], "descending", count)

    def find(
        self,
        conditions: Sequence[dict[str, Any]],
        order: str,
        count: int,
        after: str | None = None,
    ) -> Found:
        """The conversations that fulfil all of these, from a place on."""
        page = {"per_page": count, **({"starting_after": after} if after else {})}
        body = {
            "query": {"operator": "AND", "value": list(conditions)},
            "sort": {"field": CHANGED, "order": order},
            "pagination": page,
        }
        reply = self._session.post(SEARCH, body=body, decode=wire.Found)
        rows, rejected = wire.read(reply.value.conversations)
        return Found(rows, rejected, reply.value.total_count, reply.value.following, reply.at)

    def _ask(self, since: datetime, after: str | None) -> Answer[wire.Conversation, str]:
        """Those that changed then or later, from a place on.

        Whether `>` takes in the instant itself is said in two ways: it is asked for a second less,
        and what is older is left out here.
        """
        begin = int(since.timestamp())
        found = self.find([condition(CHANGED, ">", begin - 1)], "ascending", self._page_size, after)
        rows = [row for row in found.rows if row.updated_at >= begin]
        return Answer(rows, found.following, found.at, found.rejected)


def condition(field: str, operator: str, value: object) -> dict[str, Any]:
    """A condition of a search. operator: =, !=, IN, NIN, >, <, ..."""
    return {"field": field, "operator": operator, "value": value}


def _key(row: wire.Conversation) -> Key:
    return datetime.fromtimestamp(row.updated_at, UTC), row.id
