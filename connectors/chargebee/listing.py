"""Chargebee's lists, the oldest first: by time of creation for what is read once, by time of change
for what comes after.

A filter by time of change hides what was never changed since October 2016, which is why a first
reading goes by time of creation. The place of the next page names a time and a record, so that
nothing moves while it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import msgspec

from connectors.chargebee.wire import Coupon, Entries, List, Versioned, utc
from connectors.contract import Rejection
from connectors.http import ApiSession
from connectors.walking import BEGINNING, Answer, Walk

RecordT = TypeVar("RecordT", bound=Versioned)

MADE: Final = "created_at"
CHANGED: Final = "updated_at"

OVERLAP: Final = timedelta(minutes=1)
"""How long a change may take to show in a list."""

LOT: Final = 50
"""Coupons asked for at once: their ids have to fit into an address."""

COUPONS: Final = "coupons"

Params = Mapping[str, str | int]


class Listing(Generic[RecordT]):
    """One list. name: its resource, as in "subscriptions". Every call raises `ConnectorError`."""

    def __init__(self, api: ApiSession, name: str, kind: type[RecordT], size: int) -> None:
        self.name = name
        self._api = api
        self._entries = Entries(name.removesuffix("s"), kind)
        self._size = size

    def now(self) -> datetime:
        """What time it is there."""
        return self._api.get(self.name, params={"limit": 1}, decode=List).at

    def newest(self) -> tuple[list[RecordT], list[Rejection], datetime]:
        """What changed last, and the vendor's clock."""
        params: Params = {"limit": self._size, "sort_by[desc]": CHANGED}
        reply = self._api.get(self.name, params=params, decode=List)
        return *self._entries.read(reply.value.entries), reply.at

    def walk(self, field: str) -> Walk[RecordT, str]:
        """Everything by when it was made (`MADE`) or when it changed (`CHANGED`), deleted or
        not."""

        def ask(at: datetime, place: str | None) -> Answer[RecordT, str]:
            reply = self._api.get(self.name, params=self._params(field, at, place), decode=List)
            rows, rejected = self._entries.read(reply.value.entries)
            rows = [row for row in rows if _when(row, field) >= at]
            return Answer(rows, reply.value.next_offset, reply.at, rejected)

        name = f"source '{self._api.source}': the list of {self.name}"
        return Walk(name, ask, lambda row: (_when(row, field), row.id), overlap=OVERLAP)

    def _params(self, field: str, at: datetime, place: str | None) -> Params:
        asked: dict[str, str | int] = {
            "limit": self._size,
            "include_deleted": "true",
            "sort_by[asc]": field,
        }
        if at > BEGINNING:
            asked[f"{field}[after]"] = int(at.timestamp()) - 1  # that very second is left out
        if place is not None:
            asked["offset"] = place
        return asked


def coupons(api: ApiSession, ids: Iterable[str]) -> dict[str, Coupon]:
    """The coupons of these ids, as far as they exist. Raises `ConnectorError`."""
    entries, wanted = Entries("coupon", Coupon), list(dict.fromkeys(ids))
    found: dict[str, Coupon] = {}
    for first in range(0, len(wanted), LOT):
        named = msgspec.json.encode(wanted[first : first + LOT]).decode()
        reply = api.get(COUPONS, params={"limit": LOT, "id[in]": named}, decode=List)
        read, _ = entries.read(reply.value.entries)
        found.update((one.id, one) for one in read)
    return found


def _when(row: Versioned, field: str) -> datetime:
    return utc(row.created_at if field == MADE else row.changed)
