"""Out of the store, the past of its sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from exporter.history.past import KINDS, Past
from exporter.history.verdict import Refused
from exporter.source import Source
from exporter.store import Series, Store, schema
from exporter.store.rows import labels_tuple, stored_series
from exporter.store.tickets import Tickets


def watermarks(store: Store, sources: Collection[Source]) -> dict[str, int]:
    """Up to when each source is known, in Unix milliseconds.

    Raises `Refused` where one has not been read to its end, for what is not known has no past.
    """
    states = store.states()
    found: dict[str, int] = {}
    for source in sources:
        state = states.get(source.name)
        if state is None or not state.primed or state.complete_to is None:
            raise Refused(
                f"Source '{source.name}' has not been read to its end yet, so its past is not "
                "known. Run `deskpulse sync` first, or name the others with --source."
            )
        found[source.name] = state.complete_to
    return found


def pasts(store: Store, sources: Collection[Source], seams: Mapping[str, int]) -> list[Past]:
    """The past of each source up to its seam, all as of one instant of the store."""
    with store.database.reading() as connection:
        return [_past(store, connection, one, seams[one.name]) for one in sources]


def _past(store: Store, connection: Connection, source: Source, seam: int) -> Past:
    values, table = schema.label_values, schema.series
    query = select(values).where(values.c.source == source.name)
    shown = {
        (row["source"], row["label"], row["value"]): row["shown"]
        for row in connection.execute(query).mappings()
        if row["shown"]
    }
    stored = select(table).where(table.c.source == source.name)
    series = [
        Series(source.name, row["metric"], labels_tuple(row["labels"]), *stored_series(row))
        for row in connection.execute(stored).mappings()
    ]
    observations = Tickets(store.database, connection, source).observations(KINDS)
    return Past.read(source.name, seam, series, shown, observations)
