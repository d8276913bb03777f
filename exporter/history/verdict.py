"""The one error of this package."""

from __future__ import annotations


class Refused(Exception):
    """History cannot be written there. The message says why, and what to do; it holds no secret."""
