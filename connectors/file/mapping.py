"""From rows to records: what a row says of its ticket, and why a row says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.contract import Rejection
from connectors.file.cells import Cells, Flaw
from connectors.file.settings import FileSettings
from connectors.file.table import Row, Table
from connectors.records import (
    Channel,
    Priority,
    Rating,
    Record,
    Removal,
    Removed,
    Solve,
    Status,
    Survey,
    Ticket,
)

MALFORMED = "malformed"
NEEDED = ("id", "created", "changed", "status")
FINAL = ("first_response", "first_solved", "solved", "closed", "rating_at")
LEAST = {(Survey.SATISFACTION, 1): 0, (Survey.RECOMMENDATION, 10): 0}


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of some rows.

    newest: the latest instant that the records tell. doubts: ratings beyond their scale, in words.
    """

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]
    newest: datetime | None
    doubts: tuple[str, ...] = ()


class Reader:
    """Reads the rows of one file, in which `name` is how messages call it.

    modified: when it was written; the version of tickets that tell none of their own.
    """

    def __init__(self, name: str, modified: datetime, found: Table, settings: FileSettings) -> None:
        self._name = name
        self._modified = modified
        self._names = found.names
        self._settings = settings
        self._columns = {
            **settings.columns.named,
            **{f"fields.{column}": column for column in settings.fields},
        }
        self._cells = Cells(settings, found.iso)

    def read(self, rows: Sequence[Row]) -> Reading:
        """The records of these rows, by the time of their change."""
        records: list[Ticket | Removed] = []
        rejected = [self._rejection(row.number, row.flaw) for row in rows if row.flaw]
        doubts: list[str] = []
        newest: datetime | None = None
        for number, values in self._values([row for row in rows if not row.flaw]):
            if why := self._flaw(values):
                rejected.append(self._rejection(number, why))
                continue
            told = self._told(values)
            moments = [at for at in told.values() if isinstance(at, datetime)]
            newest = max([*moments, newest] if newest else moments)
            record = _record(told, self._modified, self._settings)
            records.append(record)
            doubts += [f"{self._name}, row {number}: {what}" for what in _doubts(record)]
        records.sort(key=lambda record: record.changed_at)
        rejected.sort(key=lambda rejection: int(rejection.subject.rpartition(":")[2]))
        return Reading(tuple(records), tuple(rejected), newest, tuple(doubts))

    def _values(self, rows: Sequence[Row]) -> Iterator[tuple[int, dict[str, Any]]]:
        import pandas as pd

        if not rows:
            return
        frame = pd.DataFrame([row.cells for row in rows], columns=list(self._names), dtype=object)
        columns = [self._cells.values(name, frame[name]) for name in self._names]
        for row, values in zip(rows, zip(*columns, strict=True), strict=True):
            yield row.number, dict(zip(self._names, values, strict=True))

    def _flaw(self, values: Mapping[str, Any]) -> str:
        """The first thing that is wrong with a row; "" where nothing is."""
        for name, value in values.items():
            if isinstance(value, Flaw):
                return f"column '{self._columns[name]}' {value.what}"
        for name in NEEDED:
            if name in values and values[name] is None:
                return f"column '{self._columns[name]}' is empty"
        return ""

    def _told(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values without what an update could not know yet."""
        if self._settings.rows == "tickets":
            return values
        changed = values["changed"]
        later = [name for name in FINAL if (at := values.get(name)) and at > changed]
        hidden: dict[str, None] = dict.fromkeys(later)
        if "rating_at" in later:
            hidden["rating"] = None
        return {**values, **hidden}

    def _rejection(self, number: int, what: str) -> Rejection:
        subject = f"{self._name}:{number}"
        return Rejection(subject, MALFORMED, f"{self._name}, row {number}: {what}.")


def _record(
    told: Mapping[str, Any], modified: datetime, settings: FileSettings
) -> Ticket | Removed:
    changed = told.get("changed") or modified
    status = _status(told)
    if isinstance(status, Removal):
        return Removed(told["id"], changed, status)
    solve = _solve(told, status)
    return Ticket(
        id=told["id"],
        created_at=told["created"],
        changed_at=changed,
        status=status,
        priority=told.get("priority") or Priority.NORMAL,
        channel=told.get("channel") or Channel.OTHER,
        team=told.get("team"),
        assigned=told.get("assigned", False),
        first_response_at=told.get("first_response"),
        first_solved_at=_first_solved(told, solve),
        solves=() if solve is None else (solve,),
        reopens=told.get("reopens") or 0,
        reassignments=told.get("reassignments") or 0,
        offered=told.get("offered", False),
        ratings=tuple(_ratings(told, settings)),
        language=told.get("language"),
        tags=told.get("tags", ()),
        fields={name: value for name in settings.fields if (value := told[f"fields.{name}"])},
    )


def _status(told: Mapping[str, Any]) -> Status | Removal:
    """As told; without a column for it, as far as solve and closing say."""
    if "status" in told:
        found: Status | Removal = told["status"]
        return found
    if told.get("closed"):
        return Status.CLOSED
    return Status.SOLVED if told.get("solved") else Status.OPEN


def _solve(told: Mapping[str, Any], status: Status) -> Solve | None:
    """The last solve; of a ticket that was closed without one, its closing.

    What was waited and replied until then is known while it stands: later it goes on growing.
    """
    at = told.get("solved") or (told.get("closed") if status is Status.CLOSED else None)
    if at is None or status.is_open:
        return None if at is None else Solve(at)
    return Solve(at, told.get("waited"), told.get("waited_business"), told.get("replies"))


def _first_solved(told: Mapping[str, Any], solve: Solve | None) -> datetime | None:
    """As told; without a column for it, the solve of a ticket that was never reopened."""
    if "first_solved" in told:
        at: datetime | None = told["first_solved"]
        return at
    never_reopened = "reopens" in told and not told["reopens"]
    return solve.at if solve is not None and never_reopened else None


def _ratings(told: Mapping[str, Any], settings: FileSettings) -> Iterator[Rating]:
    if (score := told.get("rating")) is not None:
        yield Rating(Survey.SATISFACTION, score, settings.rating_best, told.get("rating_at"))
    if (score := told.get("recommendation")) is not None:
        yield Rating(Survey.RECOMMENDATION, score, 10)
    if (score := told.get("effort")) is not None:
        yield Rating(Survey.EFFORT, score, settings.effort_best)


def _doubts(record: Ticket | Removed) -> Iterator[str]:
    """The ratings that are beyond their scale; whoever counts them refuses them."""
    for rating in record.ratings if isinstance(record, Ticket) else ():
        least = LEAST.get((rating.survey, rating.best), 1)
        if not least <= rating.score <= rating.best:
            yield f"{rating.survey.value} is not from {least} to {rating.best}, and is not counted"
