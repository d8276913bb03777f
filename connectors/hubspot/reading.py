"""Records of every kind as what deskpulse is told, and those that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from connectors.contract import Rejection
from connectors.customers import Record, Withdrawn
from connectors.hubspot import mapping, sales
from connectors.hubspot.portal import Portal
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import Malformed, Row, rejection

Reader = Callable[[Row], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the records of a page say, and which of them say nothing."""

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]

    def at_first(self, begun: datetime | None) -> Self:
        """The same without deals that are no subscriptions, where nothing was told of them.

        begun: when the import began; a deal that changed since may have been told before.
        """
        told = (one for one in self.records if not _is_news_of_nothing(one, begun))
        return replace(self, records=tuple(told))


def read(kind: str, rows: Sequence[Row], portal: Portal, settings: HubSpotSettings) -> Reading:
    """What records of this kind say. Raises `ConnectorError`."""
    told = _reader(kind, rows, portal, settings)
    records: list[Record] = []
    rejected: list[Rejection] = []
    for row in rows:
        try:
            records.extend(told(row))
        except Malformed as error:
            rejected.append(rejection(row.id, error))
    return Reading(tuple(records), tuple(rejected))


def gone(kind: str, row: Row, at: datetime) -> Record:
    """A record that lies in the bin since then."""
    return mapping.deleted(row, at) if kind == "tickets" else sales.deleted(row, at)


def _reader(kind: str, rows: Sequence[Row], portal: Portal, settings: HubSpotSettings) -> Reader:
    """How one of these records is read."""
    if kind == "companies":
        return lambda row: (sales.customer(row, settings),)
    if kind == "deals":
        return lambda row: (sales.deal(row, portal, settings),)
    return _of_tickets(rows, portal, settings)


def _of_tickets(rows: Sequence[Row], portal: Portal, settings: HubSpotSettings) -> Reader:
    ids = (row.text(mapping.COMPANY) for row in rows)
    companies = portal.companies(one for one in ids if one)

    def told(row: Row) -> Sequence[Record]:
        company = companies.get(row.text(mapping.COMPANY))
        ticket = mapping.ticket(row, portal.stages, portal.teams, company, settings)
        return (ticket, *mapping.merged(row))

    return told


def _is_news_of_nothing(record: Record, begun: datetime | None) -> bool:
    if not isinstance(record, Withdrawn):
        return False
    return begun is None or record.changed_at < begun
