"""How long is waited for a vendor, and a way to wait less while failures are tried out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to connect, between two pieces of an answer, and before a request that failed is
    made again (each further time twice as long).
    """

    connect: float = 5.0
    piece: float = 60.0
    repeat: float = 0.25


_now = Patience()


def now() -> Patience:
    """What sessions that are made now go by, where they are not told otherwise."""
    return _now


@contextlib.contextmanager
def hurried(patience: Patience) -> Iterator[None]:
    """Sessions that are made meanwhile have this patience."""
    global _now  # noqa: PLW0603 -- sessions are made deep within connectors
    before, _now = _now, patience
    try:
        yield
    finally:
        _now = before
