"""`deskpulse connector record`: what a vendor answers, in a file that may be shared."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import rich_click as click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors import ConnectorError, Page, Record, Ticket
from connectors.recording.cassette import AGAIN, Cassette, CassetteError
from connectors.recording.player import begin_of, played
from connectors.recording.recorder import Heard, RecordingError, finished, listen
from exporter.cli.connector.since import Ago
from exporter.cli.wiring import Unusable, config_option, read_config
from exporter.config import SourceConfig

REMEDY: Final = (
    "Most likely a value that the connector reads or asks with was replaced: name its field or "
    "parameter in `recorded` of the connector, and record again."
)


@click.command("record")
@click.argument("source")
@click.option(
    "--since",
    "ago",
    type=Ago(),
    default="7d",
    show_default=True,
    help="How far back to read: 90m, 24h, 7d.",
)
@click.option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write.  [default: SOURCE.recording.json]",
)
@click.option(
    "--max-pages", type=click.IntRange(min=1), metavar="N", help="End after so many pages."
)
@config_option
def record(
    source: str, ago: timedelta, file: Path | None, max_pages: int | None, path: Path
) -> None:
    """Poll SOURCE of the configuration once, and write what the vendor answered to a file.

    Names, texts, addresses and credentials are replaced before anything is written, and nothing is
    written where a check afterwards finds any. `deskpulse connector try` reads the file.
    """
    target = file or Path(f"{source}.recording.json")
    if not target.parent.is_dir():
        raise Unusable(f"There is no folder {target.parent} to write to: make it, or name another.")
    if target.exists():
        raise Unusable(f"{target} exists already. Name another file with --to, or delete it.")
    config = _source(path, source)
    try:
        heard = _listen(config, ago, max_pages)
        cassette = finished(config.connector_type, config.settings, heard)
        cassette.write(target)
    except (CassetteError, ConnectorError, RecordingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    _tell(config, heard, cassette, target)


def _source(path: Path, name: str) -> SourceConfig:
    config = read_config(path)
    for one in config.sources:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in config.sources)
    raise Unusable(f"{path} has no source '{name}'. It has: {known}.")


def _listen(config: SourceConfig, ago: timedelta, max_pages: int | None) -> Heard:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(config.name)
        counted = [0, 0]

        def count(page: Page) -> None:
            counted[0] += 1
            counted[1] += len(page.records)
            words = f"{config.name}: {counted[0]:,} pages, {counted[1]:,} records"
            progress.update(task, description=words)

        return listen(config.connector, datetime.now(UTC) - ago, max_pages, count)


def _tell(config: SourceConfig, heard: Heard, cassette: Cassette, target: Path) -> None:
    records = sum(len(page.records) for page in heard.pages)
    click.echo(
        f"{target}: {len(cassette.turns):,} answers, {records:,} records on "
        f"{cassette.pages:,} pages."
    )
    if heard.since is None:
        click.echo(f"{config.vendor} cannot begin at an instant: it was read from the start.")
    if not heard.whole:
        click.echo("It ends before the poll does, and so will a replay.")
    if trouble := _differs(config, heard, cassette):
        click.echo(f"warning: it cannot be replayed as it is: {trouble} {REMEDY}", err=True)
        sys.exit(1)
    click.echo(
        "Names, texts, addresses and credentials are replaced. Look through it before you share "
        f"it.\nTry it: deskpulse connector try {config.vendor} --cassette {target}"
    )


def _differs(config: SourceConfig, heard: Heard, cassette: Cassette) -> str:
    """Why a replay tells other records than the vendor did, as sentences; empty where it tells the
    same."""
    try:
        with played(config.connector_type, cassette, config.name) as connector:
            pages = connector.changes(begin_of(connector, cassette))
            for number, page in enumerate(heard.pages, start=1):
                told = next(pages, None)
                if told is None:
                    return f"it ends after {number - 1} of {len(heard.pages)} pages."
                if (before := len(page.records)) != (after := len(told.records)):
                    return f"page {number} has {after} records instead of {before}."
                if [_bare(one) for one in page.records] != [_bare(one) for one in told.records]:
                    return f"page {number} tells other instants, words or counts."
    except (CassetteError, ConnectorError) as error:
        return str(error).removesuffix(AGAIN).rstrip()  # another would fail in the same way
    return ""


def _bare(record: Record) -> Record:
    """A record without what a recording replaces: its id, and names of all kinds."""
    if isinstance(record, Ticket):
        return replace(record, id="", team=None, language=None, tags=(), fields={})
    return replace(record, id="")
