"""Programs of others: found on the PATH, run to their end, or running beside us until ours."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE = 5.0
# Linux then ends the program when we are gone, even where nobody could ask us to clean up.
_TETHER = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that we would like to start.

    names: what it is called on the PATH. remedy: how to get it.
    """

    title: str
    names: tuple[str, ...]
    remedy: str

    def find(self) -> str | None:
        """Where it is installed."""
        return next((found for name in self.names if (found := shutil.which(name))), None)


PROMETHEUS: Final = Program(
    "Prometheus", ("prometheus",), "apt install prometheus, or brew install prometheus"
)
PROMTOOL: Final = Program("promtool", ("promtool",), f"{PROMETHEUS.remedy} brings it")
ALERTMANAGER: Final = Program(
    "Alertmanager",
    ("prometheus-alertmanager", "alertmanager"),
    "apt install prometheus-alertmanager, or see prometheus.io",
)
AMTOOL: Final = Program("amtool", ("amtool",), f"{ALERTMANAGER.remedy}, brings it")


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a program that ran to its end. words: all that it printed."""

    succeeded: bool
    words: str


def said(found: str, words: Sequence[object]) -> Said:
    """Run what `Program.find` found to its end."""
    done = subprocess.run(  # noqa: S603 -- found on the PATH, with arguments of ours
        [found, *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode == 0, f"{done.stdout}{done.stderr}".strip())


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """A program, while the context is open; what it says goes into the file `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- found on the PATH, with arguments of ours
            [sys.executable, "-c", _TETHER, *command] if sys.platform == "linux" else command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # the terminal's Ctrl-C is for us; we end the program ourselves
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_address() -> str:
    """HOST:PORT on this machine where nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
