"""The records of one page taken into the store: knowledge, observations, what is new."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from connectors import Ticket
from connectors.records import OfTicket
from exporter.catalog import CAPPED
from exporter.knowledge import Known, Observation, milliseconds
from exporter.source import Source
from exporter.store.tickets import Tickets
from exporter.tally import Tally

log = logging.getLogger(__name__)

_AHEAD = 5 * 60_000
_LONGEST_ID = 200


class Intake:
    """One page's records.

    touched: the values of capped labels that tickets of the page had or have now.
    observations: those that were new.
    """

    def __init__(self, source: Source, tickets: Tickets, tally: Tally) -> None:
        self.touched: dict[str, set[str]] = {label: set() for label in CAPPED}
        self.observations: list[Observation] = []
        self._source = source
        self._tickets = tickets
        self._tally = tally

    def take(self, records: Sequence[OfTicket], present: int) -> None:
        """Read the records against what is known. present: ours by the vendor's clock."""
        known = self._tickets.known([r.id for r in records if _is_usable(r.id)])
        observer = self._source.observer
        future: list[Ticket] = []
        changed: dict[str, Known] = {}
        for record in records:
            if not _is_usable(record.id):
                self._reject(record.id)
                continue
            before = known.get(record.id)
            change = observer.observe(before, record)
            if change.known is before:
                continue
            known[record.id] = changed[record.id] = change.known
            self._tally.change(before, change)
            self.observations += change.observations
            self._touch(before)
            self._touch(change.known)
            is_new = before is None or change.known.version != before.version
            if is_new and isinstance(record, Ticket) and _is_ahead(record, present):
                future.append(record)
        self._doubt(future)
        self._tickets.write(changed.values(), self._tally.watermark)
        self._tickets.observed(self.observations)

    def _reject(self, ticket: str) -> None:
        self._tally.count("deskpulse_source_records_rejected", ("malformed",))
        log.warning(
            "source %s: a record was left out: %.40r is no id of a ticket (at most %d characters "
            "that can be printed). Mend it at the vendor.",
            self._source.name,
            ticket,
            _LONGEST_ID,
        )

    def _touch(self, known: Known | None) -> None:
        if known is not None and known.state is not None:
            state = known.state
            self.touched["team"].add(state.team)
            self.touched["category"].add(state.category)
            self.touched["language"].add(state.language)

    def _doubt(self, future: list[Ticket]) -> None:
        """Tickets created in the future are counted, and told of."""
        if not future:
            return
        self._tally.count("deskpulse_source_facts_doubted", ("future",), len(future))
        log.warning(
            "source %s: %d tickets of this page were created in the future, the first is %s (%s). "
            "Compare this machine's clock with the vendor's; else mend the date at the vendor.",
            self._source.name,
            len(future),
            future[0].id,
            future[0].created_at,
        )


def _is_ahead(ticket: Ticket, present: int) -> bool:
    return milliseconds(ticket.created_at) > present + _AHEAD


def _is_usable(ticket: str) -> bool:
    return 0 < len(ticket) <= _LONGEST_ID and ticket.isprintable()
