"""Arrivals of the past as they would have been judged then. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np

from exporter.catalog.volume import ARRIVALS, EXPECTED, LOWER, SCORE, UPPER, WINDOWS
from exporter.knowledge import Observation
from exporter.queues import MINUTES
from exporter.reporting.timelines import Band
from exporter.simulation.episodes import Labels
from exporter.usual import Queues
from exporter.volume import Replay
from exporter.volume.arrivals import Flags, Floats

Gauge = dict[Labels, list[tuple[int, float]]]

DRAWN = 3600
"""The window whose arrivals are drawn, in seconds, and how far apart."""

_BY_WINDOW = {ARRIVALS: "arrivals", EXPECTED: "expected", LOWER: "lower", UPPER: "upper"}


def queues(created: Iterable[Observation]) -> Queues:
    """The tickets of each channel by day and minute."""
    found: defaultdict[str, dict[int, dict[int, int]]] = defaultdict(dict)
    for one in created:
        day, minute = divmod(one.at // 60_000, MINUTES)
        minutes = found[one.channel].setdefault(day, {})
        minutes[minute] = minutes.get(minute, 0) + 1
    return found


def gauges(of: Mapping[str, Replay], windows: tuple[int, ...]) -> dict[str, Gauge]:
    """The gauges of arrivals by metric and labels. What was not judged then is left out.

    windows: in seconds, in the order of the replays' columns.
    """
    found: defaultdict[str, Gauge] = defaultdict(dict)
    for channel, told in of.items():
        at, was_judged = told.at.tolist(), ~np.isnan(told.spike)
        for direction, score in (("spike", told.spike), ("drop", told.drop)):
            labels = (("channel", channel), ("direction", direction))
            found[SCORE][labels] = _where(was_judged, at, score)
        for (metric, field), (window, seconds) in product(_BY_WINDOW.items(), WINDOWS.items()):
            labels = (("channel", channel), ("window", window))
            known = was_judged | (metric == ARRIVALS)
            column = windows.index(seconds)
            found[metric][labels] = _where(known, at, getattr(told, field)[:, column])
    return found


def drawn(of: Mapping[str, Replay], windows: tuple[int, ...], since: int) -> dict[str, Band]:
    """What came within each hour from an instant on and what was expected, to be drawn."""
    column = windows.index(DRAWN)
    found = {}
    for channel, told in of.items():
        hours = (told.at % DRAWN == 0) & (told.at >= since) & ~np.isnan(told.spike)
        lower, upper, came = (
            part[hours, column].tolist() for part in (told.lower, told.upper, told.arrivals)
        )
        found[channel] = Band(told.at[hours].tolist(), lower, upper, came)
    return found


def _where(known: Flags, at: list[int], values: Floats) -> list[tuple[int, float]]:
    return [(at[i], float(values[i])) for i in np.flatnonzero(known)]
