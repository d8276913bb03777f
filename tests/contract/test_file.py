"""What the file connector gives, out of real files, and what it says of files that are none."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import logging
import lzma
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ConfigurationError, Fatal, Page, Reason, Retriable
from connectors.file import folder as folders
from connectors.file.connector import FileConnector
from connectors.file.settings import FileSettings
from connectors.file.simulator import COLUMNS, FileSimulator
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Rating,
    Removal,
    Removed,
    Solve,
    Status,
    Survey,
    Ticket,
)
from connectors.testing.clock import StandingClock
from connectors.testing.durations import replies, waiting
from connectors.testing.policy import Policy
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest
from connectors.testing.states import state
from exporter.certify.policies import everything
from exporter.sync import Outcome
from tests.pipeline import Pipeline, differences, pipeline

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
NAMED = {
    "id": "Ticket",
    "created": "Opened",
    "changed": "Updated",
    "status": "State",
    "team": "Group",
    "solved": "Resolved",
    "reopens": "Reopens",
}
HEADER = (*NAMED.values(), "Requester")
ROW = ("1", "2024-03-01T08:00Z", "2024-03-02T08:00Z", "open", "Billing", "", "0", "Jo Miller")


def a_row(number: int, **changes: str) -> list[str]:
    """A good row, apart from `changes` by fact."""
    places = {fact: place for place, fact in enumerate(NAMED)}
    row = [str(number), *ROW[1:]]
    for fact, cell in changes.items():
        row[places[fact]] = cell
    return row


def written(path: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, *rows])
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return path


def connector(path: Path, **fields: object) -> FileConnector:
    given = {"path": str(path), "columns": NAMED, **fields}
    return FileConnector("old-desk", FileSettings.model_validate(given))


def records(pages: Sequence[Page]) -> list[Ticket]:
    return [one for page in pages for one in page.records if isinstance(one, Ticket)]


def ids(pages: Sequence[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def rejected(pages: Sequence[Page]) -> list[str]:
    return [rejection.message for page in pages for rejection in page.rejected]


def verdict(path: Path, **fields: object) -> ConfigurationError:
    """What a poll says that cannot go on; `check` must say the same, and nobody's name."""
    source = connector(path, **fields)
    with pytest.raises(ConfigurationError) as caught:
        list(source.changes(None))
    message = str(caught.value)
    assert message.startswith("source 'old-desk': ")
    assert "Miller" not in message
    assert "error" in {finding.level for finding in source.check()}
    return caught.value


# --- what a row tells ---------------------------------------------------------------------------


def test_a_removal_in_a_column_of_its_own_is_stronger_than_the_status(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    rows = ["1,,open", "2,Bin,open", "3,merged,", "4,false,solved", "5,true,No word of ours"]
    rows += ["6,Live,open", "7,2024-03-02,open"]
    opened = "2024-03-01T08:00Z"
    path.write_text("\n".join(["id,gone,stage,created", *(f"{row},{opened}" for row in rows)]))
    columns = {"status": "stage", "removed": "gone"}
    words = {"bin": "spam", "live": "kept", "*": "deleted"}
    source = connector(path, columns=columns, values={"removed": words})
    pages = list(source.changes(None))
    told = [one for page in pages for one in page.records]
    gone = {one.id: one.why for one in told if isinstance(one, Removed)}
    assert gone == {"2": Removal.SPAM, "3": Removal.MERGED, **dict.fromkeys("57", Removal.DELETED)}
    assert [one.id for one in records(pages)] == ["1", "4", "6"]
    assert rejected(pages) == []


def test_a_time_that_no_ticket_can_have_is_told_as_what_it_would_be(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    seconds = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp())
    path.write_text(f"id,created,solved\n1,{seconds},\n2,{seconds}000,0\n")
    columns = {"solved": "solved"}
    source = connector(path, columns=columns, time_format="unix_ms")
    pages = list(source.changes(None))
    said = f"{path}, row 2: column 'created' would be 1970-01-21; is `time_format` right?"
    assert rejected(pages) == [said]
    assert [(one.id, one.solves) for one in records(pages)] == [("2", ())]
    assert said in [one.message for one in source.check() if one.level == "warning"]


def test_a_row_is_a_ticket(tmp_path: Path) -> None:
    columns = {fact: fact for fact in COLUMNS}
    cells = {
        "id": "T-7",
        "created": "2024-03-01T08:00:00Z",
        "changed": "2024-03-05T08:00:00Z",
        "status": "Done",
        "priority": "P1",
        "channel": "email",
        "team": "Billing",
        "assigned": "Jo Miller",
        "first_response": "2024-03-01T09:00:00Z",
        "first_solved": "2024-03-02T08:00:00Z",
        "solved": "2024-03-04T08:00:00Z",
        "closed": "2024-03-05T08:00:00Z",
        "reopens": "1",
        "reassignments": "2",
        "replies": "3",
        "waited": "1.5",
        "waited_business": "0.5",
        "offered": "yes",
        "rating": "4",
        "rating_at": "2024-03-04T09:00:00Z",
        "recommendation": "9",
        "effort": "6",
        "language": "de",
        "customer": "A-7",
        "domain": "jo.miller@acme.example",
        "tags": "vip refund",
    }
    assert cells.keys() == columns.keys()
    path = tmp_path / "tickets.csv"
    path.write_text(f"{','.join(cells)},Product\n{','.join(cells.values())},Phone\n")
    source = connector(
        path,
        columns=columns,
        fields=["Product"],
        waited_in="hours",
        values={"status": {"done": "solved"}, "priority": {"P1": "urgent"}},
    )
    (ticket,) = records(list(source.changes(None)))
    day = datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert ticket == Ticket(
        id="T-7",
        created_at=day,
        changed_at=day + timedelta(days=4),
        status=Status.SOLVED,
        priority=Priority.URGENT,
        channel=Channel.EMAIL,
        team="Billing",
        assigned=True,
        first_response_at=day + timedelta(hours=1),
        first_solved_at=day + timedelta(days=1),
        solves=(Solve(day + timedelta(days=3), 5400, 1800, 3),),
        reopens=1,
        reassignments=2,
        offered=True,
        ratings=(
            Rating(Survey.SATISFACTION, 4, 5, day + timedelta(days=3, hours=1)),
            Rating(Survey.RECOMMENDATION, 9, 10),
            Rating(Survey.EFFORT, 6, 7),
        ),
        language="de",
        customer=Identity(("A-7",), ("acme.example",)),
        tags=("vip", "refund"),
        fields={"Product": "Phone"},
    )


@pytest.mark.parametrize(
    ("changes", "solves", "first"),
    [
        ({}, 0, False),
        ({"solved": "2024-03-02T07:00Z", "status": "solved"}, 1, True),
        ({"solved": "2024-03-02T07:00Z", "status": "open", "reopens": "1"}, 1, False),
    ],
)
def test_a_first_solve_follows_while_nothing_was_reopened(
    changes: dict[str, str], solves: int, first: bool, tmp_path: Path
) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, **changes)])
    (ticket,) = records(list(connector(path).changes(None)))
    assert (len(ticket.solves), ticket.first_solved_at is not None) == (solves, first)


def test_what_was_waited_is_told_of_a_solve_that_stands_and_of_no_other(tmp_path: Path) -> None:
    at = "2024-03-02T07:00Z"
    path = written(
        tmp_path / "t.csv",
        [a_row(1, solved=at, status="solved"), a_row(2, solved=at, status="open")],
    )
    source = connector(path, columns={**NAMED, "waited": "Reopens", "replies": "Reopens"})
    told = [ticket.solves[0] for ticket in records(list(source.changes(None)))]
    assert [(solve.waited, solve.replies) for solve in told] == [(0, 0), (None, None)]


@pytest.mark.parametrize(
    ("solved", "closed", "status"),
    [("", "", Status.OPEN), ("x", "", Status.SOLVED), ("x", "x", Status.CLOSED)],
)
def test_without_a_status_solve_and_closing_say_it(
    solved: str, closed: str, status: Status, tmp_path: Path
) -> None:
    at = "2024-03-02T07:00Z"
    path = written(tmp_path / "t.csv", [a_row(1, solved=solved and at, reopens=closed and at)])
    columns = {name: NAMED[name] for name in ("id", "created", "solved")} | {"closed": "Reopens"}
    (ticket,) = records(list(connector(path, columns=columns).changes(None)))
    assert ticket.status is status


def test_a_removed_ticket_is_told_as_removed(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, status="Bin"), a_row(2, status="merged")])
    source = connector(path, values={"status": {"bin": "deleted"}})
    (page, _) = source.changes(None)
    assert [(type(one), one.id) for one in page.records] == [(Removed, "1"), (Removed, "2")]


def test_without_a_time_of_change_the_files_own_is_the_version(tmp_path: Path) -> None:
    columns = {"id": "Ticket", "created": "Opened", "status": "State"}
    path = written(tmp_path / "t.csv", [a_row(1)])
    (ticket,) = records(list(connector(path, columns=columns).changes(None)))
    assert ticket.changed_at == NOON


def test_an_update_tells_nothing_of_what_came_after_it(tmp_path: Path) -> None:
    final = {"solved": "2024-03-04T08:00Z"}
    path = written(
        tmp_path / "t.csv",
        [
            a_row(1, changed="2024-03-04T08:00Z", status="solved", reopens="1", **final),
            a_row(1, changed="2024-03-02T08:00Z", status="solved", **final),
            a_row(1, changed="2024-03-01T08:00Z", **final),
        ],
    )
    told = records(list(connector(path, rows="updates").changes(None)))
    assert [len(ticket.solves) for ticket in told] == [0, 0, 1], "in the order of their change"
    assert [ticket.first_solved_at for ticket in told] == [None] * 3
    whole = records(list(connector(path).changes(None)))
    assert [len(ticket.solves) for ticket in whole] == [1, 1, 1]


def test_columns_that_are_not_named_are_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1)])
    pages = list(connector(path).changes(None))
    assert "Miller" not in repr(pages)


# --- formats ------------------------------------------------------------------------------------

PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@pytest.mark.parametrize("packed", PACKERS)
def test_packed_files_are_unpacked(packed: str, tmp_path: Path) -> None:
    plain = written(tmp_path / "t.csv", [a_row(1), a_row(2)]).read_bytes()
    path = tmp_path / f"packed.csv{packed}"
    path.write_bytes(PACKERS[packed](plain))
    assert ids(list(connector(path).changes(None))) == ["1", "2"]


@pytest.mark.parametrize(("name", "delimiter"), [("t.tsv", "\t"), ("t.txt", ","), ("t.csv", ",")])
def test_a_suffix_tells_the_delimiter(name: str, delimiter: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, [a_row(1, team="a, b")], delimiter=delimiter)
    (ticket,) = records(list(connector(path).changes(None)))
    assert ticket.team == "a, b"


def as_objects(rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def test_json_lines_may_leave_out_keys_and_have_types(tmp_path: Path) -> None:
    first, second, third = as_objects([a_row(1), a_row(2), a_row(3)])
    del second["Group"]
    third |= {"Ticket": 3, "Reopens": 2.0, "Group": None, "Requester": {"name": "Jo Miller"}}
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (first, second, {}, third)) + "\n\n")
    pages = list(connector(path).changes(None))
    told = records(pages)
    assert [(ticket.id, ticket.team) for ticket in told] == [
        ("1", "Billing"),
        ("2", None),
        ("3", None),
    ]
    assert told[2].reopens == 2
    assert rejected(pages) == [f"{path}, row 3: column 'Ticket' is empty."]


def test_parquet_has_typed_columns(tmp_path: Path) -> None:
    pandas, _ = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    rows = [
        {**one, "Opened": datetime(2024, 3, 1, 8, n, tzinfo=UTC), "Reopens": float(n)}
        for n, one in enumerate(as_objects([a_row(1), a_row(2), a_row(3)]))
    ]
    frame = pandas.DataFrame(rows)
    frame["Tags"] = [["vip", "needs review"], [], None]
    frame["Updated"] = pandas.to_datetime(frame["Updated"]).dt.tz_localize(None)
    path = tmp_path / "t.parquet"
    frame.to_parquet(path, engine="pyarrow")
    source = connector(
        path,
        columns={**NAMED, "tags": "Tags"},
        time_format="%d/%m/%Y",
        zone="Europe/Berlin",
        page_size=2,
    )
    pages = list(source.changes(None))
    told = records(pages)
    assert [len(page.records) for page in pages] == [2, 1, 0]
    assert [ticket.created_at.minute for ticket in told] == [0, 1, 2]
    assert [ticket.reopens for ticket in told] == [0, 1, 2]
    assert [ticket.tags for ticket in told] == [("vip", "needs review"), (), ()]
    assert {ticket.changed_at for ticket in told} == {datetime(2024, 3, 2, 7, tzinfo=UTC)}


def test_without_pyarrow_parquet_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1")
    error = verdict(path)
    assert "pip install 'deskpulse[parquet]'" in str(error)
    assert error.reason is Reason.CONFIGURATION


# --- what is read again, and what is not --------------------------------------------------------


def test_an_unchanged_file_is_not_read_again_and_a_changed_one_wholly(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        written(tmp_path / name, [a_row(1), a_row(2)])
    source = connector(tmp_path)
    pages = list(source.changes(None))
    assert ids(pages) == ["1", "2"] * 2
    again = list(source.changes(pages[-1].cursor))
    assert ids(again) == []
    assert again[-1].complete_to == pages[-1].complete_to
    written(tmp_path / "b.csv", [a_row(1), a_row(2), a_row(3)])
    third = list(source.changes(again[-1].cursor))
    assert ids(third) == ["1", "2", "3"]
    written(tmp_path / "c.csv", [a_row(9)])
    (tmp_path / "a.csv").unlink()
    assert ids(list(source.changes(third[-1].cursor))) == ["9"]


def test_another_meaning_of_the_columns_reads_everything_again(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, status="Resting")])
    first = list(connector(path, values={"status": {"resting": "hold"}}).changes(None))
    second = connector(path, values={"status": {"resting": "pending"}})
    (ticket,) = records(list(second.changes(first[-1].cursor)))
    assert ticket.status is Status.PENDING


def test_an_import_that_is_broken_off_goes_on_with_the_file_that_it_was_at(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        written(tmp_path / name, [a_row(n) for n in range(5)])
    source = connector(tmp_path, page_size=2)
    whole = list(source.changes(None))
    assert [len(page.records) for page in whole] == [2, 2, 1, 2, 2, 1, 0]
    for stop in range(1, len(whole)):
        rest = list(source.changes(whole[stop - 1].cursor))
        assert set(ids([*whole[:stop], *rest])) == set(ids(whole))
        assert rest[-1].complete_to == whole[-1].complete_to
    assert ids(list(source.changes(whole[-2].cursor))) == ["0", "1", "2", "3", "4"]


def test_the_watermark_is_the_newest_instant_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, solved="2024-03-03T10:00Z"), a_row(2)])
    assert list(connector(path).changes(None))[-1].complete_to == datetime(
        2024, 3, 3, 10, tzinfo=UTC
    )
    modified = connector(path, complete_to="modified")
    assert list(modified.changes(None))[-1].complete_to == NOON
    fixed = connector(path, complete_to="2024-03-05T00:00:00Z")
    assert list(fixed.changes(None))[-1].complete_to == datetime(2024, 3, 5, tzinfo=UTC)


def test_an_instant_later_than_the_file_moves_no_watermark(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, solved="2025-01-01T00:00Z")])
    assert list(connector(path).changes(None))[-1].complete_to == NOON


def test_the_watermark_never_goes_back(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, changed="2024-03-05T08:00Z")])
    source = connector(path)
    before = list(source.changes(None))[-1]
    written(path, [a_row(1), a_row(2)])
    assert list(source.changes(before.cursor))[-1].complete_to == before.complete_to


def test_a_header_alone_is_a_desk_without_tickets(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [])
    (page,) = connector(path).changes(None)
    assert (page.records, page.complete_to) == ((), NOON)


def test_a_cursor_of_another_connector_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1)])
    with pytest.raises(Fatal, match="cursor"):
        list(connector(path).changes("MTcwMDAwMDAwMA=="))


# --- rows that cannot be read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"id": ""}, "column 'Ticket' is empty"),
        ({"created": ""}, "column 'Opened' is empty"),
        ({"created": "Jo Miller"}, "column 'Opened' holds no time"),
        ({"changed": "31/12/2023"}, "column 'Updated' holds no time"),
        ({"status": "Jo Miller"}, "column 'State' holds a word that `values.status`"),
        ({"status": ""}, "column 'State' is empty"),
        ({"reopens": "1,5"}, "column 'Reopens' holds no whole number: it has a comma"),
        ({"reopens": "Jo Miller"}, "column 'Reopens' holds no whole number"),
    ],
)
def test_a_row_that_cannot_be_read_spoils_no_other(
    changes: dict[str, str], what: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "t.csv", [a_row(1), a_row(2, **changes), a_row(3)])
    source = connector(path)
    pages = list(source.changes(None))
    assert ids(pages) == ["1", "3"]
    (rejection,) = pages[0].rejected
    assert rejection.message.startswith(f"{path}, row 3: {what}")
    assert (rejection.subject, rejection.reason) == (f"{path}:3", "malformed")
    assert "Miller" not in rejection.message
    assert [f.message for f in source.check() if f.level == "warning"] == [rejection.message]


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("2,2024-03-01T08:00Z", "has 2 fields where the header has 8"),
        (",".join([*a_row(2), "more"]), "has 9 fields where the header has 8"),
        ('2,"a"b,' + ",".join(a_row(2)[2:]), "quotes do not match"),
    ],
)
def test_a_line_of_another_shape_is_a_row_of_its_own(
    broken: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    lines = [",".join(HEADER), ",".join(a_row(1)), "", broken, ",".join(a_row(3))]
    path.write_text("\n".join(lines))
    pages = list(connector(path).changes(None))
    assert ids(pages) == ["1", "3"]
    (message,) = rejected(pages)
    assert message.startswith(f"{path}, row 4: ")
    assert what in message


def test_rows_in_latin_1_are_named_and_the_encoding_can_be_set(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1), a_row(2, team="Süd"), a_row(3)])
    path.write_bytes(path.read_text().encode("latin-1"))
    pages = list(connector(path).changes(None))
    assert ids(pages) == ["1", "3"]
    (message,) = rejected(pages)
    assert "row 3: column 'Group' cannot be decoded as utf-8-sig: set `encoding`" in message
    told = records(list(connector(path, encoding="latin-1").changes(None)))
    assert [ticket.team for ticket in told] == ["Billing", "Süd", "Billing"]


def test_other_encodings_can_be_set(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, team="Süd")])
    path.write_bytes(path.read_text().encode("utf-16"))
    (ticket,) = records(list(connector(path, encoding="utf-16").changes(None)))
    assert ticket.team == "Süd"


def test_what_nobody_reads_need_not_decode(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [[*a_row(1)[:-1], "Jörg"]])
    path.write_bytes(path.read_text().encode("latin-1"))
    assert ids(list(connector(path).changes(None))) == ["1"]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert ids(list(connector(path).changes(None))) == ["1"]


def test_a_rating_beyond_its_scale_is_told_with_its_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path / "t.csv", [a_row(1, reopens="6"), a_row(2, reopens="5")])
    source = connector(path, columns={**NAMED, "rating": "Reopens"})
    with caplog.at_level(logging.WARNING):
        told = records(list(source.changes(None)))
    assert [ticket.ratings[0].score for ticket in told] == [6, 5], "whoever counts refuses it"
    (line,) = [entry.getMessage() for entry in caplog.records]
    assert f"{path}, row 2: satisfaction is not from 1 to 5" in line
    assert [f.level for f in source.check()] == ["ok", "warning"]


# --- files that are no tables -------------------------------------------------------------------


def test_a_missing_file_and_an_empty_folder(tmp_path: Path) -> None:
    assert "there is no such file" in str(verdict(tmp_path / "gone.csv"))
    assert verdict(tmp_path / "gone.csv").reason is Reason.ADDRESS
    assert "no file is there that fits" in str(verdict(tmp_path))
    assert "no file is there that fits" in str(verdict(tmp_path / "*.csv"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is empty"),
        (b"\n", "no header"),
        (b"1,2024-03-01,Jo Miller\n", "none of the columns that are named"),
        (b"Ticket;Opened;Updated;State;Group;Resolved;Reopens\n", 'Set `delimiter: ";"`'),
        (b"Ticket\tOpened\n1\t2\n", "Set `delimiter: tab`"),
        (b"Ticket,Opend,Updated\n", "no column 'Opened'. Did you mean 'Opend'? It has: 'Ticket'"),
        (",".join([*HEADER, "Opened"]).encode(), "'Opened' stands twice"),
        ("\n".join([",".join(HEADER), '1,"2024']).encode(), "never closed"),
        (",".join(HEADER).encode("utf-16"), "set `encoding`"),
        (b"\x50\x4b\x03\x04\x00\x00\xff\xfe", "no header"),
        ("\n".join([",".join(HEADER), "1,2,3", "4,5,6"]).encode(), "none of the first 2 rows"),
    ],
)
def test_what_is_no_table_is_a_verdict(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert what.lower() in str(verdict(path)).lower()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t.jsonl", b'[{"Ticket": 1}]', "one object to a line"),
        ("t.jsonl", b"Ticket,Opened\n", "one object to a line"),
        ("t.parquet", b"Ticket,Opened\n", "no Parquet file"),
        ("t.csv.gz", b"Ticket,Opened\n", "cannot be unpacked"),
        ("t.csv.xz", lzma.compress(b"Ticket,Opened\n" * 999)[:-90], "cannot be unpacked"),
        ("t.xlsx", b"PK", "its suffix says no format"),
    ],
)
def test_what_is_not_of_its_format_is_a_verdict(
    name: str, content: bytes, what: str, tmp_path: Path
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_bytes(content)
    assert what in str(verdict(path))


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    written(tmp_path / "b.csv", [a_row(1)])
    source = connector(tmp_path)
    pages: list[Page] = []
    with pytest.raises(ConfigurationError, match=r"a\.csv: it is empty"):
        pages.extend(source.changes(None))
    assert ids(pages) == ["1"]
    assert all(page.complete_to is None for page in pages)
    written(tmp_path / "a.csv", [a_row(2)])
    assert ids(list(source.changes(pages[-1].cursor))) == ["2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_verdict(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [a_row(1)])
    path.chmod(0)
    assert "may not be read" in str(verdict(path))


@pytest.mark.parametrize(
    ("error", "kind", "what"),
    [
        (PermissionError(13, "Permission denied"), ConfigurationError, "may not be read"),
        (FileNotFoundError(2, "No such file"), ConfigurationError, "no such file"),
        (OSError(5, "Input/output error"), Retriable, "Nothing is lost"),
    ],
)
def test_what_the_system_says_is_worded(error: OSError, kind: type[Exception], what: str) -> None:
    found = folders.trouble(Path("t.csv"), error)
    assert isinstance(found, kind)
    assert what in str(found)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    assert "this is no file" in str(verdict(tmp_path / "t.csv"))


# --- the same desk ------------------------------------------------------------------------------


def test_the_export_of_a_desk_tells_the_desk(tmp_path: Path) -> None:
    desk = SeededDesk(7, present=NOON, weeks=3)
    clock = StandingClock(NOON - timedelta(days=9))
    simulator = FileSimulator(desk, clock, folder=tmp_path)
    given = simulator.settings("http://127.0.0.1:1")
    assert given.pop("vendor") == FileConnector.vendor
    source = FileConnector("old-desk", FileSettings.model_validate(given))
    measures = source.measures()
    cursor, known = None, dict[str, Ticket | Removed]()
    for step in (0, 1, 3600, 86_400, 6 * 86_400):
        clock.at += timedelta(seconds=step)
        simulator.export()
        pages = list(source.changes(cursor))
        cursor = pages[-1].cursor
        assert pages[-1].complete_to == clock.at
        assert rejected(pages) == []
        known |= {one.id: one for p in pages for one in p.records}  # type: ignore[misc]
        stories = desk.stories(clock.at)
        assert known.keys() == {f"T-{story.id}" for story in stories}
        for story in stories:
            shown, told = state(story, clock.at), known[f"T-{story.id}"]
            assert isinstance(told, Removed) == shown.removed
            if not isinstance(told, Ticket):
                continue
            assert told.changed_at == shown.changed_at
            assert (told.status.value, told.team or "none") == (shown.status, shown.team)
            assert (told.priority.value, told.channel.value) == (
                shown.priority,
                story.channel,
            )
            assert told.first_response_at == shown.said.first_response
            assert told.first_solved_at == shown.first_solve
            assert [solve.at for solve in told.solves] == [a for a in [shown.solved_at] if a]
            assert (told.reopens, told.reassignments) == (shown.reopens, shown.reassignments)
            assert (told.assigned, told.offered) == (shown.assigned, shown.offered)
            assert (told.language or "", tuple(told.tags)) == (story.language, story.tags)
            if told.solves and not shown.open:
                assert told.solves[0].replies == replies(shown, told.solves[0].at, measures)
                waits = waiting(story, told.solves[0].at)
                waited = sum((end - begin for begin, end in waits), timedelta(0))
                assert told.solves[0].waited == waited.total_seconds()
            ratings = {r.survey.value: (r.score, r.best) for r in told.ratings}
            assert ratings == {name: (s.score, s.best) for name, s in shown.ratings.items()}
    assert sum(isinstance(one, Removed) for one in known.values()) > 10
    assert sum(bool(one.ratings) for one in known.values() if isinstance(one, Ticket)) > 100


def test_the_button_is_pressed_over_http_and_nothing_else_is(tmp_path: Path) -> None:
    desk = SeededDesk(3, present=NOON, weeks=1)
    simulator = FileSimulator(desk, StandingClock(NOON), folder=tmp_path)
    told = simulator.answer(SimRequest("GET", "/", {}, {}))
    assert json.loads(told.body) == {
        "written": str(simulator.path),
        "tickets": len(desk.stories(NOON)),
    }
    assert simulator.answer(SimRequest("POST", "/", {}, {})).status == 405


def test_the_folder_of_an_export_ends_with_its_simulator() -> None:
    simulator = FileSimulator(SeededDesk(3, present=NOON, weeks=1), StandingClock(NOON))
    simulator.export()
    path = simulator.path
    assert path.exists()
    del simulator
    assert not path.parent.exists()


@contextmanager
def exporting(desk: SeededDesk, folder: Path, policy: Policy | None) -> Iterator[Pipeline]:
    """A pipeline before each poll of which somebody presses the export button."""
    with pipeline("file", desk, folder, policy=policy) as source:
        simulator, poll = source.server.simulator, source.poller.poll
        assert isinstance(simulator, FileSimulator)

        def exported(*args: Any, **options: Any) -> Outcome:
            simulator.export()
            return poll(*args, **options)

        source.poller.poll = exported  # type: ignore[method-assign]
        yield source


@pytest.mark.parametrize("decided", [False, True])
def test_exports_of_a_desk_give_its_truth(decided: bool, tmp_path: Path) -> None:
    desk = SeededDesk(11, present=NOON, rate=3)
    policy = everything(desk.hours) if decided else None
    with exporting(desk, tmp_path, policy) as source:
        for days in (30, 38, 38.5, 56):
            source.poll(desk.begins + timedelta(days=days))
            assert differences(source.samples(), source.truth().as_samples()) == []
        published = {name for name, _ in source.samples()}
    assert "support_requester_wait_seconds_count" in published
    assert ("support_requester_wait_business_seconds_count" in published) == decided
    assert "support_next_response_seconds_count" not in published


def test_reading_every_export_again_changes_nothing(tmp_path: Path) -> None:
    desk = SeededDesk(4, present=NOON, rate=2)
    with exporting(desk, tmp_path, None) as source:
        source.poll(NOON)
        before = source.samples()
        again = source.poll(NOON, from_start=True)
        assert again.records > 500
        assert again.observations == 0
        assert source.samples() == before
