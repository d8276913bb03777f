"""`python -m dashboards`: build what is committed in this package."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from dashboards.files import texts, write


@click.group()
def main() -> None:
    """The dashboards of deskpulse, and what makes Grafana read them."""


@main.command()
def build() -> None:
    """Write the files of an installation without decisions of its own.

    `deskpulse dashboards build` writes those of a deskpulse.yaml.
    """
    for path in write(Path(__file__).parent, texts()):
        click.echo(str(path))


if __name__ == "__main__":
    main()
