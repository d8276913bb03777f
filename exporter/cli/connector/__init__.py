"""`deskpulse connector`: the vendors that deskpulse can talk to, and the kit for adding one."""

from __future__ import annotations

from typing import Final

import rich_click as click

from exporter.cli.lazy import Lazy, Places

COMMANDS: Final[Places] = {
    "list": ("listing", "list_"),
    "new": ("making", "new"),
    "try": ("trying", "try_"),
    "record": ("recording", "record"),
    "certify": ("certifying", "certify"),
    "serve": ("serving", "serve"),
}


@click.group(cls=Lazy, within=__name__, places=COMMANDS)
def connector() -> None:
    """The vendors that deskpulse can talk to, and the kit for adding one."""
