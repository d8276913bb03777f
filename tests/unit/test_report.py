"""A report: every number out of the facts of its period, counted here by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median_low

import pandas as pd
import pytest

from connectors import Fact
from connectors.testing.seeded import SeededDesk
from connectors.testing.states import state
from exporter.cli.report import _parquet
from exporter.cli.wiring import Unusable
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.knowledge import milliseconds
from exporter.reporting.books import Books, Unanswerable, opened
from exporter.reporting.frames import was_open
from exporter.reporting.measures import MEASURES, Unit
from exporter.reporting.page import page
from exporter.reporting.period import Period, period
from exporter.reporting.report import ALL, BACKLOG, TOO_FEW, Line, Report, report
from exporter.reporting.words import change_text, judged, value_text
from tests.pipeline import Pipeline, pipeline

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
HOUR = 3_600_000
DEFINITION = Definition(
    promises=(Promise(Target.FIRST_RESPONSE, ClockName.CALENDAR, 2 * HOUR),),
)
WEEK = Period(milliseconds(PRESENT - timedelta(days=7)), milliseconds(PRESENT))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("report")
    desk = SeededDesk(6, present=PRESENT, rate=4, weeks=4)
    with pipeline("zendesk", desk, folder, definition=DEFINITION) as source:
        for days in (14, 7, 3, 0):
            source.poll(PRESENT - timedelta(days=days))
        yield source


@pytest.fixture(scope="module")
def books(made: Pipeline) -> Iterator[Books]:
    with opened(made.store, made.poller.source) as found:
        yield found


@pytest.fixture(scope="module")
def whole(books: Books) -> Report:
    return report([books], WEEK, "team")


def line(whole: Report, measure: str, group: str = ALL) -> Line:
    (found,) = [one for one in whole.of(group) if one.measure == measure]
    return found


def values(books: Books, kind: Fact, period: Period) -> list[int]:
    removed = books.removed()
    return [
        one.value or 0
        for one in books.observations((kind,))
        if period.holds(one.at) and one.subject not in removed
    ]


@pytest.mark.parametrize("kind", [Fact.CREATED, Fact.SOLVED, Fact.REOPENED])
def test_counts_are_of_the_period_and_of_the_one_before(
    kind: Fact, whole: Report, books: Books
) -> None:
    found = line(whole, kind.value)
    assert found.value == len(values(books, kind, WEEK)) > 0
    assert found.before == len(values(books, kind, WEEK.before)) > 0
    assert found.change == pytest.approx(100 * (found.value - found.before) / found.before)


def test_quantiles_are_durations_that_really_were(whole: Report, books: Books) -> None:
    seconds = sorted(v / 1000 for v in values(books, Fact.FIRST_RESPONSE, WEEK))
    assert line(whole, "first_response_median").value == median_low(seconds)
    p90 = line(whole, "first_response_p90").value
    assert p90 in seconds
    assert sum(v <= p90 for v in seconds) >= 0.9 * len(seconds)
    assert sum(v < p90 for v in seconds) < 0.9 * len(seconds)


def test_shares_have_their_n(whole: Report, books: Books) -> None:
    replies = values(books, Fact.REPLIES, WEEK)
    found = line(whole, "one_touch")
    assert (found.n, found.value) == (len(replies), replies.count(1) / len(replies))
    met = line(whole, "sla_first_response")
    assert met.n > 50
    assert 0 < (met.value or 0) < 1


def test_of_changed_ratings_the_latest_counts(whole: Report, books: Books) -> None:
    removed = books.removed()
    latest: dict[str, tuple[int, str]] = {}
    for one in books.observations((Fact.SATISFACTION,)):
        if WEEK.holds(one.at) and one.subject not in removed:
            latest[one.subject] = max((one.at, one.marks[0]), latest.get(one.subject, (0, "")))
    found = line(whole, "csat")
    assert found.n == len(latest)
    good = sum(word == "good" for _, word in latest.values())
    assert found.value == good / len(latest)


@pytest.mark.parametrize("days", [0, 3, 7, 14])
def test_the_backlog_of_a_past_day_is_what_it_was(days: int, made: Pipeline, books: Books) -> None:
    at = PRESENT - timedelta(days=days)
    end = milliseconds(at) + 1
    now = {one.id: state(one, PRESENT) for one in made.desk.stories(PRESENT)}
    truth = sum(state(one, at).open and not now[one.id].removed for one in made.desk.stories(at))
    found = line(report([books], Period(end - 1000, end), None), BACKLOG)
    assert found.value == truth > 10


def test_groups_come_to_the_whole(whole: Report) -> None:
    for measure in ("created", "solved", BACKLOG):
        parts = [line(whole, measure, group).value or 0 for group in whole.groups]
        assert sum(parts) == line(whole, measure).value


def test_what_is_removed_is_left_out(whole: Report, books: Books) -> None:
    removed = books.removed()
    assert removed
    assert not removed & set(whole.facts["ticket"])
    assert not removed & set(whole.tickets["ticket"])


def test_few_are_told_to_be_few(books: Books) -> None:
    short = Period(milliseconds(PRESENT - timedelta(hours=1)), milliseconds(PRESENT))
    found = line(report([books], short, None), "created")
    assert found.note == TOO_FEW
    assert judged(replace(found, change=500.0, better=1)) == "same"


def test_what_a_vendor_does_not_tell_has_no_line(tmp_path: Path) -> None:
    desk = SeededDesk(6, present=PRESENT, rate=2, weeks=2)
    with pipeline("servicenow", desk, tmp_path) as source:
        source.poll(PRESENT)
        with opened(source.store, source.poller.source) as books:
            found = report([books], WEEK, None)
            told = {one.measure for one in found.lines}
            assert "<h1>" in page(found)
    assert {"created", "solved", BACKLOG, "resolution_median"} <= told
    assert not told & {"first_response_median", "csat", "nps", "one_touch"}


def test_names_of_measures_are_unique() -> None:
    names = [one.name for one in MEASURES]
    assert len(set(names)) == len(names)


def test_a_table_has_a_row_for_each_line(whole: Report) -> None:
    frame = whole.frame()
    assert len(frame) == len(whole.lines)
    assert frame["value"].dtype == "float64"
    assert frame.loc[(frame["group"] == ALL) & (frame["measure"] == "created"), "value"].item() == (
        line(whole, "created").value
    )


def test_a_page_needs_nothing_and_escapes_everything(whole: Report) -> None:
    bad = '<script>alert("&")</script>'
    lines = tuple(
        replace(one, group=bad if one.group == whole.groups[0] else one.group)
        for one in whole.lines
    )
    text = page(replace(whole, sources=(bad,), lines=lines))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "://" not in text
    assert "$" not in text
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("created", "steps", "at", "is_open"),
    [
        (10, [], 9, False),
        (10, [], 10, True),
        (10, [(20, False)], 19, True),
        (10, [(20, False)], 20, False),
        (10, [(20, False), (30, True)], 30, True),
        (10, [(20, False), (30, True), (40, False)], 50, False),
    ],
)
def test_a_ticket_was_open_between_its_steps(
    created: int, steps: list[tuple[int, bool]], at: int, is_open: bool
) -> None:
    assert was_open(created, steps, at) is is_open


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.8015, Unit.SHARE, "80.2 %"),
        (-12.0, Unit.SCORE, "−12"),
        (1234.0, Unit.COUNT, "1,234"),
        (5400.0, Unit.SECONDS, "90 min"),
        (None, Unit.SHARE, "–"),
    ],
)
def test_values_are_worded(value: float | None, unit: Unit, words: str) -> None:
    assert value_text(value, unit) == words


def test_changes_are_worded_and_judged(whole: Report) -> None:
    one = replace(line(whole, "resolution_median"), note="", change=-12.4)
    assert (change_text(one), judged(one)) == ("−12 %", "good")
    one = replace(one, change=0.2)
    assert (change_text(one), judged(one)) == ("±0 %", "same")
    share = replace(one, unit=Unit.SHARE, better=1, change=-2.04)
    assert (change_text(share), judged(share)) == ("−2.0 pts", "bad")
    assert change_text(replace(one, change=None)) == "–"


def test_parquet_without_pyarrow_is_a_verdict(
    whole: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Unusable, match="pip install pyarrow"):
        _parquet(whole)


def test_pandas_is_loaded_only_when_a_report_is_made() -> None:
    code = "import sys, exporter.cli.main; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert pd.__name__ == "pandas"


NOW = milliseconds(PRESENT)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("99999w", None),
        ("0001-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1969-12-31", None),
        ("1970-01-01T00:00:00+14:00", None),
        ("2026-01-01", "9999-12-31T23:59:59-10:00"),
        ("2026-01-01", "2300-01-01"),
    ],
)
def test_a_time_outside_the_years_we_reckon_with_is_refused(since: str, until: str | None) -> None:
    with pytest.raises(Unanswerable, match="outside the years 1970 to 2299"):
        period(since, until, NOW)


def test_the_period_before_has_to_lie_within_them_too() -> None:
    with pytest.raises(Unanswerable, match=r"compared with.*give a later --since"):
        period("1970-01-02", None, NOW)
    widest = period("1998-03-02", None, NOW)
    assert str(widest.before).startswith("197")
    assert str(period("2299-12-30", "2299-12-31", NOW)).endswith("2299-12-31 00:00")
