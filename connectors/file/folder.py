"""Which files there are, whether they changed, and how one is opened."""

from __future__ import annotations

import bz2
import glob
import gzip
import lzma
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from connectors.contract import ConfigurationError, Reason, Retriable
from connectors.file.mapping import Sheet
from connectors.file.settings import Format

PACKED: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
DAMAGED = (lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError)
MOST_FILES = 10_000


class NotReadable(ConfigurationError):
    """A file, or what should be one, that somebody must mend before it can be read."""

    def __init__(self, what: str, *, reason: Reason = Reason.ADDRESS) -> None:
        super().__init__(what, reason=reason)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it lies there: its path, its size in bytes, when it was last written."""

    path: Path
    size: int
    written: int

    @property
    def name(self) -> str:
        """How messages and the cursor call it."""
        return str(self.path)

    @property
    def state(self) -> tuple[int, int]:
        """What is different once the file is: size and nanoseconds."""
        return self.size, self.written

    @property
    def modified(self) -> datetime:
        """When it was last written."""
        return datetime.fromtimestamp(self.written // 10**9, UTC)

    @property
    def plain_suffix(self) -> str:
        """Its suffix without that of its compression, in small letters."""
        path = self.path.with_suffix("") if self._packed else self.path
        return path.suffix.lower()

    @property
    def _packed(self) -> bool:
        return self.path.suffix.lower() in PACKED

    def format(self, sheet: Sheet) -> Format:
        """How it is written. Raises `NotReadable` where nothing says so."""
        found = sheet.format or FORMATS.get(self.plain_suffix)
        if found is None:
            raise NotReadable(f"{self.name}: its suffix says no format. Set `format` to csv, "
                              "jsonl or parquet.")  # fmt: skip
        return found

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Its bytes, unpacked. Raises `NotReadable` or `Retriable`, also while they are read."""
        if self.size == 0:
            raise NotReadable(
                f"{self.name}: it is empty. Export it again.", reason=Reason.MALFORMED
            )
        try:
            unpacking = PACKED.get(self.path.suffix.lower())
            with unpacking(self.path) if unpacking else self.path.open("rb") as handle:
                yield handle
        except DAMAGED:
            raise NotReadable(
                f"{self.name}: it is cut or damaged and cannot be unpacked. Write it again.",
                reason=Reason.MALFORMED,
            ) from None
        except UnicodeError:
            raise NotReadable(
                f"{self.name}: its text cannot be decoded. Set `encoding` to that of the file, "
                "utf-8-sig, utf-16 or latin-1 for example.",
                reason=Reason.MALFORMED,
            ) from None
        except OSError as error:
            raise trouble(self.path, error) from None


def files(sheet: Sheet) -> list[File]:
    """Every file that is named, by name. Raises `NotReadable` where there is none."""
    path = Path(sheet.path)
    if _is_pattern(path):
        found = [Path(name) for name in glob.glob(sheet.path, recursive=True)]  # noqa: PTH207 -- Path.glob takes no absolute pattern
        found = [one for one in found if one.is_file()]
    elif path.is_dir():
        found = [one for one in _listed(path) if _is_of_format(one, sheet)]
    else:
        return [_file(path)]
    if not found:
        raise NotReadable(f"{path}: no file is there that fits. Check `path`; from a relative one "
                          f"deskpulse looks beside the configuration.")  # fmt: skip
    if len(found) > MOST_FILES:
        raise NotReadable(f"{path}: {len(found)} files are more than {MOST_FILES}. Name fewer.")
    return [_file(one) for one in sorted(found)]


def trouble(path: Path, error: OSError) -> NotReadable | Retriable:
    """What it means that a file could not be opened or read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotReadable(f"{path}: there is no such file. Check `path`; from a relative one "
                           "deskpulse looks beside the configuration.")  # fmt: skip
    if isinstance(error, PermissionError):
        return NotReadable(f"{path}: it may not be read. Give the user that runs deskpulse the "
                           "right to, or close the program that locks it.")  # fmt: skip
    why = error.strerror or type(error).__name__
    return Retriable(f"{path}: reading failed ({why}). Nothing is lost; if it stays so, check the "
                     "disk or the share that it lies on.")  # fmt: skip


def _is_pattern(path: Path) -> bool:
    """A file whose name happens to hold a bracket is no pattern."""
    return glob.has_magic(str(path)) and not path.exists()


def _listed(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if one.is_file() and one.name[0] != "."]
    except OSError as error:
        raise trouble(folder, error) from None


def _is_of_format(path: Path, sheet: Sheet) -> bool:
    found = FORMATS.get(File(path, 0, 0).plain_suffix)
    return found is not None and sheet.format in (None, found)


def _file(path: Path) -> File:
    try:
        told = path.stat()
    except OSError as error:
        raise trouble(path, error) from None
    if not stat.S_ISREG(told.st_mode):
        raise NotReadable(f"{path}: this is no file. Give the path of one.")
    return File(path, told.st_size, told.st_mtime_ns)
