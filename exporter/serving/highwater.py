"""How far the published numbers ever got, kept outside the store.

A store that was put back from a backup would show smaller totals than were published before, which
Prometheus would take for a reset. The file beside the store tells that this is such a store, and
goes on telling it until the store has caught up, over restarts too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)


class Mark(msgspec.Struct, frozen=True):
    """What was published last: the store, how many pages of each source it holds, and whether the
    store was put back since and has not caught up.
    """

    store: str
    pages: dict[str, int] = msgspec.field(default_factory=dict)
    restored: bool = False


class HighWater:
    """The mark of one store. Without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._noted: Mark | None = None

    def is_ahead_of(self, store_id: str, pages: Mapping[str, int]) -> bool:
        """Whether more of this very store was published than it now holds; that is then noted."""
        noted = self._read()
        if noted is None or noted.store != store_id:
            return False
        behind = any(pages.get(name, 0) < high for name, high in noted.pages.items())
        if behind and not noted.restored:
            self.note(Mark(noted.store, noted.pages, restored=True))
        return behind or noted.restored

    def note(self, mark: Mark) -> None:
        """Remember what is about to be published."""
        if self._path is None or self._noted == mark:
            return
        self._noted = mark
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            beside.write_bytes(msgspec.json.encode(mark))
            beside.replace(self._path)
        except OSError as error:
            self._tell("cannot write", error)

    def _read(self) -> Mark | None:
        if self._path is None or not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except (OSError, msgspec.DecodeError) as error:
            self._tell("cannot read", error)
            return None

    def _tell(self, what: str, error: Exception) -> None:
        log.warning("%s %s (%s): a restored store would not be noticed", what, self._path, error)
