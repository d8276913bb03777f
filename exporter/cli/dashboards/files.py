"""`deskpulse dashboards build` and `check`: the dashboards as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import rich_click as click

from alerts.files import outdated
from dashboards.building import built
from dashboards.checks import defects
from dashboards.files import COMPOSE, JSON, Places, forgotten, texts, write
from exporter.cli.options import together
from exporter.cli.wiring import Unusable, config_option, read_installation

OUT: Final = Path("grafana")


place_options: Final = together(
    config_option,
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=OUT,
        show_default=True,
        metavar="DIR",
        help=f"The folder that gets {JSON}/ and provisioning/.",
    ),
    click.option(
        "--json-path",
        "dashboards",
        default=COMPOSE.dashboards,
        show_default=True,
        metavar="DIR",
        help=f"Where Grafana finds what lies in {JSON}/.",
    ),
    click.option(
        "--prometheus-url",
        "prometheus",
        default=COMPOSE.prometheus,
        show_default=True,
        metavar="URL",
        help="Prometheus as Grafana reaches it.",
    ),
    click.option(
        "--alertmanager-url",
        "alertmanager",
        default=COMPOSE.alertmanager,
        show_default=True,
        metavar="URL",
        help='Alertmanager as Grafana reaches it; "": there is none.',
    ),
    click.option(
        "--deskpulse-url",
        "deskpulse",
        default=COMPOSE.deskpulse,
        show_default=True,
        metavar="URL",
        help="deskpulse as a browser reaches it: exemplars lead to their tickets there.",
    ),
)
"""Whose thresholds, where files go, and what stands in them about other programs."""


@click.command()
@place_options
def build(path: Path, out: Path, **places: str) -> None:
    """Write the dashboards as JSON, and the files by which Grafana provisions itself with them."""
    made = texts(Places(**places), read_installation(path))
    try:
        for file in write(out, made):
            click.echo(file)
        for name in forgotten(out, made):
            click.echo(f"{out / name} is built no longer: remove it.", err=True)
    except OSError as error:
        raise _unusable(out, error) from error


@click.command()
@place_options
def check(path: Path, out: Path, **places: str) -> None:
    """Say whether the files are what `build` would write, and whether each dashboard is sound."""
    made = texts(Places(**places), read_installation(path))
    try:
        troubles = list(_troubles(out, made))
    except OSError as error:
        raise _unusable(out, error) from error
    for trouble in troubles:
        click.echo(trouble, err=True)
    if troubles:
        click.echo("`deskpulse dashboards build` writes the files anew.", err=True)
        sys.exit(1)


def _troubles(out: Path, made: dict[str, str]) -> Iterator[str]:
    for name in outdated(out, made):
        path = out / name
        yield f"{path} {'is not what would be built' if path.exists() else 'is missing'}."
    for name in forgotten(out, made):
        yield f"{out / name} is built no longer: remove it."
    uids = {str(board["uid"]) for board in built().values()}
    for path in sorted((out / JSON).glob("*.json")):
        for defect in _defects(path, uids):
            yield f"{path}: {defect}."


def _defects(path: Path, uids: set[str]) -> list[str]:
    try:
        return defects(json.loads(path.read_bytes()), uids)
    except ValueError as error:
        return [f"it is no JSON ({error})"]


def _unusable(out: Path, error: OSError) -> Unusable:
    place = error.filename or out
    return Unusable(f"{place} cannot be used: {error.strerror}. Name another folder with --out.")
