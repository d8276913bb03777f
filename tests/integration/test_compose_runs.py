"""What the compose file starts, started here: the same words with paths and ports of this machine.

Each service gets a folder in the place of its root file system, with its mounts and volumes in it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import requests
import yaml

from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from tests.compose import Service, services
from tests.peers import require
from tests.programs import CONFIG, DESKPULSE, environment, eventually, get, served, source

PORT: Final = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1)?:(\d{4})\b")
PRESENT: Final = datetime(2026, 3, 18, 15, 0, tzinfo=UTC)


class Started:
    """A service's process on loopback."""

    def __init__(self, service: Service, repository: Path, folder: Path) -> None:
        self.service, self.repository, self.root = service, repository, folder
        self.port = _free_port()
        self.log = folder / "log"
        self._furnish()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program(service.name), *map(self.here, service.command)],
                cwd=self.root / "data" if "/data" in service.volumes else self.root,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def here(self, word: str) -> str:
        """A word of a command with paths and ports as they are here."""
        for target in {**self.service.files, **self.service.volumes}:
            word = re.sub(rf"(^|=){re.escape(target)}(?=$|/)", rf"\1{self.root}{target}", word)
        return PORT.sub(f"127.0.0.1:{self.port}", word)

    def healthy(self) -> bool:
        """What the service's own health check says."""
        assert self.process.poll() is None, self.log.read_text()
        return self.check() == 0

    def check(self) -> int:
        """The exit code of the health check."""
        words = [self.here(word) for word in self.service.health(self.repository)]
        if words[0] == "python":
            words[0] = sys.executable
        elif shutil.which(words[0]) is None:
            with contextlib.suppress(requests.ConnectionError):
                return 0 if get(words[-1]).status_code == 200 else 1
            return 1
        kept = {key: text for key, text in environment().items() if "proxy" not in key.lower()}
        return subprocess.run(
            words, env=kept, capture_output=True, timeout=20, check=False
        ).returncode

    def get(self, path: str) -> requests.Response:
        """What it answers at a path."""
        return get(f"http://127.0.0.1:{self.port}{path}")

    def end(self) -> int:
        """Ask it to end; gives the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def writes(self) -> list[Path]:
        """The regular files that it holds open for writing, its log left out."""
        found = []
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                file, mode = entry.readlink(), entry.lstat().st_mode
                if mode & stat.S_IWUSR and file.is_file() and file != self.log:
                    found.append(file)
        return found

    def _furnish(self) -> None:
        for target in self.service.volumes:
            (self.root / target[1:]).mkdir(parents=True, exist_ok=True)
        for target, (file, _) in self.service.files.items():
            place = self.root / target[1:]
            place.parent.mkdir(parents=True, exist_ok=True)
            if (self.repository / file).exists() and not place.exists():
                place.symlink_to(self.repository / file)


def program(name: str) -> str:
    """The program that the image of a service starts."""
    if name in {"exporter", "demo"}:
        return DESKPULSE
    return str(require(name))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.contextmanager
def started(name: str, repository: Path, folder: Path) -> Iterator[Started]:
    one = Started(services(repository)[name], repository, folder)
    try:
        eventually(one.healthy, f"the health of {name}")
        yield one
        assert one.end() == 0, one.log.read_text()
        assert one.check() != 0, "who has ended is not healthy"
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)


def stays_within(one: Started) -> None:
    """What it writes lies in its volumes or in what compose gives it as a temporary folder."""
    if not Path("/proc/self/fd").is_dir():
        return
    temporary = [Path(os.environ.get("TMPDIR", "/tmp"))] if one.service.raw.get("tmpfs") else []  # noqa: S108
    volumes = [one.root / target[1:] for target in one.service.volumes]
    places = volumes or temporary
    outside = [
        file for file in one.writes() if not any(file.is_relative_to(here) for here in places)
    ]
    assert outside == [], "the root file system is read only"


def test_the_exporter_runs(root: Path, tmp_path: Path) -> None:
    desk = SeededDesk(6, present=PRESENT, rate=1, weeks=1)
    with served(desk, StandingClock(PRESENT)) as server:
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / CONFIG).write_text(yaml.safe_dump({"sources": {"desk": source(server)}}))
        with started("exporter", root, tmp_path) as one:
            eventually(lambda: one.get("/-/ready").status_code == 200, "readiness")
            assert "support_tickets_open{" in one.get("/metrics").text
            assert one.writes(), "the check below sees what it writes"
            stays_within(one)
    assert (folder / "deskpulse.db").is_file(), "the store lies on the volume"


def test_the_demo_runs(root: Path, tmp_path: Path) -> None:
    with started("demo", root, tmp_path) as one:
        eventually(lambda: one.get("/-/ready").status_code == 200, "readiness", within=240)
        assert "support_tickets_open{" in one.get("/metrics").text
        stays_within(one)


def test_prometheus_runs_with_the_rules_and_knows_its_targets(root: Path, tmp_path: Path) -> None:
    with started("prometheus", root, tmp_path) as one:
        eventually(lambda: one.get("/-/ready").status_code == 200, "readiness")
        groups = one.get("/api/v1/rules").json()["data"]["groups"]
        files = (root / "alerts/rules" / f"{name}.yml" for name in ("deskpulse", "economics"))
        wanted = [one for file in files for one in yaml.safe_load(file.read_text())["groups"]]
        assert [group["name"] for group in groups] == [group["name"] for group in wanted]
        assert wanted
        (target,) = eventually(lambda: targets(one), "the target")
        assert target["scrapeUrl"] == "http://exporter:9464/metrics"
        assert target["labels"]["instance"] == "deskpulse", "constant, whatever the address"
        flags = one.get("/api/v1/status/flags").json()["data"]
        assert flags["web.enable-lifecycle"] == "false"
        assert flags["enable-feature"] == "exemplar-storage"
        assert one.writes(), "the check below sees what it writes"
        stays_within(one)


def targets(one: Started) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.get("/api/v1/targets").json()["data"]["activeTargets"]
    return found


def test_the_alertmanager_runs(root: Path, tmp_path: Path) -> None:
    with started("alertmanager", root, tmp_path) as one:
        eventually(lambda: one.get("/-/ready").status_code == 200, "readiness")
        status = one.get("/api/v2/status").json()
        assert status["cluster"]["status"] == "disabled"
        assert "severity" in status["config"]["original"]
        stays_within(one)
