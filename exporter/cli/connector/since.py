"""A span of time as it is typed behind an option."""

from __future__ import annotations

import re
from datetime import timedelta

import rich_click as click

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([mhdw])", re.ASCII)


class Ago(click.ParamType[timedelta]):
    """How long ago: 90m, 24h, 7d, 2w."""

    name = "SPAN"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The span that was typed."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"'{value}' is no span of time; write 90m, 24h, 7d or 2w", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
