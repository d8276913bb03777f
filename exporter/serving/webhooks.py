"""`POST /webhooks/SOURCE`: reads a delivery with limits on its size and its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.webhooks import Unsigned, Verifier
from exporter.webhooks.receiver import Receiver
from exporter.webhooks.result import ANSWERS, Result

PATH: Final = "/webhooks"
WITHIN: Final = 10.0
AT_ONCE: Final = 32
"""Deliveries whose bodies are being read. One is a few milliseconds of work, so that more of them
are slow on purpose."""

_SOON: Final = "5"


class Webhooks:
    """Answers deliveries. Nothing of a body is kept, and none is read that need not be."""

    def __init__(
        self, receivers: Mapping[str, Receiver], within: float = WITHIN, at_once: int = AT_ONCE
    ) -> None:
        """receivers: by the name of the source. within: seconds for a body."""
        self._receivers = receivers
        self._within = within
        self._at_once = at_once
        self._under_way = 0

    def route(self) -> Route:
        """Where it is answered. HEAD is how Intercom asks whether there is anything."""
        return Route(f"{PATH}/{{name}}", self.answer, methods=["POST", "HEAD"])

    async def answer(self, request: Request) -> Response:
        """What came of a delivery, as a status and a line of text."""
        receiver = self._receivers.get(request.path_params["name"])
        if receiver is None:
            return PlainTextResponse("There is no such webhook here.\n", 404)
        if request.method == "HEAD":
            return Response()
        result = await self._result(receiver, request)
        receiver.conclude(result)
        return _response(result)

    async def _result(self, receiver: Receiver, request: Request) -> Result:
        if self._under_way >= self._at_once:
            return Result.TOO_MANY
        if trouble := _trouble(request.headers, receiver.largest):
            return trouble
        try:
            claim = receiver.claim(request.headers)
        except Unsigned:
            return Result.UNSIGNED
        verifier = receiver.verifier(claim)
        self._under_way += 1
        try:
            async with asyncio.timeout(self._within):
                trouble = await _read(request, verifier, receiver.largest)
        except TimeoutError:
            return Result.TOO_SLOW
        except ClientDisconnect:
            return Result.BROKEN
        finally:
            self._under_way -= 1
        return trouble or receiver.judged(claim, verifier)


def _trouble(headers: Mapping[str, str], largest: int) -> Result | None:
    """What the head of a delivery is refused for."""
    length = headers.get("content-length")
    if length is None:
        return None if "transfer-encoding" in headers else Result.UNMEASURED
    return Result.TOO_LARGE if int(length) > largest else None


async def _read(request: Request, verifier: Verifier, largest: int) -> Result | None:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > largest:
            return Result.TOO_LARGE
        verifier.update(piece)
    return None


def _response(result: Result) -> Response:
    status, text = ANSWERS[result]
    headers = {} if status == 200 else {"Connection": "close"}  # what follows is not read
    if result is Result.TOO_MANY:
        headers["Retry-After"] = _SOON
    return PlainTextResponse(f"{text}\n", status, headers)
