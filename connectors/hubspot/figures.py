"""HubSpot's own figures: counts by its search, durations by its own properties.

Read apart from what polling reads, so that a mistake in the one is found by the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from connectors.contract import Fact, Figure, Measured
from connectors.http import ApiSession
from connectors.hubspot.search import Dated, Search
from connectors.hubspot.wire import CHANGED
from connectors.walking import Walk, cursor_at

TICKETS: Final = "/crm/v3/objects/tickets/search"
CREATED: Final = "createdate"
CLOSED: Final = "hs_last_closed_date"

RESPONSE: Final = "first_agent_reply_date"
ANY_RESPONSE: Final = "hs_first_agent_message_sent_at"
TO_RESPOND: Final = "time_to_first_agent_reply"
TO_CLOSE: Final = "time_to_close"
CLOSED_NOW: Final = "closed_date"
OF_DURATIONS: Final = (RESPONSE, ANY_RESPONSE, TO_RESPOND, TO_CLOSE, CLOSED_NOW)


class _Count(msgspec.Struct, frozen=True):
    total: int


def figures(
    session: ApiSession, open_stages: Sequence[str], since: datetime, until: datetime
) -> list[Figure]:
    """How many tickets were created and last closed in [since, until], and are open now.

    open_stages: the ids of the stages that are not closed. Raises `ConnectorError`.
    """
    asked = [
        (Fact.CREATED, "tickets by createdate", _between(CREATED, since, until)),
        (Fact.SOLVED, "tickets by hs_last_closed_date", _between(CLOSED, since, until)),
    ]
    told = [
        Figure(fact, label, _count(session, filters), _count(session, [*filters, _after(until)]))
        for fact, label, filters in asked
    ]
    among = {"propertyName": "hs_pipeline_stage", "operator": "IN", "values": [*open_stages]}
    return [*told, Figure(Fact.OPEN, "tickets in stages that are open", _count(session, [among]))]


def measured(session: ApiSession, since: datetime, page_size: int) -> Iterator[Measured]:
    """How long tickets changed since then took to be answered and closed. Raises
    `ConnectorError`."""
    walk: Walk[Dated, Any] = Search(session, "tickets", OF_DURATIONS, page_size).walk()
    for leg in walk.legs(cursor_at(since)):
        for one in leg.rows:
            yield from _of_one(one)


def _of_one(one: Dated) -> Iterator[Measured]:
    row = one.row
    # By mail only; a reply in another channel, which counts too, may have come before it.
    if row.text(RESPONSE) and row.text(RESPONSE) == row.text(ANY_RESPONSE):
        seconds = _seconds(row.text(TO_RESPOND))
        yield Measured(row.id, one.changed_at, Fact.FIRST_RESPONSE, seconds)
    closed_at = row.instant(CLOSED_NOW)
    if closed_at is not None:
        seconds = _seconds(row.text(TO_CLOSE))
        yield Measured(row.id, one.changed_at, Fact.SOLVED, seconds, at=closed_at)


def _seconds(milliseconds: str) -> int | None:
    whole = milliseconds.partition(".")[0]
    return int(whole) // 1000 if whole.isascii() and whole.isdigit() else None


def _count(session: ApiSession, filters: Sequence[Mapping[str, Any]]) -> int:
    body = {"filterGroups": [{"filters": filters}], "properties": [], "limit": 1}
    return session.post(TICKETS, body=body, decode=_Count).value.total


def _between(name: str, since: datetime, until: datetime) -> list[dict[str, str]]:
    return [_filter(name, "GTE", since), _filter(name, "LTE", until)]


def _after(until: datetime) -> dict[str, str]:
    return _filter(CHANGED, "GT", until)


def _filter(name: str, operator: str, at: datetime) -> dict[str, str]:
    value = str(int(at.timestamp() * 1000))
    return {"propertyName": name, "operator": operator, "value": value}
