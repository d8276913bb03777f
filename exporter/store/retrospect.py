"""What was observed of one source in a stretch of time, to be held beside what is now.

A stretch begins after `since` and goes up to and including `until`, in Unix milliseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select, union

from connectors import Fact
from exporter.knowledge import Extra
from exporter.store import schema

HOUR = 3_600_000
_T = schema.tickets.c
_O = schema.observations.c
_STEPS = (Fact.SOLVED, Extra.UNSEEN, Fact.REOPENED, Extra.CORRECTED)
_LATEST = 2**62


class Retrospect:
    """Looks back over the facts of one source, within one reading."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source

    def hours(self, begin: int, until: int) -> list[int]:
        """Tickets created in each hour from `begin` on; the last hour may be cut off."""
        found = self.created(HOUR, begin, until)
        return [found.get(number, 0) for number in range((until - begin) // HOUR + 1)]

    def created(self, step: int, begin: int, until: int) -> dict[int, int]:
        """Tickets created in each step of so many milliseconds from `begin` on, by its number."""
        step_of = (_O.at - begin) // step
        query = select(step_of, func.count()).where(self._within(Fact.CREATED, begin - 1, until))
        return {int(number): count for number, count in self._all(query.group_by(step_of))}

    def counted(self, kind: Fact | Extra, since: int, until: int) -> int:
        """How many facts of a kind there were."""
        query = select(func.count()).where(self._within(kind, since, until))
        return int(self._connection.scalar(query) or 0)

    def durations(self, kind: Fact, since: int, until: int, *, business: bool) -> list[int]:
        """The durations of a fact on one of the clocks, in milliseconds, ascending."""
        clock = _O.business if business else _O.value
        query = select(clock).where(self._within(kind, since, until)).order_by(clock)
        return [value for value in self._connection.scalars(query) if value is not None]

    def marks(self, kind: Extra, since: int, until: int) -> dict[str, tuple[int, int]]:
        """By the marks of a fact, how many there were and what their values come to."""
        total = func.coalesce(func.sum(_O.value), 0)
        query = select(_O.marks, func.count(), total).where(self._within(kind, since, until))
        rows = self._all(query.group_by(_O.marks))
        return {marks: (count, int(value)) for marks, count, value in rows}

    def ratings(self, since: int, until: int) -> Counter[str]:
        """Tickets by their last rating of the stretch."""
        query = select(_O.subject, _O.marks).where(self._within(Fact.SATISFACTION, since, until))
        query = query.order_by(_O.at, _O.value)
        last = {subject: marks for subject, marks in self._all(query)}
        return Counter(last.values())

    def open_at(self, instant: int, standing: int) -> int:
        """Tickets that were open at an instant: that came back as often as they were solved, as far
        as that is told. standing: those that are open now.

        Only tickets that moved since then are looked at: the others stood as they stand now.
        """
        found = standing
        for ticket in self._all(self._moved(instant)):
            created_at, is_open, removed, solved, unseen, reopened, corrected = ticket
            counted = created_at <= instant and not (removed and corrected)
            found += (counted and reopened >= solved + unseen) - is_open
        return found

    def _moved(self, instant: int) -> Select[Any]:
        """Tickets that were created, closed or opened after an instant: how they stand now, and how
        often each of `_STEPS` had been told of them up to it."""
        moved = union(
            *(
                select(_O.subject).where(self._within(kind, instant, _LATEST))
                for kind in (Fact.CREATED, *_STEPS)
            )
        ).subquery()
        ticket = and_(_T.source == self._source, _T.id == moved.c.subject)
        # The instant is no condition of the join: the facts of a ticket are found by their key.
        step = and_(
            _O.source == self._source,
            _O.subject == moved.c.subject,
            _O.kind.in_([kind.value for kind in _STEPS]),
        )
        times = (
            func.count(case((and_(_O.kind == kind.value, _O.at <= instant), 1))) for kind in _STEPS
        )
        return (
            select(_T.created_at, _T.is_open, _T.removed, *times)
            .select_from(moved)
            .join(schema.tickets, ticket)
            .outerjoin(schema.observations, step)
            .group_by(_T.id, _T.created_at, _T.is_open, _T.removed)
        )

    def _within(self, kind: Fact | Extra, since: int, until: int) -> ColumnElement[bool]:
        # One kind at a time: of several SQLite would read all that the source has.
        return and_(_O.source == self._source, _O.kind == kind.value, _O.at > since, _O.at <= until)

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        return self._connection.execute(query).all()
