"""The cursor-based export of tickets, by (generated_timestamp, id)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from connectors.testing.desk import Desk, Story
from connectors.zendesk import simulated_organizations
from connectors.zendesk.simulated_answers import HOST, Refusal, limited, opaque, plain, start_of
from connectors.zendesk.simulated_ticket import ticket_object

PATH = "/api/v2/incremental/tickets/cursor"
LIMIT = 1000

Position = tuple[int, int]
Entry = tuple[int, int, Story]

BEGIN: Position = (0, 0)


class SimulatedTickets:
    """Pages of a desk's tickets as of an instant."""

    def __init__(self, desk: Desk, groups: Mapping[str, int], own_limit: int | None) -> None:
        self._desk = desk
        self._groups = groups
        self._own_limit = own_limit
        self._listed: tuple[datetime, Position, list[Entry]] | None = None

    def page(self, query: dict[str, str], visible: datetime) -> dict[str, object]:
        """What the export says to `query`. Raises `Refusal`."""
        position = _position(query, visible)
        limit = limited(query.get("per_page", ""), LIMIT, self._own_limit)
        include = query.get("include", "").split(",")
        entries = self._entries(position, visible)
        page = entries[:limit]
        stories = [story for _, _, story in page]
        after = page[-1][:2] if page else position
        cursor = opaque(f"{after[0]}.0||{after[1]}|") if after != BEGIN else None
        hours = self._desk.hours
        return {
            "tickets": [
                ticket_object(
                    story, visible, self._groups, hours, sideload="metric_sets" in include
                )
                for story in stories
            ],
            **self._organizations(include, stories, visible),
            "after_url": cursor and f"{HOST}{PATH}.json?cursor={cursor}",
            "after_cursor": cursor,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": len(entries) <= limit,
        }

    def _organizations(
        self, include: Sequence[str], stories: Sequence[Story], visible: datetime
    ) -> dict[str, object]:
        if "organizations" not in include:
            return {}
        return {"organizations": simulated_organizations.beside(self._desk, stories, visible)}

    def _entries(self, position: Position, visible: datetime) -> list[Entry]:
        """Every ticket after `position`."""
        listed = self._listed
        if listed is None or listed[0] != visible or listed[1] > position:
            since = max(self._desk.begins.timestamp(), position[0]) - 1
            touched = self._desk.touched(datetime.fromtimestamp(since, UTC), visible)
            entries = [(int(at.timestamp()), story.id, story) for at, story in touched]
            listed = self._listed = (visible, position, entries)
        return listed[2][bisect_right(listed[2], position, key=_key) :]


def _position(query: dict[str, str], visible: datetime) -> Position:
    """After which (instant, id) the question begins."""
    if "cursor" in query:
        return _decoded(query["cursor"])
    start = start_of(query, visible)
    return (start - 1, 2**63) if start > 0 else BEGIN


def _decoded(cursor: str) -> Position:
    at, _, rest = plain(cursor).partition("||")
    try:
        return int(float(at)), int(rest.rstrip("|"))
    except ValueError:
        raise Refusal(400, "InvalidCursor", "The cursor is not valid") from None


def _key(entry: Entry) -> Position:
    return entry[0], entry[1]
