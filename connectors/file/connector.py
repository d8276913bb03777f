"""Files of tickets: read wholly when they are new or changed, skipped while they are not."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import msgspec

from connectors.contract import (
    ConfigurationError,
    Connector,
    ConnectorError,
    Fatal,
    Finding,
    Measures,
    Page,
    Reason,
    Settings,
    Usage,
)
from connectors.fields.measures import Manner, measures
from connectors.file.folder import File, NotReadable, files
from connectors.file.mapping import Reader, Reading
from connectors.file.settings import FileSettings
from connectors.file.table import chunks, table
from connectors.verdicts import about, failed

log = logging.getLogger(__name__)

MANNER = Manner("column", "columns", "a row", "the file")
NOTES = (
    "Only the last solve is told; a ticket that is closed without one tells its closing.",
    "Replies and waits are counted as the file counts them.",
    "Whatever happened and was undone between two exports is unseen.",
)
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
        settings = self.settings
        return measures(settings.columns.named, settings.time_format, MANNER, NOTES)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """The rows of every file that is new or changed, by the names of the files.

        A file that cannot be read is a failure only after the others were read. Raises
        `ConnectorError`.
        """
        done = self._done(cursor)
        found = self._files()
        known = done.files if done.meaning == self.settings.meaning else {}
        kept = {file.name: file.state for file in found if known.get(file.name) == file.state}
        progress = _Progress(kept, self.settings.meaning, done.newest, done.told)
        for file in found:
            if file.name not in kept:
                yield from self._pages(file, progress)
        if progress.troubles:
            yield Page((), progress.cursor())  # the others need not be read again
            raise self._named(progress.troubles)
        progress.told = self._complete_to(found, progress)
        yield Page((), progress.cursor(), complete_to=progress.told)

    def check(self) -> list[Finding]:
        """Whether the files are there, have the columns, and hold what the settings say."""
        try:
            found = self._files()
        except ConnectorError as error:
            return [failed(error, self.source)]
        findings = [one for file in found[:SHOWN] for one in self._look(file)]
        if len(found) > SHOWN:
            findings.append(Finding("ok", f"and {len(found) - SHOWN} more files, not looked into"))
        return findings

    def ticket_url(self, ticket: str) -> str | None:
        """By the setting `ticket_url`."""
        url = self.settings.ticket_url
        return None if url is None else url.replace("{id}", quote(ticket, safe=""))

    def usage(self) -> Usage:
        """Nothing: nobody is asked."""
        return Usage()

    def _files(self) -> list[File]:
        try:
            return files(self.settings)
        except NotReadable as error:
            raise self._named([error]) from None

    def _pages(self, file: File, progress: _Progress) -> Iterator[Page]:
        try:
            for reading in self._readings(file, self.settings.page_size):
                self._tell(reading)
                progress.reached(reading.newest, file)
                yield Page(reading.records, progress.cursor(), rejected=reading.rejected)
        except NotReadable as error:
            progress.troubles.append(error)
        else:
            progress.files[file.name] = file.state

    def _readings(self, file: File, size: int) -> Generator[Reading]:
        """A file's rows in pieces. Raises `NotReadable` where its first ones are all refused."""
        with file.opened() as handle:
            found = table(file, handle, self.settings)
            reader = Reader(file.name, file.modified, found, self.settings)
            for number, rows in enumerate(chunks(found.rows, size)):
                reading = reader.read(rows)
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
            log.warning("%sand %d more ratings like these", about(self.source), more)

    def _complete_to(self, found: list[File], progress: _Progress) -> datetime:
        """The watermark; it never goes back, and without any row it is when a file was written."""
        rule = self.settings.complete_to
        if isinstance(rule, datetime):
            return rule
        modified = max(file.modified for file in found)
        reached = modified if rule == "modified" else progress.newest or modified
        return reached if progress.told is None else max(reached, progress.told)

    def _look(self, file: File) -> list[Finding]:
        try:
            with closing(self._readings(file, LOOK)) as readings:
                reading = next(readings, Reading((), (), None))
        except ConnectorError as error:
            return [Finding("error", str(error), error.reason)]
        count = len(reading.records)
        findings = [Finding("ok", f"{file.name}: {count} of the first rows can be read")]
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
        if text is None:
            return Cursor()
        try:
            return msgspec.json.decode(text, type=Cursor)
        except msgspec.MsgspecError:
            raise Fatal(
                f"{about(self.source)}the stored cursor is not one of files. Give the source "
                "another name, so that it is imported anew.",
                reason=Reason.INTERNAL,
            ) from None
