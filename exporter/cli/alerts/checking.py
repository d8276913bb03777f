"""`deskpulse alerts check`: is what was built up to date, and would those who read it take it?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import rich_click as click

from alerts.build import built
from alerts.files import outdated
from exporter.cli.alerts.building import out_option, say_who_is_untold
from exporter.cli.wiring import Unusable, config_option, read_installation
from exporter.programs import AMTOOL, PROMTOOL, Program, said

READERS: Final = (
    (PROMTOOL, ("check", "config"), "prometheus.yml"),
    (AMTOOL, ("check-config",), "alertmanager.yml"),
)
"""Who judges which file; promtool follows it to the rules, amtool to the templates."""


@click.command()
@config_option
@out_option
def check(path: Path, folder: Path) -> None:
    """Say whether the files in DIR are what would be built now, and valid.

    Prints each file that is missing or differs. Where promtool and amtool are installed, they
    judge the files too. Exit code 1 where anything is wrong.
    """
    installation = read_installation(path)
    files = built(installation)
    old = outdated(folder, files)
    for file in (folder / name for name in old):
        click.echo(f"{file}: {'differs' if file.exists() else 'is missing'}")
    if old:
        click.echo("Write them anew: `deskpulse alerts build`, with the same --out.", err=True)
    refused = [verdict for reader in READERS for verdict in _judged(folder, *reader)]
    for verdict in refused:
        click.echo(verdict, err=True)
    if old or refused:
        sys.exit(1)
    click.echo(f"The {len(files)} files in {folder} are what would be built now.", err=True)
    say_who_is_untold(installation)


def _judged(folder: Path, program: Program, words: tuple[str, ...], name: str) -> Iterator[str]:
    """What a program has against a file, where both are there."""
    file = folder / name
    if not file.is_file():
        return
    found = program.find()
    if found is None:
        click.echo(f"{file} was not tried: {program.title} is not installed; {program.remedy}.",
                   err=True)  # fmt: skip
        return
    try:
        verdict = said(found, [*words, file])
    except OSError as error:
        raise Unusable(f"{found} does not start: {error.strerror}.") from error
    if not verdict.succeeded:
        yield f"{program.title} refuses {file}:\n{verdict.words}"
