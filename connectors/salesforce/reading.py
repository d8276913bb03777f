"""Records of every object as what deskpulse is told, and those that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from connectors.contract import Rejection
from connectors.customers import Record, Withdrawn
from connectors.salesforce import mapping, sales, streams
from connectors.salesforce.org import Org
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import Malformed, Row, rejection

Reader = Callable[[Row], Record]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the records of a page say, and which of them say nothing."""

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]

    def at_first(self, begun: datetime | None) -> Self:
        """The same without what is no subscription, where nothing was told of it.

        begun: when the import began; what changed since may have been told before.
        """
        told = (one for one in self.records if not _is_news_of_nothing(one, begun))
        return replace(self, records=tuple(told))


def read(name: str, rows: Sequence[Row], org: Org, settings: SalesforceSettings) -> Reading:
    """What records of this stream say. Raises `ConnectorError`."""
    told = _reader(name, rows, org, settings)
    records: list[Record] = []
    rejected: list[Rejection] = []
    for row in rows:
        try:
            if name != streams.ACCOUNTS or not row.is_deleted:  # what it had agreed is told apart
                records.append(told(row))
        except Malformed as error:
            rejected.append(rejection(row.id, error))
    return Reading(tuple(records), tuple(rejected))


def _reader(name: str, rows: Sequence[Row], org: Org, settings: SalesforceSettings) -> Reader:
    """How one of these records is read."""
    if name == streams.ACCOUNTS:
        return lambda row: sales.customer(row, settings)
    if name == streams.AGREEMENTS:
        return lambda row: sales.agreement(row, settings)
    owners = (row.value(streams.OWNER) for row in rows if not row.is_deleted)
    asked = settings.properties.team is None
    queues = org.queues(one for one in owners if isinstance(one, str)) if asked else {}
    return lambda row: mapping.case(row, queues, settings)


def _is_news_of_nothing(record: Record, begun: datetime | None) -> bool:
    if not isinstance(record, Withdrawn):
        return False
    return begun is None or record.changed_at < begun
