"""The gauges of one source as a snapshot has them, summed as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.catalog import CATALOG
from exporter.metric import Type
from exporter.store import Series


class Gauges:
    """What the gauges of one source come to, whatever the cap on labels shows of them."""

    def __init__(self, series: Iterable[Series] = ()) -> None:
        self._cells: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for one in series:
            self._cells.setdefault(one.metric, []).append((one.labels, one.amount.value))

    @classmethod
    def by_source(cls, series: Iterable[Series]) -> dict[str, Gauges]:
        """Those of every source."""
        found: dict[str, list[Series]] = {}
        for one in series:
            if CATALOG[one.metric].type is Type.GAUGE:
                found.setdefault(one.source, []).append(one)
        return {source: cls(mine) for source, mine in found.items()}

    def value(self, metric: str, **where: str) -> int | None:
        """The sum of the series with these label values, in stored units; None: there is none."""
        values = [value for labels, value in self._where(metric, where)]
        return sum(values) if values else None

    def total(self, metric: str, **where: str) -> int:
        """The same, of a gauge whose absence is none."""
        return self.value(metric, **where) or 0

    def split(self, metric: str, label: str, **where: str) -> dict[str, int]:
        """The same for each value of another label."""
        place = CATALOG[metric].labels.index(label)
        found: dict[str, int] = {}
        for labels, value in self._where(metric, where):
            found[labels[place]] = found.get(labels[place], 0) + value
        return found

    def least(self, metric: str) -> int | None:
        """The least of all its series; None: there is none."""
        return min((value for _, value in self._cells.get(metric, ())), default=None)

    def _where(self, metric: str, where: dict[str, str]) -> Iterable[tuple[tuple[str, ...], int]]:
        names = CATALOG[metric].labels
        wanted = [(names.index(label), value) for label, value in where.items()]
        return (
            (labels, value)
            for labels, value in self._cells.get(metric, ())
            if all(labels[place] == text for place, text in wanted)
        )
