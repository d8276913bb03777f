"""Reconciling with a vendor: silent where all is right, and each planted difference is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as edited
from sqlalchemy import text

from connectors import Connector, Fact
from connectors.servicenow.simulated_incident import sys_id
from connectors.testing.desk import Event, Kind
from connectors.testing.policy import Policy
from connectors.testing.seeded import SeededDesk
from exporter.knowledge import milliseconds
from exporter.reporting.books import opened
from exporter.reporting.period import Period
from exporter.reporting.reconciliation import (
    Comparison,
    Difference,
    Ours,
    Reason,
    compared,
    differences,
    ours,
)
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import ticket_row
from tests.pipeline import Pipeline, pipeline

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
SINCE = PRESENT - timedelta(days=28)
UNTIL = PRESENT - timedelta(minutes=10)
VENDORS = ("zendesk", "servicenow")
KINDS = (Fact.CREATED, Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED, Fact.REQUESTER_WAIT)


DESK = SeededDesk(4, present=PRESENT, rate=3)


@contextmanager
def polled(vendor: str, folder: Path, *, hours: bool = True) -> Iterator[Pipeline]:
    """A desk read along the way up to the present, under the vendor's own business hours."""
    policy = Policy(hours=DESK.hours) if hours else None
    with pipeline(vendor, DESK, folder, policy=policy) as source:
        for days in (40, 5, 1, 0):
            source.poll(PRESENT - timedelta(days=days))
        yield source


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A store of each vendor that was read so: every test gets a copy of its own to spoil."""
    found = {}
    for vendor in VENDORS:
        folder = tmp_path_factory.mktemp(vendor)
        with polled(vendor, folder):
            found[vendor] = folder / f"{vendor}.db"
    return found


@pytest.fixture(params=VENDORS)
def made(
    request: pytest.FixtureRequest, stores: dict[str, Path], tmp_path: Path
) -> Iterator[Pipeline]:
    vendor = request.param
    shutil.copy(stores[vendor], tmp_path)
    with pipeline(vendor, DESK, tmp_path, policy=Policy(hours=DESK.hours)) as source:
        source.look(PRESENT)
        yield source


def connector(source: Pipeline) -> Connector[Any]:
    return source.poller._connector


def reconciled(source: Pipeline) -> tuple[list[Comparison], list[Difference], Ours]:
    with opened(source.store, source.poller.source) as books:
        period = Period(milliseconds(SINCE), milliseconds(UNTIL))
        definition = source.poller.source.definition
        seen = books.observations(KINDS)
        mine = ours(books.tickets(), seen, period, books.watermark, definition)
    measured = connector(source).measured(SINCE)
    assert measured is not None
    found = list(differences(mine, measured))
    figures = connector(source).figures(SINCE, UNTIL - timedelta(seconds=1))
    assert figures is not None
    return [compared(mine, figure) for figure in figures], found, mine


def strange(source: Pipeline) -> list[Difference]:
    return [one for one in reconciled(source)[1] if not one.reason.explains]


def write(database: Database, sql: str, **values: object) -> int:
    with database.writing() as connection:
        return connection.execute(text(sql), values).rowcount


def observed(source: Pipeline, kind: Fact) -> str:
    """A ticket, of which such a fact was observed, that the vendor shows and has not reopened."""
    _, _, mine = reconciled(source)
    return max(
        ticket
        for (ticket, fact, _), one in mine.observed.items()
        if fact is kind
        and mine.period.holds(one.at)
        and not (known := mine.tickets[ticket]).removed
        and not known.ledger.reopens
        and not known.is_open
    )


def test_a_right_store_has_no_unexplained_difference(made: Pipeline) -> None:
    comparisons, found, mine = reconciled(made)
    assert [one for one in found if not one.reason.explains] == []
    assert [one for one in comparisons if one.unexplained] == []
    assert len(comparisons) == 3
    assert all(one.theirs > 20 for one in comparisons)
    assert mine.compared[Fact.SOLVED] > 500


def test_the_same_schedule_differs_by_less_than_the_precision(made: Pipeline) -> None:
    _, found, _ = reconciled(made)
    assert {one.reason for one in found} <= {Reason.PRECISION}


def test_known_differences_of_definition_are_counted(made: Pipeline) -> None:
    comparisons, _, _ = reconciled(made)
    reasons = {reason for one in comparisons for reason in one.reasons}
    assert {Reason.REMOVED, Reason.AGAIN} <= reasons
    if made.poller.source.name == "zendesk":
        assert Reason.UNSOLVED in reasons


@pytest.mark.parametrize("kind", [Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED])
@pytest.mark.parametrize("column", ["value", "business"])
def test_an_edited_duration_is_found_and_named(made: Pipeline, kind: Fact, column: str) -> None:
    if kind not in made.measures.told:
        pytest.skip("the vendor does not tell it")
    ticket = observed(made, kind)
    sql = f"UPDATE observations SET {column} = {column} + 3600000 WHERE subject = :t AND kind = :k"  # noqa: S608
    assert write(made.store.database, sql, t=ticket, k=kind.value) == 1
    found = strange(made)
    assert {one.ticket for one in found} == {ticket}
    assert (kind, column == "business") in {(one.fact, one.business) for one in found}
    assert {one.reason for one in found} == {Reason.UNEXPLAINED}


def test_an_observation_that_is_gone_is_found(made: Pipeline) -> None:
    ticket = observed(made, Fact.SOLVED)
    sql = "DELETE FROM observations WHERE subject = :t AND kind = 'solved'"
    assert write(made.store.database, sql, t=ticket) == 1
    found = strange(made)
    assert {(one.ticket, one.fact, one.reason) for one in found} == {
        (ticket, Fact.SOLVED, Reason.UNCOUNTED)
    }
    (count,) = [one for one in reconciled(made)[0] if "solved in" in one.label]
    assert count.unexplained == 1


def test_a_ticket_that_is_gone_from_the_store_is_found(made: Pipeline) -> None:
    ticket = observed(made, Fact.SOLVED)
    for table, column in (("tickets", "id"), ("observations", "subject")):
        assert write(made.store.database, f"DELETE FROM {table} WHERE {column} = :t", t=ticket)  # noqa: S608
    (found,) = strange(made)
    assert (found.ticket, found.reason) == (ticket, Reason.MISSING)


def test_a_ticket_wrongly_held_for_removed_is_found(made: Pipeline) -> None:
    ticket = observed(made, Fact.SOLVED)
    with opened(made.store, made.poller.source) as books:
        known = next(one for one in books.tickets() if one.id == ticket)
    row = ticket_row(made.poller.source.name, edited(known, removed="spam"), None)
    with made.store.database.writing() as connection:
        made.store.database.upsert(connection, schema.tickets, [row])
    (found,) = strange(made)
    assert (found.ticket, found.reason) == (ticket, Reason.GONE)


def test_a_ticket_that_changed_at_the_vendor_unseen_is_found(made: Pipeline) -> None:
    """A solve at the simulator is moved by two hours; no poll tells of it."""
    ticket = observed(made, Fact.SOLVED)
    desk = made.server.simulator.desk
    story = next(one for one in desk.stories(PRESENT) if _id(made, one.id) == ticket)
    changed = replace(story, events=tuple(_two_hours_later(event) for event in story.events))
    made.server.simulator = type(made.server.simulator)(_Edited(desk, changed), made.clock)
    found = strange(made)
    assert {one.ticket for one in found} == {ticket}
    assert Fact.SOLVED in {one.fact for one in found}


def _id(made: Pipeline, number: int) -> str:
    return str(number) if made.poller.source.name == "zendesk" else sys_id("incident", str(number))


def _two_hours_later(event: Event) -> Event:
    if event.kind is not Kind.STAMP:
        return event
    return replace(event, at=event.at + timedelta(hours=2))


class _Edited:
    """A desk with another version of one story."""

    def __init__(self, desk: Any, story: Any) -> None:
        self._desk, self._story = desk, story

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def stories(self, until: datetime) -> list[Any]:
        return [self._mine(one) for one in self._desk.stories(until)]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Any]]:
        return ((at, self._mine(one)) for at, one in self._desk.touched(after, until))

    def _mine(self, story: Any) -> Any:
        return self._story if story.id == self._story.id else story


def test_what_changes_after_the_poll_is_no_difference(made: Pipeline) -> None:
    made.clock.at = PRESENT + timedelta(hours=6)
    comparisons, found, mine = reconciled(made)
    assert [one for one in found if not one.reason.explains] == []
    assert [one.label for one in comparisons if one.unexplained] == []
    assert len(mine.moved) > 5
    assert any(Reason.MOVED in one.reasons for one in comparisons)


def test_other_business_hours_than_the_vendors_are_named(tmp_path: Path) -> None:
    other = Policy(hours=type(DESK.hours)("Europe/Berlin", {0: (("08:00", "12:00"),)}))
    with pipeline("zendesk", DESK, tmp_path, policy=other) as source:
        source.poll(PRESENT)
        _, found, _ = reconciled(source)
    reasons = {one.reason for one in found}
    assert Reason.SCHEDULE in reasons
    assert all(reason.explains for reason in reasons)


def test_without_business_hours_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with polled("zendesk", tmp_path, hours=False) as source:
        _, found, mine = reconciled(source)
    assert found == []
    assert mine.compared[Fact.FIRST_RESPONSE] > 100


def test_a_vendor_offers_nothing_unless_it_says_so() -> None:
    class Quiet(Connector[Any]):
        def measures(self) -> Any: ...
        def check(self) -> Any: ...
        def changes(self, cursor: str | None) -> Any: ...
        def usage(self) -> Any: ...

    with closing(Quiet("quiet", None)) as quiet:
        assert quiet.figures(SINCE, UNTIL) is None
        assert quiet.measured(SINCE) is None
