"""What each cell of a file becomes, and what is said of one that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.fields.cells import OF_TICKETS, Cells
from connectors.fields.words import Flaw
from connectors.file.mapping import sheets
from connectors.file.settings import FileSettings
from connectors.records import Channel, Priority, Removal, Status


def values(fact: str, *cells: str, iso: bool = False, **fields: Any) -> list[Any]:
    given = {"path": "t.csv", "columns": {"id": "i", "created": "c"}, **fields}
    settings = FileSettings.model_validate(given)
    (sheet,) = sheets(settings)
    told = Cells(sheet.form, sheet.kind.words(), OF_TICKETS, frozenset({fact} if iso else ()))
    return told.values(fact, cells)


def value(fact: str, cell: str, **fields: Any) -> Any:
    (found,) = values(fact, cell, **fields)
    return found


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2024-03-31T08:00:00Z", utc(2024, 3, 31, 8)),
        ("2024-03-31 08:00:00+02:00", utc(2024, 3, 31, 6)),
        ("2024-03-31T08:00:00.250-0530", utc(2024, 3, 31, 13, 30, 0, 250_000)),
        ("2024-07-01 08:00", utc(2024, 7, 1, 6)),
        ("2024-01-01", utc(2023, 12, 31, 23)),
        (" 2024-07-01 08:00 ", utc(2024, 7, 1, 6)),
        ("2024-10-27 02:30:00", utc(2024, 10, 27, 0, 30)),  # twice: the first of the two
        ("2024-03-31 02:30:00", utc(2024, 3, 31, 1, 30)),  # skipped: as much later
        ("", None),
        ("NULL", None),
    ],
)
def test_times_without_an_offset_are_of_the_zone(cell: str, at: datetime | None) -> None:
    assert value("created", cell, zone="Europe/Berlin") == at


@pytest.mark.parametrize(
    ("form", "cell", "at"),
    [
        ("%d/%m/%Y %H:%M", "29/2/2016 01:16", utc(2016, 2, 29, 1, 16)),
        ("%m/%d/%Y %I:%M %p", "02/03/2024 01:05 PM", utc(2024, 2, 3, 13, 5)),
        ("%d.%m.%Y %H:%M:%S %z", "03.02.2024 13:05:09 +0100", utc(2024, 2, 3, 12, 5, 9)),
        ("unix", "1709280000", utc(2024, 3, 1, 8)),
        ("unix_ms", "1709280000250", utc(2024, 3, 1, 8, 0, 0, 250_000)),
        ("unix", "0", None),
        ("unix_ms", "0.0", None),
    ],
)
def test_times_of_a_form(form: str, cell: str, at: datetime | None) -> None:
    assert value("created", cell, time_format=form) == at


@pytest.mark.parametrize("cell", ["0001-01-01", "1600-01-01", "-3"])
def test_a_time_long_before_any_ticket_stops_nothing(cell: str) -> None:
    known, odd = values("solved", "2024-01-01", cell, zone="Europe/Berlin")
    assert known == utc(2023, 12, 31, 23)
    assert isinstance(odd, Flaw) or odd.year == 1599


def test_digits_of_other_scripts_are_no_number() -> None:
    assert isinstance(value("replies", "١٢"), Flaw)


def test_instants_are_plain_and_aware() -> None:
    (found,) = values("solved", "2024-03-31 08:00:00", zone="America/New_York")
    assert type(found) is datetime
    assert found.utcoffset() == utc(2024, 1, 1).utcoffset()


def test_typed_times_are_read_whatever_the_form_of_the_others() -> None:
    cell = "2024-03-31T08:00:00+00:00"
    assert value("created", cell, iso=True, time_format="%d/%m/%Y") == utc(2024, 3, 31, 8)


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("31/03/2024", {}),
        ("2024-13-01", {}),
        ("yesterday", {}),
        ("2024-03-01", {"time_format": "%d/%m/%Y"}),
        ("soon", {"time_format": "unix"}),
        ("9" * 30, {"time_format": "unix"}),
    ],
)
def test_a_time_that_is_none_is_a_flaw_without_its_content(
    cell: str, fields: dict[str, Any]
) -> None:
    good = {"unix": "1709280000", "%d/%m/%Y": "01/03/2024"}.get(
        str(fields.get("time_format")), "2024-03-01T08:00"
    )
    before, flaw, after = values("created", good, cell, good, **fields)
    assert isinstance(before, datetime)
    assert before == after
    assert isinstance(flaw, Flaw)
    assert "time_format" in flaw.what
    assert cell not in flaw.what


@pytest.mark.parametrize(
    ("cell", "number"), [("0", 0), ("12", 12), ("3.0", 3), ("3.00", 3), ("", None), ("NaN", None)]
)
def test_whole_numbers(cell: str, number: int | None) -> None:
    assert value("reopens", cell) == number


@pytest.mark.parametrize("cell", ["-1", "1.5", "1,000", "3,0", "1.000", "many", "1e3", "9" * 12])
def test_what_is_no_whole_number_is_a_flaw(cell: str) -> None:
    flaw = value("reopens", cell)
    assert isinstance(flaw, Flaw)
    assert ("`decimal`" in flaw.what) == ("," in cell)


def test_a_comma_may_begin_the_fraction_and_then_a_point_may_not() -> None:
    found = values("waited", "1,5", "2", "1.500", decimal=",", waited_in="hours")
    assert found[:2] == [5400, 7200]
    assert isinstance(found[2], Flaw)


@pytest.mark.parametrize(("unit", "seconds"), [("seconds", 90), ("minutes", 5400)])
def test_waits_have_a_unit(unit: str, seconds: int) -> None:
    assert value("waited", "90", waited_in=unit) == seconds


WORDS = {"status": {"In Work": "open", "Bin": "deleted"}, "priority": {"1": "urgent"}}
WORDS["removed"] = {"Bin": "spam"}


@pytest.mark.parametrize(
    ("fact", "cell", "meaning"),
    [
        ("status", "in work", Status.OPEN),
        ("status", "Bin", Removal.DELETED),
        ("status", "Solved", Status.SOLVED),
        ("status", "", None),
        ("removed", "Bin", Removal.SPAM),
        ("removed", "Merged", Removal.MERGED),
        ("removed", "true", Removal.DELETED),
        ("removed", "False", None),
        ("removed", "", None),
        ("priority", "1", Priority.URGENT),
        ("priority", "high", Priority.HIGH),
        ("channel", "E-Mail", Channel.OTHER),
        ("channel", "email", Channel.EMAIL),
    ],
)
def test_words(fact: str, cell: str, meaning: object) -> None:
    assert value(fact, cell, values={**WORDS, "channel": {"*": "other"}}) == meaning


def test_a_word_that_nobody_explained_is_a_flaw_that_tells_the_words_and_not_the_cell() -> None:
    flaw = value("status", "Ms Miller", values=WORDS)
    assert isinstance(flaw, Flaw)
    assert "`values.status`" in flaw.what
    assert "'in work'" in flaw.what
    assert "'solved'" in flaw.what
    assert "miller" not in flaw.what.lower()


@pytest.mark.parametrize(
    ("cell", "is_set"),
    [("Jo", True), ("true", True), ("1", True), ("", False), ("No", False), ("NULL", False)],
)
def test_of_who_holds_it_only_whether_is_kept(cell: str, is_set: bool) -> None:
    assert value("assigned", cell) is is_set


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("vip, refund;tax  x|y", ("vip", "refund", "tax", "x", "y")), ("", ()), ("a b\0", ("a b",))],
)
def test_tags(cell: str, tags: tuple[str, ...]) -> None:
    assert value("tags", cell) == tags


def test_ratings_may_be_words() -> None:
    found = values("rating", "Good", "bad", "4", "", values={"rating": {"Good": 5, "Bad": 1}})
    assert found == [5, 1, 4, None]


def test_what_is_missing_is_said_by_the_operator() -> None:
    assert values("team", "?", "NULL", " Night shift ", missing=["?"]) == [
        None,
        "NULL",
        "Night shift",
    ]


def test_a_cell_that_does_not_decode_is_a_flaw_of_its_own() -> None:
    good, flaw = values("team", "Süd", "S\udcfcd")
    assert good == "Süd"
    assert isinstance(flaw, Flaw)
    assert "`encoding`" in flaw.what


def test_a_text_without_end_is_a_flaw() -> None:
    assert isinstance(value("id", "x" * 201), Flaw)
