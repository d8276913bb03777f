"""Programs on loopback that answer over HTTP, each while a test needs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.programs import eventually, get


@contextmanager
def server(command: Sequence[str], ready: str, log: Path) -> Iterator[None]:
    """A program that answers at the address `ready`, and has ended when the context is left.

    log: gets what it prints.
    """
    with log.open("wb") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: answers(ready), f"{Path(command[0]).name} that answers")
        yield
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    """Whether there is a 200 at this address."""
    try:
        return get(url).status_code == 200
    except requests.ConnectionError:
        return False
