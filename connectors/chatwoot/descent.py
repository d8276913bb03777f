"""Down a list whose newest change comes first, to where the last poll began.

What changes while it is read goes to the front, and all that is behind moves down, onto pages that
are still to come: it is told twice, and nothing is skipped. What changed itself is told by the next
poll, which goes down to where this one began. Only a row that is deleted lets others move up, onto
the page that was just read: after each page the one before it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import msgspec

from connectors.contract import Fatal, Rejection
from connectors.cursors import foreign

RowT = TypeVar("RowT")

OVERLAP: Final = timedelta(seconds=30)
LONGEST: Final = 100_000
"""Pages of one walk: two and a half million conversations."""

MOST_KNOWN: Final = 50
"""Pages in a row on which everything was known; so much does not change between two requests."""


class Place(msgspec.Struct, frozen=True):
    """Where to go on, in Unix seconds.

    to: down to this activity, itself included. page: the next page of a walk that was interrupted;
    began, newest, held: of that walk, its begin, the newest activity that it saw, and the oldest of
    which something is still to come; 0: none.
    """

    to: int = 0
    page: int = 1
    began: int = 0
    newest: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Sheet(Generic[RowT]):
    """One page: its rows, the newest activity first, and how many there were, unread ones included.

    at: the vendor's clock.
    """

    rows: Sequence[RowT]
    count: int
    at: datetime
    rejected: Sequence[Rejection] = ()


@dataclass(frozen=True, slots=True)
class Step(Generic[RowT]):
    """What one page told that was not told before. complete_to: on the last one, and only there.
    place: see `Descent.after`.
    """

    rows: tuple[RowT, ...]
    rejected: tuple[Rejection, ...]
    place: Place
    complete_to: datetime | None = None


class Descent(Generic[RowT]):
    """One walk. ask: one page by its number. activity: a row's last activity, in Unix seconds.
    name: begins every message. key: what makes a row another one."""

    def __init__(
        self,
        name: str,
        ask: Callable[[int], Sheet[RowT]],
        activity: Callable[[RowT], int],
        key: Callable[[RowT], Hashable],
    ) -> None:
        self._name = name
        self._ask = ask
        self._activity = activity
        self._key = key
        self._told: set[Hashable] = set()
        self._held: list[int] = []

    def hold(self, activity: int) -> None:
        """Something of a row with this activity is still to come: the next walk reads it again."""
        self._held.append(activity)

    def steps(self, place: Place) -> Iterator[Step[RowT]]:
        """Page after page. Raises `ConnectorError`."""
        self._held += [place.held] if place.held else []
        page, known = max(1, place.page - 1), 0
        sheet = self._ask(page)
        began = place.began or int(sheet.at.timestamp())
        newest = place.newest or max(map(self._activity, sheet.rows), default=place.to)
        first = page
        for _ in range(LONGEST):
            again = [self._ask(page - 1)] if page > first else []
            rows, rejected = self._fresh([sheet, *again], place.to)
            if self._ends(sheet, place.to):
                at = datetime.fromtimestamp(began, sheet.at.tzinfo)
                yield Step(rows, rejected, Place(place.to, page, began, newest), at)
                return
            yield Step(rows, rejected, Place(place.to, page + 1, began, newest))
            known = 0 if rows or rejected else known + 1
            if known >= MOST_KNOWN:
                raise self._broken("tells the same rows again instead of those that follow")
            page += 1
            sheet = self._ask(page)
        raise self._broken("does not come to an end")

    def after(self, step: Step[RowT]) -> Place:
        """Where to go on, once the rows of a step were taken in, and some of them held: with the
        next page, or after the last one with the next walk."""
        place, held = step.place, min(self._held, default=0)
        if step.complete_to is None:
            return msgspec.structs.replace(place, held=held)
        reached = max(place.to, min(place.newest, place.began - int(OVERLAP.total_seconds())))
        return Place(min(reached, held) if held else reached)

    def _fresh(
        self, sheets: Sequence[Sheet[RowT]], to: int
    ) -> tuple[tuple[RowT, ...], tuple[Rejection, ...]]:
        rows: list[RowT] = []
        rejected: list[Rejection] = []
        for sheet in sheets:
            activities = [self._activity(row) for row in sheet.rows]
            if activities != sorted(activities, reverse=True):
                raise self._broken("does not keep the order that was asked for, the newest first")
            rows += [
                row
                for row, activity in zip(sheet.rows, activities, strict=True)
                if activity >= to and self._is_new(self._key(row))
            ]
            rejected += [one for one in sheet.rejected if self._is_new(one)]
        return tuple(rows), tuple(rejected)

    def _ends(self, sheet: Sheet[RowT], to: int) -> bool:
        return not sheet.count or any(self._activity(row) < to for row in sheet.rows)

    def _is_new(self, key: Hashable) -> bool:
        is_new = key not in self._told
        self._told.add(key)
        return is_new

    def _broken(self, what: str) -> Fatal:
        return Fatal(
            f"{self._name} {what}. Nothing is lost; if it stays so, its API has changed: look for "
            "a newer version of the connector."
        )


def written(place: Place) -> str:
    """A place as text."""
    return msgspec.json.encode(place).decode()


def read(name: str, text: str | None) -> Place:
    """The place that a text holds, None holding the beginning. Raises `Fatal`."""
    if text is None:
        return Place()
    try:
        return msgspec.json.decode(text, type=Place)
    except msgspec.MsgspecError:
        raise foreign(name) from None
