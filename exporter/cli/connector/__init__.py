"""`deskpulse connector`: the vendors that deskpulse can talk to, and the kit for adding one."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import rich_click as click

COMMANDS: Final = {
    "list": ("listing", "list_"),
    "new": ("making", "new"),
    "try": ("trying", "try_"),
    "record": ("recording", "record"),
    "certify": ("certifying", "certify"),
    "serve": ("serving", "serve"),
}
"""Module and function of each command, in the order in which one needs them."""


class _Kit(click.RichGroup):
    """Imports a command when it is asked for: simulators and rules would hold up every start."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- as click has it
        """All of them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- as click has it
        """The command of this name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        found: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return found


@click.group(cls=_Kit)
def connector() -> None:
    """The vendors that deskpulse can talk to, and the kit for adding one."""
