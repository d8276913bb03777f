"""Polling and serving until told to end: what `run` and `demo` share."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

from exporter.cli.wiring import store_file
from exporter.config import Config
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
    app = Endpoints(publisher, StatusPage(store, sources), names).application()
    with _background(pollers, publisher):
        Server(app, opened).serve_until(ended)


@contextlib.contextmanager
def _background(pollers: list[Poller], publisher: Publisher) -> Iterator[None]:
    schedule, releaser = Schedule(pollers, publisher.exposition), Releaser(publisher)
    schedule.start()
    releaser.start()
    try:
        yield
    finally:
        releaser.stop()
        schedule.stop()


def _high_water(config: Config) -> HighWater:
    file = store_file(config)
    return HighWater(None if file is None else file.with_name(f"{file.name}-published"))
