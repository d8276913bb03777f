"""What has to be kept to oneself: secrets, and what is anybody's own."""

from __future__ import annotations

import base64
import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from connectors import ConnectorError
from connectors.patience import hurried
from connectors.testing.faults import cut, html, status
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.candidate import with_wrong_secrets
from exporter.certify.line import Line
from exporter.certify.rules.failing import HURRIED
from exporter.certify.rules.labelling import ADDRESS
from exporter.certify.scale import Broken, Rule, Tier

TROUBLES: Final = (None, status(401), status(503), html(), cut(0.5, honest=True))
SILENCED: Final = ("urllib3", "uvicorn", "asyncio")  # by the program itself


def secrets(bench: Bench) -> None:
    """No secret is in a log, a finding, an error, the settings as text, a cursor or the store."""
    with _overheard() as said, hurried(HURRIED), bench.line(small_desk(), page_limit=50) as line:
        line.look(PRESENT)
        connector = line.connect()
        known = bench.candidate.secrets(connector.settings)
        said.extend((repr(connector.settings), str(connector.settings)))
        connector.close()
        for trouble in TROUBLES:
            line.server.faults.clear()
            if trouble is not None:
                line.server.faults.always("/", trouble)
            said.extend(_told(line))
        said.extend(_told_with_wrong_ones(bench, line))
        line.server.faults.clear()
        line.poll(PRESENT)
        said.extend((line.store.cursor(line.source.name) or "", line.body().decode()))
    stored = "".join(_dumped(path) for path in bench.folder.rglob("*.db"))
    for setting, secret in known.items():
        for form in _forms(secret):
            if any(form in one for one in (*said, stored)):
                raise Broken(f"the secret `{setting}` is told: in a log, a message or the store")
    if ADDRESS.search(stored):
        raise Broken("the store holds an e-mail address: records carry no person's data")


def _dumped(store: Path) -> str:
    """All that a store holds, as text."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        return "\n".join(connection.iterdump())


def _told(line: Line) -> Iterator[str]:
    """What a check and a poll say."""
    connector = line.connect()
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
