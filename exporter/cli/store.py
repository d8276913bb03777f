"""`deskpulse metrics` and `deskpulse status`: what the store holds, without asking anybody."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.table import Table

from exporter.cli.unmatched import warn_of_unmatched
from exporter.cli.wiring import config_option, opened_store, read_config
from exporter.serving.exposition import Exposition
from exporter.serving.verdicts import verdict


@click.command()
@config_option
@click.option("--openmetrics", is_flag=True, help="OpenMetrics instead of the text format.")
def metrics(path: Path, openmetrics: bool) -> None:
    """Print every metric as the store has it, at its total. Polls nothing."""
    config = read_config(path, secrets=False)
    with opened_store(config, existing=True) as store:
        names = tuple(source.name for source in config.sources)
        page = Exposition(store.snapshot(), names, totals=True)
        sys.stdout.buffer.write(page.body(openmetrics=openmetrics))


@click.command()
@config_option
def status(path: Path) -> None:
    """Print how each source stands, as the store has it. Polls nothing.

    Ends with 1 where the last poll of a source failed.
    """
    config = read_config(path, secrets=False)
    with opened_store(config, existing=True) as store:
        known = store.states()
        warn_of_unmatched(config, store)
    states = {one.name: known[one.name] for one in config.sources if one.name in known}
    table = Table(box=None, pad_edge=False)
    table.add_column("source")
    table.add_column("vendor")
    table.add_column("state")
    table.add_column("", overflow="fold")
    for source in config.sources:
        level, words = verdict(states.get(source.name))
        table.add_row(source.name, source.vendor, level, words)
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table, markup=False, highlight=False)
    if any(state.error for state in states.values()):
        sys.exit(1)
