"""From rows of text to records: what a row says, and why one says nothing."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from connectors.contract import Rejection
from connectors.customers import Record, Subscription
from connectors.fields.cells import Cells, Form
from connectors.fields.flaws import latest, sentence
from connectors.fields.kinds import Kind
from connectors.fields.words import MALFORMED
from connectors.records import Supplement

DUPLICATE: Final = "duplicate"


class Row(NamedTuple):
    """A row by the number that a person finds it under, with its cells, or what is wrong."""

    number: int
    cells: Sequence[str]
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of some rows.

    newest: the latest instant that the records tell. doubts: what is told and will not count, in
    words.
    """

    records: tuple[Record, ...]
    rejected: tuple[Rejection, ...]
    newest: datetime | None
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """The rows of a table so far, as far as another one must not say the same again."""

    versions: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    customers: dict[str, tuple[int, int]] = field(default_factory=dict)

    def repeated(self, number: int, version: Hashable, record: Record) -> str:
        """Why a row says nothing new; "" where it does, which is remembered."""
        if version is None:
            return ""
        content = hash(record)
        earlier, before = self.versions.setdefault(version, (number, content))
        if earlier == number:
            return ""
        if before == content:
            return f"it repeats row {earlier}, which counts"
        return (
            f"it tells anew, and otherwise, of what row {earlier} tells, which counts: name the "
            "column `changed`, by which the later of two is known"
        )

    def moved(self, number: int, record: Record) -> str:
        """That a subscription names another customer than before; "" where it does not."""
        if not isinstance(record, Subscription):
            return ""
        customer = hash(record.customer)
        earlier, before = self.customers.setdefault(record.id, (number, customer))
        if before == customer:
            return ""
        return (
            f"it names another customer than row {earlier}, for the same subscription, which stays "
            "with the first"
        )


class Reader:
    """Reads the rows of one table, in which `name` is how messages call it.

    names: the facts of the cells of each row, in their order. modified: when the table was written;
        the version of records that tell none of their own.
    """

    def __init__(
        self, name: str, kind: Kind, form: Form, names: Sequence[str], modified: datetime
    ) -> None:
        self._name = name
        self._kind = kind
        self._names = tuple(names)
        self._columns = kind.columns
        self._modified = modified
        self._until = latest(modified)
        self._form = form
        self._words = kind.words()
        self._seen = _Seen()

    def read(self, rows: Sequence[Row], iso: frozenset[str] = frozenset()) -> Reading:
        """The records of these rows, by the time of their change.

        iso: the facts whose times are in ISO 8601 whatever the form says.
        """
        records: list[Record] = []
        rejected = [self._rejection(row.number, row.flaw, MALFORMED) for row in rows if row.flaw]
        doubts: list[str] = []
        newest: datetime | None = None
        for number, told in self._values([row for row in rows if not row.flaw], iso):
            if found := self._kind.fault(told, self._until):
                what = f"column '{self._columns.get(found.fact, found.fact)}' {found.what}"
                rejected.append(self._rejection(number, what, found.reason))
                continue
            made = self._kind.record(told, self._modified, self._until)
            if what := self._seen.repeated(number, self._kind.version(made), made):
                rejected.append(self._rejection(number, what, DUPLICATE))
                continue
            records.append(made)
            moments = self._kind.instants(told, self._modified)
            newest = max([*moments, newest] if newest else moments, default=None)
            told_of = [*self._kind.doubts(made), self._seen.moved(number, made)]
            doubts += [f"{self._name}, row {number}: {what}" for what in told_of if what]
        records.sort(key=_changed)
        rejected.sort(key=lambda rejection: int(rejection.subject.rpartition(":")[2]))
        return Reading(tuple(records), tuple(rejected), newest, tuple(doubts))

    def _values(
        self, rows: Sequence[Row], iso: frozenset[str]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        cells = Cells(self._form, self._words, self._kind.read, iso)
        texts = zip(*(row.cells for row in rows), strict=True)
        named = zip(self._names, texts, strict=bool(rows))
        columns = [cells.values(name, column) for name, column in named]
        for row, values in zip(rows, zip(*columns, strict=True), strict=True):
            yield row.number, dict(zip(self._names, values, strict=True))

    def _rejection(self, number: int, what: str, reason: str) -> Rejection:
        subject = f"{self._name}:{number}"
        return Rejection(subject, reason, f"{self._name}, row {number}: {sentence(what)}")


def _changed(record: Record) -> datetime:
    return datetime.max.replace(tzinfo=UTC) if isinstance(record, Supplement) else record.changed_at


def in_order(readings: Iterable[Reading], size: int) -> Generator[Reading]:
    """The same records by the time of their change over all readings, at most `size` at a time."""
    told = list(readings)
    records = sorted((record for one in told for record in one.records), key=_changed)
    newest = max((one.newest for one in told if one.newest), default=None)
    rejected = tuple(rejection for one in told for rejection in one.rejected)
    doubts = tuple(doubt for one in told for doubt in one.doubts)
    yield Reading(tuple(records[:size]), rejected, newest, doubts)
    for start in range(size, len(records), size):
        yield Reading(tuple(records[start : start + size]), (), newest)
