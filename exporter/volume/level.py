"""The present level: how the last days compare with what is usual, today up to some hours ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from exporter.volume.arrivals import DAY, QUARTER, Floats

FORGETS: Final = 3 * DAY
"""Seconds after which the level forgets half."""

STEADY: Final = 200.0
"""Expected tickets that it takes for the level to move half of the way from 1."""


@dataclass(frozen=True, slots=True)
class Level:
    """What came and what was meant to come, the older the less."""

    came: float = 0.0
    meant: float = 0.0

    def path(self, came: Floats, meant: Floats) -> Floats:
        """The level before each quarter of an hour that follows, and after the last."""
        growth = 2.0 ** (np.arange(len(came) + 1) * (QUARTER / FORGETS))
        top = self.came + np.concatenate(([0.0], np.cumsum(came * growth[:-1])))
        below = self.meant + np.concatenate(([0.0], np.cumsum(meant * growth[:-1])))
        steady = STEADY * growth
        levels: Floats = (top + steady) / (below + steady)
        return levels

    def after(self, came: Floats, meant: Floats) -> Level:
        """The level when these quarters have gone by."""
        weights = 0.5 ** (np.arange(len(came), 0, -1) * (QUARTER / FORGETS))
        past = 0.5 ** (len(came) * QUARTER / FORGETS)
        return Level(
            self.came * past + float(came @ weights),
            self.meant * past + float(meant @ weights),
        )
