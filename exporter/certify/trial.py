"""One poll of one vendor for a look: against its simulator, or from a recording.

Nothing is left behind, and nobody is asked but the simulator or the recording.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, cast

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from connectors import Connector, Measures, Page, Rejection, Usage
from connectors.recording.cassette import Cassette
from connectors.recording.player import begin_of, played
from exporter.certify.bench import PRESENT, small_desk
from exporter.certify.candidate import Candidate
from exporter.certify.line import BUSINESS, opened
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Outcome, Poller

Progress = Callable[[Page], None]

SIMULATOR: Final = "simulator"
RECORDING: Final = "recording"


@dataclass(frozen=True, slots=True)
class Row:
    """A metric. total: the sum of its series, of a distribution how many it holds; None: of
    instants and quantiles, which nobody adds up."""

    name: str
    kind: str
    series: int
    total: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a poll.

    against: `simulator` or `recording`. body: `/metrics`. seconds: from the start to the metrics.
    """

    title: str
    against: str
    measures: Measures
    outcome: Outcome
    rejected: tuple[Rejection, ...]
    body: bytes
    seconds: float

    def rows(self) -> list[Row]:
        """The business metrics that the poll gives, by name."""
        families = text_string_to_metric_families(self.body.decode())
        rows = (_row(family) for family in families if family.name.startswith(BUSINESS))
        return sorted((row for row in rows if row.series), key=lambda row: row.name)


def simulated(candidate: Candidate, seed: int = 1, progress: Progress | None = None) -> Trial:
    """A poll of a small desk through the vendor's simulator."""
    seen = _Seen(progress)
    with (
        tempfile.TemporaryDirectory(prefix="deskpulse-try-") as folder,
        opened(candidate, small_desk(seed), Path(folder)) as line,
    ):
        line.clock.at = PRESENT
        # an export is written when it is asked where it lies
        line.server.simulator.settings(line.server.url)
        outcome = line.poller.poll(seen.page)
        return seen.trial(candidate.connector, SIMULATOR, line.measures, outcome, line.body())


def recorded(
    kind: type[Connector[Any]], cassette: Cassette, progress: Progress | None = None
) -> Trial:
    """A poll of what was recorded. Raises `CassetteError` where that cannot be."""
    seen = _Seen(progress)
    with (
        tempfile.TemporaryDirectory(prefix="deskpulse-try-") as folder,
        played(kind, cassette, kind.vendor) as connector,
    ):
        source = Source(kind.vendor, kind.vendor, connector.measures())
        store = Store.open(f"sqlite:///{Path(folder) / 'try.db'}", lasting=False)
        try:
            store.prepare([source])
            replay = cast("Connector[Any]", _Replay(connector, cassette))
            outcome = Poller(store, source, lambda: replay).poll(seen.page)
            body = Exposition(store.snapshot(), [source.name], totals=True).body()
        finally:
            store.close()
        return seen.trial(kind, RECORDING, source.measures, outcome, body)


@dataclass(slots=True)
class _Seen:
    """What the pages of a poll say beside their records."""

    progress: Progress | None
    began: float = field(default_factory=time.perf_counter)
    rejected: list[Rejection] = field(default_factory=list)

    def page(self, page: Page) -> None:
        self.rejected += page.rejected
        if self.progress:
            self.progress(page)

    def trial(
        self,
        kind: type[Connector[Any]],
        against: str,
        measures: Measures,
        outcome: Outcome,
        body: bytes,
    ) -> Trial:
        took = time.perf_counter() - self.began
        return Trial(kind.title, against, measures, outcome, tuple(self.rejected), body, took)


class _Replay:
    """A connector that begins and ends where its recording does."""

    def __init__(self, connector: Connector[Any], cassette: Cassette) -> None:
        self._connector = connector
        self._cassette = cassette

    def changes(self, _cursor: str | None) -> Iterator[Page]:
        cassette = self._cassette
        pages = self._connector.changes(begin_of(self._connector, cassette))
        for number, page in enumerate(itertools.islice(pages, cassette.pages), start=1):
            is_cut = number == cassette.pages and not cassette.whole
            yield replace(page, complete_to=_ended(cassette)) if is_cut else page

    def usage(self) -> Usage:
        return self._connector.usage()

    def close(self) -> None:
        self._connector.close()


def _ended(cassette: Cassette) -> datetime:
    """The vendor's time at the end of a recording that stops before the poll does."""
    told = cassette.turns[-1].answer.headers.get("date", "") if cassette.turns else ""
    try:
        return parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return cassette.recorded_at


def _row(family: Metric) -> Row:
    """What a poll gives of a metric. Neither ages nor sums in several currencies are added up."""
    parts = [one for one in family.samples if not one.name.endswith(("_bucket", "_sum"))]
    counted = [one for one in parts if family.type != "histogram" or one.name.endswith("_count")]
    is_sum = family.type != "gauge" or not family.name.endswith("_seconds")
    is_sum = is_sum and not any("currency" in one.labels for one in counted)
    total = sum(one.value for one in counted) if is_sum else None
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return Row(name, family.type, len(counted), total)


def as_data(trial: Trial) -> Mapping[str, object]:
    """The same for a program."""
    one = trial.outcome
    return {
        "vendor": one.source,
        "title": trial.title,
        "against": trial.against,
        "tells": sorted(fact.value for fact in trial.measures.told),
        "pages": one.pages,
        "records": one.records,
        "rejected": [
            {"subject": bad.subject, "reason": bad.reason, "message": bad.message}
            for bad in trial.rejected
        ],
        "gaps": list(one.gaps),
        "error": one.error,
        "seconds": round(trial.seconds, 3),
        "metrics": [
            {"name": row.name, "type": row.kind, "series": row.series, "total": row.total}
            for row in trial.rows()
        ],
    }
