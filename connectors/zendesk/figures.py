"""Zendesk's own figures: counts by its search, durations by its metric sets.

Read apart from what polling reads, so that a mistake in the one is found by the other: the metric
sets are decoded here in a form of their own, and nothing passes through `mapping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from connectors.contract import Fact, Figure, Measured
from connectors.http import ApiSession
from connectors.zendesk.stream import Walk

COUNT = "/api/v2/search/count.json"
EXPORT = "/api/v2/incremental/tickets/cursor.json"
MERGED = "closed_by_merge"
LIVE = f"type:ticket -tags:{MERGED}"
PRECISION = 60
DONE = frozenset({"solved", "closed"})
# Told in both clocks: the field of the metric set, and the fact that it measures.
SPANS = (
    ("reply_time_in_minutes", Fact.FIRST_RESPONSE),
    ("first_resolution_time_in_minutes", Fact.FIRST_RESOLUTION),
    ("full_resolution_time_in_minutes", Fact.SOLVED),
    ("requester_wait_time_in_minutes", Fact.REQUESTER_WAIT),
)


class Minutes(msgspec.Struct, frozen=True):
    """One duration on both clocks, in whole minutes."""

    calendar: int | None = None
    business: int | None = None


NONE = Minutes()


class Metrics(msgspec.Struct, frozen=True):
    """The metric set of one ticket, as far as it measures time."""

    solved_at: datetime | None = None
    status_updated_at: datetime | None = None
    reply_time_in_minutes: Minutes | None = None
    first_resolution_time_in_minutes: Minutes | None = None
    full_resolution_time_in_minutes: Minutes | None = None
    requester_wait_time_in_minutes: Minutes | None = None


class Row(msgspec.Struct, frozen=True):
    """One exported ticket."""

    id: int
    status: str
    generated_timestamp: int
    tags: tuple[str, ...] = ()
    metric_set: Metrics | None = None


class Rows(msgspec.Struct, frozen=True):
    """One page of the export."""

    tickets: list[Row]
    end_of_stream: bool
    after_cursor: str | None = None


class Count(msgspec.Struct, frozen=True):
    """The answer of the count of a search."""

    count: int


class Searched(NamedTuple):
    """One search: the fact that it counts, in words, and Zendesk's terms."""

    fact: Fact
    label: str
    terms: str


def figures(api: ApiSession, since: datetime, until: datetime) -> list[Figure]:
    """Created and solved in [since, until], and open now. Raises `ConnectorError`."""
    begin, end = _text(since), _text(until)
    searches = (
        Searched(Fact.CREATED, "created in the period", f"created>={begin} created<={end}"),
        Searched(Fact.SOLVED, "last solved in the period", f"solved>={begin} solved<={end}"),
        Searched(Fact.OPEN, "not yet solved", "status<solved"),
    )
    moving = _count(api, f"type:ticket updated>{end}")
    return [Figure(s.fact, s.label, _count(api, f"{LIVE} {s.terms}"), moving) for s in searches]


def measured(api: ApiSession, since: datetime, page_size: int) -> Iterator[Measured]:
    """The metric sets of every ticket changed since then. Raises `ConnectorError`."""
    begin: dict[str, str | int] = {"start_time": int(since.timestamp())}
    walk = Walk(api.source, "the export of tickets", "")
    while True:
        params = {**begin, "per_page": page_size, "include": "metric_sets"}
        page = api.get(EXPORT, params=params, decode=Rows).value
        for row in page.tickets:
            yield from _of(row)
        if page.end_of_stream or page.after_cursor is None:
            return
        walk.on(page.after_cursor)
        begin = {"cursor": page.after_cursor}


def _of(row: Row) -> Iterator[Measured]:
    """What the metric set of a ticket says that counts as one."""
    metrics = row.metric_set
    if metrics is None or row.status == "deleted" or MERGED in row.tags:
        return
    ticket, changed_at = str(row.id), datetime.fromtimestamp(row.generated_timestamp, UTC)
    unsolved = row.status == "closed" and metrics.solved_at is None
    at = metrics.status_updated_at if unsolved else metrics.solved_at
    for name, fact in SPANS:
        if fact is Fact.REQUESTER_WAIT and row.status not in DONE:
            continue
        if unsolved and fact in (Fact.FIRST_RESOLUTION, Fact.SOLVED):
            yield Measured(ticket, changed_at, fact, None, at=at, unsolved=True)
            continue
        minutes = getattr(metrics, name) or NONE
        for business in (False, True):
            told = minutes.business if business else minutes.calendar
            seconds = None if told is None else 60 * told
            yield Measured(ticket, changed_at, fact, seconds, business, at, PRECISION)


def _count(api: ApiSession, query: str) -> int:
    return api.get(COUNT, params={"query": query}, decode=Count).value.count


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
