"""The past as blocks in the data folder of a fresh Prometheus, made by promtool."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from exporter.history.folder import DataFolder
from exporter.history.openmetrics import END, page
from exporter.history.times import HOUR, LONG
from exporter.history.verdict import Refused
from exporter.history.writing import History, Part

Progress = Callable[[int], None]
"""Told after each slice how many are done."""

_AT_ONCE = 2
_PATIENCE = 600
_QUICK = {"GOGC": "off", "GOMEMLIMIT": "512MiB"}
"""Without looking for garbage, up to so much of it, promtool takes a quarter less."""


def write(history: History, folder: DataFolder, promtool: str, progress: Progress) -> None:
    """Make blocks of a history in a folder that is locked and that no Prometheus has lived on.

    Raises `Refused` where promtool cannot make them; the data in the folder is then untouched.
    """
    staging = folder.begin()
    under_way: deque[Future[None]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, parts in enumerate(history.run()):
            text = staging / f"{number}.om"
            if _spell(parts, history, text):
                under_way.append(pool.submit(make, promtool, text, staging))
            if len(under_way) > _AT_ONCE:
                under_way.popleft().result()
            progress(number + 1)
        for one in under_way:
            one.result()
    folder.finish(
        {
            "seams": {past.source: past.seam for past in history.pasts},
            "since": history.since,
            "job": history.job,
            "instance": history.instance,
        }
    )


def _spell(parts: list[Part], history: History, path: Path) -> bool:
    """Write the samples of a slice into a file; gives whether there are any."""
    wrote = False
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for part in parts:
            for text in page(part.lines(), part.instants, history.target):
                wrote = True
                file.write(text)
        file.write(END)
    return wrote


def make(promtool: str, text: Path, folder: Path, longest: int = LONG) -> None:
    """Make a block in a folder of a file of OpenMetrics, which is then gone. Raises `Refused`.

    longest: the length of the block in milliseconds, one of those that Prometheus has.
    """
    # Without it promtool makes several blocks of a long slice, and reads it again for each.
    one_block = f"--max-block-duration={longest // HOUR}h"
    command = ["tsdb", "create-blocks-from", "--quiet", one_block, "openmetrics"]
    try:
        done = subprocess.run(  # noqa: S603 -- what the operator named, with arguments of ours
            [promtool, *command, str(text), str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            env={**os.environ, **_QUICK},
            process_group=0,  # the terminal's Ctrl-C is for us
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(
            f"{promtool} could not be run to its end ({type(error).__name__})."
        ) from error
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise Refused(f"{promtool} made no block and said: {said}. Is the disk full?")
    text.unlink()
