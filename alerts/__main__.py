"""`python -m alerts`: build the rule files and default configurations."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from alerts.build import FOLDER, outdated, write
from alerts.parameters import Links


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
@click.option("--grafana", default=Links().grafana, help="Put before every dashboard's path.")
@click.option(
    "--runbooks",
    default=Links().runbooks,
    show_default=True,
    help="The address or folder that holds the runbooks.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail where a file is out of date.")
def build(folder: Path, grafana: str, runbooks: str, check: bool) -> None:
    """Write rules/*.yml, prometheus.yml and alertmanager.yml."""
    links = Links(grafana.rstrip("/"), runbooks.rstrip("/"))
    if not check:
        for path in write(folder, links):
            click.echo(str(path))
        return
    if stale := outdated(folder, links):
        names = ", ".join(str(path) for path in stale)
        raise click.ClickException(f"out of date: {names}. Write them by the same without --check.")


if __name__ == "__main__":
    main()
