"""What stands in the configuration of a file source, what it may not be, and what it then tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import Fact
from connectors.file.connector import FileConnector
from connectors.file.settings import Columns, FileSettings
from connectors.measures import OF_CUSTOMERS

LEAST = {"id": "Ticket", "created": "Opened"}


def settings(columns: dict[str, str] | None = None, **fields: Any) -> FileSettings:
    return FileSettings.model_validate(
        {"path": "tickets.csv", "columns": {**LEAST, **(columns or {})}, **fields}
    )


def told(*columns: str) -> set[Fact]:
    named = settings({name: name for name in columns})
    return set(FileConnector("old", named).measures().told)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"path": ""}, "path"),
        ({"columns": {"id": None}}, "columns.id"),
        ({"columns": {**LEAST, "titel": "x"}}, "columns.titel"),
        ({"format": "xls"}, "'csv', 'jsonl' or 'parquet'"),
        ({"zone": "Mars/Olympus"}, "such as Europe/Berlin"),
        ({"zone": "../etc"}, "such as Europe/Berlin"),
        ({"time_format": "dd/mm/yyyy"}, "unix_ms"),
        ({"encoding": "klingon"}, "such as utf-8-sig"),
        ({"delimiter": ";;"}, "one character"),
        ({"rating_best": "10"}, "rating_best"),
        ({"complete_to": "tomorrow"}, "complete_to"),
        ({"values": {"status": {"Done": "finished"}}}, "values.status.Done"),
        ({"ticket_url": "https://desk.example"}, "{id}"),
        ({"ticket_url": "javascript:{id}"}, "{id}"),
        ({"rows": "updates"}, "columns.changed"),
        ({"page_size": 0}, "page_size"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, Any], verdict: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**fields) if "columns" not in fields else FileSettings.model_validate(
            {"path": "x.csv", **fields}
        )
    assert verdict in str(caught.value)


def test_a_path_alone_is_a_source_whose_columns_have_our_names() -> None:
    alone = FileSettings.model_validate({"path": "tickets.csv"})
    assert alone.columns.named == {"id": "id", "created": "created"}


def test_numbers_and_marks_come_as_text_from_a_configuration() -> None:
    read = settings(rating_best="1", effort_best="5", page_size="20", delimiter="tab")
    assert (read.rating_best, read.effort_best, read.page_size) == (1, 5, 20)
    assert read.delimiter == "\t"


def test_a_relative_path_is_taken_from_the_folder_that_the_reader_of_a_configuration_names() -> (
    None
):
    given = {"path": "exports/*.csv", "columns": LEAST}
    placed = FileSettings.model_validate(given, context={"folder": Path("/srv/desk")})
    assert placed.path == "/srv/desk/exports/*.csv"
    assert FileSettings.model_validate(given).path == "exports/*.csv"
    absolute = {**given, "path": "/data/a.csv"}
    assert FileSettings.model_validate(absolute, context={"folder": "/srv"}).path == "/data/a.csv"


def test_a_fixed_end_is_an_instant_in_utc() -> None:
    at = datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert settings(complete_to="2026-01-31T08:00:00+01:00").complete_to == at
    assert settings(complete_to="2026-01-31T07:00:00").complete_to == at


def test_every_fact_is_told_or_names_the_column_that_it_lacks() -> None:
    measures = FileConnector("old", settings()).measures()
    assert set(measures.told) == {Fact.CREATED}
    assert set(measures.told) | set(measures.untold) == set(Fact) - OF_CUSTOMERS
    assert "`columns.first_response`" in measures.untold[Fact.FIRST_RESPONSE]
    assert all(f"`columns.{end}`" in measures.untold[Fact.OPEN] for end in ("status", "solved"))


def test_what_is_told_follows_the_columns() -> None:
    everything = told(*Columns.model_fields)
    assert set(Fact) - OF_CUSTOMERS - everything == {Fact.NEXT_RESPONSE, Fact.AWAITING_REPLY}
    assert told("solved") == {Fact.CREATED, Fact.SOLVED, Fact.OPEN}
    assert told("solved", "reopens") - told("solved") == {Fact.REOPENED, Fact.FIRST_RESOLUTION}
    assert told("first_solved") == {Fact.CREATED, Fact.FIRST_RESOLUTION}
    assert told("replies") == {Fact.CREATED}
    assert Fact.REPLIES in told("replies", "closed")
    assert told("assigned") == {Fact.CREATED}
    assert told("assigned", "status") == {Fact.CREATED, Fact.OPEN, Fact.UNASSIGNED}


def test_a_first_solve_that_follows_from_reopens_does_not_survive_one() -> None:
    derived = settings({"solved": "s", "reopens": "r"})
    named = settings({"solved": "s", "reopens": "r", "first_solved": "f"})
    survives = [
        FileConnector("old", one).measures().first_solve_survives_reopening
        for one in (derived, named)
    ]
    assert survives == [False, True]


@pytest.mark.parametrize(
    ("time_format", "seconds"),
    [
        (None, 1),
        ("unix_ms", 1),
        ("%d.%m.%Y %H:%M:%S", 1),
        ("%d/%m/%Y %H:%M", 60),
        ("%Y-%m-%d %H", 3600),
        ("%d.%m.%Y", 86_400),
    ],
)
def test_durations_are_as_precise_as_the_times(time_format: str | None, seconds: int) -> None:
    given = settings({"solved": "s"}, time_format=time_format)
    assert FileConnector("old", given).measures().told[Fact.SOLVED].precision == seconds


def test_a_ticket_has_an_address_where_one_is_given() -> None:
    linked = FileConnector("old", settings(ticket_url="https://desk.example/t/{id}?v=1"))
    assert linked.ticket_url("A/7 b") == "https://desk.example/t/A%2F7%20b?v=1"
    assert FileConnector("old", settings()).ticket_url("7") is None


def test_the_fingerprints_of_settings_without_later_names_stay_what_they_were() -> None:
    """These are of the version before `removed`, whose files would be read anew."""
    named = settings({"status": "State"}, values={"status": {"Done": "solved"}})
    assert FileSettings.model_validate({"path": "t.csv"}).meaning == "22ead1677d0d6912"
    assert named.meaning == "c50839f920b05e88"
    assert settings({"status": "State", "removed": "Gone"}).meaning != settings().meaning
    assert settings(values={"removed": {"Bin": "deleted"}}).meaning != settings().meaning


def test_only_what_decides_how_rows_are_read_makes_them_be_read_again() -> None:
    first = settings().meaning
    assert (
        settings(complete_to="modified", page_size=7, ticket_url="https://d/{id}").meaning == first
    )
    assert settings(zone="Europe/Berlin").meaning != first
    assert settings({"status": "State"}).meaning != first
    assert settings(values={"status": {"Done": "solved"}}).meaning != first
