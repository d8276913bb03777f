"""A desk of any size, without a network: its tickets differ, its series are always the same ones.

Each combination of team, priority, channel and status comes round every few hundred tickets, so
that ten times the tickets are ten times the work of whatever looks at tickets, and nothing more
for whatever looks at series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from connectors import (
    Channel,
    Connector,
    Fact,
    Measures,
    Page,
    Priority,
    Settings,
    Solve,
    Status,
    Ticket,
    Told,
    Usage,
)
from connectors.contract import Finding
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller

PRESENT = datetime(2024, 3, 4, 12, tzinfo=UTC)
HISTORY = timedelta(weeks=8)
MINUTE = timedelta(minutes=1)
TEAMS = ("Billing", "Technical", "Orders")
PAGE = 1000
# A third of the tickets stays open: far more than a desk has, and so the harder case.
STATUSES = (Status.NEW, *(Status.SOLVED,) * 3, Status.PENDING, *(Status.CLOSED,) * 3, Status.OPEN)


class Ledger(Connector[Settings]):
    """Tells its tickets once, and after that what it was made to change."""

    vendor = "ledger"
    title = "A ledger"
    settings_type = Settings

    def __init__(self, tickets: Sequence[Ticket]) -> None:
        super().__init__(self.vendor, Settings())
        self.tickets = tickets
        self.clock = PRESENT
        self.news: Sequence[Ticket] = tickets

    def measures(self) -> Measures:
        """Everything, to the second."""
        return Measures(told={fact: Told() for fact in Fact})

    def check(self) -> list[Finding]:
        """Nothing can be wrong."""
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The news, in pages; the clock is a minute further each time."""
        news, self.news = self.news, ()
        self.clock += MINUTE
        for start in range(0, len(news), PAGE):
            yield Page(tuple(news[start : start + PAGE]), str(start))
        yield Page((), "end", complete_to=self.clock)

    def usage(self) -> Usage:
        """One request."""
        return Usage(requests={"200": 1})

    def now(self) -> float:
        """Our clock, which goes right by the vendor's."""
        return self.clock.timestamp()

    def reopen(self, count: int) -> None:
        """Let this many tickets, spread over the whole history, be solved and come back."""
        step = len(self.tickets) // count
        self.news = [
            replace(
                ticket,
                changed_at=self.clock,
                status=Status.OPEN,
                solves=(Solve(self.clock - MINUTE / 2),),
                reopens=ticket.reopens + int((self.clock - PRESENT) / MINUTE),
            )
            for ticket in self.tickets[:: step or 1][:count]
        ]


def tickets(count: int, teams: Sequence[str] = TEAMS) -> list[Ticket]:
    """This many tickets, evenly over the history, the oldest first."""
    kinds = list(product(STATUSES, teams, Priority, Channel))
    return [_ticket(number, count, *kinds[number % len(kinds)]) for number in range(count)]


def _ticket(
    number: int, count: int, status: Status, team: str, priority: Priority, channel: Channel
) -> Ticket:
    created_at = PRESENT - HISTORY * ((count - number) / count)
    solved_at = None if status.is_open else created_at + MINUTE * (number % 5_000)
    return Ticket(
        id=str(number),
        created_at=created_at,
        changed_at=solved_at or created_at,
        status=status,
        priority=priority,
        channel=channel,
        team=team,
        assigned=number % 3 > 0,
        first_response_at=None if status is Status.NEW else created_at + MINUTE * (number % 500),
        first_solved_at=solved_at,
        solves=() if solved_at is None else (Solve(solved_at),),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """A ledger that was read into a store."""

    ledger: Ledger
    store: Store
    poller: Poller
    url: str

    def poll(self) -> None:
        """Poll; it must succeed."""
        outcome = self.poller.poll()
        assert outcome.error is None, outcome.error

    def poll_after_reopening(self, count: int) -> None:
        """Poll what this many reopened tickets have to tell."""
        self.ledger.reopen(count)
        self.poll()


@contextmanager
def desk(count: int, folder: Path, teams: Sequence[str] = TEAMS) -> Iterator[Desk]:
    """A desk of this many tickets, imported into a store in `folder`."""
    url = f"sqlite:///{folder / f'{count}.db'}"
    ledger = Ledger(tickets(count, teams))
    store = Store.open(url)
    source = Source(ledger.vendor, ledger.vendor, ledger.measures(), teams=tuple(teams))
    store.prepare([source])
    poller = Poller(store, source, lambda: ledger, ledger.now)
    made = Desk(ledger, store, poller, url)
    try:
        made.poll()
        yield made
    finally:
        store.close()
