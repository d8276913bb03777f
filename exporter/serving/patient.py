"""A connection that must say in time what it wants: a head that trickles in holds nothing open."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_WITHIN: Final = 10.0
"""Seconds for the head of a request, from the connection or from its first byte."""


class Patient(H11Protocol):
    """uvicorn's protocol, which closes a connection between two requests and waits for ever within
    the head of one."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request is due."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Part of a head lets the rest of it be due; a whole one is answered."""
        super().data_received(data)
        under_way: RequestResponseCycle | None = self.cycle
        if under_way and not under_way.response_complete:
            self._calm()
        elif self._late is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._calm()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._late = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
