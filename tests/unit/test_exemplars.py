"""The ticket behind a bucket: which one is named, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.samples import Sample

from connectors import Fact, Page, Usage
from exporter.backlog import Cell
from exporter.clocks import Schedule
from exporter.definition import Definition
from exporter.knowledge import Observation
from exporter.metric import DURATION_BUCKETS
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Series, Snapshot, Store
from exporter.tally import Amount, Exemplar, Tally
from tests.unit.test_exposition import SHOWN, exposition, state
from tests.unit.test_observe import EVERYTHING, NEW, SOLVED, minutes, ms

METRIC = "support_resolution_seconds"
ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
SOURCE = Source("desk", "zendesk", EVERYTHING, definition=Definition(schedule=ALWAYS))
BOUNDS = (*(bound * 1000 for bound in DURATION_BUCKETS), inf)
PRESENT = 1_000_000


class Shown(NamedTuple):
    """An exemplar on a page, with the bucket that it stands at."""

    team: str
    above: float
    le: float
    ticket: str
    value: float
    at: float


def shown(page: Exposition, metric: str = METRIC) -> list[Shown]:
    """Every exemplar of a metric as the official parser reads it."""
    text = page.body(openmetrics=True).decode()
    families = openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    samples = [sample for family in families for sample in family.samples]
    return list(_exemplars(samples, metric))


def _exemplars(samples: Sequence[Sample], metric: str) -> Iterator[Shown]:
    before: dict[str, float] = {}
    for sample in samples:
        if sample.name != f"{metric}_bucket":
            assert sample.exemplar is None or sample.name.endswith("_bucket")
            continue
        team, le = sample.labels["team"], float(sample.labels["le"])
        if sample.exemplar is not None:
            (ticket,) = sample.exemplar.labels.values()
            assert set(sample.exemplar.labels) == {"ticket"}
            at = sample.exemplar.timestamp
            assert at is not None
            above = before.get(team, -inf)
            yield Shown(team, above, le, ticket, sample.exemplar.value, float(at))
        before[team] = -inf if le == inf else le


def amount(*exemplars: Exemplar) -> Amount:
    """A histogram of these observations alone."""
    tally = Tally(SOURCE)
    for one in exemplars:
        tally.observe(resolution(*one))
    return tally.amounts[METRIC, ("Billing", "high")]


def resolution(at: int, ticket: str, value: int, team: str = "Billing") -> Observation:
    labels = (team, "high", "email", "none", "none")
    return Observation(ticket, Fact.SOLVED, at, at, value, value // 2, (), team, *labels)


def series(team: str, *exemplars: Exemplar, held: bool = False) -> Series:
    return Series("desk", METRIC, (team, "high"), amount(*exemplars), Amount(), held)


# --- which ticket is named ------------------------------------------------------------------------

observations = st.lists(
    st.builds(
        resolution,
        st.one_of(st.integers(0, 2 * PRESENT), st.integers(PRESENT - 1, PRESENT + 1)),
        st.sampled_from(("7", "8", "70", "ticket")),
        st.one_of(st.integers(0, 40 * 86_400_000), st.sampled_from([int(b) for b in BOUNDS[:-1]])),
        st.sampled_from(("Billing", "Orders")),
    ),
    max_size=12,
)


@given(observations, st.none() | st.just(PRESENT), st.data())
def test_a_bucket_names_the_last_observation_in_it_that_is_not_of_the_future(
    found: list[Observation], present: int | None, data: st.DataObject
) -> None:
    """Over any number of pages, whatever their order."""
    tally = Tally(SOURCE, present=present)
    for one in found:
        tally.observe(one)
    parts: dict[Cell, Amount] = {}
    shuffled = data.draw(st.permutations(found))
    cut = data.draw(st.integers(0, len(found)))
    for page in (shuffled[:cut], shuffled[cut:]):
        some = Tally(SOURCE, present=present)
        for one in page:
            some.observe(one)
        for cell, addition in some.amounts.items():
            parts.setdefault(cell, Amount(0, [0] * len(BOUNDS))).add(addition)
    for team in ("Billing", "Orders"):
        for metric, clock in ((METRIC, 1), ("support_resolution_business_seconds", 2)):
            expected: dict[int, Exemplar] = {}
            for one in found:
                if one.team == team and (present is None or one.at <= present):
                    value = (one.value or 0) // clock
                    slot = next(n for n, bound in enumerate(BOUNDS) if value <= bound)
                    told = (one.at, one.subject, value)
                    expected[slot] = max(expected.get(slot, told), told)
            for amounts in (tally.amounts, parts):
                cell = metric, (team, "high")
                assert (amounts[cell].exemplars if cell in amounts else {}) == expected


def test_a_page_that_adds_nothing_newer_leaves_the_ticket_that_is_named() -> None:
    before = amount((5000, "7", 1000))
    kept = dict(before.exemplars)
    before.add(amount((4000, "9", 1000)))
    assert before.exemplars == kept


def test_of_one_instant_the_greater_ticket_is_named() -> None:
    """So it does not depend on the order of arrival."""
    assert amount((5, "7", 900), (5, "8", 100)).exemplars == {0: (5, "8", 100)}


def test_adding_changes_no_amount_that_somebody_else_holds() -> None:
    """A snapshot is read by several threads."""
    one, other = amount((5, "7", 1000)), amount((6, "8", 1000))
    total = Amount(one.value, one.buckets, one.exemplars)
    total.add(other)
    assert one.exemplars == {0: (5, "7", 1000)}
    assert one.buckets is not None
    assert one.buckets[0] == 1


# --- where it is shown ----------------------------------------------------------------------------

OLD, NEWER, SLOW = (1_000_000, "7", 30_000), (2_000_500, "8", 59_500), (3_000_000, "9", 90_000)


def test_each_bucket_names_its_ticket_with_value_and_instant_in_seconds() -> None:
    assert shown(exposition(series("Billing", OLD, NEWER, SLOW))) == [
        Shown("Billing", -inf, 60.0, "desk:8", 59.5, 2000.5),
        Shown("Billing", 60.0, 120.0, "desk:9", 90.0, 3000.0),
    ]


# The official parser trips over an escaped quotation mark; the test below looks at the bytes.
ids = st.text(st.characters(codec="utf-8", exclude_characters='"'), max_size=30)
exemplars = st.tuples(st.integers(0, 2**41), ids, st.integers(0, 50 * 86_400_000))


@given(st.lists(exemplars, min_size=1, max_size=12))
def test_whatever_is_observed_the_official_parser_finds_each_inside_its_bucket(
    told: list[Exemplar],
) -> None:
    found = shown(exposition(series("Billing", *told)))
    assert len(found) == len({_slot(value) for _, _, value in told})
    for one in found:
        assert one.above < one.value <= one.le
        assert one.ticket.startswith("desk:")
        assert (round(one.at * 1000), one.ticket[5:], round(one.value * 1000)) in told


def _slot(value: int) -> int:
    return next(n for n, bound in enumerate(BOUNDS) if value <= bound)


def test_an_observation_on_the_bound_is_in_the_bucket_of_that_bound() -> None:
    (one,) = shown(exposition(series("Billing", (5, "7", 60_000))))
    assert (one.le, one.value) == (60.0, 60.0)


def test_the_plain_text_form_names_no_ticket() -> None:
    page = exposition(series("Billing", OLD, SLOW))
    assert b"desk:" in page.body(openmetrics=True)
    assert b"desk:" not in page.body()
    assert b" # {" not in page.body()


@pytest.mark.parametrize(("more", "named"), [(0, 1), (1, 0)])
def test_a_ticket_of_so_long_an_id_is_not_named(more: int, named: int) -> None:
    """A label set of more than 128 characters would make the whole page unreadable."""
    ticket = "ü" * (128 - len("ticketdesk:") + more)
    page = exposition(series("Billing", (5, ticket, 1000), SLOW))
    assert len([one for one in shown(page) if one.le == 60.0]) == named
    assert len([one for one in shown(page) if one.le == 120.0]) == 1, "the others are"


def test_a_quotation_mark_in_an_id_is_escaped() -> None:
    page = exposition(series("Billing", (5, 'a"b\\', 1000))).body(openmetrics=True)
    assert rb' # {ticket="desk:a\"b\\"} 1.0 0.005' in page


@pytest.mark.parametrize("turned", [False, True])
def test_teams_shown_as_other_name_the_last_of_all_their_tickets(turned: bool) -> None:
    teams = [series("Night", NEWER, SLOW), series("Weekend", OLD)]
    page = exposition(*(reversed(teams) if turned else teams))
    assert [(one.team, one.ticket) for one in shown(page)] == [
        ("other", "desk:8"),
        ("other", "desk:9"),
    ]


def test_a_held_series_names_no_ticket_until_it_is_shown() -> None:
    held = series("Billing", OLD, held=True)
    assert shown(exposition(held)) == []
    assert len(shown(exposition(held, totals=True))) == 1
    assert len(shown(exposition(replace(held, held=False)))) == 1


def test_an_unprimed_source_names_no_ticket() -> None:
    snapshot = Snapshot(3, {"desk": state(primed=False)}, [series("Billing", OLD)], SHOWN)
    assert shown(Exposition(snapshot, ["desk"])) == []


# --- through the store ----------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/exemplars.db")
    opened.prepare([SOURCE])
    yield opened
    opened.close()


def commit(store: Store, *tickets: object, now: float, complete_to: float) -> None:
    page = Page(tickets, "end", minutes(complete_to))  # type: ignore[arg-type]
    store.commit(SOURCE, page, Usage(), ms(now), ms(now))


def named(store: Store) -> list[tuple[str, float]]:
    page = Exposition(store.snapshot(), ["desk"], totals=True)
    return [(one.ticket, one.at) for one in shown(page)]


def test_no_ticket_of_the_vendors_future_is_named(store: Store) -> None:
    """By our own clock: Prometheus refuses an exemplar that is later than its scrape."""
    later = replace(SOLVED, id="8", solves=(replace(SOLVED.solves[0], at=minutes(61)),))
    commit(store, SOLVED, later, now=60.5, complete_to=60.5)
    assert named(store) == [("desk:7", ms(60) / 1000)]
    counted = [one for one in store.snapshot().series if one.metric == METRIC]
    assert sum(sum(one.amount.buckets or ()) for one in counted) == 2, "it counts all the same"


def test_the_last_solve_is_named_over_polls_and_restarts(store: Store) -> None:
    commit(store, SOLVED, now=200, complete_to=200)
    newer = replace(SOLVED, id="6", solves=(replace(SOLVED.solves[0], at=minutes(61)),))
    older = replace(SOLVED, id="9", solves=(replace(SOLVED.solves[0], at=minutes(59)),))
    commit(store, newer, older, now=201, complete_to=201)
    again = Store.open(store.database.url)
    assert named(store) == named(again)
    assert ("desk:6", ms(61) / 1000) in named(store)
    again.close()


def test_what_is_not_measured_names_no_ticket(store: Store) -> None:
    commit(store, NEW, now=10, complete_to=10)
    assert named(store) == []
