"""A wallboard over a helpdesk and a source of customers, served on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.testing.seeded import SeededDesk
from exporter.certify.policies import everything
from exporter.serving.publisher import Publisher
from exporter.serving.server import Endpoints, Server, listen
from exporter.serving.statuspage import StatusPage
from tests.pipeline import Pipeline, pipeline

PRESENT = datetime(2026, 3, 18, 15, 20, tzinfo=UTC)
SCRAPES = timedelta(seconds=30)


@dataclass
class Wall:
    """The sources, the page and where it is served.

    at: our clock.
    """

    desk: SeededDesk
    tickets: Pipeline
    customers: Pipeline
    at: datetime = PRESENT + timedelta(seconds=20)
    page: StatusPage = field(init=False)
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        sources = [self.tickets.source, self.customers.source]
        store = self.tickets.store
        self.publisher = Publisher(store, sources, scrape_interval=SCRAPES)
        self.page = StatusPage(
            store,
            sources,
            lambda: self.publisher.exposition().snapshot,
            self.now,
        )

    def now(self) -> float:
        """Our clock, in Unix seconds."""
        return self.at.timestamp()

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of the page while it is served."""
        names = (self.tickets.source.name, self.customers.source.name)
        opened, ended = listen("127.0.0.1", 0), threading.Event()
        server = Server(Endpoints(self.publisher, self.page, names).application(), opened)
        thread = threading.Thread(target=server.serve_until, args=(ended.is_set,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{opened.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join(10)


@contextmanager
def wall(
    folder: Path, weeks: int = 3, customers: int = 200, watched: timedelta = timedelta(0)
) -> Iterator[Wall]:
    """Both sources at the present of their desk; the helpdesk was polled so long before too."""
    desk = SeededDesk(7, present=PRESENT, weeks=weeks, customers=customers)
    url = f"sqlite:///{folder / 'wall.db'}"
    with (
        pipeline("zendesk", desk, folder, url=url, policy=everything(desk.hours)) as tickets,
        pipeline("stripe", desk, folder, url=url) as paying,
    ):
        if watched:
            tickets.poll(PRESENT - watched)
        tickets.poll(PRESENT)
        paying.poll(PRESENT)
        yield Wall(desk, tickets, paying)
