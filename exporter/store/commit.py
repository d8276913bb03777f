"""One transaction on one source: what a page, a failure or a release changes in the store."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connectors import Page, Record, Ticket, Usage
from exporter.backlog import Cell
from exporter.observe import Known, Observation, milliseconds, observe
from exporter.source import Source
from exporter.store import schema
from exporter.store.admission import Admission
from exporter.store.ageing import Ageing
from exporter.store.database import Database, StoreError
from exporter.store.rows import known_ticket, observation_row, ticket_row
from exporter.store.series import SeriesWriter
from exporter.tally import Tally

log = logging.getLogger(__name__)

_CHUNK = 1000
_AHEAD = 5 * 60_000


class Commit:
    """A transaction that is under way on one source; its row is locked from the start."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self.database = database
        self.connection = connection
        self.source = source
        self.state = self._lock()
        self.admission = Admission(database, connection, source)
        self.series = SeriesWriter(database, connection, source.name, primed=self.state["primed"])

    def prepare(self) -> None:
        """Create the series that exist from the start."""
        if self.state["vendor"] != self.source.vendor:
            raise StoreError(
                f"Source '{self.source.name}' was read from {self.state['vendor']} so far. Give "
                f"the source of {self.source.vendor} another name; it is then imported anew."
            )
        created = self.series.create(self.source.health_from_the_start())
        if self.state["primed"]:
            created |= self.series.create(self.source.business_from_the_start())
        if created:
            self._remember()

    def page(self, page: Page, usage: Usage, started: int, now: int) -> int:
        """Take in one page of a poll that began at `started`; gives the number of observations."""
        told = frozenset(self.source.measures.told)
        tally = Tally(told, self.state["complete_to"])
        observations = self._records(page.records, told, tally, now)
        _spent(tally, usage)
        for rejection in page.rejected:
            tally.count("deskpulse_source_records_rejected", (rejection.reason,))
        tally.count("deskpulse_source_records", by=len(page.records) + len(page.rejected))
        self.series.add(tally.amounts)
        changes: dict[str, Any] = {"cursor": page.cursor}
        if self._is_behind(now):
            changes["catching_up"] = True
        newest = [milliseconds(r.changed_at) for r in page.records]
        changes["newest_change"] = max([*newest, self.state["newest_change"] or 0]) or None
        if page.complete_to is not None:
            changes |= self._complete(page, milliseconds(page.complete_to), started, now)
        self._remember(**changes)
        return observations

    def fail(self, reason: str, error: str, usage: Usage, took: int) -> None:
        """Note a failed poll. Nothing but the source's own health changes."""
        tally = Tally(frozenset(), None)
        _spent(tally, usage)
        tally.count("deskpulse_source_failures", (reason,))
        self.series.add(tally.amounts)
        self._remember(up=False, error=error, sync=took)

    def release(self, cells: Iterable[Cell]) -> None:
        """Show these series at their amounts from now on."""
        self.series.release(cells)
        self._remember()

    def _lock(self) -> dict[str, Any]:
        table = schema.sources
        query = select(table).where(table.c.source == self.source.name).with_for_update()
        row = self.connection.execute(query).mappings().one_or_none()
        if row is None:
            self.connection.execute(
                insert(table).values(
                    source=self.source.name,
                    vendor=self.source.vendor,
                    version=0,
                    primed=False,
                    catching_up=False,
                    gaps="",
                )
            )
            row = self.connection.execute(query).mappings().one()
        return dict(row)

    def _remember(self, **changes: Any) -> None:
        table = schema.sources
        changes["version"] = table.c.version + 1
        self.connection.execute(
            update(table).where(table.c.source == self.source.name).values(changes)
        )

    def _records(
        self, records: tuple[Record, ...], told: frozenset[Any], tally: Tally, now: int
    ) -> int:
        known = self._known([record.id for record in records])
        horizon = now + max(self.state["clock_skew"] or 0, 0) + _AHEAD
        observations: list[Observation] = []
        touched: set[str] = set()
        future: list[Ticket] = []
        for record in records:
            before = known.get(record.id)
            change = observe(before, record, told)
            known[record.id] = change.known
            tally.change(before, change)
            observations += change.observations
            touched |= {k.state.team for k in (before, change.known) if k and k.state}
            is_new = before is None or change.known.version != before.version
            if is_new and isinstance(record, Ticket) and milliseconds(record.created_at) > horizon:
                future.append(record)
        self._doubt(future, tally)
        self._write(known, observations)
        self.admission.ask(touched)
        if self.state["primed"]:
            self.series.put(Ageing(self.connection, self.source).oldest(touched))
        return len(observations)

    def _doubt(self, future: list[Ticket], tally: Tally) -> None:
        """Tickets created in the future are counted, and told of."""
        if not future:
            return
        tally.count("deskpulse_source_facts_doubted", ("future",), len(future))
        log.warning(
            "source %s: %d tickets of this page were created in the future, the first is %s (%s). "
            "Compare this machine's clock with the vendor's; else mend the date at the vendor.",
            self.source.name,
            len(future),
            future[0].id,
            future[0].created_at,
        )

    def _known(self, ids: list[str]) -> dict[str, Known]:
        table = schema.tickets
        known: dict[str, Known] = {}
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            query = select(table).where(table.c.source == self.source.name, table.c.id.in_(chunk))
            for row in self.connection.execute(query).mappings():
                known[row["id"]] = known_ticket(row)
        return known

    def _write(self, known: dict[str, Known], observations: list[Observation]) -> None:
        name = self.source.name
        rows = [ticket_row(name, known[key]) for key in sorted(known)]
        self.database.upsert(self.connection, schema.tickets, rows)
        if observations:
            # A key that exists already would be a fact counted twice: let it fail loudly.
            rows = [observation_row(name, o) for o in observations]
            self.database.insert(self.connection, schema.observations, rows)

    def _complete(self, page: Page, complete_to: int, started: int, now: int) -> dict[str, Any]:
        """The poll has come to its end: let the backlog grow older, admit new teams, be primed."""
        ageing = Ageing(self.connection, self.source)
        before, primed = self.state["complete_to"], self.state["primed"]
        watermark = max(complete_to, before or complete_to)
        if primed:
            self.series.add(ageing.between(before, watermark))
        else:
            self.series.add(ageing.at(watermark))
            self.series.put(ageing.oldest(None))
            self.series.create(self.source.business_from_the_start())
        capped = self.admission.settle(first=not primed)
        if capped:
            tally = Tally(frozenset(), None)
            tally.count("deskpulse_labels_capped", ("team",), capped)
            self.series.add(tally.amounts)
        lag = self.source.measures.lag // timedelta(milliseconds=1)
        return {
            "complete_to": watermark,
            "primed": True,
            **self._caught_up(primed and watermark - before > self.source.patience, now),
            "up": True,
            "error": None,
            "gaps": "\n".join(page.gaps),
            "last_success": now,
            "clock_skew": (told := complete_to + lag) - min(max(told, started), now),
            "sync": now - started,
        }

    def _is_behind(self, now: int) -> bool:
        """Whether this page belongs to a first import, or to one that bridges an outage."""
        if not self.state["primed"]:
            return True
        theirs = now + (self.state["clock_skew"] or 0)
        return bool(theirs - self.state["complete_to"] > self.source.patience)

    def _caught_up(self, bridged: bool, now: int) -> dict[str, Any]:
        """After an outage the flag stays for a while, so that every Prometheus has seen it."""
        until = now + self.source.patience if bridged else self.state["catching_up_until"] or now
        return {"catching_up": now < until, "catching_up_until": until}


def _spent(tally: Tally, usage: Usage) -> None:
    for code, number in usage.requests.items():
        tally.count("deskpulse_source_requests", (code,), number)
    tally.count("deskpulse_source_throttled_seconds", by=round(usage.throttled_seconds * 1000))
