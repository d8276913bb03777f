"""What arrivals are usual in the channels of one source, learned once a day. Pure.

It is a function of the arrivals before the last local midnight: a restart learns the same anew.
Instants are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import numpy as np

from exporter.clocks import is_holiday
from exporter.definition import Definition
from exporter.queues import MINUTES, Queue, between
from exporter.volume import (
    Arrivals,
    Calendar,
    Judgement,
    Model,
    Replay,
    Sensitivity,
    judge,
    learn,
    replay,
)

_MINUTE: Final = 60
_DAY: Final = MINUTES * _MINUTE

Queues = Mapping[str, Queue]
"""Arrivals by channel."""


class Usual:
    """Learns, and remembers what it learned last.

    definition: whose schedule says what local time is, and which days are holidays.
    confirm: how long a verdict must stand.
    windows: over which arrivals are told, in seconds.
    """

    def __init__(self, definition: Definition, confirm: timedelta) -> None:
        closed = partial(is_holiday, definition.schedule) if definition.schedule else None
        self._calendar = Calendar(definition.zone, closed)
        self._sensitivity = Sensitivity(confirm=round(confirm.total_seconds()))
        self.windows = self._sensitivity.windows
        self._learned: tuple[object, dict[str, Model]] = (None, {})

    def judge(
        self, key: object, until: int, past: Callable[[], Queues], recent: Queues, at: int
    ) -> dict[str, Judgement]:
        """What is to be said of every channel with a past at the instant `at`, a whole minute.

        until: before it is what is learned from, normally the last local midnight.
        key: stands for `until` and for what `past` gives, which is asked for only where it changed.
        recent: at least the day of `until` and the day before it, up to `at`.
        """
        if self._learned[0] != key:
            self._learned = key, self._models(past(), until)
        since = until - until % _DAY - _DAY
        return {
            channel: judge(model, _arrivals(recent.get(channel, {}), since, at), at)
            for channel, model in self._learned[1].items()
        }

    def replay(self, queues: Queues, since: int, until: int, step: int = 300) -> dict[str, Replay]:
        """What would have been said of every channel, every `step` seconds in since ≤ t < until."""
        told, pool = _pooled(queues, until)
        return {
            name: replay(one, self._calendar, since, until, self._sensitivity, step, pool)
            for name, one in told.items()
        }

    def told(
        self, arrivals: Arrivals, at: int, since: int, until: int, step: int
    ) -> tuple[Judgement, Replay]:
        """What is to be said of such arrivals at the whole minute `at`, and what would have been
        said of them every `step` seconds in since ≤ t < until."""
        model = learn(arrivals, self._calendar.midnight(at), self._calendar, self._sensitivity)
        then = replay(arrivals, self._calendar, since, until, self._sensitivity, step)
        return judge(model, arrivals, at), then

    def _models(self, queues: Queues, until: int) -> dict[str, Model]:
        told, pool = _pooled(queues, until)
        return {
            name: learn(one, until, self._calendar, self._sensitivity, pool)
            for name, one in told.items()
        }


def _pooled(queues: Queues, until: int) -> tuple[dict[str, Arrivals], Arrivals | None]:
    """The channels that have arrivals before an instant, and all of them as one."""
    days = [day for queue in queues.values() for day in queue]
    if not days:
        return {}, None
    since = _DAY * min(days)
    told = {name: _arrivals(queue, since, until) for name, queue in queues.items()}
    pool = Arrivals(since, np.sum([one.minutes for one in told.values()], axis=0))
    return {name: one for name, one in told.items() if one.minutes.any()}, pool


def _arrivals(queue: Queue, since: int, until: int) -> Arrivals:
    """The arrivals of a channel in since ≤ t < until, `since` being midnight in UTC."""
    first, end = since // _MINUTE, until // _MINUTE
    minutes = np.zeros(max(end - first, 0), dtype=np.int64)
    for at, number in between(queue, first, end):
        minutes[at - first] = number
    return Arrivals(since, minutes)
