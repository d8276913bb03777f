"""`deskpulse recompute`: after a changed definition, count everything anew by it."""

from __future__ import annotations

from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from exporter.catalog import CATALOG
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.source import Source
from exporter.store import Store
from exporter.store.recounting import Recount


@click.command()
@config_option
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
def recompute(path: Path, names: tuple[str, ...]) -> None:
    """Count what is in the store anew, by the schedules and targets of the configuration.

    What Prometheus reads goes on where it is: the difference is kept as an offset. A series that
    is new begins at its total. Without SOURCE all sources are counted. Restart `deskpulse run` with
    the changed configuration first: whatever is counted meanwhile is then counted by it.
    """
    config = read_config(path, secrets=False)
    known = {one.name: one for one in config.sources}
    if unknown := [name for name in names if name not in known]:
        raise Unusable(
            f"There is no source '{unknown[0]}' in {path}: it has {', '.join(sorted(known))}."
        )
    with opened_store(config, existing=True) as store:
        for name in names or known:
            one = source(known[name])
            if name not in store.states():
                click.echo(f"{name}: was never polled, so there is nothing to count.", err=True)
                continue
            _show(name, _recomputed(store, one))


def _recomputed(store: Store, one: Source) -> list[Recount]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{one.name}: tickets counted", total=None)
        return store.recompute(one, lambda done: bar.update(task, completed=done))


def _show(name: str, found: list[Recount]) -> None:
    changed = [one for one in found if one.differs]
    if not changed:
        click.echo(f"{name}: every total is what it was.")
        return
    table = Table(title=f"{name}: counted anew", title_justify="left")
    for heading in ("metric", "counted before", "now", "sum before", "now"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    for one in changed:
        metric = CATALOG[one.metric]
        sums = (f"{number / metric.scale:,.0f}" for number in (one.sum_before, one.sum_after))
        table.add_row(
            metric.sample_name,
            f"{one.before:,}",
            f"{one.after:,}",
            *(sums if metric.bounds else ("", "")),
        )
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    click.echo(f"{len(found) - len(changed)} other metrics are what they were.")
