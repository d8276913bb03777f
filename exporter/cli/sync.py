"""`deskpulse sync`: poll every source once, to its end."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Final

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from connectors import Page
from exporter.cli.unmatched import warn_of_unmatched
from exporter.cli.wiring import (
    config_option,
    ending_on_signals,
    opened_store,
    pollers,
    read_config,
)
from exporter.sync import Outcome, Poller

GLANCE: Final = 0.2
"""Seconds between two looks at whether a signal came."""


@click.command()
@config_option
@click.option("--from-start", is_flag=True, help="Read everything again; nothing is counted twice.")
def sync(path: Path, from_start: bool) -> None:
    """Poll every source once, to its end, and print what came of it."""
    config = read_config(path)
    with opened_store(config) as store, pollers(config, store) as polled:
        outcomes = _poll(polled, from_start=from_start)
        warn_of_unmatched(config, store)
    _print(outcomes)
    if any(outcome.error for outcome in outcomes):
        sys.exit(1)


def _poll(polled: list[Poller], *, from_start: bool) -> list[Outcome]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeElapsedColumn(),
    )
    with (
        ending_on_signals() as ended,
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ThreadPoolExecutor(max_workers=max(1, len(polled))) as pool,
    ):
        ask = partial(_poll_one, progress, ended, from_start)
        asked = [pool.submit(ask, poller) for poller in polled]
        while wait(asked, timeout=GLANCE).not_done and not ended.is_set():
            pass
        if ended.is_set():
            # The pool waits for its threads: let them end after their present page.
            for poller in polled:
                poller.close()
            raise click.Abort
        return [one.result() for one in asked]


def _poll_one(
    progress: Progress, ended: threading.Event, from_start: bool, poller: Poller
) -> Outcome:
    task = progress.add_task(poller.source.name, total=None)

    def advance(page: Page) -> None:
        progress.update(task, advance=len(page.records), total=page.total)
        if ended.is_set():
            raise SystemExit  # ends this thread's poll between two pages

    return poller.poll(advance, from_start=from_start)


def _print(outcomes: list[Outcome]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("source")
    for title in ("records", "rejected", "new facts", "pages", "seconds"):
        table.add_column(title, justify="right")
    table.add_column("result", overflow="fold")
    for one in outcomes:
        numbers = (f"{n:,}" for n in (one.records, one.rejected, one.observations, one.pages))
        result = one.error or "; ".join(("done", *one.gaps))
        table.add_row(one.source, *numbers, f"{one.seconds:.1f}", result)
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table, markup=False, highlight=False)
