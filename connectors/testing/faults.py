"""What can go wrong between a vendor and us, switched on request by request.

A `Fault` says how one answer is spoilt; `Faults` says which answers are. The plan is asked once for
every request that reaches a `SimulatorServer`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """How one answer is spoilt. The defaults spoil nothing.

    status, headers, body: put in the place of the simulator's own (headers are added).
    edit: changes the simulator's body.
    delay: seconds before the answer begins.
    keep: the part of the body that is sent, 0 to 1; `honest`: whether Content-Length admits it.
    trickle: seconds between two bytes of the body.
    drop: close the connection instead of answering.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    edit: Callable[[bytes], bytes] | None = None
    delay: float = 0.0
    keep: float = 1.0
    honest: bool = False
    trickle: float = 0.0
    drop: bool = False


def throttle(retry_after: float | str | None = None) -> Fault:
    """429, with `Retry-After` in seconds or as a date where one is given."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Fault(status=429, headers=headers, body=b'{"error":"too many requests"}')


def status(code: int, **headers: str) -> Fault:
    """An answer with this status and a body of no use."""
    return Fault(status=code, headers=headers, body=b'{"error":"as the test asked"}')


def redirect(target: str) -> Fault:
    """302 to `target`."""
    return Fault(status=302, headers={"location": target}, body=b"")


def slow(seconds: float) -> Fault:
    """The answer begins late."""
    return Fault(delay=seconds)


def trickle(seconds: float) -> Fault:
    """The body comes one byte at a time, with a pause after each."""
    return Fault(trickle=seconds)


def cut(fraction: float, *, honest: bool = False) -> Fault:
    """Only this part of the body comes; an honest Content-Length says so, else it tells the full
    length."""
    return Fault(keep=fraction, honest=honest)


def drop() -> Fault:
    """The connection is closed without an answer."""
    return Fault(drop=True)


def html() -> Fault:
    """200 with a page to sign in, as vendors give at a wrong address."""
    return Fault(
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=b"<!DOCTYPE html><title>Sign in</title>",
    )


def replace(find: bytes, put: bytes) -> Fault:
    """The first `find` of the body becomes `put`."""
    return Fault(edit=lambda body: body.replace(find, put, 1))


def malformed_record(find: bytes = b'"created_at":"', put: bytes = b'"created_at":"not ') -> Fault:
    """The first record that has the field `find` holds something else there."""
    return replace(find, put)


class Faults:
    """A plan of faults: a queue for the next requests, then standing rules by path.

    The queue takes `None` for a request that goes well. A rule holds for every path that contains
    its text. The first that matches wins: limit, queue, rules in order, quota.
    """

    def __init__(self, queue: Iterable[Fault | None] = ()) -> None:
        self._queue = deque(queue)
        self._rules: list[tuple[str, Fault]] = []
        self._quota: tuple[int, float] | None = None
        self._served: deque[float] = deque()
        self._left: int | None = None
        self._lock = threading.Lock()

    def next(self, *faults: Fault | None) -> Faults:
        """Spoil the requests to come with these, one each, in order."""
        with self._lock:
            self._queue.extend(faults)
        return self

    def always(self, path_part: str, fault: Fault) -> Faults:
        """Spoil every request whose path contains `path_part`."""
        with self._lock:
            self._rules.append((path_part, fault))
        return self

    def forbid(self, path_part: str) -> Faults:
        """403 for every request whose path contains `path_part`."""
        return self.always(path_part, status(403))

    def quota(self, requests: int, per_seconds: float) -> Faults:
        """429 with `Retry-After` beyond so many requests in any such span of real time."""
        with self._lock:
            self._quota = (requests, per_seconds)
        return self

    def limit(self, requests: int) -> Faults:
        """410 once so many more were made: whoever asks without end comes to one."""
        with self._lock:
            self._left = requests
        return self

    @property
    def is_beyond(self) -> bool:
        """Whether more requests were made than `limit` allows."""
        return self._left is not None and self._left < 0

    def clear(self) -> None:
        """Everything goes well again."""
        with self._lock:
            self._left = None
            self._queue.clear()
            self._rules.clear()
            self._quota = None
            self._served.clear()

    def fault_for(self, path: str) -> Fault | None:
        """What happens to the request for `path` that has just come in."""
        with self._lock:
            if self._left is not None:
                self._left -= 1
            if self.is_beyond:
                return status(410)
            if self._queue:
                return self._queue.popleft()
            for part, fault in self._rules:
                if part in path:
                    return fault
            return self._over_quota(time.monotonic())

    def _over_quota(self, now: float) -> Fault | None:
        if self._quota is None:
            return None
        requests, span = self._quota
        while self._served and self._served[0] <= now - span:
            self._served.popleft()
        if len(self._served) < requests:
            self._served.append(now)
            return None
        return throttle(max(1, round(self._served[0] + span - now + 0.5)))
