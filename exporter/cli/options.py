"""Options that several commands have, each as one decorator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import rich_click as click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[CommandT], CommandT]:
    """All of them, which `--help` shows in this order."""

    def taking(command: CommandT) -> CommandT:
        for option in reversed(options):
            command = option(command)
        return command

    return taking


until_option: Final = click.option(
    "--until", metavar="DATE", help="Where it ends; up to when all is told otherwise."
)
"""The end of a period."""


def answer_options(formats: Sequence[str]) -> Callable[[CommandT], CommandT]:
    """In which of these forms a command answers, the first one by itself, and where to."""
    return together(
        click.option(
            "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True
        ),
        click.option(
            "--output",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Where to write; standard output otherwise.",
        ),
    )
