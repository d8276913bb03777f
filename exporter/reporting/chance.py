"""How much of a difference may be chance: intervals of 95 %. Pure."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Final, NamedTuple

Z: Final = 1.959963984540054
"""95 % of a normal distribution lie within so many deviations of its middle."""


class Risk(NamedTuple):
    """How many times as often something happens in one group as in another, with its interval."""

    ratio: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves 1 out: the groups differ by more than chance does."""
        return not self.low <= 1 <= self.high


def wilson(happened: int, n: int) -> tuple[float, float]:
    """The interval of a share by E. B. Wilson (1927), right for few and for shares near 0 or 1.

    Raises `ValueError` where there is nobody to have a share.
    """
    if not 0 <= happened <= n or n == 0:
        message = f"{happened} of {n} is no share: give at least one, and no more than there are"
        raise ValueError(message)
    share, weight = happened / n, Z * Z / n
    middle = (share + weight / 2) / (1 + weight)
    reach = Z * sqrt(share * (1 - share) / n + weight / n / 4) / (1 + weight)
    low = 0.0 if happened == 0 else middle - reach
    return low, 1.0 if happened == n else middle + reach


def relative_risk(happened: int, n: int, others: int, of_others: int) -> Risk | None:
    """The relative risk of two groups, its interval by the log method (Katz and others, 1978).

    happened, n: in the group in question; others, of_others: in the group that it is held against.
    None where it happened to nobody in one of them: no ratio has an interval then.
    """
    if not happened or not others:
        return None
    ratio = (happened / n) / (others / of_others)
    deviation = sqrt(1 / happened - 1 / n + 1 / others - 1 / of_others)
    return Risk(ratio, exp(log(ratio) - Z * deviation), exp(log(ratio) + Z * deviation))
