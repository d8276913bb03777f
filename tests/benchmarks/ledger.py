"""A desk of any size, without a network: its tickets differ, its series are always the same ones.

Everything that deskpulse can count is told and decided: business hours, targets, categories,
exchanges, ratings. Ten times the tickets are ten times the work of whatever looks at tickets, and
nothing more for whatever looks at series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from connectors import Connector, Fact, Measures, Page, Record, Settings, Ticket, Told, Usage
from connectors.contract import Finding
from connectors.testing.hours import Hours
from connectors.testing.seeded import WEEKLY, ZONE
from exporter.certify.policies import definition, everything
from exporter.definition import Definition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller
from tests.benchmarks.tickets import MINUTE, PRESENT, TEAMS, reopened, supplement, tickets

PAGE = 1000


class Ledger(Connector[Settings]):
    """Tells its tickets once, then what is told of them elsewhere; after that what it was made to
    change.

    pace: how far its clock goes on with each poll.
    """

    vendor = "ledger"
    title = "A ledger"
    settings_type = Settings

    def __init__(self, held: Sequence[Ticket]) -> None:
        super().__init__(self.vendor, Settings())
        self.tickets = held
        self.clock = PRESENT
        self.pace = MINUTE
        beside = (supplement(ticket) for ticket in held)
        self.news: Sequence[Record] = [*held, *(one for one in beside if one is not None)]
        self._turn = 0

    def measures(self) -> Measures:
        """Everything, to the second."""
        return Measures(told={fact: Told() for fact in Fact})

    def check(self) -> list[Finding]:
        """Nothing can be wrong."""
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The news, in pages."""
        news, self.news = self.news, ()
        self.clock += self.pace
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
        """Let this many tickets, spread over the whole history, be answered, solved and rated
        and come back; others each time, as long as there are others."""
        step = max(len(self.tickets) // count, 1)
        times, place = divmod(self._turn, step)
        self._turn += 1
        some = self.tickets[place::step][:count]
        pairs = [reopened(ticket, times + 1, self.clock) for ticket in some]
        self.news = [*(ticket for ticket, _ in pairs), *(beside for _, beside in pairs)]


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

    def poll_after(self, pace: timedelta) -> None:
        """Poll when so much time has passed."""
        self.ledger.pace, usual = pace, self.ledger.pace
        self.poll()
        self.ledger.pace = usual

    def poll_after_reopening(self, count: int) -> None:
        """Poll what this many reopened tickets have to tell."""
        self.ledger.reopen(count)
        self.poll()


def decided() -> Definition:
    """Business hours, targets on both clocks, categories."""
    return definition(everything(Hours(ZONE, WEEKLY)))


@contextmanager
def desk(count: int, folder: Path, teams: Sequence[str] = TEAMS) -> Iterator[Desk]:
    """A desk of this many tickets, imported into a store in `folder`."""
    url = f"sqlite:///{folder / f'{count}.db'}"
    ledger = Ledger(tickets(count, teams))
    store = Store.open(url)
    source = Source(
        ledger.vendor, ledger.vendor, ledger.measures(), tuple(teams), definition=decided()
    )
    store.prepare([source])
    poller = Poller(store, source, lambda: ledger, ledger.now)
    made = Desk(ledger, store, poller, url)
    try:
        made.poll()
        yield made
    finally:
        store.close()
