"""Out of the store, what a simulation tries alerts on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from connectors import Fact
from exporter.catalog import CATALOG
from exporter.history.reading import pasts
from exporter.reporting.books import Books, opened
from exporter.reporting.period import Period
from exporter.simulation.episodes import Labels
from exporter.simulation.simulation import LOOK_BACK, STEP, Stored
from exporter.simulation.standing import counted, stays
from exporter.simulation.volume import drawn, queues
from exporter.simulation.volume import gauges as arrivals
from exporter.source import Source
from exporter.store import Store


def stored(store: Store, source: Source, period: Period, job: str, instance: str) -> Stored:
    """What is known of a source over a period and the time before it that rules look back to.

    job, instance: the labels that a scrape adds. Raises `Unanswerable`, `Refused`.
    """
    step = STEP * 1000
    instants = np.arange((period.since - LOOK_BACK) // step * step, period.until + 1, step)
    past = pasts(store, [source], {source.name: int(instants[-1])})[0]
    with opened(store, source) as books:
        gauges = _open(books, instants)
        channels = queues(books.observations({Fact.CREATED}))
    since, until = (int(at) // 1000 for at in (instants[0], instants[-1]))
    told, windows = source.usual.replay(channels, since, until + 1), source.usual.windows
    return Stored(
        past,
        {**gauges, **arrivals(told, windows)},
        drawn(told, windows, period.since // 1000),
        job,
        instance,
    )


def _open(
    books: Books, instants: np.ndarray
) -> Mapping[str, Mapping[Labels, Sequence[tuple[int, float]]]]:
    """What stood open, by metric and labels as `/metrics` shows them."""
    answered = {o.subject: o.at for o in books.observations({Fact.FIRST_RESPONSE})}
    sums: dict[str, dict[Labels, np.ndarray]] = defaultdict(dict)
    for (name, values), numbers in counted(stays(books.tickets(), answered), instants).items():
        metric = CATALOG[name]
        labels = tuple(zip(metric.labels, books.shown_labels(metric, values), strict=True))
        sums[name][labels] = sums[name].get(labels, 0) + numbers
    seconds = (instants // 1000).tolist()
    return {
        name: {labels: list(zip(seconds, map(float, n), strict=True)) for labels, n in of.items()}
        for name, of in sums.items()
    }
