"""Encoded queries mean what ServiceNow documents: ^OR before ^, ^NQ a clause, the rest ignored."""

from __future__ import annotations

import pytest

from connectors.servicenow.encoded import Table, Values, parse

ROWS: list[Values] = [
    {"sys_id": f"{number:02}", "at": f"2024-01-01 00:00:{number // 3:02}", "state": str(number % 4)}
    for number in range(20)
]
TABLE = Table("at")
TABLE.fill(list(reversed(ROWS)))


def selected(encoded: str) -> list[str]:
    query = parse(encoded, lambda column: column in {"sys_id", "at", "state"})
    return [row["sys_id"] for row in TABLE.select(query)]


EVERYTHING = [row["sys_id"] for row in ROWS]


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("", EVERYTHING),
        ("state=1", ["01", "05", "09", "13", "17"]),
        ("state=1^sys_id>09", ["13", "17"]),
        ("state=1^ORstate=2^sys_id<=02", ["01", "02"]),
        ("sys_id<=02^state=1^ORstate=2", ["01", "02"]),
        ("sys_id=00^state=0^NQsys_id=19", ["00", "19"]),
        ("at>=2024-01-01 00:00:06", ["18", "19"]),
        ("at>2024-01-01 00:00:05^at<2024-01-01 00:00:07^state!=2", ["19"]),
        ("at>=2024-01-01 00:00:05^at>2024-01-01 00:00:05^ORsys_id>=17", ["17", "18", "19"]),
        ("state=3^ORDERBYDESCsys_id", ["19", "15", "11", "07", "03"]),
        ("sys_id>15^ORDERBYstate^ORDERBYDESCsys_id", ["16", "17", "18", "19"]),
        ("nonsense=1^sys_id=04", ["04"]),
        ("sys_id=04^ORnonsense=1", ["04"]),
        ("nonsense", EVERYTHING),
    ],
)
def test_selection(encoded: str, expected: list[str]) -> None:
    assert selected(encoded) == expected


def test_the_index_finds_what_looking_at_every_row_finds() -> None:
    for second in range(8):
        for operator in (">", ">="):
            bound = f"2024-01-01 00:00:{second:02}"
            terms = [f"at{operator}{bound}", f"at>{bound}^ORsys_id>=10", "state!=3"]
            query = parse("^".join(terms), lambda _: True)
            assert TABLE.select(query) == [row for row in ROWS if query.holds(row)]
