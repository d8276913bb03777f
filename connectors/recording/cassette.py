"""The file of a recording: what was asked and answered, scrubbed, in the order of time."""

from __future__ import annotations

import codecs
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec

VERSION: Final = 1
MARK: Final = b'"deskpulse_recording"'
AGAIN: Final = "Make another with `deskpulse connector record`."


class CassetteError(Exception):
    """A file that cannot be replayed; the message names it and says what to do."""


class Asked(msgspec.Struct, frozen=True):
    """A request. query: names and values, sorted. body: what was sent, where that was JSON."""

    method: str
    path: str
    query: list[tuple[str, str]] = []
    body: Any = None


class Answered(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer. json: its body; unset where it had none of that kind, which `text` stands for."""

    status: int
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    text: str = ""


class Turn(msgspec.Struct, frozen=True):
    """A request and its answer."""

    request: Asked
    answer: Answered


class Cassette(msgspec.Struct, frozen=True):
    """One poll of one vendor.

    since: the instant from which on the connector was asked to read; None: all there is.
    pages: how many it gave. whole: whether it came to its end.
    settings: with which it reads this again; no secret and no address is in them.
    """

    deskpulse_recording: int
    vendor: str
    recorded_at: datetime
    since: datetime | None
    pages: int
    whole: bool
    settings: dict[str, Any]
    turns: list[Turn]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The recording in a file. Raises `CassetteError`."""
        try:
            text = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        except OSError as error:
            raise CassetteError(f"{path}: {error.strerror}. Name a recording.") from None
        try:
            cassette = msgspec.json.decode(text, type=cls)
        except msgspec.ValidationError as error:
            raise CassetteError(_unfit(path, text, str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CassetteError(_broken(path, text)) from None
        if cassette.deskpulse_recording != VERSION:
            raise CassetteError(
                f"{path} was recorded by another version of deskpulse (its form is "
                f"{cassette.deskpulse_recording}, and this one reads {VERSION}). {AGAIN}"
            )
        return cassette

    def text(self) -> bytes:
        """As the file says it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    def write(self, path: Path) -> None:
        """Write the file in one step. Raises `CassetteError` where that cannot be."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_bytes(self.text())
            draft.replace(path)
        except OSError as error:
            raise CassetteError(
                f"{path} cannot be written: {error.strerror}. Name another file with --to."
            ) from None
        finally:
            draft.unlink(missing_ok=True)


def _broken(path: Path, text: bytes) -> str:
    if MARK not in text[:100]:
        return f"{path} is no recording of deskpulse. {AGAIN}"
    return f"{path} is cut off or was changed: it ends or breaks in the middle. {AGAIN}"


def _unfit(path: Path, text: bytes, error: str) -> str:
    if MARK not in text[:100]:
        return f"{path} is no recording of deskpulse. {AGAIN}"
    return f"{path} was changed: {error}. {AGAIN}"
