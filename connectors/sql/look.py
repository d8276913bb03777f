"""What `check` says of a database: whether it lets us in, and whether its answers are right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from connectors.contract import ConnectorError, Finding, Reason
from connectors.sql import cursor as cursors
from connectors.sql.asking import Asking, Part
from connectors.sql.mapping import Question, questions
from connectors.sql.settings import SqlSettings
from connectors.verdicts import SKEW, failed

LOOK: Final = 1000  # rows of each query that are read
SHOWN: Final = 5  # of these that are told one by one

LEAVES_OUT: Final = (
    "the query leaves out rows that changed at :cursor itself, so that some would be lost: write "
    ">= :cursor"
)
UNDATED: Final = (
    "no column is named for `changed`, so that every poll is a new version of every row it reads"
)
WRITES: Final = (
    "this engine cannot be told that a session only reads: give deskpulse a user that may read and "
    "nothing else"
)


class Look:
    """Looks at the database of one source."""

    def __init__(self, source: str, settings: SqlSettings, asking: Asking) -> None:
        self._source = source
        self._settings = settings
        self._asking = asking

    def findings(self) -> list[Finding]:
        """What there is to say, good and bad."""
        try:
            with self._asking.database.connected() as connection:
                return list(self._all(connection))
        except ConnectorError as error:
            return [failed(error, self._source)]

    def _all(self, connection: Connection) -> Iterator[Finding]:
        yield Finding("ok", f"the {self._asking.database.name} lets us in")
        if not self._asking.database.habit.begin:
            yield Finding("warning", WRITES)
        skew = abs(self._asking.now(connection) - datetime.now(UTC))
        if skew > SKEW and not self._settings.clock:
            seconds = f"{skew.total_seconds():.0f} s"
            yield Finding("warning", f"its clock and ours differ by {seconds}: set one of them")
        for question in questions(self._settings):
            try:
                yield from self._one(connection, question)
            except ConnectorError as error:
                yield failed(error, self._source)
                connection.rollback()

    def _one(self, connection: Connection, question: Question) -> Iterator[Finding]:
        part = self._first(connection, question, question.asked.begins)
        reading = self._asking.reader(question, datetime.now(UTC)).read(part.told, part.typed)
        self._asking.judge(reading, is_first=True)
        count = len(reading.records)
        yield Finding("ok", f"{question.name}: {count} of the first rows can be read")
        told = [one.message for one in reading.rejected]
        told += [f"{doubt}." for doubt in reading.doubts]
        yield from (Finding("warning", message) for message in told[:SHOWN])
        if len(told) > SHOWN:
            yield Finding("warning", f"and {len(told) - SHOWN} more rows like these")
        if "changed" not in question.kind.columns:
            yield Finding("warning", f"{question.name}: {UNDATED}")
        if values := part.cursors:
            yield from self._ties(connection, question, max(values))

    def _ties(self, connection: Connection, question: Question, last: object) -> Iterator[Finding]:
        """Rows of the same instant as the last one that was read must come again."""
        wrong = Reason.CONFIGURATION
        if cursors.written(last) is None:
            kind = type(last).__name__
            message = f"{question.name}: the column of `cursor` holds {kind}, which has no order"
            yield Finding("error", message, wrong)
            return
        found = self._first(connection, question, last).cursors
        if not found or min(found) > last:
            yield Finding("error", f"{question.name}: {LEAVES_OUT}", wrong)

    def _first(self, connection: Connection, question: Question, since: object) -> Part:
        return next(self._asking.since(connection, question, since, LOOK))
