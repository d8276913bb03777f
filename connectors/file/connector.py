"""Files of tickets and customers: read wholly when they are new or changed, else skipped."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import msgspec

from connectors import cursors
from connectors.contract import (
    ConfigurationError,
    Connector,
    ConnectorError,
    Finding,
    Measures,
    Page,
    Reason,
    Settings,
    Usage,
)
from connectors.fields.measures import Manner
from connectors.fields.rows import Reader, Reading, in_order
from connectors.fields.telling import told_by
from connectors.file.folder import File, NotReadable, files
from connectors.file.mapping import Sheet, sheets
from connectors.file.settings import FileSettings
from connectors.file.table import chunks, table
from connectors.verdicts import about, failed

log = logging.getLogger(__name__)

MANNER = Manner("column", "columns", "a row", "the file")
LOOK = 1000  # rows of each file that `check` reads
SHOWN = 5  # files, rejections and doubts that are told one by one


class Cursor(msgspec.Struct, frozen=True):
    """What was read.

    files: size and time of each file that was read to its end. meaning: of the settings they were
        read by. newest: the latest instant in them. told: the watermark so far.
    """

    files: dict[str, tuple[int, int]] = {}
    meaning: str = ""
    newest: datetime | None = None
    told: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A file, and what its rows are."""

    sheet: Sheet
    file: File

    @property
    def key(self) -> str:
        """How the cursor calls it."""
        return self.sheet.key(self.file.name)


@dataclass(slots=True)
class _Progress:
    """A poll under way: what the next cursor says."""

    files: dict[str, tuple[int, int]]
    meaning: str
    newest: datetime | None
    told: datetime | None
    troubles: list[ConfigurationError] = field(default_factory=list)

    def reached(self, newest: datetime | None, file: File) -> None:
        """Take note of an instant; none is later than the file that tells it."""
        if newest is not None:
            newest = min(newest, file.modified)
            self.newest = newest if self.newest is None else max(newest, self.newest)

    def cursor(self) -> str:
        """As text."""
        done = Cursor(self.files, self.meaning, self.newest, self.told)
        return msgspec.json.encode(done).decode()


class FileConnector(Connector[FileSettings]):
    """Reads every file that is new or changed; of the others only size and time are asked."""

    vendor: ClassVar[str] = "file"
    title: ClassVar[str] = "Files (CSV, JSON lines, Parquet)"
    settings_type: ClassVar[type[Settings]] = FileSettings

    def measures(self) -> Measures:
        """What the columns tell that are named."""
        tables = [(one.kind, one.form.time_format) for one in sheets(self.settings)]
        return told_by(tables, MANNER)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The rows of every file that is new or changed, by the names of the files; customers
        first, then what they pay for, then tickets.

        A file that cannot be read is a failure only after the others were read. Raises
        `ConnectorError`.
        """
        done = self._done(cursor)
        known = done.files if done.meaning == self.settings.meaning else {}
        progress = _Progress({}, self.settings.meaning, done.newest, done.told)
        found = self._found(progress.troubles)
        progress.files |= {
            one.key: one.file.state for one in found if known.get(one.key) == one.file.state
        }
        for one in found:
            if one.key not in progress.files:
                yield from self._pages(one, progress)
        if progress.troubles:
            yield Page((), progress.cursor())  # the others need not be read again
            raise self._named(progress.troubles)
        progress.told = self._complete_to(found, progress)
        yield Page((), progress.cursor(), complete_to=progress.told)

    def check(self) -> list[Finding]:
        """Whether the files are there, have the columns, and hold what the settings say."""
        return [finding for sheet in sheets(self.settings) for finding in self._check(sheet)]

    def ticket_url(self, ticket: str) -> str | None:
        """By the setting `ticket_url`."""
        url = self.settings.ticket_url
        return None if url is None else url.replace("{id}", quote(ticket, safe=""))

    def usage(self) -> Usage:
        """Nothing: nobody is asked."""
        return Usage()

    def _check(self, sheet: Sheet) -> list[Finding]:
        try:
            found = files(sheet)
        except ConnectorError as error:
            return [failed(error, self.source)]
        findings = [one for file in found[:SHOWN] for one in self._look(_Found(sheet, file))]
        if len(found) > SHOWN:
            findings.append(Finding("ok", f"and {len(found) - SHOWN} more files, not looked into"))
        return findings

    def _found(self, troubles: list[ConfigurationError]) -> list[_Found]:
        """Every file that is there; what is missing is one trouble more."""
        found: list[_Found] = []
        for sheet in sheets(self.settings):
            try:
                found += [_Found(sheet, file) for file in files(sheet)]
            except NotReadable as error:
                troubles.append(error)
        return found

    def _pages(self, one: _Found, progress: _Progress) -> Iterator[Page]:
        try:
            for reading in self._readings(one, self.settings.page_size):
                self._tell(reading)
                progress.reached(reading.newest, one.file)
                yield Page(reading.records, progress.cursor(), rejected=reading.rejected)
        except NotReadable as error:
            progress.troubles.append(error)
        else:
            progress.files[one.key] = one.file.state

    def _readings(self, one: _Found, size: int) -> Generator[Reading]:
        """A file's rows in pieces. Raises `NotReadable` where its first ones are all refused."""
        read = self._read(one, size)
        return in_order(read, size) if one.sheet.whole else read

    def _read(self, one: _Found, size: int) -> Generator[Reading]:
        file, sheet = one.file, one.sheet
        with file.opened() as handle:
            found = table(file, handle, sheet)
            reader = Reader(file.name, sheet.kind, sheet.form, found.names, file.modified)
            for number, rows in enumerate(chunks(found.rows, size)):
                reading = reader.read(rows, found.iso)
                if number == 0 and not reading.records:
                    first = reading.rejected[0].message
                    raise NotReadable(
                        f"none of the first {len(rows)} rows can be read. {first}",
                        reason=Reason.MALFORMED,
                    )
                yield reading

    def _tell(self, reading: Reading) -> None:
        for doubt in reading.doubts[:SHOWN]:
            log.warning("%s%s", about(self.source), doubt)
        if (more := len(reading.doubts) - SHOWN) > 0:
            log.warning("%sand %d more rows like these", about(self.source), more)

    def _complete_to(self, found: list[_Found], progress: _Progress) -> datetime:
        """The watermark; it never goes back, and without any row it is when a file was written."""
        rule = self.settings.complete_to
        if isinstance(rule, datetime):
            return rule
        modified = max(one.file.modified for one in found)
        reached = modified if rule == "modified" else progress.newest or modified
        return reached if progress.told is None else max(reached, progress.told)

    def _look(self, one: _Found) -> list[Finding]:
        try:
            with closing(self._read(one, LOOK)) as readings:
                reading = next(readings, Reading((), (), None))
        except ConnectorError as error:
            return [Finding("error", str(error), error.reason)]
        count = len(reading.records)
        findings = [Finding("ok", f"{one.file.name}: {count} of the first rows can be read")]
        told = [rejection.message for rejection in reading.rejected]
        told += [f"{doubt}." for doubt in reading.doubts]
        findings += [Finding("warning", message) for message in told[:SHOWN]]
        if len(told) > SHOWN:
            findings.append(Finding("warning", f"and {len(told) - SHOWN} more rows like these"))
        return findings

    def _named(self, troubles: list[ConfigurationError]) -> ConfigurationError:
        first, more = troubles[0], len(troubles) - 1
        others = f" And {more} more files cannot be read." if more else ""
        return ConfigurationError(f"{about(self.source)}{first}{others}", reason=first.reason)

    def _done(self, text: str | None) -> Cursor:
        name = f"source '{self.source}'"
        return Cursor() if text is None else cursors.stored(text, Cursor, name)
