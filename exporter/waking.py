"""When a source is polled beside its schedule: because it was told that something changed.

A wake is answered by a poll that begins when the vendor can tell what changed, so its lag later.
Wakes are put together: however many come, two polls are at least `gap` apart.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

GAP: Final = timedelta(seconds=15)
SETTLING: Final = timedelta(seconds=2)
"""A change is told this much later than promised: a vendor counts whole seconds, and a burst of
messages about one change is then over."""


class Wakes:
    """The polls that one source is woken for. Safe to use from several threads.

    Everything is in seconds of `monotonic`.
    """

    def __init__(
        self,
        lag: timedelta = timedelta(0),
        gap: timedelta = GAP,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """lag: how much later the vendor tells a change. gap: the least between two polls."""
        self._delay = (lag + SETTLING).total_seconds()
        self._gap = gap.total_seconds()
        self._monotonic = monotonic
        self._due: deque[float] = deque()
        self._failures = 0
        self._changed = threading.Condition()
        self._stopped = False

    def wake(self) -> None:
        """Something changed by now."""
        with self._changed:
            due = self._monotonic() + self._delay
            last = self._due[-1] if self._due else None
            if last is None or last < due:
                # The polls that are due lie a gap apart: so few of them are ever waiting.
                self._due.append(due if last is None else max(due, last + self._gap))
                self._changed.notify_all()

    def polled(self, began: float, *, well: bool) -> None:
        """A poll that began then has ended. What one that failed was to tell remains due."""
        with self._changed:
            self._failures = 0 if well else self._failures + 1
            while well and self._due and self._due[0] <= began:
                self._due.popleft()

    def next(self, began: float) -> float | None:
        """When to poll again, the last poll having begun then; None: nobody woke it. After
        failures it is tried ever more rarely."""
        with self._changed:
            return self._next(began)

    def rest(self, began: float, regular: float, not_before: float) -> None:
        """Wait for the next poll, the last one having begun at `began`: until its turn comes at
        `regular` or a wake is due, in no case before `not_before`; or until `stop`.
        """
        with self._changed:
            while not self._stopped:
                due = self._next(began)
                until = max(regular if due is None else min(regular, due), not_before)
                left = until - self._monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)

    def stop(self) -> None:
        """End every wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _next(self, began: float) -> float | None:
        if not self._due:
            return None
        return max(self._due[0], began + self._gap * (1 << min(self._failures, 16)))
