"""The tickets of another source, as far as they say what support a customer had."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    or_,
    select,
    text,
    tuple_,
)

from connectors import Fact, Status
from exporter import opinions
from exporter.backlog import AWAITING, OPEN
from exporter.customers.experience import Trace, Waiting
from exporter.knowledge import PROMISED, Extra
from exporter.pledges import Outcome
from exporter.store import schema

_T = schema.tickets.c
_O = schema.observations.c
_PAGE = 2000
# In parentheses, as one of several conditions; SQLite knows its index all the same.
_NAMED = text(f"({schema.IS_CUSTOMERS.text})")
_PROMISED = [kind.value for kind in PROMISED.values()]
_BACKLOG = frozenset(status.value for status in Status if status.is_open)
_NEVER = (None,) * 6
_LAST: Final = "\U0010ffff"
"""No id of a ticket is greater."""


class Asked(NamedTuple):
    """One ticket: what it says of who asked, as keyed hashes, and what support there was."""

    external_id: str | None
    domain: str | None
    trace: Trace


def told_to(connection: Connection, names: Collection[str]) -> int | None:
    """The instant up to which all of these sources have told everything; None: one never has."""
    table = schema.sources.c
    query = select(table.complete_to).where(table.source.in_(sorted(names)), table.primed)
    instants = [int(at) for at in connection.scalars(query) if at is not None]
    return min(instants, default=None) if len(instants) == len(names) else None


class Helpdesk:
    """The tickets of one source, within a transaction of any other.

    slow: milliseconds; a solve that took longer is late.
    """

    def __init__(self, connection: Connection, name: str, slow: int) -> None:
        self._connection = connection
        self._name = name
        self._slow = slow
        self._mine = _T.source == name

    @property
    def waiting(self) -> Waiting:
        """Of which tickets it tells whether they wait: of those it has gauges."""
        table = schema.series.c
        query = select(table.metric).where(
            table.source == self._name, table.metric.in_([AWAITING, OPEN])
        )
        found = set(self._connection.scalars(query))
        return Waiting(AWAITING in found, OPEN in found)

    def asked(self, since: int, until: int, of: Collection[str] | None = None) -> Iterator[Asked]:
        """Tickets created after `since`, up to `until`, that say who asked; by their creation.

        of: only those with one of these hashes.
        """
        last = (since, _LAST)
        names = None if of is None else sorted(of)
        while True:
            tickets = self._page(last, until, names)
            instants = self._instants([ticket.id for ticket in tickets])
            for ticket in tickets:
                yield _asked(ticket, instants.get(ticket.id, _NEVER))
            if len(tickets) < _PAGE:
                return
            last = tickets[-1].created_at, tickets[-1].id

    def anonymous(self, since: int, until: int) -> int:
        """Tickets created after `since`, up to `until`, that do not say who asked."""
        created = self._counted(Fact.CREATED, since, until)
        named = self._connection.scalar(
            select(func.count()).where(
                self._mine, _NAMED, _T.created_at > since, _T.created_at <= until
            )
        )
        return max(0, created - int(named or 0) - self._removed(since, until))

    def _counted(self, kind: Fact, since: int, until: int) -> int:
        query = select(func.count()).where(
            _O.source == self._name, _O.kind == kind.value, _O.at > since, _O.at <= until
        )
        return int(self._connection.scalar(query) or 0)

    def _removed(self, since: int, until: int) -> int:
        """Tickets of that time that say nothing of who asked and do not count any more."""
        corrected = select(_O.subject).where(
            _O.source == self._name,
            _O.kind == Extra.CORRECTED.value,
            _O.at > since,
            _O.at <= until,
        )
        query = select(func.count()).where(
            self._mine,
            _T.id.in_(corrected),
            _T.removed.is_not(None),
            _T.customer.is_(None),
            _T.domain.is_(None),
            _T.created_at > since,
            _T.created_at <= until,
        )
        return int(self._connection.scalar(query) or 0)

    def _page(self, last: tuple[int, str], until: int, of: list[str] | None) -> Sequence[Any]:
        columns = (_T.id, _T.created_at, _T.customer, _T.domain, _T.removed, _T.answered, _T.status)
        query = select(*columns).where(
            self._mine, _NAMED, tuple_(_T.created_at, _T.id) > last, _T.created_at <= until
        )
        if of is not None:
            query = query.where(or_(_T.customer.in_(of), _T.domain.in_(of)))
        ordered = query.order_by(_T.created_at, _T.id).limit(_PAGE)
        return self._connection.execute(ordered).all()

    def _instants(self, ids: list[str]) -> dict[str, tuple[int | None, ...]]:
        """When each of what matters first happened to these tickets, in the order of a trace."""
        if not ids:
            return {}
        query = (
            select(_O.subject, *_firsts(self._slow))
            .where(_O.source == self._name, _O.subject.in_(ids))
            .group_by(_O.subject)
        )
        return {subject: tuple(instants) for subject, *instants in self._connection.execute(query)}


def _firsts(slow: int) -> Iterator[ColumnElement[int]]:
    is_solve = _O.kind.in_([Fact.FIRST_RESOLUTION.value, Fact.SOLVED.value])
    is_bad = or_(
        and_(_O.kind == Fact.SATISFACTION.value, _O.marks == opinions.BAD),
        and_(_O.kind == Fact.RECOMMENDATION.value, _O.marks == opinions.DETRACTOR),
    )
    is_breach = and_(_O.kind.in_(_PROMISED), _O.marks.endswith(f" {Outcome.BREACHED}"))
    for condition in (
        _O.kind == Fact.FIRST_RESPONSE.value,
        is_solve,
        and_(is_solve, _O.value > slow),
        is_bad,
        is_breach,
    ):
        yield func.min(case((condition, _O.at)))
    yield func.max(case((_O.kind == Extra.CORRECTED.value, _O.at)))


def _asked(ticket: Any, instants: tuple[int | None, ...]) -> Asked:
    _, created_at, external_id, domain, removed, is_answered, status = ticket
    answered_at, solved_at, late_at, unhappy_at, breached_at, corrected_at = instants
    # One that was removed before it was counted has no correction.
    removed_at = None if removed is None else corrected_at or 0
    is_open = status in _BACKLOG
    trace = Trace(
        created_at,
        answered_at,
        solved_at,
        late_at,
        unhappy_at,
        breached_at,
        removed_at,
        is_answered,
        is_open,
    )
    return Asked(external_id, domain, trace)
