"""Which deskpulse this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def release() -> str:
    """The version that is installed."""
    try:
        return version("deskpulse")
    except PackageNotFoundError:
        return "unknown"
