"""Customers by month: what the report says is what pandas makes of the same table."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from connectors import Fact, Measures, Money, Page, Subscription, Terms, Told, Usage, Withdrawn
from connectors.customers import OfCustomer
from exporter.cli.wiring import opened_store, pollers, read_config
from exporter.cli.wiring import source as known
from exporter.clocks import Schedule
from exporter.definition import Definition
from exporter.knowledge import milliseconds
from exporter.reporting.books import Books, Unanswerable, opened
from exporter.reporting.customers import TOO_FEW, TOO_FEW_LEFT, Customers, customers
from exporter.reporting.customerspage import page
from exporter.reporting.measures import FEW
from exporter.reporting.months import Month, months
from exporter.reporting.period import Period
from exporter.source import Source
from exporter.store import Store
from tests import ledgers
from tests.unit.test_churn import SOURCE, day, paid


def instant(year: int, month: int, day: int = 1, hour: int = 0) -> int:
    return milliseconds(datetime(year, month, day, hour, tzinfo=UTC))


YEAR = Period(instant(2025, 1, 1), instant(2026, 2, 25))


def synced(folder: Path) -> Customers:
    """The report of a configuration whose source was read once."""
    config = read_config(folder / "deskpulse.yaml")
    with opened_store(config) as store, pollers(config, store) as (poller,):
        outcome = poller.poll()
        assert (outcome.error, outcome.rejected) == (None, 0)
        with opened(store, known(config.sources[0])) as books:
            return customers([books], YEAR)


def told(found: Customers) -> pd.DataFrame:
    """The numbers as pandas has them: a row for a month, a column for a currency's measure."""
    frame = found.frame()
    return frame.pivot_table("value", "month", ["currency", "measure"], dropna=False)


def compared(folder: Path, count: int) -> Customers:
    """The report of so many made-up subscriptions, which is what pandas says."""
    path = ledgers.written(folder, count)
    found, expected = synced(folder), ledgers.by_month(path)
    seen = told(found)
    moved = expected.drop(columns="mrr_moved", level=1)
    pd.testing.assert_frame_equal(
        seen[moved.columns], moved, check_names=False, check_freq=False, rtol=0, atol=1e-6
    )
    for currency in found.currencies[1:]:
        ends = expected[currency, "mrr_moved"].cumsum()
        assert (seen[currency, "mrr_end"] - ends).abs().max() < 1e-6
        start = ends.shift(fill_value=0.0)
        assert (seen[currency, "mrr_start"] - start).abs().max() < 1e-6
        lost = moved[currency, "mrr_churn"] + moved[currency, "mrr_contraction"]
        back = moved[currency, "mrr_expansion"] + moved[currency, "mrr_reactivation"]
        for measure, shares in {
            "gross_churn": lost / start,
            "net_churn": (lost - back) / start,
            "grr": 1 - lost / start,
            "nrr": 1 - (lost - back) / start,
        }.items():
            is_told = seen[currency, measure].notna()
            assert is_told.sum() > 8
            assert (seen[currency, measure] - shares)[is_told].abs().max() < 1e-9
    return found


def test_a_few_thousand_subscriptions_give_what_pandas_gives(tmp_path: Path) -> None:
    found = compared(tmp_path, 3000)
    seen = told(found)
    started, back, left = (seen["", name] for name in ("started", "reactivated", "churned"))
    assert (seen["", "customers_end"] == (started + back - left).cumsum()).all()
    rate = left / seen["", "customers_start"]
    assert (seen["", "logo_churn"] - rate).dropna().abs().max() < 1e-12
    assert min(started.sum(), back.sum(), left.sum()) > 50


@pytest.mark.slow
def test_a_hundred_thousand_subscriptions_give_what_pandas_gives(tmp_path: Path) -> None:
    compared(tmp_path, 100_000)


# --- by hand -------------------------------------------------------------------------------------


@contextmanager
def books(folder: Path, *records: OfCustomer, source: Source = SOURCE) -> Iterator[Books]:
    """The books of a source that told these records in one poll up to the hundredth day."""
    with closing(Store.open(f"sqlite:///{folder}/books.db")) as store:
        store.prepare([source])
        commit(store, source, *records)
        with opened(store, source) as found:
            yield found


def commit(store: Store, source: Source, *records: OfCustomer, to: float = 100) -> None:
    now = milliseconds(day(to))
    store.commit(source, Page(records, "cursor", day(to)), Usage(), started=now, now=now)


def quarter() -> Period:
    return Period(instant(2026, 1, 1), instant(2026, 3, 20))


def values(found: Customers, measure: str, currency: str = "") -> list[float | None]:
    return [one.value for one in found.cells if (one.measure, one.currency) == (measure, currency)]


def test_arpa_is_by_those_who_pay_in_the_currency(tmp_path: Path) -> None:
    many = [paid(f"s{n}", f"c{n}", 1, 70 if n < 5 else None) for n in range(FEW + 5)]
    with books(tmp_path, *many) as told_of:
        found = customers([told_of], quarter())
    assert values(found, "arpa", "EUR") == [10.0, 10.0, 10.0]
    assert values(found, "mrr_end", "EUR") == [250.0, 250.0, 200.0]
    assert values(found, "logo_churn")[1:] == [0.0, 5 / 25]
    assert values(found, "grr", "EUR")[2] == 0.8


def test_a_share_of_few_is_left_blank_and_says_why(tmp_path: Path) -> None:
    few = [paid(f"s{n}", f"c{n}", 1, 40 if n == 0 else None) for n in range(FEW - 1)]
    with books(tmp_path, *few) as told_of:
        found = customers([told_of], quarter())
    assert values(found, "churned") == [0, 1, 0]
    shares = [one for one in found.cells if one.unit == "share"]
    assert {(one.value, one.note) for one in shares} == {(None, TOO_FEW)}
    blank = [one for one in found.cells if one.measure == "arpa"]
    assert {(one.value, one.note) for one in blank} == {(None, TOO_FEW_LEFT)}
    assert [one.n for one in shares if one.measure == "logo_churn"] == [0, FEW - 1, FEW - 2]


def test_a_subscription_that_was_withdrawn_is_left_out(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path}/books.db")) as store:
        store.prepare([SOURCE])
        commit(store, SOURCE, paid("s1", "c1", 5), paid("s2", "c1", 40), paid("s3", "c2", 5))
        commit(store, SOURCE, Withdrawn("s3", day(50)), Withdrawn("s2", day(50)), to=101)
        with opened(store, SOURCE) as told_of:
            found = customers([told_of], quarter())
    assert values(found, "started") == [1, 0, 0]
    assert values(found, "customers_end") == [1, 1, 1]
    assert values(found, "mrr_end", "EUR") == [10.0, 10.0, 10.0]
    assert values(found, "mrr_expansion", "EUR") == [0, 0, 0]


def test_currencies_are_never_added(tmp_path: Path) -> None:
    yen = Subscription("s2", "c1", day(3), day(3), terms=(Terms(Money(Decimal(900), "JPY")),))
    with books(tmp_path, paid("s1", "c1", 2), yen) as told_of:
        found = customers([told_of], quarter())
    assert found.currencies == ("", "EUR", "JPY")
    assert values(found, "mrr_new", "EUR")[0] == values(found, "mrr_end", "EUR")[0] == 10
    assert values(found, "mrr_expansion", "JPY")[0] == values(found, "mrr_end", "JPY")[0] == 900
    assert values(found, "customers_end") == [1, 1, 1]


def test_nobody_who_tells_no_customers_is_asked(tmp_path: Path) -> None:
    helpdesk = Source("desk", "desk", Measures({Fact.CREATED: Told()}))
    asked = books(tmp_path, source=helpdesk)
    with asked as told_of, pytest.raises(Unanswerable, match="No source tells customers"):
        customers([told_of], quarter())


# --- months --------------------------------------------------------------------------------------


def test_months_begin_at_midnight_in_the_zone() -> None:
    found = months(Period(instant(2026, 2, 14), instant(2026, 4, 10)), "Europe/Berlin")
    assert found == [
        Month("2026-02", instant(2026, 1, 31, 23), instant(2026, 2, 28, 23)),
        Month("2026-03", instant(2026, 2, 28, 23), instant(2026, 3, 31, 22)),
        Month("2026-04", instant(2026, 3, 31, 22), instant(2026, 4, 10), whole=False),
    ]


def test_a_period_that_ends_with_a_month_has_no_further_one() -> None:
    found = months(Period(instant(2025, 12, 31), instant(2026, 2, 1)), "UTC")
    assert [(one.name, one.whole) for one in found] == [("2025-12", True), ("2026-01", True)]


def test_the_zone_is_that_of_the_schedule(tmp_path: Path) -> None:
    schedule = Schedule("office", "Asia/Tokyo", ((),) * 7)
    there = replace(SOURCE, definition=Definition(schedule=schedule))
    evening = paid("s1", "c1", 30 + 20 / 24)  # 31 January 20:00 UTC is February in Tokyo
    with books(tmp_path, evening, source=there) as told_of:
        found = customers([told_of], quarter())
    assert found.zone == "Asia/Tokyo"
    assert values(found, "started") == [0, 1, 0]


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ledgers")
    ledgers.written(made, 400)
    synced(made)
    return made


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    program = str(Path(sys.executable).with_name("deskpulse"))
    command = [program, "report", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


def test_the_command_prints_a_table_for_people(folder: Path) -> None:
    done = run(folder, "--customers", "--by", "month", "--since", "2025-11-10")
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "crm: customers by month, which begin in UTC" in text
    for words in ("2025-11", "2026-02 (so far)", "Logo churn", "Net MRR churn", "ARPA", "JPY"):
        assert words in text
    assert "2025-10" not in text


def test_the_command_gives_the_same_as_csv_and_parquet(folder: Path, tmp_path: Path) -> None:
    plain = pd.read_csv(io.BytesIO(run(folder, "--customers", "--format", "csv").stdout))
    target = tmp_path / "months.parquet"
    run(folder, "--customers", "--format", "parquet", "--output", str(target))
    packed = pd.read_parquet(target)
    assert list(plain.columns) == list(packed.columns)
    assert plain["value"].sum() == pytest.approx(packed["value"].sum())
    assert {"nrr", "grr", "arpa", "logo_churn", "mrr_lost"} <= set(plain["measure"])


def test_the_page_needs_nothing_but_itself(folder: Path) -> None:
    body = run(folder, "--customers", "--format", "html").stdout.decode()
    assert body.startswith("<!doctype html>")
    assert "Customers by month: crm" in body
    assert "http" not in body.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "<script" not in body


def test_the_page_shows_every_number(tmp_path: Path) -> None:
    many = [paid(f"s{n}", f"c{n}", 1) for n in range(FEW)]
    with books(tmp_path, *many) as told_of:
        found = customers([told_of], quarter())
    body = page(found)
    assert body.count("<td") == len(found.cells)
    assert "2026-03 (so far)" in body


@pytest.mark.parametrize(
    "options", [("--by", "month"), ("--customers", "--by", "team"), ("--customers", "--by", "x")]
)
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], folder: Path) -> None:
    done = run(folder, *options)
    assert done.returncode == 2
    assert b"month" in done.stderr
