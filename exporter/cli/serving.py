"""Polling and serving until told to end: what `run` and `demo` share."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator

from exporter.cli.wiring import store_file
from exporter.config import Config, SourceConfig
from exporter.reporting.links import PageOf, TicketLinks
from exporter.serving.highwater import HighWater
from exporter.serving.publisher import Publisher
from exporter.serving.server import Endpoints, Releaser, Server
from exporter.serving.statuspage import StatusPage
from exporter.store import Store
from exporter.sync import Poller, Schedule


def serve(
    config: Config,
    store: Store,
    pollers: list[Poller],
    opened: socket.socket,
    ended: Callable[[], bool],
) -> None:
    """Poll and serve on an open socket until `ended()`."""
    sources = [poller.source for poller in pollers]
    publisher = Publisher(
        store, sources, scrape_interval=config.scrape_interval, high_water=_high_water(config)
    )
    names = tuple(source.name for source in sources)
    page = StatusPage(store, sources, lambda: publisher.exposition().snapshot)
    with pages(config.sources) as urls, _background(pollers, publisher, page):
        links = TicketLinks(store, urls)
        app = Endpoints(publisher, page, names, links).application()
        Server(app, opened).serve_until(ended)


@contextlib.contextmanager
def pages(sources: Iterable[SourceConfig]) -> Iterator[dict[str, PageOf]]:
    """Where the tickets of each source are shown by its vendor. Asks no network."""
    connectors = {one.name: one.connector() for one in sources}
    try:
        yield {name: connector.ticket_url for name, connector in connectors.items()}
    finally:
        for connector in connectors.values():
            connector.close()


@contextlib.contextmanager
def _background(pollers: list[Poller], publisher: Publisher, page: StatusPage) -> Iterator[None]:
    # The page takes its snapshot from the exposition: both are ready before anybody asks.
    schedule, releaser = Schedule(pollers, page.renew), Releaser(publisher)
    schedule.start()
    releaser.start()
    try:
        yield
    finally:
        releaser.stop()
        schedule.stop()


def _high_water(config: Config) -> HighWater:
    # A database has no place beside it: its mark lies beside the configuration.
    file = store_file(config) or config.path.absolute().with_name("deskpulse")
    return HighWater(file.with_name(f"{file.name}-published"))
