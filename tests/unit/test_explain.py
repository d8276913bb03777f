"""`explain`: the tickets that it names are the number, for every metric of the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors import Fact
from connectors import measures as facts
from connectors.testing.seeded import SeededDesk
from exporter.catalog import CATALOG
from exporter.clocks import Schedule
from exporter.definition import Category, ClockName, Definition, Promise, Target
from exporter.metric import Metric, Type
from exporter.reporting import explanation
from exporter.reporting.audit import mistakes
from exporter.reporting.books import Books, Unanswerable, opened
from exporter.reporting.entry import Entry
from exporter.reporting.explanation import (
    OLDEST,
    POINTING,
    entries,
    metric_named,
    ranked,
    sums,
)
from exporter.reporting.period import Period, instant, period
from tests.pipeline import Pipeline, pipeline, samples

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
HOUR = 3_600_000
WEEK = (((8 * 60, 18 * 60),),) * 5 + ((), ())
DEFINITION = Definition(
    schedule=Schedule("office", "Europe/Berlin", WEEK),
    promises=(
        Promise(Target.FIRST_RESPONSE, ClockName.BUSINESS, 2 * HOUR),
        Promise(Target.NEXT_RESPONSE, ClockName.CALENDAR, 4 * HOUR),
        Promise(Target.RESOLUTION, ClockName.CALENDAR, 72 * HOUR),
    ),
    categories=(Category("orders", frozenset({"order", "delivery", "refund"})),),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A desk of which every fact is told, with one team beyond the cap."""
    folder = tmp_path_factory.mktemp("explain")
    made = SeededDesk(3, present=PRESENT, rate=3, weeks=4, ancient=10)
    with pipeline("zendesk", made, folder, definition=DEFINITION, max_teams=2) as source:
        for day in (10, 27, 27.9):
            source.poll(made.begins + (PRESENT - made.begins) * day / 28)
        yield source


@pytest.fixture
def books(desk: Pipeline) -> Iterator[Books]:
    with opened(desk.store, desk.poller.source) as found:
        yield found


def published(desk: Pipeline, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a name by their label values without the source, in the catalog's order."""
    metric = metric_named(name)
    return {
        tuple(dict(labels)[label] for label in metric.labels): value
        for (sample, labels), value in samples(desk.body()).items()
        if sample == name
    }


OF_CUSTOMERS = [m for m in CATALOG.values() if m.fact in facts.OF_CUSTOMERS]
EXPLAINED = [m for m in CATALOG.values() if explanation.has_entries(m) and m not in OF_CUSTOMERS]


@pytest.mark.parametrize("metric", EXPLAINED, ids=lambda m: m.name)
def test_the_tickets_come_to_the_number(metric: Metric, desk: Pipeline, books: Books) -> None:
    found = list(entries(books, metric))
    summed = sums(books, metric, found)
    if metric.name in OLDEST:
        told = published(desk, metric.name)
        assert {books.shown_labels(metric, e.labels): e.at / 1000 for e in found} == told
        return
    if metric.name in POINTING:
        told = published(desk, metric.name)
        assert len(found) == 6
        assert {e.labels: (e.value or 0) / 1000 for e in found} == told
        return
    if metric.type is Type.HISTOGRAM:
        counts = published(desk, f"{metric.name}_count")
        totals = published(desk, f"{metric.name}_sum")
        assert {k: v for k, v in totals.items() if v} == {
            k: s.total / metric.scale for k, s in summed.items() if s.total
        }
    else:
        counts = published(desk, metric.sample_name)
    assert {k: v for k, v in counts.items() if v} == {k: s.count for k, s in summed.items()}
    if metric.name != "deskpulse_source_transitions_unseen":
        assert found, f"nothing tests {metric.name}"


def test_every_business_metric_can_be_explained() -> None:
    """Except what the operator says, what is thought of arrivals, and tickets of other sources."""
    unexplained = {m.name for m in CATALOG.values() if not explanation.has_entries(m)}
    assert {name for name in unexplained if name.startswith("support_")} == {
        "support_acquisition_cost",
        "support_gross_margin_ratio",
        "support_exchange_rate",
        "support_tickets_joined",
        *(f"support_arrivals_{word}" for word in ("expected", "lower", "upper")),
        *(f"support_arrivals_{word}" for word in ("score", "judged")),
    }


@pytest.mark.parametrize("ending", ["", "_count", "_sum", "_bucket"])
def test_a_metric_is_known_by_the_names_of_its_samples(ending: str) -> None:
    name = "support_first_response_seconds"
    assert metric_named(name + ending).name == name
    assert metric_named("support_tickets_solved_total").name == "support_tickets_solved"


def test_an_unknown_metric_is_told_what_was_meant() -> None:
    with pytest.raises(Unanswerable, match="did you mean 'support_first_response_seconds'"):
        metric_named("support_first_respons_seconds")


def test_a_metric_without_tickets_says_so(books: Books) -> None:
    with pytest.raises(Unanswerable, match="counts no tickets"):
        entries(books, CATALOG["deskpulse_source_requests"])


def test_the_slowest_come_first_and_of_a_gauge_the_oldest(books: Books) -> None:
    slow = ranked(metric := metric_named("support_resolution_seconds"), entries(books, metric))
    assert [one.value for one in slow] == sorted((one.value or 0 for one in slow), reverse=True)
    waiting = ranked(metric := metric_named("support_tickets_open"), entries(books, metric))
    assert [one.at for one in waiting] == sorted(one.at for one in waiting)


def test_other_means_the_teams_beyond_the_cap(books: Books) -> None:
    folded = books.teams("other")
    assert len(folded) == 1
    (team,) = folded
    assert books.teams(team) == folded
    metric = metric_named("support_tickets_open")
    mine = [one for one in entries(books, metric) if one.team == team]
    shown = sums(books, metric, mine)
    assert {labels[metric.labels.index("team")] for labels in shown} == {"other"}


def test_an_unknown_team_is_told_what_was_meant(books: Books) -> None:
    team = min(books.shown["team"])
    with pytest.raises(Unanswerable, match=f"did you mean '{team}'"):
        books.teams(f"{team}x")


def test_the_books_are_right_until_somebody_writes_into_them(desk: Pipeline, books: Books) -> None:
    assert list(mistakes(books)) == []
    connection = books._connection  # the reading is rolled back below
    connection.exec_driver_sql(
        "UPDATE series SET value = value + 1 WHERE metric = 'support_tickets_created' "
        "AND labels = '[\"email\"]'"
    )
    (mistake,) = mistakes(books)
    assert (mistake.metric.name, mistake.labels) == ("support_tickets_created", ("email",))
    assert mistake.stored.count == mistake.counted.count + 1
    connection.rollback()


def test_what_a_vendor_does_not_tell_has_a_reason(desk: Pipeline) -> None:
    source = replace(desk.poller.source, definition=Definition())
    with (
        opened(desk.store, source) as books,
        pytest.raises(Unanswerable, match="names no business hours"),
    ):
        entries(books, metric_named("support_resolution_business_seconds"))


def test_a_source_without_an_import_has_no_numbers(desk: Pipeline) -> None:
    source = replace(desk.poller.source, name="later")
    with pytest.raises(Unanswerable, match="no complete import"), opened(desk.store, source):
        pass


def test_entries_hold_what_their_observation_holds(books: Books) -> None:
    metric = metric_named("support_first_response_seconds")
    by_ticket = {one.ticket: one for one in entries(books, metric)}
    assert None not in by_ticket
    some = next(iter(books.observations((Fact.FIRST_RESPONSE,))))
    assert isinstance(by_ticket[some.subject], Entry)
    assert by_ticket[some.subject].value == some.value
    assert by_ticket[some.subject].at == some.at


DAY = 86_400_000


@pytest.mark.parametrize(
    ("text", "at"),
    [("7d", 93 * DAY), ("36h", 100 * DAY - 36 * HOUR), ("2w", 86 * DAY), ("1970-01-02", DAY)],
)
def test_times_are_read_as_people_write_them(text: str, at: int) -> None:
    assert instant(text, 100 * DAY) == at


@pytest.mark.parametrize("text", ["", "7", "d", "-3d", "yesterday", "0d"])
def test_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Unanswerable, match="write a span such as 7d"):
        instant(text, 0)


def test_a_period_has_one_of_the_same_length_before_it() -> None:
    found = period("1970-01-08", "1970-01-15", 0)
    assert found.before == Period(0, 7 * DAY)
    with pytest.raises(Unanswerable, match="is empty"):
        period("1970-01-08", "1970-01-08", 0)
