"""Answers a connector from a recording, and from nothing else."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import BaseAdapter

from connectors.contract import Connector, Fatal, Settings
from connectors.recording.addresses import plain, shown
from connectors.recording.cassette import AGAIN, Answered, Cassette, CassetteError
from connectors.recording.transport import answer, through
from connectors.recording.turn import NO_JSON, read_json
from connectors.recording.words import ORIGIN

Key = tuple[str, str, tuple[tuple[str, str], ...], str]


class Player(BaseAdapter):
    """Gives each request the answer that it had; one that comes again, the last that it had.

    source: for use in messages.
    """

    def __init__(self, cassette: Cassette, source: str) -> None:
        super().__init__()
        self._source = source
        self._answers: dict[Key, deque[Answered]] = {}
        for turn in cassette.turns:
            asked = turn.request
            key = (asked.method, asked.path, tuple(asked.query), _canonical(asked.body))
            self._answers.setdefault(key, deque()).append(turn.answer)

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> requests.Response:
        """The recorded answer. Raises `Fatal` naming a request that was never recorded."""
        url, method = request.url or "", request.method or "GET"
        path, query = plain(url)
        sent = read_json(_bytes(request.body))
        body = _canonical(None if sent is NO_JSON else sent)
        answers = self._answers.get((method, path, tuple(query), body))
        if not answers:
            raise Fatal(
                f"source '{self._source}': the recording holds no answer to "
                f"{shown(method, path, query)}. The connector asks otherwise than when it was "
                f"recorded, or the file was changed since. {AGAIN}"
            )
        found = answers.popleft() if len(answers) > 1 else answers[0]
        parts = urlsplit(url)
        return _played(request, found, f"{parts.scheme}://{parts.netloc}")

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def played(kind: type[Connector[Any]], cassette: Cassette, source: str) -> Iterator[Connector[Any]]:
    """A connector of this kind that reads the recording while the context is open.

    Raises `CassetteError` where it cannot.
    """
    if kind.vendor != cassette.vendor:
        raise CassetteError(
            f"the recording is one of '{cassette.vendor}' and not of '{kind.vendor}'. Try "
            f"`deskpulse connector try {cassette.vendor}`, or name another recording."
        )
    with through(Player(cassette, source)):
        connector = kind(source, settings_of(kind, cassette.settings))
        try:
            yield connector
        finally:
            connector.close()


def settings_of(kind: type[Connector[Any]], told: dict[str, Any]) -> Settings:
    """The settings of a replay. Raises `CassetteError` where the connector refuses them."""
    try:
        return kind.settings_type.model_validate(told)
    except ValueError as error:
        wrong = error.errors() if hasattr(error, "errors") else []
        where = ", ".join(".".join(map(str, one["loc"])) or "all together" for one in wrong)
        raise CassetteError(
            f"in a recording, stand-ins replace names and addresses of the settings, and the "
            f"connector '{kind.vendor}' refuses what stands at: {where}. Where a setting is not "
            "needed to read tickets, leave it out of the source and record again; else the "
            "connector has to allow a value such as `text4f09a1c2b7` or https://vendor.example "
            "there."
        ) from None


def begin_of(connector: Connector[Any], cassette: Cassette) -> str | None:
    """The cursor that the recording began with."""
    return None if cassette.since is None else connector.since(cassette.since)


def _played(request: requests.PreparedRequest, found: Answered, origin: str) -> requests.Response:
    body = found.text if found.json is msgspec.UNSET else json.dumps(found.json)
    headers = {name: value.replace(ORIGIN, origin) for name, value in found.headers.items()}
    if "retry-after" in headers:
        headers["retry-after"] = "0"  # nobody is asked, so nobody wants to be left alone
    return answer(request, found.status, headers, body.replace(ORIGIN, origin).encode())


def _canonical(body: Any) -> str:
    return "" if body is None else json.dumps(body, sort_keys=True)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
