"""A series that is born late is seen at 0 first, so that `increase()` counts its first event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import Channel, Fact, Measures, Page, Priority, Solve, Status, Ticket, Told, Usage
from exporter.serving.exposition import Exposition, Form
from exporter.serving.publisher import Publisher
from exporter.source import Source
from exporter.store import Store
from tests.pipeline import samples

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE = Source("desk", "desk", Measures({fact: Told() for fact in Fact}))
CREATED = "support_tickets_created_total"
SOLVED = "support_tickets_solved_total"
RESOLUTION = "support_resolution_seconds"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/births.db")
    opened.prepare([SOURCE])
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def publisher(store: Store, clock: Clock) -> Publisher:
    return Publisher(store, [SOURCE], scrape_interval=timedelta(seconds=30), monotonic=clock)


def solved(number: int, team: str) -> Ticket:
    at = NINE + timedelta(minutes=number)
    return Ticket(
        id=str(number),
        created_at=NINE,
        changed_at=at,
        status=Status.SOLVED,
        priority=Priority.HIGH,
        channel=Channel.CHAT,
        team=team,
        assigned=True,
        first_solved_at=at,
        solves=(Solve(at),),
    )


def commit(store: Store, *tickets: Ticket, source: Source = SOURCE) -> None:
    page = Page(tickets, "here", NINE + timedelta(hours=len(tickets)))
    store.commit(source, page, Usage(), 0, 0)


def scrape(served: Publisher) -> dict[str, float]:
    """Every sample summed by name and team, as one scrape receives it."""
    exposition = served.exposition()
    served.served(exposition)
    found: dict[str, float] = {}
    for (name, labels), value in samples(exposition.body()).items():
        team = dict(labels).get("team", "")
        if dict(labels).get("le", "+Inf") == "+Inf":
            found[f"{name} {team}".strip()] = found.get(f"{name} {team}".strip(), 0) + value
    return found


def test_series_of_the_first_import_start_at_their_totals(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"), solved(2, "Billing"))
    assert scrape(publisher(store, clock))[f"{SOLVED} Billing"] == 2


def test_a_vocabulary_known_beforehand_exists_at_zero(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    shown = samples(publisher(store, clock).exposition().body())
    channels = {
        dict(labels)["channel"]: v for (name, labels), v in shown.items() if name == CREATED
    }
    assert channels == {channel.value: float(channel is Channel.CHAT) for channel in Channel}


def test_configured_teams_exist_from_the_start(tmp_path: Path, clock: Clock) -> None:
    named = Source("desk", "desk", SOURCE.measures, teams=("Billing", "Night"))
    store = Store.open(f"sqlite:///{tmp_path}/named.db")
    store.prepare([named])
    commit(store, solved(1, "Billing"), source=named)
    found = scrape(Publisher(store, [named], scrape_interval=timedelta(seconds=30)))
    assert found[f"{SOLVED} Night"] == 0
    assert found[f"{RESOLUTION}_count Night"] == 0
    store.close()


def test_a_late_series_is_held_at_zero_for_two_scrapes_after_it_was_seen(
    store: Store, clock: Clock
) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    scrape(served)
    commit(store, solved(2, "Night"))
    clock.now = 1000.0
    assert served.release_due() == 0, "nobody has seen the zero yet"
    assert scrape(served)[f"{SOLVED} Night"] == 0
    clock.now += 59.0
    assert served.release_due() == 0
    assert scrape(served)[f"{SOLVED} Night"] == 0
    clock.now += 1.0
    assert served.release_due() > 0
    assert scrape(served)[f"{SOLVED} Night"] == 1


def test_what_happens_during_the_hold_comes_out_with_it(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    commit(store, solved(2, "Night"))
    scrape(served)
    commit(store, solved(3, "Night"))
    assert scrape(served)[f"{SOLVED} Night"] == 0
    clock.now += 60
    served.release_due()
    assert scrape(served)[f"{SOLVED} Night"] == 2


def test_all_samples_of_a_histogram_come_out_together(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    commit(store, solved(2, "Night"))
    held = scrape(served)
    parts = [f"{RESOLUTION}_{part} Night" for part in ("count", "sum", "bucket")]
    assert [held[part] for part in parts] == [0, 0, 0]
    clock.now += 60
    served.release_due()
    assert [scrape(served)[part] for part in parts] == [1, 120, 1]


def test_a_hold_starts_again_in_a_new_process(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    commit(store, solved(2, "Night"))
    scrape(served)
    clock.now += 59
    again = publisher(store, clock)
    clock.now += 2
    again.release_due()
    assert scrape(again)[f"{SOLVED} Night"] == 0
    clock.now += 60
    again.release_due()
    assert scrape(again)[f"{SOLVED} Night"] == 1


def test_a_release_is_stored(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    commit(store, solved(2, "Night"))
    scrape(served)
    clock.now += 60
    served.release_due()
    assert scrape(publisher(store, Clock()))[f"{SOLVED} Night"] == 1


def test_totals_are_printed_whatever_is_held(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    commit(store, solved(2, "Night"))
    printed = Exposition(store.snapshot(), ["desk"], totals=True).body().decode()
    labels = 'channel="chat",priority="high",source="desk",team="Night"'
    assert f"{SOLVED}{{{labels}}} 1.0" in printed


def page(cursor: str, *tickets: Ticket, complete: bool) -> Page:
    return Page(tickets, cursor, NINE + timedelta(hours=9) if complete else None)


def test_a_hold_does_not_begin_before_the_zero_is_really_shown(store: Store, clock: Clock) -> None:
    """A new team has no place, and so no series, until the poll that brought it has ended."""
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    store.commit(SOURCE, page("1", solved(2, "Night"), complete=False), Usage(), 0, 0)
    for _ in range(4):
        assert f"{SOLVED} Night" not in scrape(served)
        clock.now += 60
        served.release_due()
    store.commit(SOURCE, page("2", complete=True), Usage(), 0, 0)
    assert scrape(served)[f"{SOLVED} Night"] == 0


def test_the_backlog_of_a_team_without_a_place_yet_is_not_lost(store: Store, clock: Clock) -> None:
    commit(store, replace(solved(1, "Billing"), status=Status.OPEN, solves=()))
    moved = replace(
        solved(1, "Night"), status=Status.OPEN, solves=(), changed_at=NINE + timedelta(hours=1)
    )
    store.commit(SOURCE, page("1", moved, complete=False), Usage(), 0, 0)
    found = scrape(publisher(store, clock))
    assert found["support_tickets_open Billing"] == 0
    assert found["support_tickets_open other"] == 1


def test_counts_about_the_source_are_seen_at_zero_first_too(store: Store, clock: Clock) -> None:
    commit(store, solved(1, "Billing"))
    served = publisher(store, clock)
    store.fail(SOURCE, "server", "it is down", Usage({"503": 3}), 0, 0)
    requests = "deskpulse_source_requests_total"
    assert scrape(served)[requests] == 0
    clock.now += 60
    served.release_due()
    assert scrape(served)[requests] == 3


def test_the_page_is_made_ahead_in_the_forms_that_were_asked_for_last(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Form] = []
    render = Exposition._render

    def noted(self: Exposition, openmetrics: bool, compressed: bool) -> bytes:
        made.append((openmetrics, compressed))
        return render(self, openmetrics, compressed)

    monkeypatch.setattr(Exposition, "_render", noted)
    served = publisher(store, clock)
    served.exposition().body()
    commit(store, solved(1, "Day"))
    assert served.exposition().body(openmetrics=True, compressed=True)
    assert made[:2] == [(False, False), (False, False)], (
        "as before, until another form is asked for"
    )
    for number in (2, 3):
        made.clear()
        commit(store, solved(number, "Day"))
        served.exposition()
        assert sorted(made) == [(True, False), (True, True)], "nobody asked for plain text"
