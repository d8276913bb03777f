"""Intercom's own counts, by its search: a request is created as mapping has it, but nothing that
polling reads is read here, so that a mistake in the one is found by the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from connectors.contract import Fact, Figure
from connectors.http import ApiSession

SEARCH: Final = "/conversations/search"
BEGUN_BY: Final = "source.delivered_as"
BY_US: Final = ["admin_initiated", "campaigns_initiated", "automated"]
ANSWERED: Final = "statistics.first_contact_reply_at"
CLOSED: Final = "statistics.last_close_at"

Condition = dict[str, Any]
OPEN: Final = ["open", "snoozed"]
THEIRS: Final[Condition] = {"field": BEGUN_BY, "operator": "NIN", "value": BY_US}
OURS: Final[Condition] = {"field": BEGUN_BY, "operator": "IN", "value": BY_US}


class _Count(msgspec.Struct, frozen=True):
    total_count: int


def figures(session: ApiSession, since: datetime, until: datetime) -> list[Figure]:
    """How many requests were created and last closed in [since, until], and are open now: those of
    customers, and of those that we began the ones that a customer wrote in. Raises
    `ConnectorError`."""
    created, closed = _within("created_at", since, until), _within(CLOSED, since, until)
    heard, still_open = _within(ANSWERED, since, until), [_condition("state", "IN", OPEN)]
    ever = _condition(ANSWERED, ">", 0)
    moved = _condition("updated_at", ">", int(until.timestamp()) + 1)
    told = []
    for fact, label, of_theirs, of_ours in (
        (Fact.CREATED, "conversations by created_at or first_contact_reply_at", created, heard),
        (Fact.SOLVED, "conversations by last_close_at", closed, [ever, *closed]),
        (Fact.OPEN, "conversations that are open or snoozed", still_open, [ever, *still_open]),
    ):
        asked = [THEIRS, *of_theirs], [OURS, *of_ours]
        count, moving = (
            sum(_count(session, [*one, *more]) for one in asked) for more in ([], [moved])
        )
        told.append(Figure(fact, label, count, 0 if fact is Fact.OPEN else moving))
    return told


def _count(session: ApiSession, conditions: list[Condition]) -> int:
    body = {"query": {"operator": "AND", "value": conditions}, "pagination": {"per_page": 1}}
    return session.post(SEARCH, body=body, decode=_Count).value.total_count


def _within(field: str, since: datetime, until: datetime) -> list[Condition]:
    """Both ends are taken in, as Intercom documents its > and <."""
    begin, end = int(since.timestamp()), int(until.timestamp())
    return [_condition(field, ">", begin), _condition(field, "<", end)]


def _condition(field: str, operator: str, value: object) -> Condition:
    return {"field": field, "operator": operator, "value": value}
