"""What is rendered of each metric alone is the page of the official client, however often."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from exporter.catalog import CATALOG
from exporter.metric import Type
from exporter.serving import families
from exporter.serving.exposition import Exposition
from exporter.serving.families import Lines
from exporter.store import Series, Snapshot
from exporter.tally import Amount
from tests.unit.test_exposition import SHOWN, one, resolution, state

OPEN = "support_tickets_open"
EXEMPLAR = {0: (1_458_000_000_000, "7", 30_000)}


class Whole(Collector):
    def __init__(self, page: Exposition) -> None:
        self._page = page

    def collect(self) -> list[Family]:
        return list(self._page.families())


def page(lines: Lines, *series: Series) -> Exposition:
    snapshot = Snapshot(3, {"desk": state()}, series, SHOWN)
    return Exposition(snapshot, ["desk"], render_seconds=0.5, lines=lines)


def by_the_client(shown: Exposition, *, openmetrics: bool) -> bytes:
    """The page as the official client makes it of everything at once."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Whole(shown))
    if openmetrics:
        whole: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call] # the client has no types there
        return whole
    return generate_latest(registry)


def series(count: int) -> tuple[Series, ...]:
    """A counter, a gauge and a histogram of two teams with an exemplar."""
    solved = resolution("Billing", 30_000)
    solved.amount.exemplars = dict(EXEMPLAR) if count > 1 else {}
    return (
        one("support_tickets_reopened", ("Billing", "high", "email"), Amount(count)),
        one(OPEN, ("open", "high", "Billing", "email"), Amount(2 * count)),
        solved,
        resolution("Night", 1000 * count),
    )


@pytest.mark.parametrize("openmetrics", [False, True])
def test_the_lines_that_stayed_and_those_that_changed_are_the_whole_page(
    openmetrics: bool,
) -> None:
    lines = Lines()
    for count in (1, 2, 2, 3, 1):
        shown = page(lines, *series(count))
        whole = by_the_client(shown, openmetrics=openmetrics)
        assert shown.body(openmetrics=openmetrics) == whole
    fewer = page(lines, series(1)[0])
    assert fewer.body(openmetrics=openmetrics) == by_the_client(fewer, openmetrics=openmetrics)
    assert OPEN.encode() not in fewer.body(openmetrics=openmetrics)


def test_whatever_a_series_may_hold_makes_new_lines() -> None:
    lines, metric = Lines(), CATALOG["support_resolution_seconds"]
    assert metric.type is Type.HISTOGRAM
    first = resolution("Billing", 30_000).amount
    moved = [*(first.buckets or ())][::-1]
    told = [
        lines.of(metric, {("desk", "Billing", "high"): amount}, openmetrics=True)
        for amount in (
            first,
            replace(first, value=1),
            replace(first, buckets=moved),
            replace(first, exemplars=dict(EXEMPLAR)),
        )
    ]
    other = lines.of(metric, {("desk", "Night", "high"): first}, openmetrics=True)
    assert len({*told, other}) == 5


def test_a_metric_that_did_not_change_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    written = families.written

    def noted(one: Family, *, openmetrics: bool) -> bytes:
        made.append(one.name)
        return written(one, openmetrics=openmetrics)

    monkeypatch.setattr(families, "written", noted)
    lines = Lines()
    for backlog in (5, 5, 6):
        made.clear()
        waiting = one(OPEN, ("open", "high", "Billing", "email"), Amount(backlog))
        page(lines, resolution("Billing", 1), waiting).body()
    assert made == [OPEN]
