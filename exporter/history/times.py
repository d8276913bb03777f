"""At which instants the past gets samples, and in which slices these are written. Pure.

Instants are Unix milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

MINUTE = 60_000
HOUR = 60 * MINUTE
_UNITS = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[ywdhms])")
SHORT, LONG, LONGEST = 2 * HOUR, 18 * HOUR, 162 * HOUR
"""Lengths of blocks: of those that Prometheus makes itself, and of the second and fourth
size above."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the samples lie apart: `coarse`, and `fine` in the last `fine_for`; milliseconds.

    `coarse` is no more than the five minutes for which Prometheus takes a sample to be the present
    value, so that graphs have no holes.
    """

    coarse: int = 5 * MINUTE
    fine: int = MINUTE
    fine_for: int = 3 * HOUR

    def instants(self, since: int, seam: int) -> list[int]:
        """From `since` to the seam, the seam itself being the last; multiples of a step else."""
        if since > seam:
            return []
        turn = max(_up(seam - self.fine_for, self.coarse), _up(since, self.coarse))
        early = range(_up(since, self.coarse), min(turn, seam), self.coarse)
        return [*early, *range(turn, seam, self.fine), seam]


STEPS = Steps()


def slices(since: int, until: int) -> Iterator[tuple[int, int]]:
    """Spans from `since` up to and including `until`, each within one block: first, beyond last.

    Long ones while they are complete: then there are few, and nothing is left to compact.
    """
    start = since
    while start <= until:
        end = _beyond(start, LONG)
        if end > until:
            end = _beyond(start, SHORT)
        yield start, min(end, until + 1)
        start = end


def ago(age: timedelta, now: int) -> int:
    """The instant that is so far back."""
    return now - age // timedelta(milliseconds=1)


def seconds(duration: str) -> float:
    """A duration as Prometheus writes it, in seconds; 0 for what is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration))


def _up(instant: int, step: int) -> int:
    return -(-instant // step) * step


def _beyond(instant: int, length: int) -> int:
    return (instant // length + 1) * length
