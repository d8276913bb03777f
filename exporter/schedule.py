"""When sources are polled: each at its own interval, and when it is woken."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from connectors import Page
from exporter.sync import Outcome, Poller
from exporter.waking import Wakes

log = logging.getLogger(__name__)


def _tell(outcome: Outcome, told: str | None) -> str | None:
    """Log what is news: the first success, a failure, the recovery. Gives what was told."""
    if outcome.error and outcome.error != told:
        log.error("%s", outcome.error)
    elif told != outcome.error:
        log.info(
            "source %s: polled, %d records in %.1f s",
            outcome.source,
            outcome.records,
            outcome.seconds,
        )
    return outcome.error


class _Stopped(BaseException):
    """Ends a poll between two pages. No failure, so nothing that handles failures sees it."""


class Schedule:
    """Polls every source, each in a thread of its own, until stopped."""

    def __init__(
        self,
        pollers: Sequence[Poller],
        on_change: Callable[[], object],
        wakes: Mapping[str, Wakes] | None = None,
    ) -> None:
        """on_change: called after each poll, so that the page is made before it is asked for.
        wakes: what wakes polls, by the name of the source, where anything does.
        """
        self._wakes = {one.source.name: Wakes() for one in pollers} | dict(wakes or {})
        self._on_change = on_change
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._loop, args=(p,), name=f"poll-{p.source.name}", daemon=True
            )
            for p in pollers
        ]

    def start(self) -> None:
        """Begin; the first polls start at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Ask every thread to end after its present page; wait up to `patience` seconds."""
        self._stop.set()
        for wakes in self._wakes.values():
            wakes.stop()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _loop(self, poller: Poller) -> None:
        with contextlib.suppress(_Stopped):
            self._poll_on(poller)

    def _poll_on(self, poller: Poller) -> None:
        told: str | None = ""  # "" before the first poll, None after one that succeeded
        wakes = self._wakes[poller.source.name]
        while not self._stop.is_set():
            began, wait, well = time.monotonic(), 0.0, False
            try:
                outcome = poller.poll(self._interrupt)
                if self._stop.is_set():
                    return  # what it was about may be gone already, and is nobody's trouble
                wait, well = outcome.wait, outcome.error is None
                told = _tell(outcome, told)
                self._on_change()
            except Exception:  # the store is locked or full: the next poll tries again
                log.exception("source %s: the store could not be used", poller.source.name)
            wakes.polled(began, well=well)
            regular = began + poller.source.poll.total_seconds()
            wakes.rest(began, regular, time.monotonic() + wait)

    def _interrupt(self, _page: Page) -> None:
        if self._stop.is_set():
            raise _Stopped
