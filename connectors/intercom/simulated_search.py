"""The search of conversations, as of an instant: conditions, order, pages, and what it refuses."""

from __future__ import annotations

import operator
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from connectors.intercom.simulated_conversation import Row, conversation, unix
from connectors.testing.desk import Desk, Kind, Patron, Story
from connectors.testing.states import state

MOST: Final = 150
DEFAULT: Final = 20
REMOVALS: Final = frozenset({Kind.DELETED, Kind.SPAM, Kind.MERGED})
DATES: Final = frozenset({"updated_at", "created_at"})
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.le,
    "IN": lambda value, those: value in those,
    "NIN": lambda value, those: value not in those,
}

Key = tuple[int, int]


class Refused(Exception):
    """A search that Intercom does not take."""


class Index:
    """The conversations of a desk by time of change.

    inclusive: whether `>` takes in what is equal; Intercom says both.
    """

    def __init__(self, desk: Desk, teams: Mapping[str, int], *, inclusive: bool) -> None:
        self._desk = desk
        self._teams = teams
        self._inclusive = inclusive
        self._seen: datetime | None = None
        self._stories: dict[int, Story] = {}
        self._at: dict[int, int] = {}
        self._keys: list[Key] = []
        self._patrons: dict[int, Patron] = {}

    def advance(self, now: datetime) -> None:
        """Bring it to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._stories, self._at = {}, {}
            changed: Sequence[Story] = self._desk.stories(now)
        else:
            changed = [story for _, story in self._desk.touched(self._seen, now)]
        self._seen = now
        self._patrons = {patron.id: patron for patron in self._desk.customers(now)}
        for story in changed:
            self._take(story, now)
        self._keys = sorted((at, number) for number, at in self._at.items())

    def search(self, body: bytes, own_limit: int) -> Row:
        """The answer to a search. Raises `Refused`."""
        asked = msgspec.json.decode(body, type=dict[str, Any])
        keys = self._matching(asked.get("query") or {})
        paging = asked.get("pagination") or {}
        size = paging.get("per_page", DEFAULT)
        if not isinstance(size, int) or not 1 <= size <= MOST:
            raise Refused(f"per_page must be between 1 and {MOST}")
        size = min(size, own_limit)
        order = asked.get("sort") or {"field": "updated_at", "order": "descending"}
        if order.get("field") != "updated_at":
            raise Refused("this workspace sorts by updated_at only")
        first, page = _begin(keys, paging.get("starting_after"), order.get("order"))
        ordered = keys if order.get("order") == "ascending" else keys[::-1]
        shown, more = ordered[first : first + size], first + size < len(keys)
        return self._answer(shown, len(keys), size, page, more=more)

    def _take(self, story: Story, now: datetime) -> None:
        past = [event for event in story.events if event.at <= now]
        if any(event.kind in REMOVALS for event in past):
            self._stories.pop(story.id, None)
            self._at.pop(story.id, None)
            return
        self._stories[story.id] = story
        self._at[story.id] = unix(max(event.at for event in past))

    def _matching(self, query: Mapping[str, Any]) -> list[Key]:
        conditions = query.get("value") if query.get("operator") == "AND" else [query]
        if not isinstance(conditions, list) or len(conditions) > 15:
            raise Refused("bad 'value' parameter")
        keys = self._keys
        for one in conditions:
            keys = self._narrowed(keys, one)
        return keys

    def _narrowed(self, keys: list[Key], one: Mapping[str, Any]) -> list[Key]:
        field, sign, value = one.get("field"), str(one.get("operator")), one.get("value")
        if field == "updated_at" and sign == ">":
            edge = (int(value or 0), -1) if self._inclusive else (int(value or 0), 2**63)
            return keys[bisect_left(keys, edge) :]
        if sign not in COMPARE and sign != ">":
            raise Refused(f"bad 'operator' parameter: {sign}")
        if field in DATES and sign in {"!=", "IN", "NIN"}:
            raise Refused(f"'{sign}' is not supported for dates")
        test = (operator.ge if self._inclusive else operator.gt) if sign == ">" else COMPARE[sign]
        return [key for key in keys if _holds(self._value(key[1], str(field)), test, value)]

    def _value(self, number: int, field: str) -> Any:
        row = self._row(number)
        first, _, second = field.partition(".")
        if first not in row:
            raise Refused(f"bad 'field' parameter: {field}")
        inner = row[first]
        return inner.get(second) if second and isinstance(inner, dict) else inner

    def _row(self, number: int) -> Row:
        now = self._now
        story = self._stories[number]
        return conversation(state(story, now), self._teams, self._patrons.get(story.customer))

    @property
    def _now(self) -> datetime:
        if self._seen is None:
            raise RuntimeError("asked before it was brought to the present")
        return self._seen

    def _answer(self, shown: Sequence[Key], total: int, size: int, page: int, *, more: bool) -> Row:
        pages: Row = {
            "type": "pages",
            "page": page,
            "per_page": size,
            "total_pages": -(-total // size),
        }
        if more:
            after = [shown[-1][0] * 1000, shown[-1][1], page + 1]
            code = b64encode(msgspec.json.encode(after)).decode()
            pages["next"] = {"per_page": size, "starting_after": code}
        return {
            "type": "conversation.list",
            "pages": pages,
            "total_count": total,
            "conversations": [self._row(number) for _, number in shown],
        }


def _holds(found: Any, test: Callable[[Any, Any], bool], value: Any) -> bool:
    return found is not None and test(found, value)


def _begin(keys: Sequence[Key], code: str | None, order: object) -> tuple[int, int]:
    """Where a page begins, behind the conversation that its cursor names; and its number."""
    if not code:
        return 0, 1
    try:
        at, number, page = msgspec.json.decode(b64decode(code, validate=True))
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise Refused("bad 'starting_after' parameter") from None
    key = (at // 1000, number)
    if order == "ascending":
        return bisect_right(keys, key), page
    return len(keys) - bisect_left(keys, key), page
