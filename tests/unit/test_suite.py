"""Rules are run one by one, and none keeps the others waiting for ever."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from exporter.certify import suite
from exporter.certify.bench import Bench
from exporter.certify.hostile.flaws.flaw import HEALTHY
from exporter.certify.scale import Mark, Result, Rule, Tier
from exporter.certify.suite import attempt


def turns() -> None:
    while True:
        pass


def waits() -> None:
    threading.Event().wait()


def swallows() -> None:
    while True:
        with suppress(Exception):
            time.sleep(0.01)


def cleans_up_slowly() -> None:
    try:
        waits()
    finally:
        waits()


def tried(does: Callable[[], None]) -> Result:
    def check(bench: Bench) -> None:
        del bench
        does()

    return attempt(HEALTHY, Rule("a-rule", Tier.BRONZE, "A promise", check))


@pytest.mark.parametrize("does", [turns, waits, swallows, cleans_up_slowly])
def test_a_rule_that_does_not_end_is_a_verdict(
    does: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "LIMIT", 0.3)
    monkeypatch.setattr(suite, "AGAIN", 0.2)
    result = tried(does)
    assert result.mark is Mark.TODO
    assert result.reason.startswith("did not end within 0.005 minutes: something waits")
    assert result.seconds < 3


def test_a_rule_that_ends_leaves_no_clock_running() -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert tried(lambda: None).is_kept
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_in_a_thread_of_its_own_a_rule_is_tried_as_well() -> None:
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(tried(lambda: None)))
    thread.start()
    thread.join(10)
    assert [one.mark for one in results] == [Mark.DONE]
