"""What Grafana waits for: every query of the Overview, on six weeks of history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboards.building import built
from exporter.history import blocks
from exporter.history.folder import DataFolder
from exporter.history.reading import pasts, watermarks
from exporter.history.times import ago
from exporter.history.writing import History
from tests.benchmarks.figures import COUNT, MILLISECONDS, Figures, medians
from tests.benchmarks.ledger import desk
from tests.peers import require
from tests.programs import get
from tests.prometheus import prometheus

TICKETS = 20_000
SHOWN = timedelta(days=7)
POINTS = 900
"""Across a panel of half a screen's width."""
GOAL, LIMIT = 0.3, 3.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A Prometheus with six weeks of history of so many series, and where that ends in Unix
    seconds.
    """

    url: str
    end: float
    series: int

    def ask(self, panel: dict[str, Any], expr: str) -> list[Any]:
        """What a panel asks, as Grafana asks it."""
        if panel["type"] in {"stat", "table"}:
            return self._get("query", query=expr, time=f"{self.end:.3f}")
        step = max(SHOWN.total_seconds() / POINTS, seconds(panel.get("interval", "1m")))
        begin = self.end - SHOWN.total_seconds()
        span = {"start": f"{begin:.3f}", "end": f"{self.end:.3f}", "step": f"{step:.0f}"}
        return self._get("query_range", query=expr, **span)

    def _get(self, path: str, **words: str) -> list[Any]:
        answer = get(f"{self.url}/api/v1/{path}?{urlencode(words)}").json()
        assert answer["status"] == "success", answer
        found: list[Any] = answer["data"]["result"]
        return found


def seconds(word: str) -> float:
    """A length of time as Grafana writes it."""
    return float(word[:-1]) * {"m": 60, "h": 3600}[word[-1]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("six-weeks")
    data = folder / "data"
    data.mkdir()
    require("prometheus")
    with desk(TICKETS, folder) as made:
        source = made.poller.source
        seams = watermarks(made.store, [source])
        since = ago(timedelta(weeks=6), seams[source.name])
        history = History(pasts(made.store, [source], seams), since, "deskpulse", "deskpulse")
        held = DataFolder(data)
        with held.locked():
            blocks.write(history, held, str(require("promtool")), lambda _: None)
    flags = ["--storage.tsdb.retention.time=400d"]
    with prometheus(folder, "127.0.0.1:9", flags=flags) as peer:
        yield Kept(peer.url, seams[source.name] / 1000, history.series)


def filled(expr: str) -> str:
    """A query with everything chosen."""
    return re.sub(r"\$[a-z_]+", lambda m: "1h" if m[0] == "$__rate_interval" else ".+", expr)


def test_every_query_of_the_overview(kept: Kept, figures: Figures) -> None:
    asked = [
        (f"{panel['title']} {target['refId']}", panel, filled(target["expr"]))
        for panel in built()["overview"]["panels"]
        for target in panel["targets"]
    ]
    took = medians([asking(kept, panel, expr) for _, panel, expr in asked], 5)
    slowest, name = max(zip(took, (name for name, _, _ in asked), strict=True))
    figures.note("Overview: series in Prometheus", kept.series, COUNT)
    figures.note("Overview: queries", len(asked), COUNT)
    figures.at_most(f"Overview: {name}", slowest, MILLISECONDS, GOAL, limit=LIMIT)
    figures.note("Overview: all queries, one after the other", sum(took), MILLISECONDS)
    assert kept.series > 2_000


def asking(kept: Kept, panel: dict[str, Any], expr: str) -> Callable[[], object]:
    """One query of a panel, to be asked."""
    return lambda: kept.ask(panel, expr)
