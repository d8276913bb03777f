"""A vendor's API on loopback: a simulator answers, uvicorn speaks HTTP, faults spoil on request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from types import FrameType, TracebackType
from typing import ClassVar, Self
from urllib.parse import parse_qsl

import uvicorn
from starlette.types import Receive, Scope, Send

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.faults import Fault, Faults

log = logging.getLogger(__name__)

STARTING = 10.0
STOPPING = 5.0
REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class SimRequest:
    """What a client asks. Names of headers are in lower case.

    query: of a name that comes again, the last value. pairs: all of them, in their order.
    body: what was sent.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    pairs: Sequence[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class SimResponse:
    """What a vendor answers. Content-Length, Content-Type (JSON) and Date are added when absent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Simulator(ABC):
    """Speaks one vendor's wire format about one desk, as far as one clock has come.

    A vendor package has a module `simulator` with exactly one subclass.
    """

    vendor: ClassVar[str]

    def __init__(self, desk: Desk, clock: Clock, *, page_limit: int | None = None) -> None:
        """page_limit: the most records in a page, where that is less than the vendor's own."""
        self.desk = desk
        self.clock = clock
        self.page_limit = page_limit

    @abstractmethod
    def answer(self, request: SimRequest) -> SimResponse:
        """What the vendor would answer now."""

    def catch_up(self) -> None:  # noqa: B027 -- most vendors do nothing until they are asked
        """Do what the vendor does by itself as its clock goes on."""

    @abstractmethod
    def settings(self, url: str) -> dict[str, object]:
        """What stands under `sources: NAME:` of deskpulse.yaml for this simulator at `url`; its
        secrets begin with `throw-away-`."""


class SimulatorServer:
    """Serves one simulator over HTTP, from a thread of its own, while the context is open.

    port: 0 takes any free one. faults: what is to go wrong; `server.faults` can be changed while
    it serves. answer: what answers in the simulator's place, where anything does.
    """

    def __init__(
        self,
        simulator: Simulator,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Faults | None = None,
    ) -> None:
        self.simulator = simulator
        self.answer: Callable[[SimRequest], SimResponse] | None = None
        self.faults = faults or Faults()
        self._address = (host, port)
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it serves; empty before `start`."""
        return self._url

    @property
    def requests(self) -> list[str]:
        """Path and query of every request so far, the oldest first."""
        return list(self._seen)

    def start(self) -> None:
        """Bind and serve. Raises `OSError` in plain words when the port is taken."""
        listener = _bind(*self._address)
        config = uvicorn.Config(
            self._serve,
            http="h11",
            ws="none",
            interface="asgi3",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="simulator", daemon=True
        )
        host, port = listener.getsockname()[:2]
        self._url = f"http://{host}:{port}"
        self._thread.start()
        self._await_start()

    def stop(self) -> None:
        """Stop serving; harmless when it does not."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(STOPPING)
        self._server.force_exit = True
        self._thread.join(STOPPING)
        self._server = self._thread = None

    def run(self, on_ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; `on_ready` gets the address. Main thread only."""
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, end) for number in numbers}
        try:
            with self:
                on_ready(self.url)
                while not ended.wait(1.0):
                    pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _await_start(self) -> None:
        pause = threading.Event()
        for _ in range(int(STARTING / 0.005)):
            if self._server is None or self._server.started:
                return
            pause.wait(0.005)
        self.stop()
        raise TimeoutError(f"the simulator at {self._url} did not start within {STARTING:.0f} s")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope, await _sent(receive))
        query = scope["query_string"].decode("latin-1")
        self._seen.append(f"{request.path}?{query}" if query else request.path)
        fault = self.faults.fault_for(request.path) or Fault()
        await asyncio.sleep(fault.delay)
        if fault.drop:
            _transport(send).abort()
            return
        date = format_datetime(self.simulator.clock.now(), usegmt=True)
        await _send(_spoilt(self._answer(request), fault), fault, date, send)

    def _answer(self, request: SimRequest) -> SimResponse:
        try:
            return (self.answer or self.simulator.answer)(request)
        except Exception:
            log.exception("the simulator failed at %s", request.path)
            return SimResponse(500, body=b'{"error":"the simulator failed"}')


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # without the protocol's name asyncio leaves Nagle's algorithm on: 40 ms for each answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno,
            f"cannot serve at {host}:{port} ({error.strerror}); choose another port, or 0 for any",
        ) from error
    return listener


async def _sent(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _request(scope: Scope, body: bytes) -> SimRequest:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return SimRequest(
        method=scope["method"],
        path=scope["path"],
        query=dict(pairs),
        headers={name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]},
        pairs=pairs,
        body=body,
    )


def _spoilt(response: SimResponse, fault: Fault) -> SimResponse:
    body = response.body if fault.body is None else fault.body
    return replace(
        response,
        status=fault.status or response.status,
        headers={**response.headers, **fault.headers},
        body=fault.edit(body) if fault.edit else body,
    )


async def _send(response: SimResponse, fault: Fault, date: str, send: Send) -> None:
    body = response.body[: int(len(response.body) * fault.keep)]
    told = len(body) if fault.honest else len(response.body)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(told),
        "date": date,
        **{name.lower(): text for name, text in response.headers.items()},
    }
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
        }
    )
    if fault.trickle:
        for position in range(len(body)):
            await _body(send, body[position : position + 1], more=True)
            await asyncio.sleep(fault.trickle)
        body = b""
    short = told != len(body) and not fault.trickle
    await _body(send, body, more=short)
    if short:
        # an answer that never ends as it promised: what is left is to hang up
        await asyncio.sleep(0.05)
        _transport(send).close()


def _transport(send: Send) -> asyncio.Transport:
    """The connection itself: ASGI has no word for hanging up, but the bound method knows it."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport


async def _body(send: Send, piece: bytes, *, more: bool) -> None:
    with contextlib.suppress(ConnectionError):
        await send({"type": "http.response.body", "body": piece, "more_body": more})
