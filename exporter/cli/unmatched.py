"""Categories that no ticket fits: mostly a tag that is spelt otherwise at the vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import rich_click as click

from exporter.config import Config
from exporter.store import Snapshot, Store

_CREATED = "support_tickets_created_by_category"


def warn_of_unmatched(config: Config, store: Store) -> None:
    """Name them on standard error, each with its line."""
    for warning in unmatched(config, store.snapshot()):
        click.echo(f"warning: {warning}", err=True)


def unmatched(config: Config, snapshot: Snapshot) -> Iterator[str]:
    """A verdict for each category of an imported source that none of its tickets is in."""
    found: Counter[tuple[str, str]] = Counter()
    tickets: Counter[str] = Counter()
    for one in snapshot.series:
        if one.metric == _CREATED:
            found[one.source, one.labels[0]] += one.amount.value
            tickets[one.source] += one.amount.value
    for source in config.sources:
        for category, line in source.category_lines.items():
            if tickets[source.name] and not found[source.name, category]:
                yield (
                    f"{config.path}:{line}: category '{category}' of source '{source.name}' fits "
                    f"none of {tickets[source.name]:,} tickets. Compare its tags and values with "
                    "those of the vendor, or take it out."
                )
