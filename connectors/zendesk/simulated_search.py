"""How many tickets a search finds: the few plain conditions that reconciliation asks for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.testing.desk import Desk, Story
from connectors.zendesk.simulated_answers import Refusal
from connectors.zendesk.simulated_state import State, told

TERM = re.compile(r"(-?)(status|created|solved|updated|tags)(>=|<=|<|>|:)(\S+)")
MERGED = "closed_by_merge"
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
    ":": operator.eq,
}

Condition = Callable[[Story, State, datetime], bool]


def count(desk: Desk, query: str, visible: datetime) -> int:
    """The tickets on which every condition of `query` holds; deleted ones are not found.

    Raises `Refusal` for a query in other words.
    """
    conditions = [_condition(term) for term in query.split() if term != "type:ticket"]
    found = 0
    for story in desk.stories(visible):
        state, last = told(story, visible)
        if not state.gone:
            found += all(holds(story, state, last) for holds in conditions)
    return found


def _condition(term: str) -> Condition:
    parts = TERM.fullmatch(term)
    if parts is None:
        raise Refusal(422, "invalid", "This account understands few searches")
    minus, name, sign, value = parts.groups()
    if minus:
        holds = _condition(term[1:])
        return lambda story, state, last: not holds(story, state, last)
    compare = OPERATORS[sign]
    if name == "tags":
        return lambda story, state, _last: value in (*story.tags, *[MERGED][: state.merged])
    if name == "status":
        rank = STATUSES.index(value) if value in STATUSES else len(STATUSES)
        return lambda _story, state, _last: compare(STATUSES.index(state.status), rank)
    moment = _moment(value)
    return lambda story, state, last: _is_then(_instant(name, story, state, last), compare, moment)


def _instant(name: str, story: Story, state: State, last: datetime) -> datetime | None:
    return {"created": story.created_at, "solved": state.last_solve, "updated": last}[name]


def _is_then(at: datetime | None, compare: Callable[[Any, Any], bool], moment: datetime) -> bool:
    return at is not None and compare(at, moment)


def _moment(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(422, "invalid", "A date of the search is not valid") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
