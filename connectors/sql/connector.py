"""A database, asked at every poll for what changed since the one before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection

from connectors.contract import Connector, Finding, Measures, Page, Settings, Usage
from connectors.cursors import stored
from connectors.fields.measures import Manner
from connectors.fields.rows import Reading
from connectors.fields.telling import told_by
from connectors.sql import cursor as cursors
from connectors.sql.asking import Asking, fingerprints
from connectors.sql.cursor import Cursor, Value
from connectors.sql.look import Look
from connectors.sql.mapping import Question, questions
from connectors.sql.settings import SqlSettings
from connectors.verdicts import about

log = logging.getLogger(__name__)

MANNER: Final = Manner("column", "tickets.columns", "a row", "the database")
SHOWN: Final = 5  # doubts that are told one by one
REMEMBERED: Final = 1000  # refused rows that are known when they are read again


@dataclass(slots=True)
class _Progress:
    """A poll under way: what the next cursor says."""

    before: Cursor
    last: dict[str, Value]
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def reached(self, question: Question, value: object) -> None:
        """All rows of a query are told up to this value."""
        known = None if value is None else cursors.written(value)
        if known is not None:
            self.last[question.name] = known

    def text(self, told: datetime | None = None) -> str:
        """As text. told: the watermark, where the poll has come to its end."""
        before = self.before
        refused = {**before.refused, **self.refused}
        done = Cursor(self.last, before.meaning, told or before.told, refused)
        return msgspec.json.encode(done).decode()


class SqlConnector(Connector[SqlSettings]):
    """Asks each query for the rows from the last value of its cursor on, that value included."""

    vendor: ClassVar[str] = "sql"
    title: ClassVar[str] = "SQL databases"
    settings_type: ClassVar[type[Settings]] = SqlSettings

    def __init__(self, source: str, settings: SqlSettings) -> None:
        super().__init__(source, settings)
        self._asking = Asking(source, settings)

    def measures(self) -> Measures:
        """What the columns tell that are named."""
        tables = [(one.kind, self.settings.time_format) for one in questions(self.settings)]
        return replace(told_by(tables, MANNER), lag=self.settings.lag)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The rows of every query from its cursor on; customers first, then what they pay for, then
        tickets. Raises `ConnectorError`."""
        done = self._done(cursor)
        if done.meaning != self.settings.meaning:
            done = Cursor(meaning=self.settings.meaning, told=done.told)
        progress = _Progress(done, dict(done.last))
        with self._asking.database.connected() as connection:
            now = self._asking.now(connection)
            for question in questions(self.settings):
                yield from self._pages(connection, question, progress, now)
        reached = now - self.settings.lag
        complete_to = reached if done.told is None else max(reached, done.told)
        yield Page((), progress.text(complete_to), complete_to=complete_to)

    def check(self) -> list[Finding]:
        """Whether the database lets us in, has the columns, and holds what the settings say."""
        return Look(self.source, self.settings, self._asking).findings()

    def ticket_url(self, ticket: str) -> str | None:
        """By the setting `ticket_url`."""
        url = self.settings.ticket_url
        return None if url is None else url.replace("{id}", quote(ticket, safe=""))

    def usage(self) -> Usage:
        """Nothing: a database counts no requests."""
        return Usage()

    def _pages(
        self, connection: Connection, question: Question, progress: _Progress, now: datetime
    ) -> Iterator[Page]:
        """The cursor goes on with the rows as long as these are in its order, else at the end."""
        before = progress.last.get(question.name)
        known = progress.before.refused.get(question.name, ())
        reader = self._asking.reader(question, now)
        refused: list[str] = []
        newest: Any = None
        is_sorted = True
        for part in self._asking.after(connection, question, before, self.settings.page_size):
            reading = reader.read(part.told, part.typed)
            self._asking.judge(reading, is_first=before is None and part.first == 1)
            self._tell(reading)
            marks = fingerprints(part, reading)
            refused += marks.values()
            for value in part.cursors:
                is_sorted = is_sorted and (newest is None or value >= newest)
                newest = value if newest is None else max(newest, value)
            if is_sorted:
                progress.reached(question, newest)
            rejected = tuple(one for one in reading.rejected if marks[one.subject] not in known)
            yield Page(reading.records, progress.text(), rejected=rejected)
        progress.reached(question, newest)
        progress.refused[question.name] = tuple(refused[-REMEMBERED:])

    def _tell(self, reading: Reading) -> None:
        for doubt in reading.doubts[:SHOWN]:
            log.warning("%s%s", about(self.source), doubt)
        if (more := len(reading.doubts) - SHOWN) > 0:
            log.warning("%sand %d more rows like these", about(self.source), more)

    def _done(self, text: str | None) -> Cursor:
        name = f"source '{self.source}'"
        return Cursor() if text is None else stored(text, Cursor, name)
