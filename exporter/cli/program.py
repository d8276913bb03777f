"""Programs of others that are used where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Program:
    """A program that may be installed.

    names: what it is called on the PATH. remedy: how to get it.
    """

    title: str
    names: tuple[str, ...]
    remedy: str

    def find(self) -> str | None:
        """Where it is installed."""
        return next((found for name in self.names if (found := shutil.which(name))), None)


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
