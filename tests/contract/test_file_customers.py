"""Customers and what they pay, out of files, and what is said of rows that cannot be believed."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import ConfigurationError, Fact, Page, Told
from connectors.customers import Customer, Ending, Money, Subscription, Terms, Withdrawn
from connectors.file.connector import FileConnector
from connectors.file.settings import FileSettings
from connectors.records import Identity, Rating, Survey, Ticket

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
COLUMNS = ("ended", "amount", "currency", "interval", "status", "reason", "changed")
HEADER = ("id", "customer", "started", *COLUMNS)
GOOD = ("S0", "C0", "2026-01-01", "", "10", "EUR", "month", "active", "", "2026-01-01")


def row(**cells: str) -> tuple[str, ...]:
    """A good row, apart from `cells`."""
    return tuple(cells.get(name, good) for name, good in zip(HEADER, GOOD, strict=True))


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return path


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


def source(**settings: Any) -> FileConnector:
    return FileConnector("crm", FileSettings.model_validate(settings))


def subscriptions(
    folder: Path, *rows: Sequence[str], columns: Sequence[str] = COLUMNS, **settings: Any
) -> FileConnector:
    """A source of these subscriptions and nothing else."""
    path = written(folder / "subscriptions.csv", table(HEADER, rows))
    named = {name: name for name in columns}
    return source(subscriptions={"path": str(path), "columns": named, **settings})


def told(connector: FileConnector) -> list[Any]:
    return [record for page in connector.changes(None) for record in page.records]


def rejected(connector: FileConnector) -> list[tuple[str, str]]:
    """Of each row that was left out the reason, and what is said, without the name of the file."""
    pages: list[Page] = list(connector.changes(None))
    found = [one for page in pages for one in page.rejected]
    return [(one.reason, one.message.split(", ", 1)[1]) for one in found]


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- what rows tell ------------------------------------------------------------------------------


def test_a_source_may_have_customers_and_no_tickets(tmp_path: Path) -> None:
    customers = written(
        tmp_path / "customers.csv",
        table(
            ("Company", "Account", "Web", "Score", "Asked"),
            [
                ("C1", "A-1", "www.Acme.example; jo@mail.acme.example", "9", "2026-02-01"),
                ("C2", "", "", "", ""),
            ],
        ),
    )
    paid = written(
        tmp_path / "paid.csv",
        table(HEADER, [row(id="S1", customer="C1"), row(id="S2", customer="C2", status="trial")]),
    )
    connector = source(
        customers={
            "path": str(customers),
            "columns": {
                "id": "Company",
                "external_id": "Account",
                "domain": "Web",
                "recommendation": "Score",
                "recommendation_at": "Asked",
            },
        },
        subscriptions={"path": str(paid), "columns": {name: name for name in COLUMNS}},
    )
    acme, other, paying, trying = told(connector)
    rating = Rating(Survey.RECOMMENDATION, 9, 10, day("2026-02-01"))
    domains = ("acme.example", "mail.acme.example")
    assert acme == Customer("C1", NOON, Identity(("A-1",), domains), (rating,))
    assert other == Customer("C2", NOON, Identity(("C2",)))
    price = (Terms(Money(Decimal("10.00"), "EUR")),)
    start = day("2026-01-01")
    assert paying == Subscription("S1", "C1", start, start, terms=price)
    assert trying == Subscription("S2", "C2", start, None, terms=price, trial=True)
    assert {finding.level for finding in connector.check()} == {"ok"}
    measures = connector.measures()
    assert set(measures.told) == {
        Fact.CUSTOMERS,
        Fact.CHURN_REASON,
        Fact.REVENUE,
        Fact.TRIALS,
        Fact.ENDING,
        Fact.PAST_DUE,
        Fact.RECOMMENDATION,
    }
    assert not measures.lacking - measures.untold.keys()


def test_tickets_customers_and_subscriptions_are_one_source(tmp_path: Path) -> None:
    tickets = written(
        tmp_path / "tickets.csv",
        "id,created,account,mail\n1,2026-02-01T08:00Z,A-1,Jo.Miller@Acme.example\n2,2026-02-02,,\n",
    )
    paid = written(tmp_path / "paid.csv", table(HEADER, [row()]))
    connector = source(
        path=str(tickets),
        columns={"customer": "account", "domain": "mail"},
        subscriptions={"path": str(paid), "columns": {name: name for name in COLUMNS}},
    )
    subscription, asked, unknown = told(connector)
    assert isinstance(subscription, Subscription)
    assert isinstance(asked, Ticket)
    assert isinstance(unknown, Ticket)
    assert asked.customer == Identity(("A-1",), ("acme.example",))
    assert unknown.customer is None
    assert {Fact.CREATED, Fact.CUSTOMER, Fact.CUSTOMERS} <= connector.measures().told.keys()


def test_amounts_become_what_is_paid_a_month(tmp_path: Path) -> None:
    rows = [
        row(id="1", amount="1200", interval="Yearly"),
        row(id="2", amount="30", interval="3 months"),
        row(id="3", amount="12", interval="weekly", currency="usd"),
        row(id="4", amount="", interval=""),
        row(id="5", amount="0", interval=""),
        row(id="6", amount="48", interval="Saison", currency="€"),
    ]
    words = {"interval": {"saison": "6 months"}, "currency": {"€": "EUR"}}
    found = [one.terms for one in told(subscriptions(tmp_path, *rows, values=words))]
    amounts = [str(terms[0].monthly.amount) if terms else None for terms in found]
    assert amounts == ["100.00", "10.00", "52.00", None, "0.00", "8.00"]
    assert found[2][0].monthly.currency == "USD"


def test_a_currency_and_an_interval_may_be_said_once_for_all_rows(tmp_path: Path) -> None:
    columns = ("ended", "amount", "discount")
    path = written(
        tmp_path / "s.csv",
        "id,customer,started,ended,amount,discount\nS1,C1,2026-01-01,,320000,25 %\n",
    )
    connector = source(
        subscriptions={
            "path": str(path),
            "columns": {name: name for name in columns},
            "currency": "jpy",
            "interval": "year",
            "amounts_in": "minor",
        }
    )
    (one,) = told(connector)
    assert one.terms == (Terms(Money(Decimal(20000), "JPY")),)


def test_the_status_says_what_no_column_says(tmp_path: Path) -> None:
    rows = [
        row(id="1", status="Cancelled", reason="Too dear", changed="2026-02-01"),
        row(id="2", status="past_due"),
        row(id="3", status="ending", ended="2026-09-01"),
        row(id="4", status="deleted", started=""),
        row(id="5", status="ended", started="", changed="2026-02-03"),
        row(id="6", status="ended", ended="2026-02-02", reason="no idea", changed="2026-02-02"),
    ]
    words = {"status": {"cancelled": "ended"}, "reason": {"too dear": "price"}}
    found = {one.id: one for one in told(subscriptions(tmp_path, *rows, values=words))}
    assert (found["1"].ended_at, found["1"].reason) == (day("2026-02-01"), Ending.PRICE)
    assert found["2"].past_due
    assert found["3"].ending
    assert found["3"].ended_at == day("2026-09-01")
    assert found["4"] == Withdrawn("4", day("2026-01-01"))
    assert (found["5"].started_at, found["5"].ended_at) == (None, None)
    assert (found["6"].ended_at, found["6"].reason) == (day("2026-02-02"), Ending.OTHER)


def test_a_history_of_changes_is_told_in_the_order_of_time(tmp_path: Path) -> None:
    rows = [
        row(changed="2026-02-01", amount="20"),
        row(changed="2026-01-01", amount="10"),
        row(changed="2026-03-01", amount="15"),
    ]
    connector = subscriptions(tmp_path, *rows, rows="updates")
    found = told(connector)
    assert [one.terms[0].at for one in found] == [
        day("2026-01-01"),
        day("2026-02-01"),
        day("2026-03-01"),
    ]
    assert [one.terms[0].monthly.amount for one in found] == [10, 20, 15]
    assert connector.measures().prices == "events"


def test_dates_alone_are_told_to_the_day_in_the_zone(tmp_path: Path) -> None:
    connector = subscriptions(tmp_path, row(), zone="Europe/Berlin", time_format="%Y-%m-%d")
    (one,) = told(connector)
    assert one.started_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    note = "as precise as the times of the file"
    assert connector.measures().told[Fact.CUSTOMERS] == Told(86_400, note)


def test_an_end_that_nobody_lives_to_see_is_none(tmp_path: Path) -> None:
    rows = [row(id="1", ended="9999-12-31"), row(id="2", ended="2031-01-01")]
    assert [one.ended_at for one in told(subscriptions(tmp_path, *rows))] == [
        None,
        day("2031-01-01"),
    ]


def test_the_newest_instant_is_past_whatever_end_is_announced(tmp_path: Path) -> None:
    rows = [row(ended="2026-12-31", changed="2026-02-01")]
    *_, last = subscriptions(tmp_path, *rows).changes(None)
    assert last.complete_to == day("2026-02-01")


def test_numbers_of_json_are_no_riddle(tmp_path: Path) -> None:
    lines = [
        {"id": n, "customer": 7, "started": "2026-01-01", "ended": None, "amount": amount}
        for n, amount in enumerate((12.345, 1.5, 1000000))
    ]
    path = written(tmp_path / "s.jsonl", "\n".join(json.dumps(line) for line in lines))
    columns = {"ended": "ended", "amount": "amount"}
    connector = source(subscriptions={"path": str(path), "columns": columns, "currency": "EUR"})
    amounts = [str(one.terms[0].monthly.amount) for one in told(connector)]
    assert amounts == ["12.34", "1.50", "1000000.00"]


# --- what cannot be believed ---------------------------------------------------------------------

BAD = [
    ({"ended": "2025-12-31"}, "ends_before_start", "'ended' is before the subscription starts"),
    ({"amount": "-5"}, "negative_amount", "'amount' is below 0"),
    ({"currency": "Euro"}, "unknown_currency", "'currency' holds no currency"),
    ({"currency": ""}, "unknown_currency", "'currency' is empty"),
    ({"amount": "1.234,50"}, "malformed", "can be read in two ways: set `decimal`"),
    ({"amount": "1.234"}, "malformed", "can be read in two ways: set `decimal`"),
    ({"amount": "1,5"}, "malformed", "can be read in two ways: set `decimal`"),
    ({"amount": "€ 12"}, "malformed", "'amount' holds no amount"),
    ({"interval": "fortnight"}, "malformed", "'interval' holds no interval"),
    ({"status": "paused"}, "malformed", "`values.status` does not know"),
    ({"started": "01/02/2026"}, "malformed", "'started' holds no time"),
    ({"started": "1970-01-20"}, "malformed", "would be 1970-01-20"),
    ({"started": ""}, "malformed", "'started' is empty, and its status says that it is paid"),
    ({"customer": ""}, "malformed", "'customer' is empty"),
    ({"id": ""}, "malformed", "'id' is empty"),
]


@pytest.mark.parametrize(("cells", "reason", "said"), BAD)
def test_a_row_that_cannot_be_believed_is_left_out_and_no_other(
    cells: dict[str, str], reason: str, said: str, tmp_path: Path
) -> None:
    rows = [row(id="S1"), row(**{"id": "S2", **cells}), row(id="S3")]
    connector = subscriptions(tmp_path, *rows)
    assert [one.id for one in told(connector)] == ["S1", "S3"]
    ((why, message),) = rejected(connector)
    assert why == reason
    assert message.startswith("row 3: column ")
    assert said in message
    warned = [one.message for one in connector.check() if one.level == "warning"]
    assert len(warned) == 1
    assert said in warned[0]


def test_all_that_is_bad_at_once_costs_only_its_own_rows(tmp_path: Path) -> None:
    rows = [row(**{"id": f"B{n}", **cells}) for n, (cells, *_) in enumerate(BAD)]
    good = [row(id=f"G{n}") for n in range(50)]
    connector = subscriptions(tmp_path, *good[:25], *rows, *good[25:])
    assert {one.id for one in told(connector)} == {f"G{n}" for n in range(50)}
    assert [reason for reason, _ in rejected(connector)] == [reason for _, reason, _ in BAD]


@pytest.mark.parametrize(
    ("decimal", "cells", "amounts"),
    [
        (",", ["1.234,50", "1 234,5", "7", "1.234"], ["1234.50", "1234.50", "7.00", "1234.00"]),
        (".", ["1,234.50", "1'234.5", "7", "1.234"], ["1234.50", "1234.50", "7.00", "1.23"]),
        (None, ["1234.50", "0.125", "12345.678"], ["1234.50", "0.12", "12345.68"]),
    ],
)
def test_said_what_begins_a_fraction_thousands_may_be_apart(
    decimal: str | None, cells: list[str], amounts: list[str], tmp_path: Path
) -> None:
    rows = [row(id=str(n), amount=cell) for n, cell in enumerate(cells)]
    said = {} if decimal is None else {"decimal": decimal}
    connector = subscriptions(tmp_path, *rows, **said)
    assert [str(one.terms[0].monthly.amount) for one in told(connector)] == amounts


@pytest.mark.parametrize("cell", ["12,34,567", "1.23.4", "1e3", "--1", "1,", "١٢"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_is_no_number_stays_none_whatever_is_said(
    cell: str, decimal: str, tmp_path: Path
) -> None:
    connector = subscriptions(tmp_path, row(), row(id="S2", amount=cell), decimal=decimal)
    assert [one.id for one in told(connector)] == ["S0"]


def test_the_sources_decimal_holds_for_amounts_too(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", table(HEADER, [row(amount="1.234,50")]))
    sheet = {"path": str(path), "columns": {name: name for name in COLUMNS}}
    (one,) = told(source(subscriptions=sheet, decimal=","))
    assert one.terms[0].monthly.amount == Decimal("1234.50")


def test_a_row_that_stands_twice_counts_once(tmp_path: Path) -> None:
    rows = [row(id="S1"), row(id="S1"), row(id="S2"), row(id="S2", amount="99")]
    connector = subscriptions(tmp_path, *rows)
    found = [(one.id, one.terms[0].monthly.amount) for one in told(connector)]
    assert found == [("S1", 10), ("S2", 10)]
    (first, second) = rejected(connector)
    assert first == ("duplicate", "row 3: it repeats row 2, which counts.")
    assert second[0] == "duplicate"
    assert "otherwise, of what row 4 tells, which counts" in second[1]


def test_a_subscription_that_changes_its_customer_is_told_with_both_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [row(), row(id="S1"), row(customer="C9", changed="2026-02-01")]
    with caplog.at_level(logging.WARNING):
        assert len(told(subscriptions(tmp_path, *rows))) == 3
    (line,) = caplog.messages
    assert "row 4: it names another customer than row 2" in line
    assert "C9" not in line


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_latin_1_is_read_with_a_byte_order_mark_and_without(mark: bytes, tmp_path: Path) -> None:
    rows = [row(id="Müller"), row(id="S2")]
    path = written(tmp_path / "s.csv", mark + table(HEADER, rows).encode("latin-1"))
    sheet = {"path": str(path), "columns": {name: name for name in COLUMNS}}
    assert [one.id for one in told(source(subscriptions=sheet))] == ["S2"]
    (said,) = rejected(source(subscriptions=sheet))
    assert "'id' cannot be decoded as utf-8-sig: set `encoding`, to latin-1" in said[1]
    known = source(subscriptions={**sheet, "encoding": "latin-1"})
    assert [one.id for one in told(known)] == ["Müller", "S2"]


def test_no_message_holds_what_stands_in_a_cell(tmp_path: Path) -> None:
    secret = "Jo Miller jo@acme.example"
    rows = [row(), *(row(**{"id": f"S{n}", name: secret}) for n, name in enumerate(COLUMNS, 1))]
    connector = subscriptions(tmp_path, *rows)
    said = " ".join(message for _, message in rejected(connector))
    assert len(rejected(connector)) == len(COLUMNS) - 1, "a reason may be anything"
    assert "Miller" not in said
    assert "acme" not in said


def test_a_missing_file_of_customers_fails_after_the_others_were_read(tmp_path: Path) -> None:
    paid = written(tmp_path / "s.csv", table(HEADER, [row()]))
    connector = source(
        customers={"path": str(tmp_path / "gone.csv")},
        subscriptions={"path": str(paid), "columns": {name: name for name in COLUMNS}},
    )
    pages = connector.changes(None)
    assert len(next(pages).records) == 1
    with pytest.raises(ConfigurationError, match=r"gone\.csv: there is no such file"):
        list(pages)


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({}, "names nothing to count"),
        ({"customers": {"path": "c.csv"}}, "names nothing to count"),
        ({"path": "t.csv", "customers": {"path": "c.csv"}}, "add `subscriptions`"),
        ({"subscriptions": {"path": "s.csv"}}, "`columns.ended` or `columns.status`"),
        (
            {"subscriptions": {"path": "s.csv", "columns": {"ended": "e", "amount": "a"}}},
            "`currency: EUR` for all rows",
        ),
        (
            {"subscriptions": {"path": "s.csv", "columns": {"ended": "e"}, "currency": "Euro"}},
            "is no currency",
        ),
        (
            {"subscriptions": {"path": "s.csv", "columns": {"ended": "e"}, "rows": "updates"}},
            "needs `columns.changed`",
        ),
        (
            {"subscriptions": {"path": "s.csv", "columns": {"ended": "e"}, "interval": "moon"}},
            "or a number of these",
        ),
    ],
)
def test_settings_that_cannot_be_right(settings: dict[str, Any], verdict: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FileSettings.model_validate(settings)
    assert verdict in str(caught.value)


def test_what_is_not_changed_is_not_read_again(tmp_path: Path) -> None:
    connector = subscriptions(tmp_path, row())
    *_, last = connector.changes(None)
    assert [page.records for page in connector.changes(last.cursor)] == [()]
    other = subscriptions(tmp_path, row(), currency="USD")
    assert sum(len(page.records) for page in other.changes(last.cursor)) == 1
