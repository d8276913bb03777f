"""The key of the installation: what makes a stand-in of a person unguessable.

It lies in `deskpulse.key` beside the configuration, for its user alone, and is made when it is
first needed. Whoever moves the installation moves it too; with another key stand-ins change.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import cached_property
from pathlib import Path

_BYTES = 32


class InstallationKey:
    """The key that belongs to the configuration in `path`."""

    def __init__(self, path: Path) -> None:
        self._file = path.absolute().with_name("deskpulse.key")

    def __call__(self) -> bytes:
        """The key, read or made now. Raises OSError where neither can be done."""
        return self._value

    @cached_property
    def _value(self) -> bytes:
        with contextlib.suppress(FileExistsError):
            opened = os.open(self._file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(opened, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_hex(_BYTES)}\n")
        return bytes.fromhex(self._file.read_text("ascii").strip())
