"""`deskpulse dashboards`: build them as files, or publish them to a Grafana that exists."""

from __future__ import annotations

from typing import Final

import rich_click as click

from exporter.cli.lazy import Lazy, Places

COMMANDS: Final[Places] = {
    "build": ("files", "build"),
    "check": ("files", "check"),
    "diff": ("publishing", "diff"),
    "publish": ("publishing", "publish"),
}


@click.group(cls=Lazy, within=__name__, places=COMMANDS)
def dashboards() -> None:
    """The dashboards for Grafana: as files, or published to a Grafana that exists."""
