"""A real Prometheus on loopback, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from alerts.prometheus import render
from tests.peers import free_address, require
from tests.servers import server


@dataclass(frozen=True)
class Prometheus:
    """Where a Prometheus answers."""

    url: str

    def query(self, promql: str) -> list[dict[str, Any]]:
        """The result of an instant query."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{self.url}/api/v1/query", params={"query": promql}, timeout=20)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def value(self, promql: str) -> float | None:
        """The sum of an instant query's values; None where there is no series."""
        found = self.query(promql)
        return sum(float(one["value"][1]) for one in found) if found else None

    def samples(self, selector: str) -> list[list[float]]:
        """Every sample that it keeps of each series, oldest first."""
        found = self.query(f"{selector}[1h]")
        return [[float(value) for _, value in one["values"]] for one in found]


@contextmanager
def prometheus(
    folder: Path,
    target: str,
    *,
    scrape_interval: str = "1s",
    flags: Sequence[str] = (),
    rules: str = "",
    alertmanager: str | None = None,
) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `target` (HOST:PORT) while the context is open.

    folder: its data lie in `data` in it, which may have blocks already. flags: more of its own.
    rules: the text of a rule file. alertmanager: HOST:PORT of whom it tells.
    """
    program = require("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    config, file = folder / "prometheus.yml", folder / "rules.yml"
    file.write_text(rules or "groups: []\n")
    config.write_text(
        render(
            target=target,
            alertmanager=alertmanager,
            rules=[file],
            scrape_interval=scrape_interval,
            evaluation_interval="1s",
        )
    )
    address = free_address()
    command = [
        str(program),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        *flags,
    ]
    with server(command, f"http://{address}/-/ready", folder / "log"):
        yield Prometheus(f"http://{address}")
