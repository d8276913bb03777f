"""Options that several commands have, as one decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[CommandT], CommandT]:
    """All of them, which `--help` shows in this order."""

    def taking(command: CommandT) -> CommandT:
        for option in reversed(options):
            command = option(command)
        return command

    return taking
