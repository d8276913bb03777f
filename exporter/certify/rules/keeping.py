"""What has to be kept to oneself: secrets, and what is anybody's own."""

from __future__ import annotations

import base64
import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

from connectors import Connector, ConnectorError
from connectors.patience import hurried
from connectors.testing.clock import StandingClock
from connectors.testing.faults import cut, html, redirect, status
from connectors.testing.server import SimRequest, SimResponse, Simulator, SimulatorServer
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.candidate import NOWHERE, with_wrong_secrets
from exporter.certify.line import Line
from exporter.certify.rules.failing import HURRIED
from exporter.certify.rules.labelling import ADDRESS
from exporter.certify.rules.spoiling import Spoilt
from exporter.certify.scale import Broken, Rule, Tier

TROUBLES: Final = (None, status(401), status(503), html(), cut(0.5, honest=True))
SILENCED: Final = ("urllib3", "uvicorn", "asyncio")  # by the program itself


def secrets(bench: Bench) -> None:
    """No secret is in a log, a finding, an error, the settings as text, a cursor or the store, and
    none is sent to another address; nor is anybody's e-mail address.
    """
    with bench.line(small_desk(), page_limit=50) as line, _stranger() as stranger:
        settings = bench.candidate.settings(line.server.simulator.settings(line.server.url))
        known = bench.candidate.secrets(settings)
        with _overheard() as said, hurried(HURRIED):
            said.extend((repr(settings), str(settings)))
            said.extend(_said_in_troubles(bench, line, stranger))
    stored = "".join(_dumped(path) for path in bench.folder.rglob("*.db"))
    places = (
        ("told: in a log, a message or the store", [*said, stored]),
        ("sent to an address that the vendor redirects to", _heard(stranger)),
    )
    for (setting, secret), (where, texts) in product(known.items(), places):
        if any(form in text for form in _forms(secret) for text in texts):
            raise Broken(f"the secret `{setting}` is {where}")
    if ADDRESS.search(stored):
        raise Broken("the store holds an e-mail address: records carry no person's data")
    own = set(ADDRESS.findall(repr(settings)))
    if any(set(ADDRESS.findall(text)) - own for text in said):
        raise Broken("somebody's e-mail address is told, in a log or a message")


def _said_in_troubles(bench: Bench, line: Line, stranger: SimulatorServer) -> Iterator[str]:
    """What is said while everything goes wrong, and then well."""
    line.look(PRESENT)
    for trouble in (*TROUBLES, redirect(f"{stranger.url}/elsewhere")):
        line.server.faults.clear()
        if trouble is not None:
            line.server.faults.always("/", trouble)
        yield from _told(line.connect())
    line.server.faults.clear()
    yield from _told_with_wrong_ones(bench, line)
    candidate, nowhere = bench.candidate, bench.simulator().settings(NOWHERE)
    yield from _told(candidate.connector(candidate.name, candidate.settings(nowhere)))
    Spoilt(line.server, 1, whole=False)
    line.poll(PRESENT)
    yield from (line.store.cursor(line.source.name) or "", line.body().decode())


class _Stranger(Simulator):
    """Takes note of all that it is told."""

    vendor: ClassVar[str] = "stranger"

    def __init__(self) -> None:
        super().__init__(small_desk(), StandingClock(PRESENT))
        self.heard: list[str] = []

    def answer(self, request: SimRequest) -> SimResponse:
        self.heard.append(f"{request.path} {request.query} {request.headers}")
        return SimResponse(200, body=b"{}")

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url}


def _stranger() -> SimulatorServer:
    return SimulatorServer(_Stranger())


def _heard(server: SimulatorServer) -> list[str]:
    return server.simulator.heard if isinstance(server.simulator, _Stranger) else []


def _dumped(store: Path) -> str:
    """All that a store holds, as text."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        return "\n".join(connection.iterdump())


def _told(connector: Connector[Any]) -> Iterator[str]:
    """What a check and a poll say."""
    try:
        yield from (finding.message for finding in connector.check())
        yield from (str(page.rejected) + page.cursor for page in connector.changes(None))
    except ConnectorError as error:
        yield str(error)
        yield repr(error.__cause__)
    finally:
        connector.close()


def _told_with_wrong_ones(bench: Bench, line: Line) -> list[str]:
    candidate, given = bench.candidate, line.server.simulator.settings(line.server.url)
    wrong = candidate.settings(with_wrong_secrets(given))
    connector = candidate.connector(candidate.name, wrong)
    try:
        told = [finding.message for finding in connector.check()]
    finally:
        connector.close()
    if any(secret in one for one in told for secret in candidate.secrets(wrong).values()):
        raise Broken("`check` repeats a wrong secret; it may be a right one for something else")
    return told


def _forms(secret: str) -> set[str]:
    """A secret as it may be written; in base64 whatever stands before it."""
    coded = {
        base64.b64encode(b" " * before + secret.encode()).decode()[4:-4] for before in range(3)
    }
    return {secret, quote(secret, safe=""), *coded}


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, at every level."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logging.Formatter().format(record))

    root, listener = logging.getLogger(), Listener()
    quiet = {name: logging.getLogger(name).level for name in SILENCED}
    level = root.level
    for name in quiet:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
        for name, before in quiet.items():
            logging.getLogger(name).setLevel(before)


RULES: Final = (
    Rule("secrets", Tier.SILVER, "No secret is in a log, a message or the store", secrets),
)
