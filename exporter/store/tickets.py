"""Tickets and their observations in the store: finding those of one source, and writing them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, select

from connectors import Fact
from exporter.backlog import OLDEST_OPEN, OLDEST_UNANSWERED, Cell, wakes_at
from exporter.knowledge import Extra, Known, Observation
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import known_ticket, observation, observation_row, ticket_row

_T = schema.tickets
_O = schema.observations
_CHUNK = 1000

# Statements of every page are made once: making one takes longer than the database does.
_MINE = _T.c.source == bindparam("named")
_KNOWN = select(_T.c.known).where(_MINE, _T.c.id.in_(bindparam("ids", expanding=True)))
_LEAST = func.min(_T.c.created_at)
_OLDEST = {
    metric: (
        fact,
        select(_T.c.team, _LEAST).where(_MINE, condition).group_by(_T.c.team),
        select(_LEAST).where(_MINE, condition, _T.c.team == bindparam("team")),
    )
    for metric, fact, condition in (
        (OLDEST_OPEN, Fact.OPEN, schema.IS_OPEN),
        (OLDEST_UNANSWERED, Fact.AWAITING_FIRST_RESPONSE, schema.IS_AWAITING),
    )
}
KnownT = TypeVar("KnownT")


class Tickets:
    """What is known of the tickets of one source, within a transaction."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source

    def known(self, ids: list[str]) -> dict[str, Known]:
        """What is known of these tickets, by id."""
        found: dict[str, Known] = {}
        for start in range(0, len(ids), _CHUNK):
            asked = {"named": self._source.name, "ids": ids[start : start + _CHUNK]}
            for text in self._connection.scalars(_KNOWN, asked).all():
                known = known_ticket(text)
                found[known.id] = known
        return found

    def woken(self, watermark: int) -> Iterator[list[Known]]:
        """Every ticket about which something changes by time alone, up to the watermark; so many at
        a time that they fit into memory. Each lot is written before the next is asked for.
        """
        query = select(_T.c.known).where(
            _T.c.source == self._source.name, _T.c.wakes_at <= watermark
        )
        before: set[str] = set()
        while texts := self._connection.scalars(query.limit(_CHUNK)).all():
            some = [known_ticket(text) for text in texts]
            if not before.isdisjoint(known.id for known in some):
                raise RuntimeError(f"ticket {some[0].id} wakes at {watermark} again and again")
            before = {known.id for known in some}
            yield some

    def all(self) -> Iterator[Known]:
        """Every ticket, by id; it may be written meanwhile."""
        last = ""
        while True:
            query = select(_T.c.known).where(_T.c.source == self._source.name, _T.c.id > last)
            texts = self._connection.scalars(query.order_by(_T.c.id).limit(_CHUNK)).all()
            if not texts:
                return
            for text in texts:
                known = known_ticket(text)
                last = known.id
                yield known

    def write(self, tickets: Iterable[Known], watermark: int | None) -> None:
        """Remember what is now known, and when to look again."""
        name, at_risk = self._source.name, self._source.definition.at_risk
        rows = [
            ticket_row(name, known, wakes_at(known, watermark, at_risk))
            for known in sorted(tickets, key=attrgetter("id"))
        ]
        self._database.upsert(self._connection, _T, rows)

    def observed(self, observations: Collection[Observation]) -> None:
        """Keep new observations. A key that exists already is an error: a fact counted twice."""
        rows = [observation_row(self._source.name, one) for one in observations]
        self._database.insert(self._connection, _O, rows)

    def observations(self, kinds: Collection[Fact | Extra] = ()) -> Iterator[Observation]:
        """Every observation, or those of some kinds, by their key."""
        last = ("", "", 0)
        key = (_O.c.subject, _O.c.kind, _O.c.ordinal)
        of: ColumnElement[bool] = _O.c.source == self._source.name
        if kinds:
            of = and_(of, _O.c.kind.in_([kind.value for kind in kinds]))
        while True:
            query = select(_O).where(of, _after(last)).order_by(*key).limit(_CHUNK)
            rows = self._connection.execute(query).mappings().all()
            if not rows:
                return
            for row in rows:
                yield observation(row)
            last = rows[-1]["subject"], rows[-1]["kind"], rows[-1]["ordinal"]

    def replace(self, observations: Collection[Observation]) -> None:
        """Keep observations in the place of those that have the same key."""
        rows = [observation_row(self._source.name, one) for one in observations]
        self._database.upsert(self._connection, _O, rows)

    def forget(self, ids: list[str], kinds: Collection[Fact | Extra]) -> None:
        """Take away the observations of these kinds from these tickets."""
        words = sorted(kind.value for kind in kinds)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            self._connection.execute(
                delete(_O).where(
                    _O.c.source == self._source.name,
                    _O.c.subject.in_(chunk),
                    _O.c.kind.in_(words),
                )
            )

    def counted(self, kinds: Collection[Fact], since: int, until: int) -> dict[str, int]:
        """Observations from `since` up to and including `until`, by kind."""
        query = (
            select(_O.c.kind, func.count())
            .where(_O.c.source == self._source.name, _O.c.kind.in_([k.value for k in kinds]))
            .where(_O.c.at >= since, _O.c.at <= until)
            .group_by(_O.c.kind)
        )
        return {kind: number for kind, number in self._connection.execute(query)}

    def values(self, kind: Fact, since: int, until: int) -> list[tuple[int, int, int | None]]:
        """Instant, value and business value of observations after `since`, up to `until`."""
        query = select(_O.c.at, _O.c.value, _O.c.business).where(
            _O.c.source == self._source.name,
            _O.c.kind == kind.value,
            _O.c.at > since,
            _O.c.at <= until,
        )
        return [(at, value, business) for at, value, business in self._connection.execute(query)]

    def oldest(self, teams: Collection[str] | None) -> dict[Cell, int | None]:
        """When the oldest open and the oldest unanswered ticket of each team was created.

        teams: those to ask for; None for all, which reads the whole backlog.
        """
        told = self._source.measures.told
        found: dict[Cell, int | None] = {}
        for metric, (fact, of_all, of_one) in _OLDEST.items():
            if fact in told:
                for team, instant in self._oldest(of_all, of_one, teams).items():
                    found[metric, (team,)] = instant
        return found

    def _oldest(
        self, of_all: Select[Any], of_one: Select[Any], teams: Collection[str] | None
    ) -> dict[str, int | None]:
        named = {"named": self._source.name}
        if teams is None:
            return {team: instant for team, instant in self._connection.execute(of_all, named)}
        return {
            team: self._connection.scalar(of_one, {**named, "team": team}) for team in sorted(teams)
        }


def batched(all_there_are: Iterator[KnownT]) -> Iterator[list[KnownT]]:
    """All there are, so many at a time that they fit into memory."""
    while some := list(islice(all_there_are, _CHUNK)):
        yield some


def _after(key: tuple[str, str, int]) -> ColumnElement[bool]:
    """After this key in the order of keys, said so that the index is used for it."""
    subject, kind, ordinal = key
    later_kind = and_(_O.c.kind == kind, _O.c.ordinal > ordinal) | (_O.c.kind > kind)
    return and_(
        _O.c.subject >= subject,
        (_O.c.subject > subject) | and_(_O.c.subject == subject, later_kind),
    )
