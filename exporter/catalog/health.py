"""The metrics of each source's health and of deskpulse itself, a row each."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import Reason
from exporter.customers.telling import FLAWS
from exporter.knowledge import Extra
from exporter.metric import About, Metric, Needs, Type
from exporter.webhooks.result import Result

_MS = 1000

# name, label, the label's values that exist from the start, help, scale
_SOURCE_COUNTERS: tuple[tuple[str, str, tuple[str, ...], str, int], ...] = (
    ("requests", "code", (), "Answers of the vendor by HTTP status, or by what failed.", 1),
    ("throttled_seconds", "", (), "Time spent waiting because the vendor asked for it.", _MS),
    ("records", "", (), "Records read, repeats included.", 1),
    ("records_rejected", "reason", ("malformed", *FLAWS), "Records that could not be read.", 1),
    (
        "facts_doubted",
        "reason",
        ("future", "negative_duration", "out_of_scale", "customer_changed"),
        "Facts against the clock or themselves; durations below zero were not observed.",
        1,
    ),
    ("failures", "reason", tuple(Reason), "Polls that failed.", 1),
    ("transitions_unseen", "", (), "Solves that must have happened but left no instant.", 1),
)
_SOURCE_GAUGES: tuple[tuple[str, str, int], ...] = (
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
_OTHERS = (
    Metric(
        "deskpulse_labels_capped",
        Type.COUNTER,
        About.SOURCE,
        "Values of a label beyond its cap, shown as `other`.",
        ("label",),
        values=("team", "category", "language"),
    ),
    Metric(
        "deskpulse_webhook_deliveries",
        Type.COUNTER,
        About.SOURCE,
        "Webhooks received, by what came of them.",
        ("result",),
        needs=Needs.WEBHOOKS,
        values=tuple(Result),
    ),
    Metric(
        "deskpulse_webhook_accepted_timestamp_seconds",
        Type.GAUGE,
        About.SOURCE,
        "When the last webhook was accepted, by our clock.",
        needs=Needs.WEBHOOKS,
        scale=_MS,
    ),
    Metric(
        "deskpulse_definition_info",
        Type.GAUGE,
        About.SOURCE,
        "1; the definition in use, and the one by which all earlier facts were counted.",
        ("definition", "counted"),
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


def rows() -> Iterator[Metric]:
    """Every metric that is not of the business."""
    for name, label, values, text, scale in _SOURCE_COUNTERS:
        labels = (label,) if label else ()
        fed_by = (Extra.UNSEEN,) if name == "transitions_unseen" else ()
        yield Metric(
            f"deskpulse_source_{name}",
            Type.COUNTER,
            About.SOURCE,
            text,
            labels,
            fed_by=fed_by,
            values=values,
            scale=scale,
        )
    for name, text, scale in _SOURCE_GAUGES:
        yield Metric(f"deskpulse_source_{name}", Type.GAUGE, About.SOURCE, text, scale=scale)
    yield from _OTHERS
