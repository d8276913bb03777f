"""What a source tells and how it is defined changes; what is published stays right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import (
    Channel,
    Exchange,
    Fact,
    Measures,
    Page,
    Priority,
    Status,
    Supplement,
    Ticket,
    Told,
    Usage,
)
from exporter.clocks import Schedule
from exporter.definition import Category, ClockName, Definition, Promise, Target
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store, StoreError
from tests.pipeline import Samples, samples

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
EVERYTHING = Measures({fact: Told() for fact in Fact})
PROMISED = Definition(promises=(Promise(Target.FIRST_RESPONSE, ClockName.CALENDAR, 3_600_000),))
PLAIN = Source("desk", "desk", EVERYTHING)
OUTCOMES = "support_sla_outcomes_total"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/changes.db")
    yield opened
    opened.close()


def ticket(number: object, **changes: Any) -> Ticket:
    made = Ticket(
        id=str(number),
        created_at=NINE,
        changed_at=NINE,
        status=Status.OPEN,
        priority=Priority.NORMAL,
        channel=Channel.EMAIL,
        team="Billing",
        assigned=True,
    )
    return replace(made, **changes)


def answered(number: object, **changes: Any) -> Ticket:
    later = NINE + 3 * HOUR
    return ticket(number, changed_at=later, first_response_at=later, **changes)


def commit(store: Store, source: Source, at: datetime, *records: Any, **page: Any) -> None:
    now = round(at.timestamp() * 1000)
    store.commit(source, Page(records, "next", at, **page), Usage(), now, now)


def shown(store: Store, name: str, *, totals: bool = False) -> Samples:
    page = samples(Exposition(store.snapshot(), ["desk"], totals=totals).body())
    return {key: value for key, value in page.items() if key[0].startswith(name)}


def by(store: Store, name: str, label: str, *, totals: bool = False) -> dict[str, float]:
    found: dict[str, float] = {}
    for (_, labels), value in shown(store, name, totals=totals).items():
        key = dict(labels)[label]
        found[key] = found.get(key, 0) + value
    return found


def test_gauges_follow_a_source_that_comes_to_tell_more(store: Store) -> None:
    """A stream or a field is switched on after the first import."""
    silent = {Fact.AWAITING_REPLY, Fact.NEXT_RESPONSE, Fact.LANGUAGE}
    less = replace(PLAIN, measures=Measures({f: Told() for f in Fact if f not in silent}))
    store.prepare([less])
    commit(store, less, NINE + HOUR, *(ticket(n) for n in range(10)))
    store.prepare([PLAIN])
    assert by(store, "support_tickets_awaiting_reply", "team") == {"Billing": 10}
    commit(store, PLAIN, NINE + 4 * HOUR, *(answered(n, language="de") for n in range(6)))
    assert by(store, "support_tickets_awaiting_reply", "team") == {"Billing": 4}
    assert by(store, "support_tickets_open_by_language", "language") == {"de": 6, "none": 4}
    store.prepare([less])
    assert shown(store, "support_tickets_open_by_language") == {}, "absent, not what it was"
    assert shown(store, "support_tickets_awaiting_reply") == {}


def test_gauges_of_a_definition_that_is_gone_are_gone(store: Store) -> None:
    decided = replace(
        PROMISED, schedule=ALWAYS, categories=(Category("money", frozenset({"invoice"})),)
    )
    full = replace(PLAIN, definition=decided)
    store.prepare([full])
    commit(store, full, NINE + 4 * HOUR, answered(1), ticket(2))
    gauges = (
        "support_first_response_business_quantile_seconds",
        "support_sla_open",
        "support_tickets_open_by_category",
    )
    assert all(shown(store, name) for name in gauges)
    store.prepare([PLAIN])
    assert not any(shown(store, name) for name in gauges)
    assert shown(store, "support_first_response_quantile_seconds")


def test_counting_anew_during_the_hold_of_a_birth_is_no_spike(store: Store) -> None:
    named = replace(PLAIN, teams=("Billing",))
    store.prepare([named])
    commit(store, named, NINE + 5 * HOUR, *(answered(n) for n in range(50)))
    promising = replace(named, definition=PROMISED)
    store.prepare([promising])
    assert sum(by(store, OUTCOMES, "outcome").values()) == 0
    store.recompute(promising)
    held = Exposition(store.snapshot(), ["desk"]).held
    store.release(promising, [(metric, labels) for _, metric, labels in held])
    assert sum(by(store, OUTCOMES, "outcome").values()) == 0, "it was 0 for all to see"
    late = ticket(99, first_response_at=NINE + 9 * HOUR, changed_at=NINE + 9 * HOUR)
    commit(store, promising, NINE + 9 * HOUR, late)
    assert by(store, OUTCOMES, "outcome")["breached"] == 1


def test_a_team_that_joins_other_when_counted_anew_does_not_make_it_jump(store: Store) -> None:
    def of(*teams: str) -> Definition:
        (promise,) = PROMISED.promises
        return replace(PROMISED, promises=(replace(promise, teams=frozenset(teams)),))

    few = replace(PLAIN, max_teams=1, definition=of("Small"))
    store.prepare([few])
    many = [answered(f"big{n}", team="Big") for n in range(9)]
    small = [answered(f"small{n}", team="Small") for n in range(3)]
    commit(store, few, NINE + 5 * HOUR, *many, *small, *(ticket(n) for n in range(5)))
    assert by(store, OUTCOMES, "team") == {"other": 3}
    all_of_them = replace(few, definition=PROMISED)
    store.prepare([all_of_them])
    store.recompute(all_of_them)
    assert by(store, OUTCOMES, "team")["other"] == 3


def test_counting_anew_waits_until_facts_are_counted_by_this_definition(store: Store) -> None:
    store.prepare([PLAIN])
    commit(store, PLAIN, NINE + HOUR, ticket(1))
    with pytest.raises(StoreError, match="Restart `deskpulse run` with this configuration"):
        store.recompute(replace(PLAIN, definition=PROMISED))


def test_a_definition_that_came_back_is_not_told_as_the_only_one(store: Store) -> None:
    promising = replace(PLAIN, definition=PROMISED)
    for source in (PLAIN, promising, PLAIN):
        store.prepare([source])
        commit(store, source, NINE + HOUR, ticket(1))
    state = store.states()["desk"]
    assert state.definition == PLAIN.fingerprint
    assert state.counted == promising.fingerprint, "some facts were counted by it"


def test_before_the_first_import_is_complete_nothing_is_offset(store: Store) -> None:
    open_always = replace(PLAIN, definition=Definition(schedule=ALWAYS))
    store.prepare([PLAIN])
    store.commit(PLAIN, Page((answered(1),), "next"), Usage(), 0, 0)
    store.prepare([open_always])
    store.recompute(open_always)
    commit(store, open_always, NINE + 5 * HOUR)
    (total,) = shown(store, "support_first_response_business_seconds_sum").values()
    assert total == 3 * 3600


def test_the_first_reading_of_a_stream_is_no_spike(store: Store) -> None:
    """Its series begin at their totals, and alerts on rates are told that much comes at once."""
    store.prepare([PLAIN])
    commit(store, PLAIN, NINE + 5 * HOUR, *(answered(n) for n in range(20)))
    talks = [
        Supplement(str(n), (Exchange(1, NINE + 4 * HOUR, NINE + 5 * HOUR),)) for n in range(20)
    ]
    commit(store, PLAIN, NINE + 5 * HOUR + timedelta(minutes=1), *talks, catching_up=True)
    counts = shown(store, "support_next_response_seconds_count")
    assert sum(counts.values()) == 20
    assert store.states()["desk"].catching_up
    commit(store, PLAIN, NINE + 6 * HOUR)
    commit(store, PLAIN, NINE + 7 * HOUR)


def test_a_restored_store_is_known_by_its_pages_and_not_by_its_failures(store: Store) -> None:
    store.prepare([PLAIN])
    commit(store, PLAIN, NINE + HOUR, ticket(1))
    before = store.pages()
    store.fail(PLAIN, "server", "it is down", Usage(), 0, 0)
    assert store.pages() == before == {"desk": 1}
    assert store.versions()["desk"] > 1
