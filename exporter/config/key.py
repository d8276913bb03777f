"""The key of the installation: what makes a stand-in of a person unguessable.

It lies in `deskpulse.key` beside the configuration, for its user alone, and is made when it is
first needed. Whoever moves the installation moves it too; with another key stand-ins change.
It comes into being whole: written beside its place and then linked there, unless another process
was first.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Final

from exporter.config.problems import ConfigError, Problem

BYTES: Final = 32
WHOLE: Final = re.compile(rb"[0-9A-Fa-f]{%d}" % (2 * BYTES))
OF_ANOTHER: Final = (
    f"does not hold a whole key of {BYTES} bytes in hexadecimal digits: put the key of this "
    "installation back from a copy, or remove the file so that a new one is made; people then "
    "have other stand-ins than before"
)


class InstallationKey:
    """The key that belongs to the configuration in `path`."""

    def __init__(self, path: Path) -> None:
        self._file = path.absolute().with_name("deskpulse.key")

    def __call__(self) -> bytes:
        """The 32 bytes, read or made now. Raises `ConfigError` where neither can be done."""
        return self._value

    @cached_property
    def _value(self) -> bytes:
        try:
            if not self._file.exists():
                self._make()
            written = self._file.read_bytes().strip()
        except OSError as error:
            raise self._verdict(
                f"cannot be read or made ({error.strerror}): let the user that runs deskpulse "
                "write to this folder, or put the key of this installation there for that user "
                "to read"
            ) from error
        if not WHOLE.fullmatch(written):
            raise self._verdict(OF_ANOTHER)
        return bytes.fromhex(written.decode("ascii"))

    def _make(self) -> None:
        beside = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}")
        opened = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(opened, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_hex(BYTES)}\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(beside, self._file)
        finally:
            beside.unlink()

    def _verdict(self, message: str) -> ConfigError:
        return ConfigError([Problem(self._file, 0, "", message)])
