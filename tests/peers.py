"""What a test needs from outside the repository: real programs and real data.

On a developer's machine an absent peer skips the test and says why. Under `CI=true` it fails,
because there a skipped test is a test that nobody will miss.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Final, NoReturn

import pytest

NAMES: Final = {
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}
REMEDIES: Final = {
    "promtool": "it comes with Prometheus: apt install prometheus, or brew install prometheus",
    "amtool": "it comes with Alertmanager: apt install prometheus-alertmanager",
    "prometheus": "apt install prometheus, or brew install prometheus",
    "chromium": "apt install chromium, or brew install chromium",
    "victoria-metrics": "apt install victoria-metrics",
}
SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"


def require(program: str) -> Path:
    """Where `program` is installed; without it the test is skipped, under CI=true it fails."""
    for name in NAMES.get(program, (program,)):
        if found := shutil.which(name):
            return Path(found)
    remedy = REMEDIES.get(program, "install it and put it on the PATH")
    _absent(f"{program} is not installed: {remedy}", fail=in_ci())


def installed(path: Path, remedy: str) -> None:
    """See that there is a peer at `path`, as `require` does of a program."""
    if not path.exists():
        _absent(f"there is no {path}: {remedy}", fail=in_ci())


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def free_address() -> str:
    """The same as HOST:PORT."""
    return f"127.0.0.1:{free_port()}"


def shared_data(relative: str) -> Path:
    """The file or folder `relative` of the data beside the repository (`../shared/data`).

    Absent data skips the test. Under CI=true it fails, unless there is no `../shared` at all.
    """
    path = SHARED / "data" / relative
    if path.exists():
        return path
    _absent(f"there is no ../shared/data/{relative}", fail=in_ci() and SHARED.is_dir())


def in_ci() -> bool:
    """Whether the tests run where nothing may be missing."""
    return os.environ.get("CI", "").lower() == "true"


def _absent(reason: str, *, fail: bool) -> NoReturn:
    if fail:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
