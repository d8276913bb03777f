"""`deskpulse alerts build`: from deskpulse.yaml to what Prometheus and Alertmanager read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import rich_click as click

from alerts.build import built, write
from alerts.installation import Installation
from exporter.cli.wiring import Unusable, config_option, read_installation

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

FOLDER: Final = Path("alerting")
UNTOLD: Final = (
    "Nobody is told of these severities, Alertmanager only shows them: {}. Name somebody below "
    "`alerts: receivers:` in deskpulse.yaml."
)


def out_option(command: CommandT) -> CommandT:
    """The option --out, the same on every command that has to do with what is built."""
    option = click.option(
        "--out",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=FOLDER,
        show_default=True,
        metavar="DIR",
        help="The folder of what is built.",
    )
    return option(command)


@click.command()
@config_option
@out_option
def build(path: Path, folder: Path) -> None:
    """Write the rules, and the configurations of Prometheus and Alertmanager with their templates.

    Prints the path of each file. They are built from `alerts:` in the configuration; without a
    deskpulse.yaml, from the defaults. No secret is asked for and none is written.
    """
    installation = read_installation(path)
    try:
        written = write(folder, built(installation))
    except OSError as error:
        raise Unusable(
            f"{error.filename or folder} cannot be written: {error.strerror}. Name another folder "
            "with --out."
        ) from error
    for file in written:
        click.echo(str(file))
    say_who_is_untold(installation)


def say_who_is_untold(installation: Installation) -> None:
    """Say on standard error of which severities nobody is told."""
    if installation.untold:
        click.echo(UNTOLD.format(", ".join(installation.untold)), err=True)
