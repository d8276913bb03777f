"""The clock that a virtual desk lives on."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells what time it is on the desk."""

    def now(self) -> datetime:
        """The desk's present, aware UTC."""


class StandingClock:
    """Stands at one instant until somebody sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class RunningClock:
    """Starts at `begin` and runs `speed` times as fast as real time."""

    def __init__(self, begin: datetime, speed: float = 1.0) -> None:
        self._begin = begin
        self._speed = speed
        self._started = time.monotonic()

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=(time.monotonic() - self._started) * self._speed)
