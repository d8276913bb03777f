"""A group of commands that are imported when they are asked for, so that every start is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import rich_click as click

Places = Mapping[str, tuple[str, str]]
"""Module and function of each command, in the order in which one needs them."""


class Lazy(click.RichGroup):
    """A group whose commands lie in `places`. within: the package of their modules."""

    def __init__(self, *given: Any, within: str, places: Places, **more: Any) -> None:
        super().__init__(*given, **more)
        self._within = within
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- as click has it
        """All of them."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- as click has it
        """The command of this name; None where there is none."""
        if cmd_name not in self._places:
            return None
        module, function = self._places[cmd_name]
        found: click.Command = getattr(import_module(f"{self._within}.{module}"), function)
        return found
