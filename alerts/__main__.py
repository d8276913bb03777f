"""`python -m alerts`: build what is committed in this package."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from alerts.build import FOLDER, committed, write
from alerts.files import outdated


@click.group()
def main() -> None:
    """The alert rules of deskpulse and what carries them."""


@main.command()
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    help="The folder to write to.  [default: this package]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail where a file is out of date.")
def build(folder: Path, check: bool) -> None:
    """Write the rules and the configurations of an installation without decisions of its own.

    `deskpulse alerts build` writes those of a deskpulse.yaml.
    """
    files = committed()
    if not check:
        for path in write(folder, files):
            click.echo(str(path))
    elif stale := outdated(folder, files):
        names = ", ".join(str(folder / name) for name in stale)
        raise click.ClickException(f"out of date: {names}. Write them by the same without --check.")


if __name__ == "__main__":
    main()
