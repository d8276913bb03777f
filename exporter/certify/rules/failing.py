"""What fails between a vendor and us: what passes changes nothing, what lasts is a verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any, Final

from connectors import (
    ConfigurationError,
    ConnectorError,
    Fatal,
    Page,
    Reason,
    Rejection,
    Retriable,
)
from connectors.patience import Patience, hurried
from connectors.testing.faults import Fault, cut, drop, html, slow, status, throttle
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.line import Line
from exporter.certify.scale import Broken, Rule, Tier

PAGE: Final = 60
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
    calm = _undisturbed(bench)
    with hurried(HURRIED), bench.line(small_desk(), page_limit=PAGE) as line:
        for at in (EARLIER, PRESENT):
            line.server.faults.next(*chain.from_iterable(zip(PASSING, repeat(None), strict=False)))
            line.poll(at)
            line.server.faults.clear()
        if line.numbers() != calm:
            raise Broken("failures that passed when asked again changed numbers of /metrics")


def lasting(bench: Bench) -> None:
    """Each trouble that lasts is an error of the right kind, and the last good numbers stay."""
    calm = _undisturbed(bench)
    with hurried(HURRIED), bench.line(small_desk(), page_limit=PAGE) as line:
        line.poll(EARLIER)
        paths = _paths(line)
        before = line.numbers()
        for path in paths:
            _tell(line, replace(THROTTLED, what=f"429 at {path}"), path)
        for trouble in LASTING:
            _tell(line, trouble)
            if line.numbers() != before:
                raise Broken(f"{trouble.what} changed numbers of /metrics; the last good ones stay")
        line.server.faults.clear()
        line.poll(PRESENT)
        if line.numbers() != calm:
            raise Broken("once all troubles were over, the numbers were others than without them")


def expiry(bench: Bench) -> None:
    """A token that expires during a poll is told as such; the next poll goes on."""
    calm = _undisturbed(bench, polls=(PRESENT,))
    for answered in (1, 3, 6):
        with hurried(HURRIED), bench.line(small_desk(), page_limit=PAGE) as line:
            line.look(PRESENT)
            line.server.faults.next(*repeat(None, answered), *repeat(status(401), 4))
            outcome = line.poller.poll()
            line.server.faults.clear()
            if outcome.error is None and len(line.server.requests) > answered:
                raise Broken(f"a token that expired after {answered} answers went unnoticed")
            line.poll(PRESENT)
            if line.numbers() != calm:
                raise Broken(f"numbers changed after a token had expired after {answered} answers")


def malformed(bench: Bench) -> None:
    """One record that cannot be read is left out by name, and all others count."""
    with bench.line(small_desk()) as line:
        line.look(PRESENT)
        whole = _subjects(line.pages())
        _Spoilt(line.server)
        try:
            pages = line.pages()
        except ConnectorError as error:
            raise Broken(f"one record that cannot be read stops the poll: {error}") from error
    rejected = [one for page in pages for one in page.rejected]
    if not rejected:
        raise Broken("a record with a time that is none was not rejected: it must be a Rejection")
    _name(rejected)
    lost = whole - _subjects(pages)
    if len(lost) > len(rejected):
        raise Broken(f"{len(rejected)} records were rejected, and {len(lost)} are missing")


def _paths(line: Line) -> list[str]:
    """Where a poll asks, one path of each kind."""
    asked = (request.partition("?")[0] for request in line.server.requests)
    return list({re.sub(r"\d+", "0", path): path for path in asked}.values())[:MANY]


def _tell(line: Line, trouble: _Lasting, path: str = "/") -> None:
    line.server.faults.clear()
    line.server.faults.always(path, trouble.fault)
    line.look(PRESENT)
    patience = _Patience(line.server)
    try:
        line.pages(line.store.cursor(line.source.name))
    except ConnectorError as error:
        patience.judge(trouble)
        _judge(trouble, error)
    except Exception as error:
        raise Broken(
            f"{trouble.what} ends in {type(error).__name__} ({error}), which is no ConnectorError"
        ) from error
    else:
        raise Broken(f"{trouble.what} goes unnoticed: the poll ends as if it had succeeded")
    if path == "/":
        line.poller.poll()


class _Patience:
    """Ends what would be asked for without end: after so many requests the vendor is gone."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._begun = len(server.requests)
        self._fault_for = server.faults.fault_for
        server.faults.fault_for = self._next  # type: ignore[method-assign]

    def judge(self, trouble: _Lasting) -> None:
        """Raises `Broken` where it had to."""
        if self._asked > PATIENCE:
            raise Broken(
                f"at {trouble.what} the same was asked {PATIENCE} times: leave it to the next poll"
            )

    @property
    def _asked(self) -> int:
        return len(self._server.requests) - self._begun

    def _next(self, path: str) -> Fault | None:
        return status(410) if self._asked > PATIENCE else self._fault_for(path)


def _judge(trouble: _Lasting, error: ConnectorError) -> None:
    if not isinstance(error, trouble.kind) or isinstance(error, Fatal):
        raise Broken(
            f"{trouble.what} is told as {type(error).__name__}, and is a {trouble.kind.__name__}"
        )
    if error.reason not in trouble.reasons:
        expected = " or ".join(sorted(trouble.reasons))
        raise Broken(f"{trouble.what} has the reason {error.reason}, expected {expected}")


def _name(rejected: list[Rejection]) -> None:
    first = rejected[0]
    if not first.subject or not first.reason or " " in first.reason or len(first.reason) > 30:
        raise Broken("a Rejection names its subject, and its reason in one short word for a label")


def _undisturbed(bench: Bench, polls: tuple[datetime, ...] = (EARLIER, PRESENT)) -> bytes:
    with bench.line(small_desk(), page_limit=PAGE) as line:
        for at in polls:
            line.poll(at)
        return line.numbers()


def _subjects(pages: list[Page]) -> set[str]:
    return {record.id for page in pages for record in page.records}


class _Spoilt:
    """Spoils one record of the first answer at each path that holds a list of them."""

    def __init__(self, server: SimulatorServer) -> None:
        self._answer = server.simulator.answer
        self._done: set[str] = set()
        server.simulator.answer = self.answer  # type: ignore[method-assign]

    def answer(self, request: SimRequest) -> SimResponse:
        """The vendor's answer, with an instant in it that is none."""
        response = self._answer(request)
        if request.path in self._done:
            return response
        try:
            told = json.loads(response.body)
        except ValueError:
            return response
        if _spoil(told):
            self._done.add(request.path)
        return replace(response, body=json.dumps(told).encode())


def _spoil(told: Any) -> bool:
    """Whether a list of records was found, and one of them spoilt."""
    if isinstance(told, list) and len(told) > 1 and all(isinstance(one, dict) for one in told):
        return _spoil_record(told[1])
    if isinstance(told, Mapping):
        return any(_spoil(value) for value in told.values())
    return False


def _spoil_record(record: dict[str, Any]) -> bool:
    times = [key for key, value in record.items() if _is_instant(value)]
    for key in times:
        record[key] = "not a time"
    return bool(times)


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or len(value) < len("2026-01-01 00:00"):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


RULES: Final = (
    Rule("faults-pass", Tier.SILVER, "Failures that pass change nothing", passing),
    Rule("faults-last", Tier.SILVER, "Failures that last are told by kind; numbers stay", lasting),
    Rule("expired-token", Tier.SILVER, "A token that expires in a poll is told as such", expiry),
    Rule("malformed-record", Tier.SILVER, "A record that is malformed costs no other", malformed),
)
