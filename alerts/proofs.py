"""The proofs of the alerts: unit tests for promtool, which ship with the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from alerts.parameters import PRODUCTION, Parameters


def proofs() -> dict[str, str]:
    """Every proof by its path below `tests`, without the ending.

    Each names its rules by a path relative to itself, `../rules/…`.
    """
    return dict(sorted(_below(resources.files("alerts") / "tests", "")))


def changed(parameters: Parameters) -> list[str]:
    """The thresholds and windows that differ from those for which the proofs are written."""
    told = (parameters.thresholds, parameters.windows)
    written = (PRODUCTION.thresholds, PRODUCTION.windows)
    pairs: list[tuple[Any, Any]] = list(zip(told, written, strict=True))
    return [
        field.name
        for one, other in pairs
        for field in fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    ]


def _below(folder: Traversable, begin: str) -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _below(one, f"{begin}{one.name}/")
        elif one.name.endswith(".yml"):
            yield f"{begin}{one.name.removesuffix('.yml')}", one.read_text("utf-8")
