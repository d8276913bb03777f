"""`deskpulse connector try`: what a connector gives, in seconds, with no account to ask."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any, Final, Self

import rich_click as click
from rich.console import Console
from rich.table import Table

from connectors import Connector, Page
from connectors.discovery import BrokenConnector, discover
from connectors.recording.cassette import Cassette, CassetteError
from exporter.certify.candidate import Candidate
from exporter.certify.trial import RECORDING, Trial, as_data, recorded, simulated
from exporter.cli.wiring import Unusable

SHOWN: Final = 20


@click.command("try")
@click.argument("name")
@click.option(
    "--cassette",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Read this recording instead of the vendor's simulator.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which seeded desk to read.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "metrics"]),
    default="text",
    show_default=True,
    help="For people, for programs, or what Prometheus would scrape.",
)
def try_(name: str, cassette: Path | None, seed: int, form: str) -> None:
    """Poll the vendor NAME once, and show the metrics that it gives.

    It needs no account, no configuration and no container: the vendor's simulator answers, or a
    recording of `deskpulse connector record`. Nothing is left behind.
    """
    # every rejection is shown below; the log would tell the first of them twice
    logging.getLogger("exporter.sync").setLevel(logging.ERROR)
    with _Progress() as progress:
        trial = _trial(_kind(name), cassette, seed, progress)
    {"text": _print, "json": _print_json, "metrics": _print_metrics}[form](trial)
    if trial.outcome.error:
        sys.exit(1)


def _kind(name: str) -> type[Connector[Any]]:
    found = discover()
    if name in found.vendors:
        return found.vendors[name]
    broken = "".join(f"\n{place} cannot be used: {why}" for place, why in found.broken.items())
    raise Unusable(
        f"There is no connector '{name}'. There is: {', '.join(found.vendors) or 'none'}. "
        f"`deskpulse connector new {name}` makes one.{broken}"
    )


def _trial(kind: type[Connector[Any]], file: Path | None, seed: int, progress: _Progress) -> Trial:
    if file is not None:
        try:
            return recorded(kind, Cassette.read(file), progress.page)
        except CassetteError as error:
            raise Unusable(str(error)) from error
    try:
        return simulated(Candidate.of(kind.vendor), seed, progress.page)
    except BrokenConnector as error:
        raise Unusable(
            f"{error}. Write a module `simulator` beside its connector, or name a recording with "
            "--cassette."
        ) from error


class _Progress:
    """A line on a terminal that says how far the poll is."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._status = self._console.status("polling ...") if self._console.is_terminal else None
        self._pages = self._records = 0

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def page(self, page: Page) -> None:
        self._pages += 1
        self._records += len(page.records)
        if self._status:
            self._status.update(f"polling ... {self._pages:,} pages, {self._records:,} records")


def _print(trial: Trial) -> None:
    one = trial.outcome
    click.secho(f"{trial.title}, against its {trial.against}", bold=True)
    told = ", ".join(fact.value.replace("_", " ") for fact in trial.measures.told)
    click.echo(f"  says that it measures: {told or 'nothing'}")
    for fact, reason in trial.measures.untold.items():
        click.echo(f"  does not measure {fact.value.replace('_', ' ')}: {reason}")
    click.echo(
        f"  read {one.records:,} records on {one.pages:,} pages in {trial.seconds:.1f} s, "
        f"of which came {one.observations:,} facts"
    )
    for gap in one.gaps:
        click.secho(f"  ! gap: {gap}", fg="yellow")
    _print_rejected(trial)
    if one.error:
        click.secho(f"  ✗ the poll failed: {one.error}", fg="red")
    else:
        _print_table(trial)


def _print_rejected(trial: Trial) -> None:
    if not trial.rejected:
        return
    click.secho(f"  ! {len(trial.rejected):,} records were rejected:", fg="yellow")
    for bad in trial.rejected[:SHOWN]:
        click.echo(f"      {bad.reason}: {bad.message}")
    if len(trial.rejected) > SHOWN:
        click.echo(f"      and {len(trial.rejected) - SHOWN:,} more")


def _print_table(trial: Trial) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("metric")
    table.add_column("type")
    table.add_column("series", justify="right")
    table.add_column("total", justify="right")
    for row in trial.rows():
        total = "" if row.total is None else f"{row.total:,.0f}"
        table.add_row(row.name, row.kind, f"{row.series:,}", total)
    console = Console()
    if not console.is_terminal:
        console.width = 200
    click.echo()
    console.print(table, markup=False, highlight=False)
    if trial.against == RECORDING:
        click.echo("\nNames, texts and teams are stand-ins; the numbers are those of the vendor.")


def _print_json(trial: Trial) -> None:
    click.echo(json.dumps(as_data(trial), indent=2))


def _print_metrics(trial: Trial) -> None:
    click.echo(trial.body.decode(), nl=False)
    if trial.outcome.error:
        click.echo(trial.outcome.error, err=True)
