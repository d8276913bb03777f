"""What customers answered, by when they did: a list of its own, of which more is only ever made.

Freshdesk does not say in which order it comes, so that the place moves on with its last page only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.contract import Fatal, Rejection
from connectors.customers import Record
from connectors.freshdesk import mapping, wire
from connectors.freshdesk.listing import follows, text
from connectors.http import ApiSession, Reply
from connectors.walking import BEGINNING

RATINGS: Final = "/api/v2/surveys/satisfaction_ratings"
MARGIN: Final = timedelta(minutes=30)
"""How much later than an answer it may be written down."""

LONGEST: Final = 10_000
NO_RATINGS: Final = (
    "satisfaction ratings: Freshdesk refuses them to this agent or plan; how satisfied customers "
    "are is not told (set `satisfaction_ratings: false` to do without them)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One answer. reached: on the last one, when the newest rating was given; else None."""

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]
    reached: datetime | None = None


class Ratings:
    """The list. Every call raises `ConnectorError`."""

    def __init__(self, session: ApiSession, page_size: int) -> None:
        self._session = session
        self._page_size = page_size

    def parts(self, after: datetime, until: datetime) -> Iterator[Part]:
        """The ratings that were given after the one that was reached, and up to `until`."""
        since, reached = max(BEGINNING, after - MARGIN), after
        known: set[int] = set()
        for number in range(1, LONGEST):
            reply = self.page(since, number)
            rows, rejected = wire.RATINGS.read(reply.value)
            told = [row for row in rows if row.id not in known]
            is_last = not follows(reply.headers)
            if not (told or rejected or is_last):
                break
            known.update(row.id for row in told)
            given = [row for row in told if row.created_at <= until]
            reached = max([reached, *(mapping.utc(row.created_at) for row in given)])
            records, unclear = mapping.ratings(given)
            yield Part(records, (*rejected, *unclear), reached if is_last else None)
            if is_last:
                return
        raise Fatal(
            f"source '{self._session.source}': the list of satisfaction ratings tells the same "
            "again instead of what follows. Nothing is lost; if it stays so, its API has changed: "
            "look for a newer version of the connector."
        )

    def page(self, since: datetime, number: int, size: int | None = None) -> Reply[wire.Raws]:
        """One page of those that were given at this instant or later."""
        params: dict[str, str | int] = {
            "created_since": text(since),
            "per_page": size or self._page_size,
            "page": number,
        }
        return self._session.get(RATINGS, params=params, decode=wire.Raws)
