"""One source's receiver: who may wake it, and what was received."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connectors.webhooks import Claim, Scheme, Verifier
from exporter.webhooks.result import Result

WINDOW: Final = timedelta(minutes=5)
LARGEST: Final = 2**20
REMEMBERED: Final = 10_000
KEPT: Final = 86_400.0
"""Seconds for which a delivery without a time stamp is remembered."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came since the last time that was asked: how many of each result, and when the last
    one was accepted, in Unix milliseconds.
    """

    results: Mapping[Result, int]
    accepted_at: int | None


class Seen:
    """The deliveries of late, so that none counts twice. The oldest is forgotten first."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def is_new(self, mark: bytes, now: float, until: float) -> bool:
        """Whether this is the first one with this mark, which is then remembered until `until`."""
        while self._until and next(iter(self._until.values())) < now:
            self._until.popitem(last=False)
        if (known := self._until.get(mark)) is not None and known >= now:
            return False
        self._until[mark] = until
        while len(self._until) > self._most:
            self._until.popitem(last=False)
        return True


class Receiver:
    """Judges the deliveries for one source, counts them, and wakes its poll.

    Nothing of a body is kept. Safe to be asked for its counts by another thread.
    """

    def __init__(
        self,
        scheme: Scheme,
        secrets: Sequence[bytes],
        wake: Callable[[], object],
        *,
        window: timedelta = WINDOW,
        largest: int = LARGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """secrets: any of them may sign. wake: called for each delivery that is accepted.
        largest: bytes of a body. clock: ours, in Unix seconds.
        """
        self.largest = largest
        self._scheme = scheme
        self._secrets = tuple(secrets)
        self._wake = wake
        self._window = window.total_seconds()
        self._clock = clock
        self._seen = Seen()
        self._lock = threading.Lock()
        self._counts: Counter[Result] = Counter()
        self._accepted_at: int | None = None

    def claim(self, headers: Mapping[str, str]) -> Claim:
        """What a delivery says of itself. Raises `Unsigned`."""
        return self._scheme.claim(headers)

    def verifier(self, claim: Claim) -> Verifier:
        """What is fed the body of this delivery."""
        return claim.verifier(self._secrets)

    def judged(self, claim: Claim, verifier: Verifier) -> Result:
        """Whether a delivery that has arrived whole may wake the poll."""
        if not verifier.is_genuine:
            return Result.FORGED
        now = self._clock()
        if claim.at is not None and abs(now - claim.at) > self._window:
            return Result.STALE
        until = now + KEPT if claim.at is None else claim.at + self._window
        return Result.ACCEPTED if self._seen.is_new(verifier.mark, now, until) else Result.REPEATED

    def conclude(self, result: Result) -> None:
        """Count what came of a delivery; one that is accepted wakes the poll."""
        with self._lock:
            self._counts[result] += 1
            if result is Result.ACCEPTED:
                self._accepted_at = round(self._clock() * 1000)
        if result is Result.ACCEPTED:
            self._wake()

    def received(self) -> Received | None:
        """What came since the last call, None where nothing did; the count then starts again."""
        with self._lock:
            if not self._counts:
                return None
            found = Received(dict(self._counts), self._accepted_at)
            self._counts, self._accepted_at = Counter(), None
            return found

    def give_back(self, received: Received) -> None:
        """Count again what could not be written down."""
        with self._lock:
            self._counts.update(received.results)
            self._accepted_at = self._accepted_at or received.accepted_at
