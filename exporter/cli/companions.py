"""Prometheus and Alertmanager beside the demo: started where they are installed, ended with it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import alerts.alertmanager
import alerts.prometheus
import alerts.rules
from alerts.parameters import DEMO
from alerts.receivers import Webhook, everywhere
from exporter.programs import ALERTMANAGER, PROMETHEUS, Program, free_address, running

_SCRAPE = "1s"


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
    address = free_address()
    command = [
        found,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        f"--web.external-url=http://{address}/",
        "--cluster.listen-address=",
    ]
    ending.enter_context(running(command, folder / "alertmanager.log"))
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
    address = free_address()
    command = [
        found,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address={address}",
        f"--web.external-url=http://{address}/",
        "--enable-feature=exemplar-storage",
    ]
    ending.enter_context(running(command, folder / "prometheus.log"))
    return Companion(PROMETHEUS, f"http://{address}/")
