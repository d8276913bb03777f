"""A Zendesk connector, the simulated account that it talks to over HTTP, and the clock of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from connectors.contract import ConnectorError, Page
from connectors.customers import Record
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.server import SimulatorServer
from connectors.zendesk.connector import ZendeskConnector
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.simulator import ZendeskSimulator

T0 = datetime(2026, 3, 2, 9, 0, 20, tzinfo=UTC)
NOW = T0 + timedelta(days=10)
AGENT, CUSTOMER, BOT, SYSTEM = Role.AGENT, Role.CUSTOMER, Role.BOT, Role.SYSTEM
Step = tuple[int, Kind, Role, str] | tuple[int, Kind, Role, str, bool]


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def story(
    number: int,
    *steps: Step,
    channel: str = "email",
    opened_by: Role = CUSTOMER,
    tags: tuple[str, ...] = (),
    language: str = "",
) -> Story:
    opening: list[Step] = [(0, Kind.OPENED, opened_by, ""), (0, Kind.COMMENT, opened_by, "")]
    events = tuple(Event(at(step[0]), *step[1:]) for step in [*opening, *steps])
    return Story(number, T0, channel, opened_by, events, tags, language)


def solved(seconds: int) -> tuple[Step, Step]:
    return (seconds, Kind.STATUS, AGENT, "solved"), (seconds, Kind.STAMP, AGENT, "solved")


def closed(seconds: int) -> tuple[Step, Step]:
    return (seconds, Kind.STATUS, SYSTEM, "closed"), (seconds, Kind.STAMP, SYSTEM, "closed")


class Opening(Protocol):
    def __call__(
        self, desk: Desk, now: datetime = NOW, *, page_limit: int | None = None, **given: object
    ) -> Bench: ...


class Bench:
    """A connector, the server that it talks to and the clock of both.

    given: settings beyond those that the simulator names.
    """

    def __init__(self, server: SimulatorServer, clock: StandingClock, **given: object) -> None:
        self.server = server
        self.clock = clock
        self.faults = server.faults
        self.given = given
        self.connector = self.connect()

    @property
    def simulator(self) -> ZendeskSimulator:
        simulator = self.server.simulator
        assert isinstance(simulator, ZendeskSimulator)
        return simulator

    def connect(self, **changes: object) -> ZendeskConnector:
        given = dict(self.server.simulator.settings(self.server.url))
        assert given.pop("vendor") == "zendesk"
        settings = ZendeskSettings.model_validate({**given, **self.given, **changes})
        return ZendeskConnector("desk-eu", settings)

    def poll(self, cursor: str | None = None, **changes: object) -> list[Page]:
        return list(self.connect(**changes).changes(cursor))

    def asked(self, part: str) -> list[str]:
        return [asked for asked in self.server.requests if part in asked]

    def failure(self) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            self.poll()
        assert "desk-eu" in str(caught.value)
        assert "throw-away" not in str(caught.value)
        return caught.value


def records(pages: Sequence[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def gaps(pages: Sequence[Page]) -> list[str]:
    return [gap for page in pages for gap in page.gaps]


@contextmanager
def benches() -> Iterator[Opening]:
    """What opens benches; all of them are closed at the end."""
    servers: list[SimulatorServer] = []

    def open_(
        desk: Desk, now: datetime = NOW, *, page_limit: int | None = None, **given: object
    ) -> Bench:
        clock = StandingClock(now)
        server = SimulatorServer(ZendeskSimulator(desk, clock, page_limit=page_limit))
        server.start()
        servers.append(server)
        return Bench(server, clock, **given)

    yield open_
    for server in servers:
        server.stop()
