"""Calendar months of a zone, as stretches of Unix milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.knowledge import milliseconds
from exporter.reporting.period import Period


@dataclass(frozen=True, slots=True)
class Month:
    """From `since` up to but without `until`. whole: it has come to its end."""

    name: str
    since: int
    until: int
    whole: bool = True


def months(asked: Period, zone: str) -> list[Month]:
    """Every month that a period touches, from its first day on; the last one up to the period's
    end."""
    found = []
    for begins, ends in _around(asked.since, zone):
        if begins >= asked.until:
            break
        name = f"{datetime.fromtimestamp(begins // 1000, ZoneInfo(zone)):%Y-%m}"
        found.append(Month(name, begins, min(ends, asked.until), ends <= asked.until))
    return found


def _around(at: int, zone: str) -> Iterator[tuple[int, int]]:
    """The month of an instant and all that follow, with their ends."""
    first = datetime.fromtimestamp(at // 1000, UTC).astimezone(ZoneInfo(zone))
    number = first.year * 12 + first.month - 1
    while True:
        yield _begin(number, zone), _begin(number + 1, zone)
        number += 1


def _begin(number: int, zone: str) -> int:
    year, month = divmod(number, 12)
    return milliseconds(datetime(year, month + 1, 1, tzinfo=ZoneInfo(zone)))
