"""docs/metrics.md out of the catalog: `python -m exporter.reference` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from alerts import rules
from alerts.parameters import PRODUCTION
from exporter.catalog import CATALOG
from exporter.metric import DURATION_BUCKETS, REPLY_BUCKETS, SCORE_BUCKETS, About


def reference() -> str:
    """docs/metrics.md: every metric with type, labels and meaning, as Markdown."""
    lines = [
        "# Metrics",
        "",
        "Generated from `exporter/catalog/` by `make docs`. Every metric but those of the last",
        "section has the label `source`. Durations are seconds; `_timestamp_seconds` are",
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
    replies = ", ".join(str(b) for b in REPLY_BUCKETS)
    lines += [
        "",
        f"Buckets of every duration, in seconds: {bounds}, +Inf; of replies: {replies}, +Inf; of",
        f"scores: {SCORE_BUCKETS[0]} to {SCORE_BUCKETS[-1]}, +Inf.",
        "",
        "What needs a word of the operator (business hours, targets, categories, money, webhooks,",
        "whose tickets they are) is absent without it, and what a vendor cannot tell always.",
        "",
        *_reckoned(),
        "",
    ]
    return "\n".join(lines)


def _reckoned() -> Iterator[str]:
    """What Prometheus makes of it all, as the rules name it."""
    yield from (
        "## Reckoned by Prometheus",
        "",
        "By the rules in `alerts/rules/deskpulse.yml`; each window has a series of its own.",
        "",
        *_told(rules.MAIN),
        "",
        "By those in `alerts/rules/economics.yml`. What ends in `30d` is there as `90d` too.",
        "What begins with `instance_source_currency` is of each currency, and again, converted and",
        "added, as `instance_source_into`. When each is absent:",
        "[semantics.md](semantics.md#churn-and-retention).",
        "",
        *_told(rules.ECONOMICS),
    )


def _told(groups: tuple[rules.Group, ...]) -> Iterator[str]:
    yield from ("| series | what it tells |", "|---|---|")
    recorded = (each(PRODUCTION) for group in groups for each in group.recordings)
    for one in chain.from_iterable(recorded):
        if one.help and not one.record.endswith("90d") and "_into:" not in one.record:
            yield f"| `{one.record}` | {one.help} |"


if __name__ == "__main__":
    print(reference())
