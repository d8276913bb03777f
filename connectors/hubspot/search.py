"""HubSpot's records by time of change, by its search, which ends after 10,000 of them.

So no search is ever followed to its second page: the next one begins at the second that the page
ended in. A page is cut where that second begins, for the rest of it may be on the next. A second
that fills a page alone is read by the ids of its records: a search can be sorted by one property
only, and its order within one instant is anybody's guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.contract import Fatal, Reason, Rejection, Retriable
from connectors.http import ApiSession
from connectors.hubspot.wire import CHANGED, ID, Malformed, Row, Rows, read, rejection
from connectors.walking import Answer, Key, Walk

OVERLAP = timedelta(minutes=5)
"""How long a change may take to show in the index that is searched."""

SECOND = timedelta(seconds=1)
LEAST_ID = "0"


class Place(NamedTuple):
    """Where the rest of a list begins: at a second, or within it behind an id."""

    at: datetime
    behind: str | None = None


class Dated(NamedTuple):
    """A record with its time of change."""

    changed_at: datetime
    row: Row


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a search. operator: GTE, LT, EQ, HAS_PROPERTY, ..."""

    name: str
    operator: str
    value: str = ""

    def told(self) -> dict[str, str]:
        """As it is sent."""
        told = {"propertyName": self.name, "operator": self.operator}
        return {**told, "value": self.value} if self.value else told


class Search:
    """The records of one kind. Every call raises `ConnectorError`."""

    def __init__(
        self, session: ApiSession, kind: str, properties: Iterable[str], page_size: int
    ) -> None:
        self.kind = kind
        self._session = session
        self._properties = [CHANGED, *dict.fromkeys(properties)]
        self._page_size = page_size

    def walk(self) -> Walk[Dated, Place]:
        """All records by time of change."""
        return Walk(self._named, self._ask, _key, overlap=OVERLAP)

    def find(self, filters: Sequence[Filter], sort: str, limit: int | None = None) -> Found:
        """The first records of an order; `-` before the property turns it round."""
        way = "DESCENDING" if sort.startswith("-") else "ASCENDING"
        body: dict[str, Any] = {
            "filterGroups": [{"filters": [one.told() for one in filters]}] if filters else [],
            "sorts": [{"propertyName": sort.removeprefix("-"), "direction": way}],
            "properties": self._properties,
            "limit": limit or self._page_size,
        }
        reply = self._session.post(f"/crm/v3/objects/{self.kind}/search", body=body, decode=Rows)
        rows, rejected = read(reply.value.results)
        dated: list[Dated] = []
        for row in rows:
            try:
                dated.append(Dated(row.changed_at, row))
            except Malformed as error:
                rejected.append(rejection(row.id, error))
        more = reply.value.following is not None
        return Found(dated, rejected, reply.value.total, more, reply.at)

    def _ask(self, since: datetime, place: Place | None) -> Answer[Dated, Place]:
        here = place or Place(since)
        if here.behind is not None:
            return self._by_id(here.at, here.behind)
        return self._by_time(here.at)

    def _by_time(self, since: datetime) -> Answer[Dated, Place]:
        found = self.find([Filter(CHANGED, "GTE", milliseconds(since))], CHANGED)
        if any(one.changed_at < since for one in found.dated):
            raise self._beside_the_point()
        if not found.more:
            return Answer(found.dated, None, found.at, found.rejected)
        newest = self._last(found).changed_at.replace(microsecond=0)
        if newest == since:
            return self._by_id(since, LEAST_ID)
        whole = [one for one in found.dated if one.changed_at < newest]
        return Answer(whole, Place(newest), found.at, found.rejected)

    def _by_id(self, second: datetime, behind: str) -> Answer[Dated, Place]:
        """Those of one second, in the order of their ids."""
        following = second + SECOND
        within = [
            Filter(CHANGED, "GTE", milliseconds(second)),
            Filter(CHANGED, "LT", milliseconds(following)),
            Filter(ID, "GT", behind),
        ]
        found = self.find(within, ID)
        if any(not second <= one.changed_at < following for one in found.dated):
            raise self._beside_the_point()
        place = Place(second, self._last(found).row.id) if found.more else Place(following)
        return Answer(found.dated, place, found.at, found.rejected)

    def _last(self, found: Found) -> Dated:
        if found.dated:
            return found.dated[-1]
        raise Retriable(
            f"{self._named} does not hold what it must. Nothing is lost; if it stays so, its API "
            "has changed: look for a newer version of the connector.",
            reason=Reason.MALFORMED,
        )

    @property
    def _named(self) -> str:
        return f"source '{self._session.source}': the list of {self.kind}"

    def _beside_the_point(self) -> Fatal:
        return Fatal(
            f"{self._named} tells records that were not asked for. Nothing is lost; if it stays "
            "so, its API has changed: look for a newer version of the connector."
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One answer. total: of how many these are the first. more: whether there are others."""

    dated: list[Dated]
    rejected: list[Rejection]
    total: int
    more: bool
    at: datetime


def milliseconds(at: datetime) -> str:
    """An instant as a filter has it."""
    return str(int(at.timestamp()) * 1000)


def _key(one: Dated) -> Key:
    return one.changed_at, one.row.id
