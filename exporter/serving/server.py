"""The HTTP side: `/metrics`, health, readiness, the status page and webhooks."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from exporter.reporting.links import NoPage, TicketLinks
from exporter.serving.exposition import OPENMETRICS, TEXT
from exporter.serving.patient import Patient
from exporter.serving.publisher import Publisher
from exporter.serving.statuspage import StatusPage
from exporter.serving.webhooks import Webhooks
from exporter.store import SourceState

log = logging.getLogger(__name__)

_RELEASE_EVERY = 0.5


class Endpoints:
    """What is answered at each address. `names` are the configured sources."""

    def __init__(
        self,
        publisher: Publisher,
        page: StatusPage,
        names: tuple[str, ...],
        links: TicketLinks | None = None,
        webhooks: Webhooks | None = None,
    ) -> None:
        self._webhooks = webhooks
        self._links = links
        self._publisher = publisher
        self._page = page
        self._names = names

    def application(self) -> Starlette:
        """The exporter as an ASGI application."""
        return Starlette(
            routes=[
                Route("/metrics", self.metrics),
                Route("/-/healthy", self.healthy),
                Route("/-/ready", self.ready),
                Route("/ticket/{name:path}", self.ticket),
                Route("/", self.status),
                *([self._webhooks.route()] if self._webhooks else []),
            ]
        )

    async def metrics(self, request: Request) -> Response:
        """The page for Prometheus, as text or OpenMetrics, compressed where that is accepted."""
        return await run_in_threadpool(self._metrics, request)

    async def healthy(self, _: Request) -> Response:
        """200 while the process answers at all."""
        return PlainTextResponse("healthy\n")

    async def ready(self, _: Request) -> Response:
        """200 once every source is primed or has failed with a reason, else 503."""
        exposition = await run_in_threadpool(self._publisher.exposition)
        waiting = not_ready(exposition.snapshot.sources, self._names)
        if waiting:
            return PlainTextResponse(f"importing: {', '.join(waiting)}\n", 503)
        return PlainTextResponse("ready\n")

    async def status(self, request: Request) -> Response:
        """The page for people; `?theme=light` and `?theme=dark` say how it looks."""
        theme = request.query_params.get("theme", "")
        page = await run_in_threadpool(self._page.html, theme)
        return HTMLResponse(page, headers=self._page.headers)

    async def ticket(self, request: Request) -> Response:
        """To the vendor's page of a ticket named SOURCE:ID; 404 where there is none."""
        if self._links is None:
            return PlainTextResponse("There are no pages of tickets here.\n", 404)
        try:
            address = await run_in_threadpool(self._links.page, request.path_params["name"])
        except NoPage as reason:
            return PlainTextResponse(f"{reason}\n", 404)
        return RedirectResponse(address, 307, {"Referrer-Policy": "no-referrer"})

    def _metrics(self, request: Request) -> Response:
        openmetrics = "application/openmetrics-text" in request.headers.get("accept", "")
        compressed = "gzip" in request.headers.get("accept-encoding", "")
        exposition = self._publisher.exposition()
        body = exposition.body(openmetrics=openmetrics, compressed=compressed)
        headers = {
            "Content-Type": OPENMETRICS if openmetrics else TEXT,
            "Vary": "Accept, Accept-Encoding",
        }
        if compressed:
            headers["Content-Encoding"] = "gzip"
        self._publisher.served(exposition)
        return Response(body, headers=headers)


def not_ready(states: Mapping[str, SourceState], names: Iterable[str]) -> list[str]:
    """Sources that are neither primed nor known to have failed: one bad token hides no other."""
    return [
        name
        for name in names
        if name not in states or not (states[name].primed or states[name].error is not None)
    ]


class ServerError(Exception):
    """The address cannot be listened on: why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `ServerError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio turns Nagle's delay off only where it sees TCP by name.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(128)
    except OSError as error:
        opened.close()
        raise ServerError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            "Give another address with --listen HOST:PORT (port 0 takes a free one)."
        ) from error
    return opened


class Releaser(threading.Thread):
    """Releases births on time, so that no scrape has to."""

    def __init__(self, publisher: Publisher) -> None:
        super().__init__(name="releaser", daemon=True)
        self._publisher = publisher
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look twice a second until stopped."""
        while not self._stopped.wait(_RELEASE_EVERY):
            try:
                if self._publisher.release_due():
                    self._publisher.exposition()
            except Exception:  # the next look tries again; the reason is in the log
                log.exception("releasing new series failed")

    def stop(self, patience: float = 5.0) -> None:
        """End after the present look; wait up to `patience` seconds."""
        self._stopped.set()
        self.join(patience)


class Server(uvicorn.Server):
    """uvicorn on a socket that is open already, with signals left to the caller."""

    def __init__(self, app: Starlette, opened: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Patient,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._opened = opened

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The command that serves decides what a signal means."""
        yield

    def serve_until(self, ended: Callable[[], bool]) -> None:
        """Serve until `ended()` says so; asked ten times a second."""
        watcher = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        watcher.start()
        self.run(sockets=[self._opened])

    def _watch(self, ended: Callable[[], bool]) -> None:
        pause = threading.Event()
        while not ended():
            pause.wait(0.1)
        self.should_exit = True
