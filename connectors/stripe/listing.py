"""Lists of Stripe's: the newest first, a page at a time, each page behind a record of the last.

What is added meanwhile comes in front of what was read, so that nothing moves; what is taken away
may be the very record that the next page is asked for by, and then the list goes on by time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from connectors.contract import Fatal, Rejection
from connectors.http import ApiSession, Refused, Reply
from connectors.stripe import wire

LONGEST: Final = 100_000
"""Pages of one list; at a hundred records each beyond any account, and not for ever."""

GONE: Final = 400

Params = Mapping[str, str | int]


class Row(Protocol):
    """What a list is made of."""

    @property
    def id(self) -> str:
        """Unique in its list."""

    @property
    def created(self) -> int:
        """By which the list is ordered, in Unix seconds."""


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Sheet(Generic[RowT]):
    """One page. at: the vendor's clock. last: nothing follows.

    reached: the time of creation up to which, from the newest on, everything was read.
    """

    rows: tuple[RowT, ...]
    rejected: tuple[Rejection, ...]
    at: datetime
    last: bool
    reached: int | None


class Listing(Generic[RowT]):
    """One list. what: one of its records in words, for messages."""

    def __init__(self, api: ApiSession, path: str, kind: type[RowT], what: str, size: int) -> None:
        self._api = api
        self._path = path
        self._reader = wire.Reader(kind, what)
        self._size = size

    def sheets(self, params: Params | None = None) -> Iterator[Sheet[RowT]]:
        """Every page of what `params` ask for. Raises `ConnectorError`."""
        asked = {**(params or {}), "limit": self._size}
        passed: set[str] = set()
        reply, reached = self._api.get(self._path, params=asked, decode=wire.List), None
        for _ in range(LONGEST):
            sheet = self._sheet(reply, reached)
            reached = sheet.reached
            if sheet.last:
                yield sheet
                return
            behind = self._behind(reply.value, passed)
            yield sheet
            reply = self._following(asked, behind, reached)
        raise self._broken("does not come to an end")

    def _sheet(self, reply: Reply[wire.List], reached: int | None) -> Sheet[RowT]:
        read = [self._reader.read(raw) for raw in reply.value.data]
        rows = tuple(one for one in read if not isinstance(one, Rejection))
        rejected = tuple(one for one in read if isinstance(one, Rejection))
        oldest = rows[-1].created if rows else reached
        return Sheet(rows, rejected, reply.at, not reply.value.has_more, oldest)

    def _behind(self, answer: wire.List, passed: set[str]) -> str:
        """The record that the next page begins behind: the last one that has a name."""
        names = [wire.name_of(raw) for raw in reversed(answer.data)]
        behind = next((name for name in names if name != wire.UNKNOWN), None)
        if behind is None or behind in passed:
            raise self._broken("says that more follows, and does not move on")
        passed.add(behind)
        return behind

    def _following(
        self, asked: dict[str, str | int], behind: str, reached: int | None
    ) -> Reply[wire.List]:
        try:
            params = {**asked, "starting_after": behind}
            return self._api.get(self._path, params=params, decode=wire.List)
        except Refused as error:
            if error.status != GONE or reached is None:
                raise
        by_time = {name: value for name, value in asked.items() if name != "created[lt]"}
        params = {**by_time, "created[lte]": reached}
        return self._api.get(self._path, params=params, decode=wire.List)

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"source '{self._api.source}': Stripe's list {self._path} {what}. Nothing is lost; if "
            "it stays so, its API has changed: look for a newer version of the connector."
        )
