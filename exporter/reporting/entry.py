"""One ticket or customer in one number, and what several come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exporter.customers.churn import PREFIX


class Unit(StrEnum):
    """What an entry's value is."""

    NOTHING = "nothing"
    DURATION = "duration"
    AGE = "age"
    REPLIES = "replies"
    SCORE = "score"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ticket or customer in one number.

    subject: the ticket's id, or that of a customer as observations have it.
    at: when it happened; of a gauge, since when the ticket exists, the rating stands or the
        customer pays.
    value: in milliseconds, replies, points or thousandths of `currency`, as `unit` says.
    labels: those of the series, before any cap, in the catalog's order.
    """

    source: str
    subject: str
    at: int
    value: int | None
    unit: Unit
    labels: tuple[str, ...]
    team: str
    priority: str
    channel: str
    currency: str = ""

    @property
    def ticket(self) -> str | None:
        """The id of the ticket; None where it is about a customer."""
        return None if self.subject.startswith(PREFIX) else self.subject

    @property
    def name(self) -> str:
        """The ticket's id, or `customer` and the hash that stands for it."""
        return self.ticket or f"customer {self.subject.removeprefix(PREFIX)}"


@dataclass(frozen=True, slots=True)
class Sum:
    """What a series comes to: how many entries, and the sum of their values in stored units."""

    count: int = 0
    total: int = 0

    def with_(self, value: int) -> Sum:
        """One more."""
        return Sum(self.count + 1, self.total + value)
