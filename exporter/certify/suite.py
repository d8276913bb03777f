"""Runs the rules: each by itself, so that one that is broken hides no other and none hangs."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from connectors import ConnectorError
from connectors.discovery import BrokenConnector
from exporter.certify.bench import Bench
from exporter.certify.candidate import Candidate
from exporter.certify.rules import RULES
from exporter.certify.scale import Broken, Dear, Mark, Result, Rule, Tier, Unproven

LIMIT: Final = 600.0
"""Seconds that a rule may take; the longest takes about one minute."""

AGAIN: Final = 5.0  # seconds until what swallows the first interruption gets another


class _Overdue(BaseException):
    """A rule takes too long. Whatever it runs catches an `Exception`, but not this."""


def rules(upto: Tier = Tier.GOLD) -> Iterator[Rule]:
    """Every rule that a tier asks for."""
    return (rule for rule in RULES if rule.tier.rank <= upto.rank)


def attempt(candidate: Candidate, rule: Rule, exempt: str | None = None) -> Result:
    """Try one rule, in a folder that is gone afterwards. exempt: why it is not to be tried, or
    why what it costs does not count.
    """
    if exempt and not rule.costs:
        return Result(rule, Mark.EXEMPT, exempt)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="deskpulse-certify-") as name:
        mark, reason, figures = Mark.DONE, "", None
        try:
            with _limited():
                figures = rule.check(Bench(candidate, Path(name)))
        except Dear as error:
            mark, reason, figures = Mark.TODO, str(error), error.figures
            if exempt:
                mark, reason = Mark.EXEMPT, exempt
        except Unproven as error:
            mark, reason = Mark.UNPROVEN, str(error)
        except (Broken, BrokenConnector, ConnectorError) as error:
            mark, reason = Mark.TODO, str(error)
        except _Overdue:
            mark, reason = Mark.TODO, _overdue()
        except Exception as error:  # noqa: BLE001 -- a connector may do anything
            mark, reason = Mark.TODO, f"unexpected {type(error).__name__}: {error}"
    return Result(rule, mark, reason, time.perf_counter() - began, figures or {})


@contextmanager
def _limited() -> Iterator[None]:
    """Interrupts what does not end in time, where that can be done: in the main thread."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _Overdue

    handler = signal.signal(signal.SIGALRM, interrupt)
    timer = signal.setitimer(signal.ITIMER_REAL, LIMIT, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


def _overdue() -> str:
    minutes = LIMIT / 60
    return (
        f"did not end within {minutes:g} minutes: something waits or goes on for ever. Every "
        "request needs a time-out and every walk an end; connectors.http and connectors.walking "
        "have them"
    )
