"""`deskpulse alerts`: rules for Prometheus, who is told, and whether they can be trusted."""

from __future__ import annotations

from typing import Final

import rich_click as click

from exporter.cli.lazy import Lazy, Places

COMMANDS: Final[Places] = {
    "build": ("building", "build"),
    "check": ("checking", "check"),
    "test": ("proving", "test"),
    "simulate": ("simulating", "simulate"),
}


@click.group(cls=Lazy, within=__name__, places=COMMANDS)
def alerts() -> None:
    """Rules for Prometheus and who is told of them, from deskpulse.yaml."""
