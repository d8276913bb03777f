"""What was deleted: HubSpot keeps it for 90 days, in a list of its own, in no order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from connectors.contract import Fatal, Rejection
from connectors.http import ApiSession
from connectors.hubspot.wire import ID, Row, Rows, read

PAGE: Final = 100
LONGEST: Final = 5_000
"""Pages; half a million deletions in 90 days are nobody's."""


class Thrown(NamedTuple):
    """A record in the bin, since when it lies there."""

    row: Row
    at: datetime


def thrown(
    session: ApiSession, kind: str, after: datetime, until: datetime
) -> tuple[list[Thrown], list[Rejection]]:
    """What was deleted in (after, until]. Raises `ConnectorError`."""
    found: list[Thrown] = []
    rejected: list[Rejection] = []
    for answer in _pages(session, kind):
        rows, unread = read(answer.results)
        rejected += unread
        found += [
            Thrown(row, row.archived_at)
            for row in rows
            if row.archived_at is not None and after < row.archived_at <= until
        ]
    return found, rejected


def first(session: ApiSession, kind: str) -> None:
    """Ask for the bin. Raises `Forbidden` where it may not be read."""
    _page(session, kind, "", 1)


def _pages(session: ApiSession, kind: str) -> Iterator[Rows]:
    place, passed = "", {""}
    for _ in range(LONGEST):
        answer = _page(session, kind, place, PAGE)
        yield answer
        if answer.following is None:
            return
        place = answer.following
        if place in passed:
            break
        passed.add(place)
    raise Fatal(
        f"source '{session.source}': the list of deleted {kind} does not come to an end. Nothing "
        "is lost; set `deletions: false` to go on without it, and look for a newer version of the "
        "connector."
    )


def _page(session: ApiSession, kind: str, after: str, limit: int) -> Rows:
    asked: dict[str, str | int] = {"archived": "true", "limit": limit, "properties": ID}
    if after:
        asked["after"] = after
    return session.get(f"/crm/v3/objects/{kind}", params=asked, decode=Rows).value
