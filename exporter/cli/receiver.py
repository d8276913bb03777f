"""Where the demo's Alertmanager delivers: each notification becomes a line on the terminal."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

_LARGEST = 1 << 20


def lines(payload: dict[str, Any]) -> list[str]:
    """A webhook payload of Alertmanager, one line for each alert in it."""
    return [_line(alert) for alert in payload.get("alerts", [])]


def _line(alert: dict[str, Any]) -> str:
    status = str(alert.get("status", "?")).upper()
    name = alert.get("labels", {}).get("alertname", "?")
    summary = alert.get("annotations", {}).get("summary", "no summary")
    return f"{status:<9}{name}: {summary}"


@contextlib.contextmanager
def receiver(say: Callable[[str], object]) -> Iterator[str]:
    """Receives notifications on loopback while the context is open; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", 0)), _LARGEST)
            with contextlib.suppress(msgspec.DecodeError):
                for line in lines(msgspec.json.decode(self.rfile.read(length))):
                    say(line)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what arrives is said above."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="receiver", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
