"""From a snapshot of the store to what Prometheus reads. No I/O.

`/metrics` is a function of the snapshot alone: the same snapshot gives the same bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from exporter.catalog import CAPPED, CATALOG
from exporter.labels import OTHER
from exporter.metric import About, Metric, Type
from exporter.release import release
from exporter.serving.families import END, Amounts, Lines, family, written
from exporter.store import Key, Series, Snapshot, SourceState
from exporter.tally import Amount

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Form = tuple[bool, bool]
"""Whether OpenMetrics, whether compressed."""


@dataclass(frozen=True)
class Exposition:
    """One rendering of a snapshot, as bytes in every form that a scrape may ask for.

    sources: those of the configuration; what the store knows of others is not shown.
    unexposed: sources whose counts are kept back (a restored store catching up).
    totals: show held series at their totals too, as `deskpulse metrics` does.
    lines: those of the page before, where there was one.
    """

    snapshot: Snapshot
    sources: Collection[str]
    unexposed: Collection[str] = ()
    totals: bool = False
    render_seconds: float | None = None
    lines: Lines = field(default_factory=Lines)
    _bodies: dict[Form, bytes] = field(default_factory=dict)
    _asked: set[Form] = field(default_factory=set)

    @property
    def asked(self) -> Collection[Form]:
        """The forms in which it was asked for."""
        return tuple(self._asked)

    @cached_property
    def held(self) -> frozenset[Key]:
        """The series that this page shows at 0 because they were born late."""
        return frozenset(
            one.key
            for one in self._stored()
            if one.held and self._shown_labels(CATALOG[one.metric], one) is not None
        )

    def body(self, *, openmetrics: bool = False, compressed: bool = False) -> bytes:
        """The page; made once in each form."""
        form = openmetrics, compressed
        self._asked.add(form)
        return self.made(form)

    def made(self, form: Form) -> bytes:
        """The page before anybody asks for it."""
        if form not in self._bodies:
            self._bodies[form] = self._render(*form)
        return self._bodies[form]

    def _render(self, openmetrics: bool, compressed: bool) -> bytes:
        if compressed:
            return gzip.compress(self.made((openmetrics, False)), compresslevel=1, mtime=0)
        text = b"".join(self._lines(metric, openmetrics) for metric in CATALOG.values())
        return text + END if openmetrics else text

    def _lines(self, metric: Metric, openmetrics: bool) -> bytes:
        if metric.about is About.SELF:
            return b"".join(written(one, openmetrics=openmetrics) for one in self._self(metric))
        amounts = self._amounts.get(metric.name)
        return self.lines.of(metric, amounts, openmetrics=openmetrics) if amounts else b""

    def families(self) -> Iterator[Family]:
        """Every metric that has series, in the order of the catalog."""
        for metric in CATALOG.values():
            if metric.about is About.SELF:
                yield from self._self(metric)
            elif amounts := self._amounts.get(metric.name):
                yield family(metric, amounts)

    @cached_property
    def _amounts(self) -> Mapping[str, Amounts]:
        """The series of each metric that has any."""
        amounts: dict[str, dict[tuple[str, ...], Amount]] = {}
        for one in self._stored():
            metric = CATALOG[one.metric]
            labels = self._shown_labels(metric, one)
            if labels is None:
                continue
            shown = one.published if self.totals or not one.held else Amount.zero(metric)
            _fold(amounts.setdefault(one.metric, {}), labels, shown, metric)
        for name, by_labels in self._health().items():
            amounts.setdefault(name, {}).update(by_labels)
        return amounts

    def _stored(self) -> Iterator[Series]:
        return (one for one in self.snapshot.series if self._is_public(one))

    def _is_public(self, one: Series) -> bool:
        """Nothing of a restored source, and no business of one whose first import goes on.

        A store that another version wrote may hold metrics that this one does not know.
        """
        metric = CATALOG.get(one.metric)
        if metric is None or one.source not in self.sources or one.source in self.unexposed:
            return False
        return metric.about is About.SOURCE or self.snapshot.sources[one.source].primed

    def _shown_labels(self, metric: Metric, one: Series) -> tuple[str, ...] | None:
        labels = [one.source]
        for label, value in zip(metric.labels, one.labels, strict=True):
            if label in CAPPED:
                shown = self.snapshot.shown.get((one.source, label, value))
                if shown is None and metric.type is not Type.GAUGE:
                    return None
                labels.append(shown or OTHER)
            else:
                labels.append(value)
        return tuple(labels)

    def _health(self) -> dict[str, dict[tuple[str, ...], Amount]]:
        found: dict[str, dict[tuple[str, ...], Amount]] = {}
        for name in sorted(self.sources):
            state = self.snapshot.sources.get(name)
            for metric, value in _gauges(state).items():
                if value is not None:
                    found.setdefault(metric, {})[(name,)] = Amount(value)
            if state is not None and state.definition and state.counted:
                labels = (name, state.definition, state.counted)
                found.setdefault("deskpulse_definition_info", {})[labels] = Amount(1)
        return found

    def _self(self, metric: Metric) -> Iterator[Family]:
        values: Mapping[str, tuple[tuple[str, ...], float | None]] = {
            "deskpulse_build_info": ((release(),), 1),
            "deskpulse_store_version": ((), self.snapshot.version),
            "deskpulse_store_size_bytes": ((), self.snapshot.size_bytes),
            "deskpulse_render_seconds": ((), self.render_seconds),
        }
        labels, value = values[metric.name]
        if value is not None:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            family.add_metric(labels, value)
            yield family


def _gauges(state: SourceState | None) -> dict[str, int | None]:
    if state is None:
        return {}
    values = {
        "up": None if state.up is None else int(state.up),
        "primed": int(state.primed),
        "catching_up": int(state.catching_up),
        "last_success_timestamp_seconds": state.last_success,
        "complete_to_timestamp_seconds": state.complete_to,
        "newest_change_timestamp_seconds": state.newest_change,
        "clock_skew_seconds": state.clock_skew,
        "sync_seconds": state.sync,
        "gaps": len(state.gaps),
    }
    return {f"deskpulse_source_{name}": value for name, value in values.items()}


def _fold(
    amounts: dict[tuple[str, ...], Amount], labels: tuple[str, ...], amount: Amount, metric: Metric
) -> None:
    """Add a series to the one that it is shown as (several teams may be shown as `other`)."""
    total = amounts.get(labels)
    if total is None:
        amounts[labels] = Amount(amount.value, amount.buckets, amount.exemplars)
    elif metric.folds_to_least:
        total.value = min(total.value, amount.value)
    else:
        total.add(amount)
