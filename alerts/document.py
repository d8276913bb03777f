"""YAML as people want to read it: in the order given, and many lines as many lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import yaml

BUILT: Final = "Built by `deskpulse alerts build` out of deskpulse.yaml."
_UNITS = ((7 * 86400, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class _Dumper(yaml.SafeDumper):
    """Many lines as a block, and the items of a list a step further in than its name."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rendered(document: object, *, note: str = BUILT) -> str:
    """A document as YAML, below a comment of one line."""
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"# {note}\n\n{body}"


def duration(length: timedelta) -> str:
    """A length of whole seconds as Prometheus writes it: `90m` is `1h30m`."""
    seconds, words = int(length.total_seconds()), ""
    for worth, unit in _UNITS:
        number, seconds = divmod(seconds, worth)
        if number:
            words += f"{number}{unit}"
    return words or "0s"


def days(length: timedelta) -> str:
    """A length as series are named: whole days as `30d`, not weeks and days."""
    return duration(length) if length % timedelta(days=1) else f"{length.days}d"
