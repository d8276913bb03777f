"""The data folder of a Prometheus that does not run, and has never run on it.

New blocks lie in a folder of their own until all are made. So whatever ends the work early, the
data folder is either as it was or complete, and a second run never makes a block twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exporter.history.verdict import Refused

_MEMO = "deskpulse-backfill.json"
_STAGING = "deskpulse-backfill.tmp"
_ELSE = "Use `deskpulse backfill remote-write` for a Prometheus that already lives."


class DataFolder:
    """What `--storage.tsdb.path` names. Raises `Refused` where there is no such folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.staging = path / _STAGING
        if not path.is_dir():
            raise Refused(
                f"There is no folder {path}. Make it, as the user that Prometheus runs as, and "
                "give Prometheus the same one with --storage.tsdb.path."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else uses the folder meanwhile. Raises `Refused` where a Prometheus does."""
        lock = self.path / "lock"
        try:
            handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise Refused(
                f"The folder {self.path} cannot be written ({error.strerror}). Run this as the "
                "user that Prometheus runs as."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise Refused(f"A Prometheus runs on {self.path}: its lock is held. {_ELSE}") from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            os.close(handle)

    def done(self) -> dict[str, Any] | None:
        """What was written here before, as `finish` was told; a move that broke off is ended."""
        if (self.staging / _MEMO).is_file():
            self._move()
        memo = self.path / _MEMO
        return None if not memo.is_file() else json.loads(memo.read_text("utf-8"))

    def refuse_living(self, since: int) -> None:
        """Raises `Refused` where a Prometheus has begun, or has samples that ours would meet."""
        for name in ("wal", "wbl", "chunks_head"):
            if any(found.is_file() for found in (self.path / name).rglob("*")):
                # Some distributions run it without a lock: its files may be all there is to see.
                raise Refused(
                    f"A Prometheus runs or has run on {self.path}: {name}/ has its files, and "
                    "older blocks beside them would make it throw newer samples away. Give a "
                    f"folder that is empty. {_ELSE}"
                )
        for block in sorted(self.path.glob("*/meta.json")):
            if (end := _end(block)) > since:
                until = datetime.fromtimestamp(end / 1000, UTC)
                raise Refused(
                    f"{self.path} already has the block {block.parent.name} with samples up to "
                    f"{until:%Y-%m-%d %H:%M} UTC, which ours would overlap. Give a folder that "
                    f"is empty. {_ELSE}"
                )

    def begin(self) -> Path:
        """An empty folder for the new blocks."""
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir()
        return self.staging

    def finish(self, memo: dict[str, Any]) -> None:
        """Let the new blocks be part of the data, and remember what was written."""
        draft = self.staging / f"{_MEMO}.tmp"
        draft.write_text(json.dumps(memo, sort_keys=True), "utf-8")
        draft.rename(self.staging / _MEMO)
        self._move()

    def _move(self) -> None:
        for block in sorted(self.staging.glob("*/meta.json")):
            block.parent.rename(self.path / block.parent.name)
        (self.staging / _MEMO).rename(self.path / _MEMO)
        shutil.rmtree(self.staging, ignore_errors=True)


def _end(meta: Path) -> int:
    try:
        return int(json.loads(meta.read_text("utf-8"))["maxTime"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{meta.parent} is no block that can be read, so its time is not known. Prometheus "
            "would not start on it either: take it away, or give another folder."
        ) from error
