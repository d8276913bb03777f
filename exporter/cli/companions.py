"""Prometheus and Alertmanager beside the demo: started where they are installed, ended with it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import alerts.alertmanager
import alerts.prometheus
import alerts.rules
from alerts.parameters import DEMO
from alerts.receivers import Webhook, everywhere
from exporter.cli.program import ALERTMANAGER, PROMETHEUS, Program

_PATIENCE = 5.0
_SCRAPE = "1s"
# Linux then ends the program when we are gone, even where nobody could ask us to clean up.
_TETHER = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, slots=True)
class Companion:
    """A program and where it answers; without an address it is not installed."""

    program: Program
    url: str | None

    def __str__(self) -> str:
        title = f"{self.program.title:<13}"
        return f"{title}{self.url or f'is not installed: {self.program.remedy}'}"


@contextlib.contextmanager
def companions(
    folder: Path, target: str, webhook: str, past: Callable[[Path], None]
) -> Iterator[list[Companion]]:
    """Both programs, configured for `target` (HOST:PORT of /metrics), while the context is open.

    folder: for their data, configuration and logs. webhook: where notifications go.
    past: fills the data folder of Prometheus before it is started.
    """
    with contextlib.ExitStack() as ending:
        alertmanager = _alertmanager(folder, webhook, ending)
        prometheus = _prometheus(folder, target, alertmanager, past, ending)
        yield [prometheus, alertmanager]


def _alertmanager(folder: Path, webhook: str, ending: contextlib.ExitStack) -> Companion:
    found = ALERTMANAGER.find()
    if found is None:
        return Companion(ALERTMANAGER, None)
    config = folder / "alertmanager.yml"
    config.write_text(alerts.alertmanager.render(everywhere(Webhook(webhook))))
    address = _free_address()
    command = [
        found,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        f"--web.external-url=http://{address}/",
        "--cluster.listen-address=",
    ]
    ending.enter_context(_running(command, folder / "alertmanager.log"))
    return Companion(ALERTMANAGER, f"http://{address}/")


def _rules(folder: Path) -> list[Path]:
    """Write the demo's rules into a folder; gives the files."""
    rules = {
        folder / "rules.yml": alerts.rules.render(DEMO),
        folder / "economics.yml": alerts.rules.render(DEMO, alerts.rules.ECONOMICS),
    }
    for path, text in rules.items():
        path.write_text(text)
    return list(rules)


def _prometheus(
    folder: Path,
    target: str,
    alertmanager: Companion,
    past: Callable[[Path], None],
    ending: contextlib.ExitStack,
) -> Companion:
    found = PROMETHEUS.find()
    if found is None:
        return Companion(PROMETHEUS, None)
    data = folder / "prometheus"
    data.mkdir()
    past(data)
    config = folder / "prometheus.yml"
    at = alertmanager.url.removeprefix("http://").rstrip("/") if alertmanager.url else None
    config.write_text(
        alerts.prometheus.render(
            target=target,
            alertmanager=at,
            rules=_rules(folder),
            scrape_interval=_SCRAPE,
            evaluation_interval=_SCRAPE,
        )
    )
    address = _free_address()
    command = [
        found,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address={address}",
        f"--web.external-url=http://{address}/",
        "--enable-feature=exemplar-storage",
    ]
    ending.enter_context(_running(command, folder / "prometheus.log"))
    return Companion(PROMETHEUS, f"http://{address}/")


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
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


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
