"""ServiceNow's own figures: counts by its Aggregate API, durations as the incident has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from connectors.contract import Fact, Fatal, Figure, Measured
from connectors.http import ApiSession

STATS = "/api/now/stats/{}"
TABLE = "/api/now/table/{}"
LIVE = "state!=8"  # a canceled incident counts as removed
PAGES = 100_000
CLOSED = "7"
DONE = frozenset({"6", CLOSED})


class Row(msgspec.Struct, frozen=True):
    """What an incident says of its own durations; all text, "" is unset."""

    sys_id: str
    sys_updated_on: str
    state: str = ""
    resolved_at: str = ""
    closed_at: str = ""
    calendar_stc: str = ""
    business_stc: str = ""
    reopen_count: str = ""


FIELDS = ",".join(field.name for field in msgspec.structs.fields(Row))


class Rows(msgspec.Struct, frozen=True):
    """One page of the Table API."""

    result: list[Row] = []


class _Counted(msgspec.Struct, frozen=True):
    count: str


class _Stats(msgspec.Struct, frozen=True):
    stats: _Counted


class Aggregate(msgspec.Struct, frozen=True):
    """The answer of the Aggregate API to `sysparm_count=true`."""

    result: _Stats


class Asked(NamedTuple):
    """The fact that is counted, in words, and queries whose counts add up to it."""

    fact: Fact
    label: str
    queries: tuple[str, ...]


def figures(api: ApiSession, table: str, since: datetime, until: datetime) -> list[Figure]:
    """Created and resolved in [since, until], and open now. Raises `ConnectorError`."""
    begin, end = _text(since), _text(until)
    asked = (
        Asked(Fact.CREATED, "opened in the period", (_between("opened_at", begin, end),)),
        Asked(
            Fact.SOLVED,
            "last resolved in the period, or closed unresolved",
            (
                _between("resolved_at", begin, end),
                f"state={CLOSED}^resolved_atISEMPTY^{_between('closed_at', begin, end)}",
            ),
        ),
        Asked(Fact.OPEN, "active now", (f"state!=6^state!={CLOSED}",)),
    )
    moving = _count(api, table, f"sys_updated_on>{end}")
    return [
        Figure(
            one.fact,
            one.label,
            sum(_count(api, table, f"{LIVE}^{query}") for query in one.queries),
            moving,
        )
        for one in asked
    ]


def measured(api: ApiSession, table: str, since: datetime, page_size: int) -> Iterator[Measured]:
    """The durations of every incident changed since then. Raises `ConnectorError`."""
    at, after = _text(since), ""
    for _ in range(PAGES):
        query = f"{LIVE}^sys_updated_on>={at}"
        query += f"^sys_updated_on>{at}^ORsys_id>{after}" if after else ""
        rows = _page(api, table, f"{query}^ORDERBYsys_updated_on^ORDERBYsys_id", page_size)
        for row in rows:
            yield from _of(row)
        if not rows:
            return
        if (rows[-1].sys_updated_on, rows[-1].sys_id) == (at, after):
            break
        at, after = rows[-1].sys_updated_on, rows[-1].sys_id
    raise Fatal(
        f"source '{api.source}': ServiceNow's table {table} does not come to an end. Set the time "
        "zone of deskpulse's account in ServiceNow to GMT and ask again."
    )


def _page(api: ApiSession, table: str, query: str, page_size: int) -> list[Row]:
    params: dict[str, str | int] = {
        "sysparm_query": query,
        "sysparm_fields": FIELDS,
        "sysparm_display_value": "false",
        "sysparm_exclude_reference_link": "true",
        "sysparm_limit": page_size,
    }
    return api.get(TABLE.format(table), params=params, decode=Rows).value.result


def _of(row: Row) -> Iterator[Measured]:
    """What an incident measured, while its resolution stands."""
    changed_at = _instant(row.sys_updated_on)
    solved = row.resolved_at or (row.closed_at if row.state == CLOSED else "")
    if row.state not in DONE or not solved or changed_at is None:
        return
    facts = [Fact.SOLVED]
    if row.reopen_count in ("", "0"):
        facts.append(Fact.FIRST_RESOLUTION)
    for fact in facts:
        for business, text in ((False, row.calendar_stc), (True, row.business_stc)):
            if text.isdecimal():  # an instance that does not fill it in has nothing to compare
                yield Measured(row.sys_id, changed_at, fact, int(text), business, _instant(solved))


def _between(column: str, begin: str, end: str) -> str:
    return f"{column}>={begin}^{column}<={end}"


def _count(api: ApiSession, table: str, query: str) -> int:
    params: dict[str, str | int] = {"sysparm_query": query, "sysparm_count": "true"}
    reply = api.get(STATS.format(table), params=params, decode=Aggregate)
    return int(reply.value.result.stats.count)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
