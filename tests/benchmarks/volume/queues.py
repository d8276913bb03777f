"""Real arrivals as queues of chosen sizes, on a grid of five minutes, and incidents in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from exporter.volume.arrivals import Arrivals
from exporter.volume.calendar import Calendar

SLOT = 300
WEEK = 7 * 86_400 // SLOT
DATA = Path(__file__).resolve().parents[3].parent / "shared/data"
INCIDENT = 3 * 3600 // SLOT


@dataclass(frozen=True)
class Base:
    """One recorded series: counts, the local rate, which slots are business hours; all by slot."""

    name: str
    start: int
    counts: np.ndarray
    rate: np.ndarray
    business: np.ndarray
    holidays: frozenset[date]
    warmup: int
    busy: float  # tickets of an hour in business

    @property
    def weeks(self) -> int:
        return len(self.counts) // WEEK

    def calendar(self) -> Calendar:
        return Calendar(ZoneInfo("UTC"), self.holidays.__contains__)


def smooth(counts: np.ndarray, hours: float) -> np.ndarray:
    size = int(hours * 12) | 1
    return np.convolve(counts, np.ones(size) / size, mode="same")


@cache
def bank() -> Base:
    table = pd.read_csv(DATA / "volume/bank_calls_5min.csv.xz")
    times = pd.to_datetime(table.DateTime).dt.tz_localize(None)
    series = pd.Series(table.Calls.to_numpy(), index=times)
    grid = pd.date_range("2003-03-03", periods=34 * WEEK, freq="5min")
    counts = series.reindex(grid, fill_value=0).to_numpy()
    days = {day.date() for day in pd.date_range("2003-03-03", periods=34 * 7) if day.weekday() < 5}
    closed = frozenset(days - {day.date() for day in times})
    hour = np.asarray(grid.hour)
    opened = counts > 0
    business = opened & (hour >= 9) & (hour < 17)
    rate = np.where(counts > 0, smooth(counts, 0.5), 0)
    start = int(datetime(2003, 3, 3, tzinfo=UTC).timestamp())
    return Base("bank", start, counts, rate, business, closed, 8, counts[opened].mean() * 12)


@cache
def uci() -> Base:
    table = pd.read_csv(
        DATA / "tickets/uci_incident_event_log.csv.xz", usecols=["number", "opened_at"]
    )
    opened_at = pd.to_datetime(table.drop_duplicates("number").opened_at, format="%d/%m/%Y %H:%M")
    grid = pd.date_range("2016-03-01", "2016-05-31", freq="5min", inclusive="left")
    grid = grid[: len(grid) // WEEK * WEEK]
    counts = pd.Series(1, index=opened_at).resample("5min").sum().reindex(grid, fill_value=0)
    counts = counts.to_numpy()
    closed = frozenset({date(2016, 3, 25), date(2016, 4, 21), date(2016, 5, 26)})
    slot = (
        np.asarray(grid.weekday) * 288 + np.asarray(grid.hour) * 12 + np.asarray(grid.minute) // 5
    )
    ordinary = ~np.isin(grid.date, list(closed))
    mean = np.bincount(slot[ordinary], counts[ordinary], WEEK) / np.bincount(
        slot[ordinary], minlength=WEEK
    )
    rate = smooth(np.tile(mean, 3), 1)[WEEK : 2 * WEEK][slot]
    hour = np.asarray(grid.hour)
    business = (hour >= 9) & (hour < 17) & (np.asarray(grid.weekday) < 5) & ordinary
    start = int(datetime(2016, 3, 1, tzinfo=UTC).timestamp())
    return Base("uci", start, counts, rate, business, closed, 5, counts[business].mean() * 12)


@dataclass(frozen=True)
class Queue:
    name: str
    base: Base
    hourly: float | None  # None: as it is

    @property
    def kept(self) -> float:
        return 1.0 if self.hourly is None else self.hourly / self.base.busy

    def draw(self, seed: np.random.Generator) -> np.ndarray:
        if self.hourly is None:
            return self.base.counts
        return seed.binomial(self.base.counts, self.kept)

    def rates(self) -> np.ndarray:
        return self.base.rate * self.kept


def queues() -> tuple[Queue, ...]:
    return (
        Queue("bank 3/h", bank(), 3),
        Queue("bank 12/h", bank(), 12),
        Queue("bank 50/h", bank(), 50),
        Queue("uci 3/h", uci(), 3),
        Queue("uci", uci(), None),
    )


def incidents(
    queue: Queue, seed: np.random.Generator, times: float
) -> tuple[np.ndarray, np.ndarray]:
    """Tickets on top, and where incidents begin: one three-hour incident begins in the
    business hours of each week after the warm-up."""
    base = queue.base
    extra, begins = np.zeros(len(base.counts), dtype=np.int64), []
    for week in range(base.warmup, base.weeks):
        places = np.flatnonzero(base.business[week * WEEK : (week + 1) * WEEK]) + week * WEEK
        begin = int(seed.choice(places))
        part = slice(begin, begin + INCIDENT)
        extra[part] += seed.poisson((times - 1) * queue.rates()[part])
        begins.append(begin)
    return extra, np.array(begins)


def arrivals(base: Base, counts: np.ndarray) -> Arrivals:
    minutes = np.zeros(len(counts) * 5, dtype=np.int64)
    minutes[::5] = counts
    return Arrivals(base.start, minutes)
