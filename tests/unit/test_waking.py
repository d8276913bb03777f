"""A wake is answered when the vendor can tell, once, and never more often than is allowed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exporter.waking import SETTLING, Wakes

SOON = SETTLING.total_seconds()
NEVER = 10.0**9


class At:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wakes(at: At, lag: float = 0.0, gap: float = 10.0) -> Wakes:
    return Wakes(timedelta(seconds=lag), timedelta(seconds=gap), at)


def test_nobody_who_is_not_woken_polls_beside_the_schedule() -> None:
    assert wakes(At()).next(0.0) is None


def test_a_wake_is_answered_at_once_where_the_vendor_tells_at_once() -> None:
    at = At()
    one = wakes(at)
    one.wake()
    assert one.next(began=at.now - 60) == at.now + SOON
    one.polled(at.now + SOON, well=True)
    assert one.next(at.now + SOON) is None


def test_a_wake_waits_for_the_lag_of_the_vendor() -> None:
    at = At()
    one = wakes(at, lag=60)
    one.wake()
    one.polled(at.now + 30, well=True)  # its turn came, but what changed could not be told yet
    assert one.next(at.now + 30) == at.now + 60 + SOON
    one.polled(at.now + 60 + SOON, well=True)
    assert one.next(at.now + 62) is None


def test_what_a_failed_poll_was_to_tell_remains_due_and_is_tried_ever_more_rarely() -> None:
    at = At()
    one = wakes(at)
    one.wake()
    gaps = []
    for _ in range(4):
        at.now += 100
        one.polled(at.now, well=False)
        due = one.next(at.now)
        assert due is not None
        gaps.append(due - at.now)
    assert gaps == [20, 40, 80, 160]
    one.polled(at.now, well=True)
    assert one.next(at.now) is None


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
    st.sampled_from([0.0, 30.0, 60.0]),
    st.sampled_from([1.0, 10.0, 90.0]),
    st.floats(0, 5),
)
def test_every_wake_is_answered_in_time_and_polls_keep_their_distance(
    pauses: list[float], lag: float, gap: float, lasts: float
) -> None:
    """Whenever wakes come: a poll that can tell begins within the lag and two gaps, and no two
    polls begin within a gap."""
    at = At()
    one = wakes(at, lag, gap)
    woken: list[float] = []
    polls = [at.now]

    def poll_until(moment: float) -> None:
        while (due := one.next(polls[-1])) is not None and max(due, at.now) <= moment:
            at.now = max(due, at.now)
            polls.append(at.now)
            at.now += lasts
            one.polled(polls[-1], well=True)
        at.now = max(at.now, moment)

    for pause in pauses:
        poll_until(at.now + pause)
        woken.append(at.now)
        one.wake()
    poll_until(at.now + NEVER)
    assert one.next(polls[-1]) is None
    for moment in woken:
        answered = next(began for began in polls if began >= moment + lag + SOON)
        assert answered <= moment + lag + SOON + 2 * gap + lasts + 1e-6
    between = [later - earlier for earlier, later in pairwise(polls)]
    assert min(between, default=gap) >= gap - 1e-6
    assert len(polls) <= 2 + len(woken)


def rested(one: Wakes, regular: float, not_before: float = 0.0) -> tuple[threading.Thread, At]:
    """A thread that rests, and the instant at which it ended."""
    ended = At()

    def rest() -> None:
        began = time.monotonic()
        one.rest(began - 60, began + regular, began + not_before)
        ended.now = time.monotonic() - began

    thread = threading.Thread(target=rest, daemon=True)
    thread.start()
    return thread, ended


def test_a_rest_ends_in_its_turn_when_woken_and_when_stopped() -> None:
    in_turn, _ = rested(Wakes(), 0.05)
    in_turn.join(5)
    sleeper = Wakes(-SETTLING)
    woken, _ = rested(sleeper, 60)
    asked, ended = rested(late := Wakes(-SETTLING), 60, not_before=0.3)
    sleeper.wake()
    late.wake()
    woken.join(5)
    asked.join(5)
    stopped, _ = rested(ended_early := Wakes(), 60)
    ended_early.stop()
    stopped.join(5)
    assert not any(one.is_alive() for one in (in_turn, woken, asked, stopped))
    assert ended.now >= 0.3, "the vendor asked for a pause, which no wake cuts short"
