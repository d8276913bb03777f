"""Between a connector and the wire: listens to what goes over it, or answers in its place.

Every session of requests asks `get_adapter` for its way out. While a recording or a replay is open
that gives our own, whoever made the session.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from connectors.recording.turn import Turn


@contextmanager
def through(adapter: BaseAdapter) -> Iterator[None]:
    """While this is open, every session of requests in this process goes through `adapter`."""

    def ours(_session: requests.Session, url: str) -> BaseAdapter:  # noqa: ARG001 -- as requests has it
        return adapter

    before = requests.Session.get_adapter
    requests.Session.get_adapter = ours  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        requests.Session.get_adapter = before  # type: ignore[method-assign]


class Listener(HTTPAdapter):
    """Asks the vendor, and keeps what was asked and answered in `turns`."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """The vendor's answer; its body is kept as far as the connector reads it."""
        response = super().send(request, *args, **kwargs)
        headers = {name.lower(): value for name, value in response.headers.items()}
        sent = request.body or b""
        turn = Turn(
            method=request.method or "GET",
            url=request.url or "",
            status=response.status_code,
            sent=sent if isinstance(sent, bytes) else str(sent).encode(),
            headers=headers,
            body=bytearray(),
        )
        self.turns.append(turn)
        response.raw = _Heard(response.raw, turn)
        return response


class _Heard:
    """The body of an answer, written down while it is read."""

    def __init__(self, raw: Any, turn: Turn) -> None:
        self._raw = raw
        self._turn = turn

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        return self._keep(self._raw.read(*args, **kwargs))

    def read1(self, *args: Any, **kwargs: Any) -> bytes:
        return self._keep(self._raw.read1(*args, **kwargs))

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        for piece in self._raw.stream(*args, **kwargs):
            yield self._keep(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def _keep(self, piece: bytes) -> bytes:
        self._turn.body += piece
        return piece


def answer(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    """An answer that came over no wire."""
    response = requests.Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(
        io.BytesIO(body), headers=HTTPHeaderDict(headers), status=status, preload_content=False
    )
    return response
