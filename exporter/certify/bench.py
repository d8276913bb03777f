"""Where a rule works: a candidate, desks to try it on, and a folder that ends with the rule."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from connectors import Connector
from connectors.contract import Settings
from connectors.testing.clock import StandingClock
from connectors.testing.crowd import CrowdedDesk
from connectors.testing.desk import Desk
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import Simulator
from exporter.certify.candidate import NOWHERE, Candidate
from exporter.certify.line import Line, opened

PRESENT: Final = datetime(2026, 4, 9, 15, 0, tzinfo=UTC)
"""The present of the desks: shortly after Europe has put its clocks forward."""


CUSTOMERS: Final = 60
"""So many that a page does not hold them, and few enough to be read often."""


class Bench:
    """What a rule gets. folder: for whatever it writes."""

    def __init__(self, candidate: Candidate, folder: Path) -> None:
        self.candidate = candidate
        self.folder = folder
        self._numbers = itertools.count()

    def line(self, desk: Desk, **options: Any) -> AbstractContextManager[Line]:
        """A line with a store of its own; the options are those of `line.opened`."""
        place = self.folder / str(next(self._numbers))
        place.mkdir()
        return opened(self.candidate, desk, place, **options)

    def calm(self, desk: SeededDesk, polls: tuple[datetime, ...], page_limit: int) -> bytes:
        """The numbers that come of polls which nothing disturbs: what rules compare with. They are
        reckoned once, whichever rules ask.
        """
        return _calm(self.candidate, desk, polls, page_limit)

    def crowd(self, count: int, ends: datetime) -> CrowdedDesk:
        """So many tickets, the last of them over at `ends`; customers where no tickets are told."""
        return CrowdedDesk(count, ends, paying="created" not in self.candidate.tells())

    def simulator(self, desk: Desk | None = None) -> Simulator:
        """A simulator that nobody serves, at `PRESENT`."""
        return self.candidate.simulator(desk or small_desk(), StandingClock(PRESENT))

    def settings(self, url: str = NOWHERE, **changes: object) -> Settings:
        """The settings that the simulator names for itself at `url`, with some changed."""
        return self.candidate.settings(self.simulator().settings(url), **changes)

    def connector(self, url: str, **changes: object) -> Connector[Any]:
        """A connector that asks at `url`; whoever gets it closes it."""
        return self.candidate.connector(self.candidate.name, self.settings(url, **changes))


@lru_cache(maxsize=8)
def _calm(candidate: Candidate, desk: Desk, polls: tuple[datetime, ...], page_limit: int) -> bytes:
    with (
        tempfile.TemporaryDirectory(prefix="deskpulse-certify-") as folder,
        opened(candidate, desk, Path(folder), page_limit=page_limit) as line,
    ):
        for at in polls:
            line.poll(at)
        return line.numbers()


@cache
def small_desk(seed: int = 1, rate: float = 1.0) -> SeededDesk:
    """About two hundred tickets, and customers, with whom everything happens that semantics knows
    of."""
    return SeededDesk(seed, present=PRESENT, weeks=2, rate=rate, ancient=10, customers=CUSTOMERS)
