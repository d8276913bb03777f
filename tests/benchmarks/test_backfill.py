"""Six weeks of everything, into the data folder of a fresh Prometheus."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from time import perf_counter

from exporter.history import blocks
from exporter.history.folder import DataFolder
from exporter.history.reading import pasts, watermarks
from exporter.history.times import ago
from exporter.history.writing import History
from tests.benchmarks.figures import COUNT, Figures, Unit
from tests.benchmarks.ledger import desk
from tests.peers import require

TICKETS = 20_000
SECONDS = Unit(1, "{:.0f} s")
FOUR_MINUTES = 240


def test_six_weeks(figures: Figures, tmp_path: Path) -> None:
    promtool = str(require("promtool"))
    data = DataFolder(tmp_path)
    with desk(TICKETS, tmp_path) as made:
        began = perf_counter()
        source = made.poller.source
        seams = watermarks(made.store, [source])
        since = ago(timedelta(weeks=6), seams[source.name])
        history = History(pasts(made.store, [source], seams), since, "deskpulse", "deskpulse")
        with data.locked():
            blocks.write(history, data, promtool, lambda _: None)
        took = perf_counter() - began
    instants = len(history.pasts[0].instants(since))
    figures.note("backfill: series", history.series, COUNT)
    figures.note("backfill: samples", history.series * instants, COUNT)
    figures.at_most("backfill: six weeks into a fresh Prometheus", took, SECONDS, FOUR_MINUTES)
    assert history.series > 3_500
    assert len(list(tmp_path.glob("*/meta.json"))) == history.slices
