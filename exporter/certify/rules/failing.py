"""What fails between a vendor and us: what passes changes nothing, what lasts is a verdict."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Final

from connectors import (
    ConfigurationError,
    ConnectorError,
    Fatal,
    Page,
    Reason,
    Retriable,
)
from connectors.patience import Patience, hurried
from connectors.testing.faults import Fault, cut, drop, html, slow, status, throttle
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.line import Line
from exporter.certify.scale import Broken, Rule, Tier

PAGE: Final = 60
FEW: Final = 25
"""The most records in an answer where the desk has half as many tickets."""

EARLIER: Final = PRESENT - timedelta(days=2)
HURRIED: Final = Patience(connect=1.0, piece=0.5, repeat=0.01)
MANY: Final = 10
PATIENCE: Final = 200
"""Requests after which a connector asks for ever."""
UNENDING: Final = 1.5  # seconds, well beyond the patience above

PASSING: Final = (
    status(500),
    throttle(0),
    cut(0.5),
    drop(),
    status(503),
    cut(0.5, honest=True),
    throttle("0"),
    status(502),
)


@dataclass(frozen=True, slots=True)
class _Lasting:
    """A trouble that does not pass, and what it must be called."""

    what: str
    fault: Fault
    kind: type[ConnectorError]
    reasons: frozenset[Reason]


THROTTLED: Final = _Lasting(
    "429 without a wait", throttle(0), Retriable, frozenset({Reason.THROTTLED})
)
MIDWAY: Final = (status(401), status(503), throttle(3600))
"""What may begin in the middle of a poll."""

ANSWERED: Final = (1, 3, 6)
"""After so many answers it begins; each time something else is the first to begin."""

LASTING: Final = (
    THROTTLED,
    _Lasting("401", status(401), ConfigurationError, frozenset({Reason.CREDENTIALS})),
    _Lasting(
        "404", status(404), ConfigurationError, frozenset({Reason.ADDRESS, Reason.CONFIGURATION})
    ),
    _Lasting(
        "a page for people in the place of data",
        html(),
        ConfigurationError,
        frozenset({Reason.ADDRESS, Reason.CONFIGURATION}),
    ),
    _Lasting("429 for an hour", throttle(3600), Retriable, frozenset({Reason.THROTTLED})),
    _Lasting("503", status(503), Retriable, frozenset({Reason.SERVER})),
    _Lasting("a dropped connection", drop(), Retriable, frozenset({Reason.NETWORK})),
    _Lasting("JSON cut short", cut(0.6), Retriable, frozenset({Reason.NETWORK, Reason.MALFORMED})),
    _Lasting("broken JSON", cut(0.6, honest=True), Retriable, frozenset({Reason.MALFORMED})),
    _Lasting("no answer", slow(UNENDING), Retriable, frozenset({Reason.TIMEOUT})),
)


def passing(bench: Bench) -> None:
    """Every second request fails once, in all ways in turn."""
    calm = bench.calm(small_desk(), (EARLIER, PRESENT), PAGE)
    with hurried(HURRIED), bench.line(small_desk(), page_limit=PAGE) as line:
        for at in (EARLIER, PRESENT):
            line.server.faults.next(*chain.from_iterable(zip(PASSING, repeat(None), strict=False)))
            line.poll(at)
            line.server.faults.clear()
        if line.numbers() != calm:
            raise Broken("failures that passed when asked again changed numbers of /metrics")


def lasting(bench: Bench) -> None:
    """Each trouble that lasts is an error of the right kind, and the last good numbers stay."""
    calm = bench.calm(small_desk(), (EARLIER, PRESENT), PAGE)
    with hurried(HURRIED), bench.line(small_desk(), page_limit=PAGE) as line:
        line.poll(EARLIER)
        paths = paths_of(line)
        before, most = line.numbers(), len(line.server.requests) + PATIENCE
        for path in paths:
            _tell(line, replace(THROTTLED, what=f"429 at {path}"), most, path)
        for trouble in LASTING:
            _tell(line, trouble, most)
            if line.numbers() != before:
                raise Broken(f"{trouble.what} changed numbers of /metrics; the last good ones stay")
        line.server.faults.clear()
        line.poll(PRESENT)
        if line.numbers() != calm:
            raise Broken("once all troubles were over, the numbers were others than without them")


def expiry(bench: Bench) -> None:
    """A token that expires during a poll, a vendor that fails from then on: each is told, poll
    after poll, and the one after them goes on.
    """
    desk = small_desk(rate=0.4)
    with bench.line(desk) as line:
        line.poll(PRESENT)
        calm = line.numbers()
    for turn, answered in enumerate(ANSWERED):
        with hurried(HURRIED), bench.line(desk, page_limit=FEW) as line:
            line.look(PRESENT)
            for fault in (*MIDWAY[turn:], *MIDWAY[:turn]):
                _expect_told(line, answered, fault)
            line.poll(PRESENT)
            if line.numbers() != calm:
                raise Broken(
                    f"polls that failed after {answered} answers changed numbers, also after the "
                    "next poll"
                )


def _expect_told(line: Line, answered: int, fault: Fault) -> None:
    """A poll that fails after so many answers says so, unless it was over before."""
    before = len(line.server.requests)
    line.server.faults.next(*repeat(None, answered), *repeat(fault, 4))
    outcome = line.poller.poll()
    line.server.faults.clear()
    if outcome.error is None and len(line.server.requests) - before > answered:
        raise Broken(
            f"{fault.status} after {answered} answers went unnoticed: the poll ended as if it had "
            "succeeded"
        )


def kinds_of(line: Line) -> list[list[str]]:
    """Where a poll asks, by kind: those that differ by numbers only are one."""
    kinds: dict[str, dict[str, None]] = {}
    for request in line.server.requests:
        path = request.partition("?")[0]
        kinds.setdefault(re.sub(r"\d+", "0", path), {})[path] = None
    return [list(paths) for paths in kinds.values()][:MANY]


def paths_of(line: Line) -> list[str]:
    """Where a poll asks, one path of each kind."""
    return [paths[-1] for paths in kinds_of(line)]


def _tell(line: Line, trouble: _Lasting, most: int, path: str = "/") -> None:
    """most: requests that a poll without trouble does not come to."""
    line.server.faults.clear()
    line.server.faults.always(path, trouble.fault).limit(most)
    line.look(PRESENT)
    try:
        if path != "/":  # some paths are asked for by a first import alone
            line.pages()
        for page in _read(line) if path == "/" else ():
            line.commit(page)
    except ConnectorError as error:
        if line.server.faults.is_beyond:
            raise Broken(
                f"at {trouble.what} the same was asked {PATIENCE} times: leave it to the next poll"
            ) from error
        _judge(trouble, error)
    except Exception as error:  # a connector may do anything; this says what it may not
        raise Broken(
            f"{trouble.what} ends in {type(error).__name__} ({error}), which is no ConnectorError"
        ) from error
    else:
        raise Broken(f"{trouble.what} goes unnoticed: the poll ends as if it had succeeded")


def _read(line: Line) -> Iterator[Page]:
    """The pages of a poll as they come."""
    with contextlib.closing(line.connect()) as connector:
        yield from connector.changes(line.store.cursor(line.source.name))


def _judge(trouble: _Lasting, error: ConnectorError) -> None:
    if not isinstance(error, trouble.kind) or isinstance(error, Fatal):
        raise Broken(
            f"{trouble.what} is told as {type(error).__name__}, and is a {trouble.kind.__name__}"
        )
    if error.reason not in trouble.reasons:
        expected = " or ".join(sorted(trouble.reasons))
        raise Broken(f"{trouble.what} has the reason {error.reason}, expected {expected}")
    if trouble.fault == throttle(3600) and isinstance(error, Retriable) and error.wait < 3600:
        raise Broken(
            f"{trouble.what}: the wait that it asks for is not passed on in Retriable.wait"
        )


RULES: Final = (
    Rule("faults-pass", Tier.SILVER, "Failures that pass change nothing", passing),
    Rule("faults-last", Tier.SILVER, "Failures that last are told by kind; numbers stay", lasting),
    Rule("expired-token", Tier.SILVER, "What fails in the middle of a poll is told", expiry),
)
