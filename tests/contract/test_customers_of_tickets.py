"""Every ticket is the customer's whose it is: by the hashes that the store keeps of each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from connectors.recording.cassette import Cassette
from connectors.recording.player import begin_of, played
from connectors.recording.recorder import finished, listen
from connectors.records import Ticket
from connectors.servicenow.simulated_incident import sys_id
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk
from exporter.certify.candidate import Candidate
from exporter.store import schema
from tests.pipeline import Pipeline, pipeline

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
VENDORS = ("zendesk", "servicenow")


class Asked(NamedTuple):
    """The hashes of the customer's id and of its domain."""

    customer: str | None
    domain: str | None


def desk(seed: int = 7) -> SeededDesk:
    return SeededDesk(seed, present=PRESENT, weeks=3, rate=2.0, ancient=10, customers=150)


def stored(source: Pipeline) -> dict[str, Asked]:
    """What the store keeps of whose each ticket is that stands, by the vendor's id of it."""
    of = schema.tickets.c
    wanted = select(of.id, of.customer, of.domain).where(of.removed.is_(None))
    with source.store.database.reading() as connection:
        return {row.id: Asked(row.customer, row.domain) for row in connection.execute(wanted)}


def told(source: Pipeline, at: datetime) -> dict[str, Asked]:
    """What the desk knows of whose each ticket is that stands, by the vendor's id of it."""
    keyed = source.source.labeller.keyed
    patrons = {patron.id: patron for patron in source.desk.customers(at)}
    found = {}
    for story in source.desk.stories(at):
        if not any(is_removal(event) and event.at <= at for event in story.events):
            patron = patrons.get(story.customer)
            number = keyed(patron.external_id) if patron and patron.external_id else None
            domain = keyed(patron.domains[0]) if patron and patron.domains else None
            found[id_of(source, story)] = Asked(number, domain)
    return found


def is_removal(event: Event) -> bool:
    return event.kind in {Kind.DELETED, Kind.MERGED, Kind.SPAM}


def id_of(source: Pipeline, story: Story) -> str:
    number = str(story.id)
    return sys_id("incident", number) if source.source.name == "servicenow" else number


def forms(asked: dict[str, Asked]) -> Counter[tuple[bool, bool]]:
    """How many are known by an id, by a domain, by both, by neither."""
    return Counter((one.customer is not None, one.domain is not None) for one in asked.values())


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_import_knows_whose_every_ticket_is(vendor: str, tmp_path: Path) -> None:
    with pipeline(vendor, desk(), tmp_path) as source:
        source.poll(PRESENT)
        found = stored(source)
        assert found == told(source, PRESENT)
    assert min(forms(found).values()) > 3
    assert len(forms(found)) == 4
    assert len({one.customer for one in found.values()}) > 20


@pytest.mark.parametrize("vendor", VENDORS)
def test_polls_along_the_way_know_whose_every_ticket_is(vendor: str, tmp_path: Path) -> None:
    with pipeline(vendor, desk(8), tmp_path, page_limit=40) as source:
        for days in (9, 8.9, 7, 2, 0.5, 0):
            at = PRESENT - timedelta(days=days)
            source.poll(at)
            assert stored(source) == told(source, at)
        assert len(forms(stored(source))) == 4


def test_both_vendors_name_a_customer_by_the_same_hashes(tmp_path: Path) -> None:
    counts = []
    for vendor in VENDORS:
        with pipeline(vendor, desk(), tmp_path) as source:
            source.poll(PRESENT)
            key = source.source.labeller.keyed
            patrons = source.desk.customers(PRESENT)
            names = {key(one.external_id): one.external_id for one in patrons}
            counts.append(Counter(names.get(one.customer or "") for one in stored(source).values()))
    assert counts[0] == counts[1]


# --- recordings -----------------------------------------------------------------------------------

NAMES = ("48151623", "314", "ACME-7", "deadbeefdeadbeef", "big-customer.example", "bigger.test")


def of_named_customers() -> WrittenDesk:
    """Tickets of customers whose ids look like anything that is harmless elsewhere."""
    patrons = [
        Patron(1, PRESENT, NAMES[0], (NAMES[4],)),
        Patron(2, PRESENT, NAMES[1], (NAMES[5], NAMES[4])),
        Patron(3, PRESENT, NAMES[2], ()),
        Patron(4, PRESENT, NAMES[3], ()),
    ]
    stories = [
        Story(
            number,
            PRESENT,
            "email",
            Role.CUSTOMER,
            (Event(PRESENT, Kind.OPENED, Role.CUSTOMER), Event(PRESENT, Kind.COMMENT, Role.AGENT)),
            customer=number % 5,
        )
        for number in range(1, 11)
    ]
    return WrittenDesk(*stories, customers=patrons)


def recorded(vendor: str) -> tuple[Candidate, Cassette]:
    candidate, now = Candidate.of(vendor), PRESENT + timedelta(hours=2)
    simulator = candidate.simulator(of_named_customers(), StandingClock(now))
    with SimulatorServer(simulator) as server:
        settings = candidate.settings(simulator.settings(server.url))
        heard = listen(lambda: candidate.connector("shop", settings), PRESENT - timedelta(hours=1))
        assert any(
            isinstance(one, Ticket) and one.customer for page in heard.pages for one in page.records
        )
        return candidate, finished(candidate.connector, settings, heard)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_recording_names_no_customer(vendor: str) -> None:
    text = recorded(vendor)[1].text().decode().casefold()
    assert [name for name in NAMES if f'"{name.casefold()}"' in text] == []
    assert "big-customer" not in text
    assert "bigger" not in text


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_replayed_recording_tells_the_tickets(vendor: str) -> None:
    candidate, cassette = recorded(vendor)
    with played(candidate.connector, cassette, "shop") as connector:
        pages = list(connector.changes(begin_of(connector, cassette)))
    assert sum(len(page.records) for page in pages) == 10
    assert [page.rejected for page in pages if page.rejected] == []
