"""From settings to the queries that are asked: what their rows are, and how values are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.fields.cells import Form
from connectors.fields.kinds import Customers, Kind, Tickets, subscriptions
from connectors.fields.ticket import Scales
from connectors.sql.settings import Asked, SqlSettings


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and what its rows are."""

    kind: Kind
    asked: Asked

    @property
    def name(self) -> str:
        """How messages and the cursor call it."""
        return self.kind.name

    @property
    def columns(self) -> dict[str, str]:
        """The column of each fact, and of the cursor after `CURSOR`."""
        cursor = {CURSOR: self.asked.cursor} if self.asked.cursor else {}
        return {**self.kind.columns, **cursor}


CURSOR = "\0cursor"
"""Stands among the facts for what is no fact: the column that grows with every change."""


def questions(settings: SqlSettings) -> Iterator[Question]:
    """Every query that is named, customers before what they pay for."""
    if told := settings.customers:
        yield Question(Customers(told.columns), told)
    if paid := settings.subscriptions:
        yield Question(subscriptions(paid), paid)
    if asked := settings.tickets:
        scales = Scales(settings.rating_best, settings.effort_best)
        yield Question(Tickets(asked.columns, asked.values, scales, asked.fields), asked)


def form(settings: SqlSettings) -> Form:
    """How values are written that are text."""
    return Form(
        settings.zone,
        settings.time_format,
        settings.missing,
        decimal=".",
        waited_in=settings.waited_in,
    )
