"""Records one poll of a vendor: listens, scrubs, looks for leaks, and gives the finished file."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from connectors.contract import Connector, Page, Settings
from connectors.recording.cassette import VERSION, Answered, Asked, Cassette
from connectors.recording.cassette import Turn as Told
from connectors.recording.known import Known
from connectors.recording.leaks import Guard
from connectors.recording.player import settings_of
from connectors.recording.replayable import address, replayable, secrets
from connectors.recording.scrubber import Scrubber
from connectors.recording.transport import Listener, through
from connectors.recording.turn import NO_JSON, Turn, read_json
from connectors.recording.words import ADDRESSES, HEADERS, RATE_LIMITS

Progress = Callable[[Page], None]
"""Told of each page as it comes."""

PAGE: Final = "<html></html>"


class RecordingError(Exception):
    """A recording that does not come about; the message is a verdict with its remedy."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a poll brought. since: None where the connector can begin only at the start."""

    turns: list[Turn]
    pages: tuple[Page, ...]
    since: datetime | None
    whole: bool


def listen(
    connect: Callable[[], Connector[Any]],
    since: datetime,
    max_pages: int | None = None,
    progress: Progress | None = None,
) -> Heard:
    """Poll the vendor from `since` on. Raises `ConnectorError`, and `RecordingError` where nothing
    went over HTTP."""
    since = since.replace(microsecond=0)
    listener, pages = Listener(), []
    with through(listener):
        connector = connect()
        try:
            cursor = connector.since(since)
            for page in itertools.islice(connector.changes(cursor), max_pages):
                pages.append(page)
                if progress:
                    progress(page)
        finally:
            connector.close()
    if not listener.turns:
        raise RecordingError(
            f"source '{connector.source}': nothing was asked over HTTP, so there is nothing to "
            "record. A recording is for vendors with an API."
        )
    whole = bool(pages) and pages[-1].complete_to is not None
    return Heard(listener.turns, tuple(pages), None if cursor is None else since, whole)


def finished(kind: type[Connector[Any]], settings: Settings, heard: Heard) -> Cassette:
    """The recording that may be shared. Raises `RecordingError` naming every leak, and
    `CassetteError` where no stand-in pleases the connector's settings."""
    known = Known.of(kind, settings)
    scrubber = Scrubber(known, kind.recorded, urlsplit(address(settings)).path)
    bodies = [body for turn in heard.turns if (body := read_json(turn.body)) is not NO_JSON]
    for turn in heard.turns:
        scrubber.instants.learn_query(turn.url)
    for body in bodies:
        scrubber.learn(body)
    for body in bodies:
        scrubber.meet(body)
    given = replayable(settings, scrubber)
    settings_of(kind, given)
    cassette = Cassette(
        deskpulse_recording=VERSION,
        vendor=kind.vendor,
        recorded_at=datetime.now(UTC).replace(microsecond=0),
        since=heard.since,
        pages=len(heard.pages),
        whole=heard.whole,
        settings=given,
        turns=[scrubbed(turn, scrubber) for turn in heard.turns],
    )
    _look_through(cassette, settings, heard, scrubber)
    return cassette


def _look_through(cassette: Cassette, settings: Settings, heard: Heard, scrubber: Scrubber) -> None:
    """Raise `RecordingError` where anything is left that must not be known."""
    hidden = {*secrets(settings)}
    guard = Guard(
        scrubber.known,
        secrets=tuple(hidden),
        private=tuple({*scrubber.given, *_hosts(heard.turns)} - hidden),
        vocabulary=scrubber.vocabulary,
        recorded=scrubber.recorded,
    )
    guard.remember(heard.turns)
    if leaks := guard.leaks(msgspec.json.decode(cassette.text())):
        places = "\n".join(f"  {leak}" for leak in leaks)
        raise RecordingError(
            f"Nothing was written, for the recording would hold what must not be known:\n{places}\n"
            "Take the field out of `recorded` of the connector if it stands there; else this is a "
            "defect of deskpulse: please report it with these lines."
        )


def scrubbed(turn: Turn, scrubber: Scrubber) -> Told:
    """A request and its answer as a recording has them."""
    sent, body = read_json(turn.sent), read_json(turn.body)
    asked = Asked(
        method=turn.method,
        path=scrubber.addresses.path(turn.url),
        query=scrubber.addresses.query(turn.url),
        body=None if sent is NO_JSON else scrubber.json(sent),
    )
    headers = _headers(turn, scrubber)
    if body is NO_JSON:
        is_page = turn.body.lstrip()[:1] == b"<"
        return Told(asked, Answered(turn.status, headers, text=PAGE if is_page else ""))
    return Told(asked, Answered(turn.status, headers, json=scrubber.json(body)))


def _headers(turn: Turn, scrubber: Scrubber) -> dict[str, str]:
    kept = {"date": format_datetime(turn.at.astimezone(UTC), usegmt=True)}
    for name, value in turn.headers.items():
        form = HEADERS["x-total"] if RATE_LIMITS.fullmatch(name) else HEADERS.get(name)
        if form is not None and form.fullmatch(value):
            kept[name] = value
        elif name in ADDRESSES:
            kept[name] = scrubber.addresses.header(value)
    return kept


def _hosts(turns: list[Turn]) -> set[str]:
    """Where the vendor was asked; an address in digits is nobody's name."""
    hosts = {urlsplit(turn.url).hostname or "" for turn in turns}
    return {host for host in hosts if not host.replace(".", "").isdigit() and host != "localhost"}
