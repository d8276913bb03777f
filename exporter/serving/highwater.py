"""How far the published numbers ever got, kept outside the store.

A store that was put back from a backup would show smaller totals than were published before, which
Prometheus would take for a reset. The file beside the store tells that this is such a store.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class HighWater:
    """The store and its version that were last published. Without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._noted: tuple[str, int] | None = None

    def is_ahead_of(self, store_id: str, version: int) -> bool:
        """Whether more of this very store was published than it now holds."""
        noted = self._read()
        return noted is not None and noted[0] == store_id and noted[1] > version

    def note(self, store_id: str, version: int) -> None:
        """Remember what is about to be published."""
        if self._path is None or self._noted == (store_id, version):
            return
        self._noted = store_id, version
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            beside.write_text(json.dumps({"store": store_id, "version": version}))
            beside.replace(self._path)
        except OSError as error:
            log.warning(
                "cannot write %s (%s): a restored store would not be noticed", self._path, error
            )

    def _read(self) -> tuple[str, int] | None:
        if self._path is None or not self._path.exists():
            return None
        try:
            noted = json.loads(self._path.read_text())
            return str(noted["store"]), int(noted["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning(
                "cannot read %s (%s): a restored store would not be noticed", self._path, error
            )
            return None
