"""From rows to records: what a row says of its ticket, and why a row says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.contract import Rejection
from connectors.fields.flaws import fault, latest, sentence
from connectors.fields.ticket import FURTHER, Scales, doubts, record
from connectors.file.cells import Cells
from connectors.file.settings import FileSettings
from connectors.file.table import Row, Table
from connectors.records import Record, Removed, Ticket

MALFORMED = "malformed"
FINAL = ("first_response", "first_solved", "solved", "closed", "rating_at")


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
        self._until = latest(modified)
        self._names = found.names
        self._settings = settings
        self._scales = Scales(settings.rating_best, settings.effort_best)
        self._columns = {
            **settings.columns.named,
            **{f"{FURTHER}{column}": column for column in settings.fields},
        }
        self._cells = Cells(settings, found.iso)

    def read(self, rows: Sequence[Row]) -> Reading:
        """The records of these rows, by the time of their change."""
        records: list[Ticket | Removed] = []
        rejected = [self._rejection(row.number, row.flaw) for row in rows if row.flaw]
        doubtful: list[str] = []
        newest: datetime | None = None
        for number, values in self._values([row for row in rows if not row.flaw]):
            if why := self._flaw(values):
                rejected.append(self._rejection(number, why))
                continue
            told = self._told(values)
            moments = [at for at in told.values() if isinstance(at, datetime)]
            newest = max([*moments, newest] if newest else moments)
            made = record(told, self._modified, self._scales, self._settings.fields)
            records.append(made)
            doubtful += [f"{self._name}, row {number}: {what}" for what in doubts(made)]
        records.sort(key=lambda record: record.changed_at)
        rejected.sort(key=lambda rejection: int(rejection.subject.rpartition(":")[2]))
        return Reading(tuple(records), tuple(rejected), newest, tuple(doubtful))

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
        found = fault(values, self._until, "is empty")
        return f"column '{self._columns[found.fact]}' {found.what}" if found else ""

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
        return Rejection(subject, MALFORMED, f"{self._name}, row {number}: {sentence(what)}")
