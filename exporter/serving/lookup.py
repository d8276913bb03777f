"""Looks up what the wallboard tells: at each change of the store, and a week back less often."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from connectors import Fact
from exporter.backlog import OPEN
from exporter.customers.churn import CUSTOMERS
from exporter.serving.expected import Expected, expected
from exporter.serving.figures import (
    MONTH,
    SLOT,
    WEEK,
    Customers,
    Figures,
    Tickets,
    Week,
    arrivals,
    month,
    week,
)
from exporter.serving.gauges import Gauges
from exporter.source import Source
from exporter.store import Snapshot, SourceState, Store
from exporter.store.retrospect import Retrospect


class Lookup:
    """Remembers what need not be looked up again. One thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._figures: dict[str, Figures] = {}
        self._slots: dict[str, tuple[int, Expected | None, Week, Week]] = {}

    def figures(self, snapshot: Snapshot, sources: Collection[Source]) -> Mapping[str, Figures]:
        """Those of every source that is primed, as of a snapshot."""
        gauges = Gauges.by_source(snapshot.series)
        with self._store.database.reading() as connection:
            for source in sources:
                state = snapshot.sources.get(source.name)
                if state is not None and state.primed and state.complete_to is not None:
                    self._figures[source.name] = self._one(
                        connection, source, state, gauges.get(source.name) or Gauges()
                    )
        return dict(self._figures)

    def _one(
        self, connection: Connection, source: Source, state: SourceState, gauges: Gauges
    ) -> Figures:
        known = self._figures.get(source.name)
        if known is not None and known.state.version == state.version:
            return known
        at, told = state.complete_to or 0, source.measures.told
        look = Retrospect(connection, source.name)
        return Figures(
            source,
            state,
            gauges,
            at,
            self._tickets(look, source, gauges, at) if Fact.CREATED in told else None,
            _customers(look, gauges, at) if Fact.CUSTOMERS in told else None,
        )

    def _tickets(self, look: Retrospect, source: Source, gauges: Gauges, at: int) -> Tickets:
        slot, came = at // SLOT, arrivals(look, source, at)
        known = self._slots.get(source.name)
        if known is None or known[0] != slot:
            known = self._slots[source.name] = (
                slot,
                expected(look, source, came.begin, at),
                week(look, source, at, None),
                week(look, source, at - WEEK, gauges.total(OPEN)),
            )
        return Tickets(came, *known[1:])


def _customers(look: Retrospect, gauges: Gauges, at: int) -> Customers:
    now = month(look, at, gauges.total(CUSTOMERS))
    return Customers(now, month(look, at - MONTH, now.at_start))
