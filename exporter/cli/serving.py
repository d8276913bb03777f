"""Polling and serving until told to end: what `run` and `demo` share."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator

from exporter.cli.wiring import store_file
from exporter.config import Config, SourceConfig
from exporter.config.webhooks import WebhookConfig
from exporter.reporting.links import PageOf, TicketLinks
from exporter.schedule import Schedule
from exporter.serving.highwater import HighWater
from exporter.serving.publisher import Publisher
from exporter.serving.server import Endpoints, Releaser, Server
from exporter.serving.statuspage import StatusPage
from exporter.serving.webhooks import Webhooks
from exporter.store import Store
from exporter.sync import Poller
from exporter.waking import Wakes
from exporter.webhooks.ledger import Ledger
from exporter.webhooks.receiver import Receiver


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
    known = {source.name: source for source in sources}
    page = StatusPage(store, sources, lambda: publisher.exposition().snapshot)
    woken = {one.name: one.webhooks for one in config.sources if one.webhooks}
    wakes = {name: Wakes(known[name].measures.lag, one.gap) for name, one in woken.items()}
    receivers = {name: _receiver(one, wakes[name]) for name, one in woken.items()}
    # The page takes its snapshot from the exposition: both are ready before anybody asks.
    schedule = Schedule(pollers, page.renew, wakes)
    ledger = Ledger(store, receivers, known, page.renew)
    with pages(config.sources) as urls, _background(schedule, Releaser(publisher), ledger):
        links = TicketLinks(store, urls)
        webhooks = Webhooks(receivers) if receivers else None
        app = Endpoints(publisher, page, tuple(known), links, webhooks).application()
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
def _background(*threads: Schedule | Releaser | Ledger) -> Iterator[None]:
    for one in threads:
        one.start()
    try:
        yield
    finally:
        for one in reversed(threads):
            one.stop()


def _receiver(told: WebhookConfig, wakes: Wakes) -> Receiver:
    secrets = [secret.get_secret_value().encode() for secret in told.secrets]
    return Receiver(told.scheme, secrets, wakes.wake, window=told.window, largest=told.size)


def _high_water(config: Config) -> HighWater:
    # A database has no place beside it: its mark lies beside the configuration.
    file = store_file(config) or config.path.absolute().with_name("deskpulse")
    return HighWater(file.with_name(f"{file.name}-published"))
