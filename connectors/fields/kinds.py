"""What the rows of a table are: tickets, customers or subscriptions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from connectors.customers import Customer, Record, Subscription, Withdrawn
from connectors.fields import customer, ticket
from connectors.fields.cells import OF_CUSTOMERS, OF_SUBSCRIPTIONS, OF_TICKETS, Meanings, Read
from connectors.fields.customer import Charging
from connectors.fields.flaws import Fault, fault
from connectors.fields.settings import Names, Words
from connectors.fields.subscriptions import (
    Charged,
    CustomerNames,
    Lexicon,
    SubscriptionNames,
    SubscriptionWords,
    interval_of,
)
from connectors.fields.ticket import FURTHER, Scales
from connectors.fields.words import Vocabulary
from connectors.records import Removed, Ticket

EMPTY: Final = "is empty"
FINAL: Final = ("first_response", "first_solved", "solved", "closed", "rating_at")


class Kind(ABC):
    """One kind of rows, with the columns that hold its facts.

    name: how messages call such rows, in the plural. read: how the cells of each fact are read.
    """

    name: ClassVar[str]
    read: ClassVar[Mapping[str, Read]]

    @property
    @abstractmethod
    def columns(self) -> Mapping[str, str]:
        """The column of each fact that has one."""

    @abstractmethod
    def words(self) -> Meanings:
        """What the words of its facts mean."""

    @abstractmethod
    def fault(self, told: Mapping[str, Any], until: datetime) -> Fault | None:
        """The first thing that is wrong with a row. until: the last plausible instant."""

    @abstractmethod
    def record(self, told: Mapping[str, Any], modified: datetime, until: datetime) -> Record:
        """What a row says. modified: the version of one that tells none of its own."""

    def instants(self, told: Mapping[str, Any], modified: datetime) -> list[datetime]:
        """The instants that a row tells, by which the newest is known."""
        del modified
        return [at for at in told.values() if isinstance(at, datetime)]

    def doubts(self, record: Record) -> Iterator[str]:
        """What is told of it and will not count, in words."""
        del record
        return iter(())

    def version(self, record: Record) -> Hashable:
        """What only one row of a table may tell of; None: any number of rows may."""
        del record
        return None


@dataclass(frozen=True)
class Tickets(Kind):
    """Rows that are tickets.

    further: columns that categories are made from. updates: a row says what stood at its own
    `changed`, and nothing in it that is later counts.
    """

    named: Names
    vocabulary: Words
    scales: Scales
    further: tuple[str, ...] = ()
    updates: bool = False

    name: ClassVar[str] = "tickets"
    read: ClassVar[Mapping[str, Read]] = OF_TICKETS

    @property
    def columns(self) -> Mapping[str, str]:
        """Those that are named, and the further ones."""
        return {**self.named.named, **{f"{FURTHER}{column}": column for column in self.further}}

    def words(self) -> Meanings:
        """Of statuses, priorities, channels and ratings."""
        return Vocabulary(self.vocabulary)

    def fault(self, told: Mapping[str, Any], until: datetime) -> Fault | None:
        """A value that cannot be read, or that a ticket needs."""
        return fault(told, until, EMPTY)

    def record(self, told: Mapping[str, Any], modified: datetime, until: datetime) -> Record:
        """The ticket, or that it is gone."""
        del until
        return ticket.record(self._known(told), modified, self.scales, self.further)

    def instants(self, told: Mapping[str, Any], modified: datetime) -> list[datetime]:
        """Those that the row could know."""
        return super().instants(self._known(told), modified)

    def doubts(self, record: Record) -> Iterator[str]:
        """Ratings that are beyond their scale."""
        return ticket.doubts(record) if isinstance(record, Ticket | Removed) else iter(())

    def _known(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values without what an update could not know yet."""
        if not self.updates:
            return told
        changed = told["changed"]
        later = [name for name in FINAL if (at := told.get(name)) and at > changed]
        hidden: dict[str, None] = dict.fromkeys(later)
        if "rating_at" in later:
            hidden["rating"] = None
        return {**told, **hidden}


@dataclass(frozen=True)
class Customers(Kind):
    """Rows that are customers."""

    named: CustomerNames

    name: ClassVar[str] = "customers"
    read: ClassVar[Mapping[str, Read]] = OF_CUSTOMERS

    @property
    def columns(self) -> Mapping[str, str]:
        """Those that are named."""
        return self.named.named

    def words(self) -> Meanings:
        """None: no fact of customers is told in words."""
        return Lexicon(SubscriptionWords())

    def fault(self, told: Mapping[str, Any], until: datetime) -> Fault | None:
        """A value that cannot be read, or that a customer needs."""
        return fault(told, until, EMPTY, customer.NEEDED_OF_CUSTOMERS)

    def record(self, told: Mapping[str, Any], modified: datetime, until: datetime) -> Record:
        """The customer."""
        del until
        return customer.customer(told, modified)

    def doubts(self, record: Record) -> Iterator[str]:
        """Recommendations that are beyond their scale."""
        for rating in record.ratings if isinstance(record, Customer) else ():
            if rating.score > rating.best:
                yield "recommendation is not from 0 to 10, and is not counted"

    def version(self, record: Record) -> Hashable:
        """Its id, when it changed, and what it answered: each answer may have a row."""
        if isinstance(record, Customer):
            return record.id, record.changed_at, record.ratings
        return None


@dataclass(frozen=True)
class Subscriptions(Kind):
    """Rows that are subscriptions."""

    named: SubscriptionNames
    vocabulary: SubscriptionWords = field(default_factory=SubscriptionWords)
    charging: Charging = field(default_factory=Charging)

    name: ClassVar[str] = "subscriptions"
    read: ClassVar[Mapping[str, Read]] = OF_SUBSCRIPTIONS

    @property
    def columns(self) -> Mapping[str, str]:
        """Those that are named."""
        return self.named.named

    def words(self) -> Meanings:
        """Of standings, intervals, currencies and reasons."""
        return Lexicon(self.vocabulary)

    def fault(self, told: Mapping[str, Any], until: datetime) -> Fault | None:
        """A value that cannot be read or believed, or that a subscription needs. Only its end may
        be years ahead."""
        ended = told.get("ended")
        is_ahead = isinstance(ended, datetime) and ended > until
        near = {**told, "ended": None} if is_ahead else told
        found = fault(near, until, EMPTY, customer.NEEDED_OF_SUBSCRIPTIONS)
        return found or customer.wrong(told, self.charging)

    def record(self, told: Mapping[str, Any], modified: datetime, until: datetime) -> Record:
        """The subscription, or that it never should have been."""
        return customer.subscription(customer.endless(told, until), modified, self.charging)

    def instants(self, told: Mapping[str, Any], modified: datetime) -> list[datetime]:
        """Those that are past: an end may be announced."""
        return [at for at in super().instants(told, modified) if at <= modified]

    def version(self, record: Record) -> Hashable:
        """Its id, when it changed, and since when it costs what it costs."""
        if isinstance(record, Subscription):
            return record.id, record.changed_at, tuple(terms.at for terms in record.terms)
        return (record.id, record.changed_at) if isinstance(record, Withdrawn) else None


def subscriptions(told: Charged, *, dated: bool = False) -> Subscriptions:
    """Rows of subscriptions as settings have them. dated: a row's price holds from its change."""
    minor = told.amounts_in == "minor"
    charging = Charging(told.currency, interval_of(told.interval), minor, dated)
    return Subscriptions(told.columns, told.values, charging)
