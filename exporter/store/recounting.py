"""Counting a whole source anew by its present definition, while what is published goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from exporter.backlog import FILLED, Cell
from exporter.catalog import CATALOG
from exporter.customers.churn import PREFIX
from exporter.knowledge import PROMISED, Known, Observation
from exporter.metric import Type
from exporter.recount import recounted
from exporter.source import Source
from exporter.store.admission import Admission
from exporter.store.database import StoreError
from exporter.store.rows import StoredSeries
from exporter.store.series import SeriesWriter
from exporter.store.tickets import Tickets, batched
from exporter.tally import Amount, Tally

_OUTCOMES = frozenset(PROMISED.values())

Progress = Callable[[int], None]
"""Told how many tickets are done."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What became of one metric: its total as it was counted, and as it is counted now.

    before, after: how many. sum_before, sum_after: of a histogram, what they come to, in stored
    units. What is published stays what it was.
    """

    metric: str
    before: int = 0
    after: int = 0
    sum_before: int = 0
    sum_after: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything counts otherwise now."""
        return (self.before, self.sum_before) != (self.after, self.sum_after)


class Recounting:
    """One source being counted anew, within a transaction."""

    def __init__(
        self,
        source: Source,
        tickets: Tickets,
        series: SeriesWriter,
        admission: Admission,
        watermark: int | None,
    ) -> None:
        self._source = source
        self._tickets = tickets
        self._series = series
        self._admission = admission
        self._watermark = watermark
        self._tally = Tally(source, watermark, watermark)

    def run(self, progress: Progress | None = None) -> list[Recount]:
        """Count everything anew; gives every metric that the observations feed."""
        by_ticket = _Joined(self._of_tickets())
        done = 0
        for some in batched(self._tickets.all()):
            self._count(some, by_ticket)
            done += len(some)
            if progress:
                progress(done)
        by_ticket.must_be_used_up()
        before = self._series.of(_fed())
        self._series.empty(FILLED)
        gauges = {c: a for c, a in self._tally.amounts.items() if c[0] in FILLED}
        counters = {c: a for c, a in self._tally.amounts.items() if c[0] not in FILLED}
        self._series.add(gauges)
        self._series.restate(before, counters, self._admission.shown)
        return _changes(before, counters)

    def _of_tickets(self) -> Iterator[Observation]:
        """The observations of tickets; those of customers stay what they are."""
        for one in self._tickets.observations():
            if one.subject.startswith(PREFIX):
                self._tally.observe(one)
            else:
                yield one

    def _count(self, tickets: list[Known], observations: _Joined) -> None:
        written: list[Known] = []
        changed: list[Observation] = []
        observer = self._source.observer
        for known in tickets:
            old = observations.of(known.id)
            new = recounted(observer, known, old, self._watermark)
            for one in new.observations:
                self._tally.observe(one)
            self._tally.move(None, None, new.known, self._watermark)
            written.append(new.known)
            kept = {(one.kind, one.ordinal): one for one in old if one.kind not in _OUTCOMES}
            changed += [one for one in new.observations if kept.get((one.kind, one.ordinal)) != one]
        self._tickets.forget([known.id for known in written], _OUTCOMES)
        self._tickets.replace(changed)
        self._tickets.write(written, self._watermark)


class _Joined:
    """Observations by their ticket, asked for in the order of tickets."""

    def __init__(self, observations: Iterator[Observation]) -> None:
        self._observations = observations
        self._next = next(observations, None)

    def of(self, ticket: str) -> list[Observation]:
        """Those of one ticket."""
        found: list[Observation] = []
        while self._next is not None and self._next.subject == ticket:
            found.append(self._next)
            self._next = next(self._observations, None)
        return found

    def must_be_used_up(self) -> None:
        """Raises `StoreError` for an observation of a ticket that is not there."""
        if self._next is not None:
            raise StoreError(
                f"The store has facts of ticket {self._next.subject}, which it does not know. "
                "Nothing was changed; please report it."
            )


def _fed() -> frozenset[str]:
    return frozenset(
        name for name, metric in CATALOG.items() if metric.fed_by and metric.type is not Type.GAUGE
    )


def _changes(before: Mapping[Cell, StoredSeries], after: Mapping[Cell, Amount]) -> list[Recount]:
    was, now = Counter[str](), Counter[str]()
    sum_was, sum_now = Counter[str](), Counter[str]()
    for (metric, _), series in before.items():
        _add(was, sum_was, metric, series.amount)
    for (metric, _), amount in after.items():
        _add(now, sum_now, metric, amount)
    return [
        Recount(name, was[name], now[name], sum_was[name], sum_now[name])
        for name in CATALOG
        if was[name] or now[name]
    ]


def _add(numbers: Counter[str], sums: Counter[str], metric: str, amount: Amount) -> None:
    if amount.buckets is None:
        numbers[metric] += amount.value
    else:
        numbers[metric] += sum(amount.buckets)
        sums[metric] += amount.value
