"""Every metric that deskpulse publishes, one row each. Nothing else names a metric.

`python -m exporter.catalog` prints docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from connectors import Channel, Fact, Priority, Reason

MINUTE, HOUR, DAY = 60, 3600, 86400

DURATION_BUCKETS = (
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 8, 12)),
    *(n * DAY for n in (1, 2, 3, 7, 14, 30)),
)
"""Upper bounds in seconds, 1 minute to 30 days. Buckets never change under one name."""

AGE_CLASSES = (
    ("<4h", 4 * HOUR),
    ("<1d", DAY),
    ("<3d", 3 * DAY),
    ("<7d", 7 * DAY),
    ("<30d", 30 * DAY),
    ("30d+", None),
)
"""Classes of age since creation: the name, and the age in seconds at which a ticket leaves it."""

NO_TEAM = "none"
OTHER = "other"


class Type(StrEnum):
    """The Prometheus type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class About(StrEnum):
    """Whom a metric is about: the business, one source's health, or deskpulse itself."""

    BUSINESS = "business"
    SOURCE = "source"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    name: as exposed, without the `_total` of counters.
    labels: in the order in which a series' key stores their values; `source` comes before them
        on everything that is not about deskpulse itself.
    fact: what a vendor must be able to tell for the metric to exist.
    values: of its one label, those that exist from the start.
    scale: what one stored unit is worth (durations and instants are stored as milliseconds).
    folds_to_least: series that share a label value after capping keep the least, not the sum.
    """

    name: str
    type: Type
    about: About
    help: str
    labels: tuple[str, ...] = ()
    fact: Fact | None = None
    values: tuple[str, ...] = ()
    scale: float = 1
    folds_to_least: bool = False

    @property
    def sample_name(self) -> str:
        """The name as a query uses it."""
        return f"{self.name}_total" if self.type is Type.COUNTER else self.name


_MS = 0.001
_TPC = ("team", "priority", "channel")
_TP = ("team", "priority")

_COUNTED: tuple[tuple[str, Fact, tuple[str, ...], str], ...] = (
    (
        "support_tickets_created",
        Fact.CREATED,
        ("channel",),
        "Tickets created, by first sight of them.",
    ),
    (
        "support_tickets_solved",
        Fact.SOLVED,
        _TPC,
        "Solves: each one whose instant the vendor tells.",
    ),
    ("support_tickets_reopened", Fact.REOPENED, _TPC, "Times that a solved ticket came back."),
)
_TIMED = (
    (
        "support_first_response_seconds",
        Fact.FIRST_RESPONSE,
        "Creation to the first public reply by a human agent, calendar time.",
    ),
    (
        "support_first_resolution_seconds",
        Fact.FIRST_RESOLUTION,
        "Creation to the first solve, calendar time.",
    ),
    (
        "support_resolution_seconds",
        Fact.SOLVED,
        "Creation to each solve whose instant the vendor tells, calendar time.",
    ),
)
_BACKLOG: tuple[tuple[str, Fact, tuple[str, ...], str], ...] = (
    (
        "support_tickets_open",
        Fact.OPEN,
        ("status", "priority", "team", "channel"),
        "Open tickets now.",
    ),
    (
        "support_tickets_open_by_age",
        Fact.OPEN,
        ("age", *_TP),
        "Open tickets by time since creation, at the watermark.",
    ),
    ("support_tickets_unassigned", Fact.UNASSIGNED, _TP, "Open tickets that no agent holds."),
    (
        "support_tickets_awaiting_first_response",
        Fact.AWAITING_FIRST_RESPONSE,
        _TP,
        "Open tickets that no human agent has answered yet.",
    ),
)
_OLDEST = (
    (
        "support_oldest_open_created_timestamp_seconds",
        Fact.OPEN,
        "When the oldest open ticket was created; absent where none is open.",
    ),
    (
        "support_oldest_unanswered_created_timestamp_seconds",
        Fact.AWAITING_FIRST_RESPONSE,
        "When the oldest open ticket without a first response was created; absent where none is.",
    ),
)
# name, label, the label's values that exist from the start, help, scale
_SOURCE_COUNTERS: tuple[tuple[str, str, tuple[str, ...], str, float], ...] = (
    ("requests", "code", (), "Answers of the vendor by HTTP status, or by what failed.", 1),
    ("throttled_seconds", "", (), "Time spent waiting because the vendor asked for it.", _MS),
    ("records", "", (), "Records read, repeats included.", 1),
    ("records_rejected", "reason", ("malformed",), "Records that could not be read.", 1),
    (
        "facts_doubted",
        "reason",
        ("future", "negative_duration"),
        "Facts against the clock or themselves; durations below zero were not observed.",
        1,
    ),
    ("failures", "reason", tuple(Reason), "Polls that failed.", 1),
    ("transitions_unseen", "", (), "Solves that must have happened but left no instant.", 1),
)
_SOURCE_GAUGES: tuple[tuple[str, str, float], ...] = (
    ("up", "1 when the last poll succeeded.", 1),
    ("primed", "1 once the first import is complete; business series exist from then on.", 1),
    (
        "catching_up",
        "1 while a first import or a catch-up runs, and for minutes after an outage.",
        1,
    ),
    ("last_success_timestamp_seconds", "When the last successful poll ended, by our clock.", _MS),
    (
        "complete_to_timestamp_seconds",
        "The watermark: all is told up to here, by the vendor's clock.",
        _MS,
    ),
    (
        "newest_change_timestamp_seconds",
        "The newest change of any record, by the vendor's clock.",
        _MS,
    ),
    ("clock_skew_seconds", "The vendor's clock minus ours at the last successful poll.", _MS),
    ("sync_seconds", "How long the last poll took.", _MS),
    ("gaps", "Optional streams that the vendor refuses and the numbers do without.", 1),
)


_REST = (
    Metric(
        "deskpulse_corrections",
        Type.COUNTER,
        About.BUSINESS,
        "Tickets deleted, merged or marked spam after they were counted; they stay counted.",
    ),
    Metric(
        "deskpulse_labels_capped",
        Type.COUNTER,
        About.SOURCE,
        "Values of a label beyond its cap, shown as `other`.",
        ("label",),
        values=("team",),
    ),
    Metric(
        "deskpulse_build_info", Type.GAUGE, About.SELF, "1; the version is a label.", ("version",)
    ),
    Metric("deskpulse_store_version", Type.GAUGE, About.SELF, "Commits to the store so far."),
    Metric("deskpulse_store_size_bytes", Type.GAUGE, About.SELF, "Size of the store on disk."),
    Metric(
        "deskpulse_render_seconds", Type.GAUGE, About.SELF, "Time to render the page before this."
    ),
)


def _rows() -> Iterator[Metric]:
    counter, gauge, histogram = Type.COUNTER, Type.GAUGE, Type.HISTOGRAM
    for name, fact, labels, text in _COUNTED:
        yield Metric(name, counter, About.BUSINESS, text, labels, fact)
    for name, fact, text in _TIMED:
        yield Metric(name, histogram, About.BUSINESS, text, _TP, fact, scale=_MS)
    for name, fact, labels, text in _BACKLOG:
        yield Metric(name, gauge, About.BUSINESS, text, labels, fact)
    for name, fact, text in _OLDEST:
        yield Metric(
            name, gauge, About.BUSINESS, text, ("team",), fact, scale=_MS, folds_to_least=True
        )
    for name, label, values, text, scale in _SOURCE_COUNTERS:
        labels = (label,) if label else ()
        yield Metric(
            f"deskpulse_source_{name}", counter, About.SOURCE, text, labels, None, values, scale
        )
    for name, text, scale in _SOURCE_GAUGES:
        yield Metric(f"deskpulse_source_{name}", gauge, About.SOURCE, text, scale=scale)
    yield from _REST


CATALOG: dict[str, Metric] = {row.name: row for row in _rows()}
"""Every metric by its name, in the order of exposition."""

OBSERVED: dict[Fact, tuple[Metric, ...]] = {
    fact: tuple(m for m in CATALOG.values() if m.fact is fact and m.type is not Type.GAUGE)
    for fact in Fact
}
"""The counters and histograms that each fact feeds."""

VOCABULARIES: dict[str, tuple[str, ...]] = {
    "channel": tuple(Channel),
    "priority": tuple(Priority),
}
"""Labels whose values are known beforehand; `team` joins them where the operator lists teams."""


def reference() -> str:
    """docs/metrics.md: every metric with type, labels and meaning, as Markdown."""
    lines = [
        "# Metrics",
        "",
        "Generated from `exporter/catalog.py` by `make docs`. Every metric but those of the last",
        "section has the label `source`. Durations are calendar seconds; `_timestamp_seconds` are",
        "Unix seconds.",
    ]
    titles = {
        About.BUSINESS: "The business",
        About.SOURCE: "Each source",
        About.SELF: "deskpulse itself",
    }
    for about, title in titles.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| metric | type | labels | what it tells |",
            "|---|---|---|---|",
        ]
        for m in CATALOG.values():
            if m.about is about:
                labels = ", ".join(f"`{label}`" for label in m.labels) or "–"
                lines.append(f"| `{m.sample_name}` | {m.type} | {labels} | {m.help} |")
    bounds = ", ".join(str(b) for b in DURATION_BUCKETS)
    lines += ["", f"Buckets of every duration, in seconds: {bounds}, +Inf.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(reference())
