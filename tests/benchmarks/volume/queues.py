"""Real arrivals as queues of chosen sizes, on a grid of five minutes, and incidents in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from exporter.volume import Arrivals, Calendar
from exporter.volume.arrivals import Flags, Floats, Integers
from tests.peers import shared_data

SLOT: Final = 300
DAY: Final = 86_400 // SLOT
WEEK: Final = 7 * DAY
INCIDENT: Final = 3 * 3600 // SLOT
BUSINESS: Final = (9, 17)
BRAZIL: Final = frozenset({date(2016, 3, 25), date(2016, 4, 21), date(2016, 5, 26)})
"""The days without the usual work in the log of incidents."""

BATCH: Final = np.arange("2016-05-02", "2016-05-14", dtype="datetime64[D]")
EVENING: Final = 20
"""On its weekdays, between 21:00 and 23:00, twenty incidents come at once in that log."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A recorded series.

    counts: by slot. rate: the local one, what the series is about without chance. business: whether
    a slot lies in business hours. batch: whether in an evening of a new nightly batch, which may
    ring twice. typical: tickets of an open hour. warmup: weeks.
    """

    start: int
    counts: Integers
    rate: Floats
    business: Flags
    batch: Flags
    holidays: frozenset[date]
    typical: float
    warmup: int

    @property
    def weeks(self) -> int:
        return len(self.counts) // WEEK

    def calendar(self) -> Calendar:
        return Calendar(ZoneInfo("UTC"), self.holidays.__contains__)

    def arrivals(self, counts: Integers) -> Arrivals:
        """The tickets of a slot in its first minute: no evaluation at whole slots can tell."""
        minutes = np.zeros(len(counts) * SLOT // 60, dtype=np.int64)
        minutes[:: SLOT // 60] = counts
        return Arrivals(self.start, minutes)


@dataclass(frozen=True, slots=True)
class Queue:
    """A series thinned to so many tickets in a typical hour; None: as it is."""

    name: str
    series: Series
    hourly: float | None

    @property
    def kept(self) -> float:
        return 1.0 if self.hourly is None else self.hourly / self.series.typical

    @property
    def rate(self) -> Floats:
        return self.series.rate * self.kept

    def draw(self, chance: np.random.Generator) -> Integers:
        """Its arrivals without incidents."""
        if self.hourly is None:
            return self.series.counts
        return chance.binomial(self.series.counts, self.kept)


@dataclass(frozen=True, slots=True, eq=False)
class Incidents:
    """Arrivals with incidents, and the slots at which they begin."""

    counts: Integers
    begins: Integers


def incidents(
    queue: Queue, counts: Integers, chance: np.random.Generator, times: float
) -> Incidents:
    """An incident of three hours in each week after the warm-up, begun in business hours: so many
    times the local rate. With times 0 nothing comes: the form is broken."""
    series, counts = queue.series, counts.copy()
    begins = np.zeros(series.weeks - series.warmup, dtype=np.int64)
    for week in range(series.warmup, series.weeks):
        places = np.flatnonzero(series.business[week * WEEK : (week + 1) * WEEK])
        begin = week * WEEK + int(chance.choice(places))
        part = slice(begin, begin + INCIDENT)
        counts[part] += chance.poisson(max(0.0, times - 1) * queue.rate[part])
        counts[part] *= times > 0
        begins[week - series.warmup] = begin
    return Incidents(counts, begins)


def queues() -> tuple[Queue, ...]:
    """The five that everything is measured on."""
    return (
        Queue("bank, 3 an hour", bank(), 3),
        Queue("bank, 12 an hour", bank(), 12),
        Queue("bank, 50 an hour", bank(), 50),
        Queue("incidents, 3 an hour", log(), 3),
        Queue("incidents as they are", log(), None),
    )


@cache
def bank() -> Series:
    """Calls to a bank, 34 weeks of 2003; weekdays without a call are its holidays."""
    table = pd.read_csv(shared_data("volume/bank_calls_5min.csv.xz"))
    times = pd.to_datetime(table.DateTime).dt.tz_localize(None)
    grid = pd.date_range("2003-03-03", periods=34 * WEEK, freq="5min")
    counts = pd.Series(table.Calls.to_numpy(), index=times).reindex(grid, fill_value=0).to_numpy()
    worked = counts.reshape(-1, DAY).any(axis=1)
    weekdays = grid[::DAY][~worked & (grid[::DAY].day_of_week < 5)]
    rate = np.where(counts > 0, _smooth(counts, 6), 0.0)
    business = _business(grid) & (counts > 0)
    holidays = frozenset(day.date() for day in weekdays)
    typical = float(counts[counts > 0].mean()) * 3600 / SLOT
    batch = np.zeros(len(grid), dtype=np.bool_)
    return Series(_seconds(grid), counts, rate, business, batch, holidays, typical, warmup=8)


@cache
def log() -> Series:
    """Incidents opened in a ServiceNow from March to May 2016; the local rate is that of the hour
    of the week, over all weeks."""
    path = shared_data("tickets/uci_incident_event_log.csv.xz")
    tickets = pd.read_csv(path, usecols=["number", "opened_at"]).drop_duplicates("number")
    opened = pd.to_datetime(tickets.opened_at, format="%d/%m/%Y %H:%M")
    grid = pd.date_range("2016-03-01", periods=13 * WEEK, freq="5min")
    table = pd.Series(1, index=opened).resample("5min").sum().reindex(grid, fill_value=0)
    counts = table.to_numpy().astype(np.int64)
    ordinary = ~np.isin(np.array(grid.date, dtype="datetime64[D]"), np.array(sorted(BRAZIL)))
    slot = np.arange(len(grid)) % WEEK
    mean = np.bincount(slot, counts * ordinary) / np.bincount(slot, ordinary)
    rate = np.tile(_smooth(np.tile(mean, 3), 12)[WEEK : 2 * WEEK], 13)
    business = _business(grid) & ordinary
    typical = float(counts[business].mean()) * 3600 / SLOT
    batch = np.isin(np.array(grid.date, dtype="datetime64[D]"), BATCH) & (grid.hour >= EVENING)
    return Series(_seconds(grid), counts, rate, business, batch, BRAZIL, typical, warmup=5)


def _business(grid: pd.DatetimeIndex) -> Flags:
    hour = np.asarray(grid.hour)
    return (BUSINESS[0] <= hour) & (hour < BUSINESS[1]) & (np.asarray(grid.day_of_week) < 5)


def _seconds(grid: pd.DatetimeIndex) -> int:
    return int(grid[0].tz_localize("UTC").timestamp())


def _smooth(values: Floats | Integers, slots: int) -> Floats:
    return np.convolve(values, np.ones(slots) / slots, mode="same")
