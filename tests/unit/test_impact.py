"""Whether support keeps customers: every share and ratio worked out here by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isclose
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from connectors import (
    Channel,
    Connector,
    Customer,
    Fact,
    Finding,
    Identity,
    Measures,
    Money,
    Page,
    Priority,
    Rating,
    Record,
    Settings,
    Solve,
    Status,
    Subscription,
    Survey,
    Terms,
    Ticket,
    Told,
    Usage,
    discovery,
)
from exporter.cli import command
from exporter.cli.wiring import Unusable
from exporter.reporting.chance import Risk, relative_risk, wilson
from exporter.reporting.impact import verdict

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SINCE, END = 100, 190


def day(number: float) -> datetime:
    return START + timedelta(days=number)


# --- what chance alone makes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "n", "low", "high"),
    [
        # 15 of 100: Wilson's interval in the usual tables.
        (15, 100, 0.0931, 0.2328),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_the_interval_of_a_share(happened: int, n: int, low: float, high: float) -> None:
    found = wilson(happened, n)
    assert [round(one, 4) for one in found] == [low, high]


@pytest.mark.parametrize(("happened", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_there_is_no_share_of_nobody(happened: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(happened, n)


def test_the_relative_risk_of_two_groups() -> None:
    """30 of 100 against 15 of 100 is twice as often, and the interval is
    exp(ln 2 ± 1.96 √(1/30 − 1/100 + 1/15 − 1/100)), which is 1.15 to 3.48."""
    risk = relative_risk(30, 100, 15, 100)
    assert risk is not None
    assert isclose(risk.ratio, 2)
    assert (round(risk.low, 2), round(risk.high, 2)) == (1.15, 3.48)
    assert risk.is_told
    inverse = relative_risk(15, 100, 30, 100)
    assert inverse is not None
    assert isclose(inverse.low, 1 / risk.high)


@pytest.mark.parametrize("counts", [(0, 100, 15, 100), (15, 100, 0, 100), (0, 5, 0, 5)])
def test_there_is_no_ratio_where_nobody_of_a_group_left(counts: tuple[int, int, int, int]) -> None:
    assert relative_risk(*counts) is None


@pytest.mark.parametrize(
    ("risk", "fewest", "says"),
    [
        (Risk(2.0, 1.15, 3.48), 100, "left 2.0 times as often"),
        (Risk(0.4, 0.2, 0.8), 20, "left 60 % less often"),
        (Risk(2.0, 1.0, 4.0), 100, "the data cannot tell: it may be chance"),
        (Risk(0.4, 0.2, 1.3), 100, "the data cannot tell: it may be chance"),
        (Risk(9.0, 3.0, 27.0), 19, "the data cannot tell: fewer than 20 customers in a group"),
        (None, 100, "the data cannot tell: nobody of a group left"),
    ],
)
def test_a_verdict_is_plain(risk: Risk | None, fewest: int, says: str) -> None:
    assert verdict(risk, fewest) == says


# --- a desk and a CRM ---------------------------------------------------------------------------

# What support customers had, how many there are, and how many of these leave in the period.
COHORT: Final[Mapping[str, tuple[int, int]]] = {
    "on_target": (50, 5),
    "slow": (40, 12),
    "breached": (0, 0),
    "unhappy": (10, 6),
    "none": (60, 6),
}


class Teller(Connector[Settings]):
    """A source that tells what stands in `records`, at once."""

    vendor, title, settings_type = "told", "Told", Settings
    facts: tuple[Fact, ...] = ()
    records: tuple[Record, ...] = ()

    def measures(self) -> Measures:
        return Measures({fact: Told() for fact in self.facts})

    def check(self) -> list[Finding]:
        return [Finding("ok", "signed in")]

    def changes(self, cursor: str | None) -> Iterator[Page]:
        yield Page(self.records, "end", day(END))

    def usage(self) -> Usage:
        return Usage()

    def close(self) -> None:
        pass


def ticket(name: str, experience: str) -> Ticket:
    """A ticket of day 90: answered and solved at once, or after two days, or rated badly."""
    begin = day(90)
    first = begin + timedelta(days=2 if experience == "slow" else 0.01)
    end = first + timedelta(hours=1)
    ratings = (Rating(Survey.SATISFACTION, 0, 1, end),) if experience == "unhappy" else ()
    return Ticket(
        name,
        begin,
        end,
        status=Status.SOLVED,
        priority=Priority.NORMAL,
        channel=Channel.EMAIL,
        team=None,
        assigned=True,
        first_response_at=first,
        first_solved_at=end,
        solves=(Solve(end),),
        customer=Identity((name,)),
        ratings=ratings,
    )


def customers() -> Iterator[tuple[str, str, bool]]:
    for experience, (n, leave) in COHORT.items():
        for number in range(n):
            yield f"{experience}-{number}", experience, number < leave


def paying(name: str, end: float | None = None, start: float = 1) -> Subscription:
    until = None if end is None else day(end)
    currency = "USD" if name.endswith("9") else "EUR"
    terms = (Terms(Money(Decimal("10.5"), currency)),)
    return Subscription(
        f"of {name}", name, day(start if end is None else end), day(start), until, terms=terms
    )


class Desk(Teller):
    """The helpdesk: a ticket long ago, and one of each customer that asked."""

    vendor = "desk"
    facts = (Fact.CREATED, Fact.FIRST_RESPONSE, Fact.SOLVED, Fact.SATISFACTION, Fact.CUSTOMER)
    records = (
        replace(ticket("old", "on_target"), created_at=day(1), customer=None),
        *(ticket(name, experience) for name, experience, _ in customers() if experience != "none"),
    )


class Crm(Teller):
    """The CRM: everybody, who left on day 150; and some who are none of the cohort."""

    vendor = "crm"
    facts = (Fact.CUSTOMERS, Fact.REVENUE)
    records = (
        *(paying(name, 150 if leaves else None) for name, _, leaves in customers()),
        paying("left before", 99),
        paying("came later", 160, start=101),
        Customer("never paid", day(1)),
        replace(paying("came back"), id="first", started_at=day(1), ended_at=day(120)),
        replace(paying("came back"), id="second", started_at=day(125)),
    )


class Deaf(Teller):
    """A helpdesk that does not tell whose its tickets are."""

    vendor = "deaf"
    facts = (Fact.CREATED,)


class Strange(Desk):
    """A helpdesk whose companies no customer is called like."""

    vendor = "strange"
    records = tuple(
        replace(one, customer=Identity(("x" + one.id,), ("gmail.com",)))
        for one in Desk.records
        if isinstance(one, Ticket)
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    vendors: dict[str, type[Connector[Any]]] = {
        one.vendor: one for one in (Desk, Crm, Deaf, Strange)
    }
    monkeypatch.setattr(discovery, "Vendors", lambda: vendors)
    return tmp_path


def run(folder: Path, *words: str, sources: str = "desk crm", sync: bool = True) -> Result:
    """A command of deskpulse on these sources, each a vendor or a name with its vendor."""
    pairs = [one.rpartition("=") for one in sources.split()]
    lines = [f"  {name or vendor}: {{vendor: {vendor}}}" for name, _, vendor in pairs]
    file = folder / "deskpulse.yaml"
    file.write_text("\n".join(["sources:", *lines]) + "\n")
    runner = CliRunner()
    if sync:
        done = runner.invoke(command, ["sync", "--config", str(file)])
        assert done.exit_code == 0, done.output
    return runner.invoke(command, [*words, "--config", str(file)])


PERIOD: Final = ("--since", f"{day(SINCE):%Y-%m-%d}")


def rows(result: Result) -> dict[tuple[str, str], dict[str, str]]:
    assert result.exit_code == 0, result.output
    found = csv.DictReader(io.StringIO(result.stdout))
    return {(row["group"], row["currency"]): row for row in found}


def test_each_group_has_its_share_its_interval_and_its_ratio(folder: Path) -> None:
    found = rows(run(folder, "impact", *PERIOD, "--format", "csv"))
    # Who came back had left; who left before and who came later are none of the cohort.
    expected = {**COHORT, "did_not_ask": (61, 7), "asked": (100, 23)}
    del expected["none"]
    counted = {
        group: (int(row["n"]), int(row["left"]))
        for (group, currency), row in found.items()
        if not currency
    }
    assert counted == expected
    slow = found["slow", ""]
    assert slow["against"] == "on_target"
    assert float(slow["share"]) == 0.3
    assert float(slow["risk"]) == pytest.approx(3.0)
    low, high = wilson(12, 40)
    assert (float(slow["low"]), float(slow["high"])) == pytest.approx((low, high))
    assert slow["verdict"] == "left 3.0 times as often"
    assert found["unhappy", ""]["verdict"].startswith("the data cannot tell: fewer than 20")
    assert found["breached", ""]["share"] == found["breached", ""]["risk"] == ""
    assert found["asked", ""]["against"] == "did_not_ask"
    # Twice as many of those who asked left, and out of so few that it may be chance.
    assert float(found["asked", ""]["risk"]) == pytest.approx((23 / 100) / (7 / 61))
    assert found["asked", ""]["verdict"] == "the data cannot tell: it may be chance"


def test_money_is_counted_by_currency(folder: Path) -> None:
    found = rows(run(folder, "impact", *PERIOD, "--format", "csv"))
    # Of 50 on target five pay in dollars, none of those that left.
    assert found["on_target", "EUR"]["n"] == "45"
    assert Decimal(found["on_target", "EUR"]["paid"]) == Decimal("472.5")
    assert Decimal(found["on_target", "EUR"]["lost"]) == Decimal("52.5")
    assert Decimal(found["on_target", "USD"]["paid"]) == Decimal("52.5")
    assert Decimal(found["on_target", "USD"]["lost"]) == 0
    assert Decimal(found["slow", "USD"]["lost"]) == Decimal("10.5")


def test_only_who_left_in_the_period_left(folder: Path) -> None:
    until = ("--until", f"{day(140):%Y-%m-%d}")
    found = rows(run(folder, "impact", *PERIOD, *until, "--format", "csv"))
    assert found["slow", ""]["left"] == "0"
    assert found["slow", ""]["verdict"] == "the data cannot tell: nobody of a group left"
    assert found["did_not_ask", ""]["left"] == "1"


def test_the_table_says_it_plainly(folder: Path) -> None:
    result = run(folder, "impact", *PERIOD)
    assert result.exit_code == 0, result.output
    assert "crm: who left from 2026-04-11 00:00 to 2026-07-10 00:00 UTC" in result.stdout
    assert "100 of 100 tickets have a customer" in result.stdout
    assert "left 3.0 times as often" in result.stdout
    assert "the data cannot tell" in result.stdout


def test_a_helpdesk_whose_tickets_begin_too_late_is_spoken_of(folder: Path) -> None:
    """The first ticket is of day 1, and the 90 days before day 95 begin on day 5."""
    late = run(folder, "impact", *PERIOD)
    assert "Tickets of 'desk'" not in late.stderr
    early = run(folder, "impact", "--since", f"{day(90.5):%Y-%m-%dT%H:%M}", sync=False)
    assert "and begin at 2026-01-02 00:00 UTC" in early.stderr


def test_the_page_stands_alone_and_shows_every_group(folder: Path) -> None:
    file = folder / "impact.html"
    result = run(folder, "impact", "crm", *PERIOD, "--format", "html", "--output", str(file))
    assert result.exit_code == 0, result.output
    text = file.read_text()
    assert "http" not in text.replace("http-equiv", "")
    assert "<script" not in text
    assert "$" not in text
    for words in ("on target", "slow", "unhappy", "did not ask", "× 3.00", "What left with them"):
        assert words in text
    assert text.count('class="whisker"') == 5, "each group with anybody in it has its interval"


@pytest.mark.parametrize(
    ("sources", "words", "says"),
    [
        ("desk", (), "No source of"),
        ("desk crm", ("desk",), "Source 'desk' tells no customers"),
        ("desk crm", ("dusk",), "There is no source 'dusk'"),
        ("desk crm other=crm", (), "Several sources tell customers: name one of crm, other"),
        ("deaf crm", (), "No source tells whose its tickets are"),
        ("strange crm", (), "None of the 100 tickets of the time before has a customer of 'crm'"),
        ("desk crm", ("--until", "2026-12-01"), "give an earlier --until"),
        ("desk crm", ("--since", "2026-12-01"), "is empty: give an earlier --since"),
        ("desk crm", ("--since", "2026-01-01"), "had no customer when the period began"),
    ],
)
def test_what_cannot_be_answered_is_a_verdict(
    folder: Path, sources: str, words: tuple[str, ...], says: str
) -> None:
    since = () if "--since" in words else PERIOD
    result = run(folder, "impact", *words, *since, sources=sources)
    assert isinstance(result.exception, Unusable)
    assert says in str(result.exception)


def test_a_helpdesk_without_an_import_is_a_verdict(folder: Path) -> None:
    run(folder, "status", sources="crm")
    result = run(folder, "impact", *PERIOD, sync=False)
    assert "Not every helpdesk of 'crm' has a complete import yet (desk)" in str(result.exception)


# --- deskpulse check ----------------------------------------------------------------------------


def test_check_says_how_many_tickets_have_a_customer(folder: Path) -> None:
    before = run(folder, "check", sync=False)
    assert "how many tickets of desk have a customer is told after a first import" in before.output
    lines = run(folder, "check").output
    assert "0 of 0 tickets of the last 90 days have a customer" in lines


def test_check_says_what_to_do_where_few_have_one(folder: Path) -> None:
    few = "    experience: {window: 366d}\n"
    file = folder / "deskpulse.yaml"
    run(folder, "status", sources="strange crm")
    file.write_text(file.read_text().replace("{vendor: crm}", f"\n    vendor: crm\n{few}"))
    lines = CliRunner().invoke(command, ["check", "--config", str(file)]).output
    assert "! 0 of 101 tickets of the last 366 days have a customer" in lines
    assert "101 come from public mail providers: give those organizations an external id" in lines


def test_check_says_that_nobody_tells_whose_tickets_there_are(folder: Path) -> None:
    lines = run(folder, "check", sources="deaf crm", sync=False).output
    assert "! no source of this file tells whose its tickets are" in lines
