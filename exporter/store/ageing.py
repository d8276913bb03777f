"""How the backlog grows older as the watermark moves, asked of the store.

Only tickets that cross from one age class into the next are looked at: an index range each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, select

from connectors import Fact
from exporter.backlog import (
    BOUNDARIES,
    BY_AGE,
    OLDEST_OPEN,
    OLDEST_UNANSWERED,
    Cell,
    age_class,
)
from exporter.source import Source
from exporter.store import schema
from exporter.tally import Amount

_T = schema.tickets


class Ageing:
    """Questions about the open tickets of one source."""

    def __init__(self, connection: Connection, source: Source) -> None:
        self._connection = connection
        self._source = source
        self._open = and_(_T.c.source == source.name, schema.IS_OPEN)
        self._awaiting = and_(_T.c.source == source.name, schema.IS_AWAITING)

    def at(self, watermark: int) -> dict[Cell, Amount]:
        """Every open ticket in its age class. Reads them all: only for a first import."""
        if Fact.OPEN not in self._source.measures.told:
            return {}
        cells: Counter[Cell] = Counter()
        query = select(_T.c.created_at, _T.c.team, _T.c.priority).where(self._open)
        for created_at, team, priority in self._connection.execute(query):
            cells[BY_AGE, (age_class(created_at, watermark), team, priority)] += 1
        return {cell: Amount(number) for cell, number in cells.items()}

    def between(self, before: int, watermark: int) -> dict[Cell, Amount]:
        """What leaves and enters each age class while the watermark moves."""
        cells: Counter[Cell] = Counter()
        if watermark == before or Fact.OPEN not in self._source.measures.told:
            return {}
        for younger, older, age in BOUNDARIES:
            query = (
                select(_T.c.team, _T.c.priority, func.count())
                .where(self._open, _T.c.created_at > before - age)
                .where(_T.c.created_at <= watermark - age)
                .group_by(_T.c.team, _T.c.priority)
            )
            for team, priority, number in self._connection.execute(query):
                cells[BY_AGE, (younger, team, priority)] -= number
                cells[BY_AGE, (older, team, priority)] += number
        return {cell: Amount(number) for cell, number in cells.items()}

    def oldest(self, teams: Collection[str] | None) -> dict[Cell, int | None]:
        """When the oldest open and the oldest unanswered ticket of each team was created.

        teams: those to ask for; None for all, which reads the whole backlog.
        """
        told = self._source.measures.told
        found: dict[Cell, int | None] = {}
        for metric, fact, condition in (
            (OLDEST_OPEN, Fact.OPEN, self._open),
            (OLDEST_UNANSWERED, Fact.AWAITING_FIRST_RESPONSE, self._awaiting),
        ):
            if fact in told:
                for team, instant in self._oldest(condition, teams).items():
                    found[metric, (team,)] = instant
        return found

    def _oldest(
        self, condition: ColumnElement[bool], teams: Collection[str] | None
    ) -> dict[str, int | None]:
        least = func.min(_T.c.created_at)
        if teams is None:
            query = select(_T.c.team, least).where(condition).group_by(_T.c.team)
            return {team: instant for team, instant in self._connection.execute(query)}
        return {
            team: self._connection.scalar(select(least).where(condition, _T.c.team == team))
            for team in sorted(teams)
        }
