"""What a database is asked, and its answers as rows whose columns are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from connectors.contract import ConfigurationError, Reason
from connectors.fields.cells import Form, text_of
from connectors.fields.rows import Reader, Reading, Row
from connectors.sql import cursor as cursors
from connectors.sql.cursor import Value
from connectors.sql.database import Database, Rows
from connectors.sql.mapping import CURSOR, Question, form
from connectors.sql.settings import SqlSettings
from connectors.verdicts import about

FEW: Final = 5  # rows that say nothing about the settings when none can be read
MOST_NAMED: Final = 30


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of an answer. places: where in a row each fact stands. first: the number of its first
    row in the answer, counted from 1."""

    question: Question
    rows: Rows
    places: dict[str, int]
    first: int

    @property
    def cursors(self) -> list[Any]:
        """The values of the column that grows with every change."""
        place = self.places.get(CURSOR)
        return [] if place is None else [row[place] for row in self.rows if row[place] is not None]

    @property
    def told(self) -> list[Row]:
        """The rows as text, in the order of the facts."""
        places = [self.places[fact] for fact in self.question.kind.columns]
        return [
            Row(number, [text_of(row[place]) for place in places])
            for number, row in enumerate(self.rows, self.first)
        ]

    @property
    def typed(self) -> frozenset[str]:
        """The facts that are times to the database and not texts."""
        return frozenset(
            fact
            for fact, place in self.places.items()
            if any(isinstance(row[place], date) for row in self.rows)
        )


class Asking:
    """Asks the queries of one source."""

    def __init__(self, source: str, settings: SqlSettings) -> None:
        self._source = source
        self._settings = settings
        self.form: Form = form(settings)
        url = settings.url.get_secret_value()
        self.database = Database(source, url, settings.timeout)

    def after(
        self, connection: Connection, question: Question, before: Value | None, size: int
    ) -> Iterator[Part]:
        """The rows from a value of the cursor on, and so much earlier as one may come into sight
        late; None: all rows. Raises `ConnectorError`."""
        since: object = question.asked.begins
        if before is not None:
            since = cursors.earlier(cursors.read(before), self._settings.lag)
        return self.since(connection, question, since, size)

    def since(
        self, connection: Connection, question: Question, since: object, size: int
    ) -> Iterator[Part]:
        """The rows from exactly this value on. Raises `ConnectorError`."""
        first = 1
        query = question.asked.query
        for names, rows in self.database.ask(connection, question.name, query, size, since):
            yield Part(question, rows, self._places(question, names), first)
            first += len(rows)

    def reader(self, question: Question, now: datetime) -> Reader:
        """What reads the rows of an answer."""
        return Reader(question.name, question.kind, self.form, list(question.kind.columns), now)

    def judge(self, reading: Reading, *, is_first: bool) -> None:
        """Where nothing at all can be read, the settings are wrong and not the rows. Raises
        `ConfigurationError`."""
        count = len(reading.rejected)
        if count and not reading.records and (is_first or count >= FEW):
            raise ConfigurationError(
                f"{about(self._source)}none of {count} rows can be read. "
                f"{reading.rejected[0].message}",
                reason=Reason.MALFORMED,
            )

    def now(self, connection: Connection) -> datetime:
        """Up to when the tables are complete, but for what comes into sight late. Raises
        `ConnectorError`."""
        asked = self._settings.clock
        query = asked or self.database.habit.clock
        if not query:
            return datetime.now(UTC)
        _, rows = next(self.database.ask(connection, "clock", query, 1))
        found = _instant(rows[0][0] if rows else None, self._settings.zone if asked else "UTC")
        if found is not None:
            return found
        raise ConfigurationError(
            f"{about(self._source)}clock: the query gives no instant such as 2024-03-31T08:00:00; "
            "one without an offset needs `zone`."
        )

    def _places(self, question: Question, names: Sequence[str]) -> dict[str, int]:
        for column in question.columns.values():
            if column not in names:
                near = get_close_matches(column, names, 1)
                meant = f" Did you mean '{near[0]}'?" if near else ""
                listed = ", ".join(f"'{name}'" for name in names[:MOST_NAMED])
                raise self._wrong(question, f"has no column '{column}'.{meant} It has: {listed}.")
            if names.count(column) > 1:
                raise self._wrong(question, f"has the column '{column}' twice: rename one of them.")
        return {fact: names.index(column) for fact, column in question.columns.items()}

    def _wrong(self, question: Question, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{about(self._source)}{question.name}: what the query gives {what}"
        )


def _instant(told: object, zone: str | None) -> datetime | None:
    """An instant in UTC, out of what a database says of one; None: it says none."""
    try:
        at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError:
        return None
    if at.tzinfo is None and zone is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone or "UTC"))).astimezone(UTC)


def fingerprints(part: Part, reading: Reading) -> dict[str, str]:
    """Of each refused row, by its subject, what it is known by when it is read again."""
    rows = {row.number: row for row in part.told} if reading.rejected else {}
    found = {}
    for rejection in reading.rejected:
        cells = "\0".join(rows[int(rejection.subject.rpartition(":")[2])].cells)
        found[rejection.subject] = hashlib.blake2b(cells.encode(), digest_size=8).hexdigest()
    return found
