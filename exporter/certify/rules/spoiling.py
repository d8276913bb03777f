"""Records that cannot be read: each is left out by name, and no other with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from connectors import ConnectorError, Page, Rejection
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.scale import Broken, Rule, Tier

PAGE: Final = 60
UNIX: Final = ((946_684_800, 4_102_444_800), (946_684_800_000, 4_102_444_800_000))
"""The years 2000 to 2100 in seconds and in milliseconds."""


def malformed(bench: Bench) -> None:
    """Of a vendor that is well no record is rejected. One that cannot be read is left out by name,
    and all others count. A page of them is left out likewise, or the poll stops there: nothing is
    lost in silence.
    """
    for page_limit, answer in ((None, 1), (PAGE, 2)):
        with bench.line(small_desk(), page_limit=page_limit) as line:
            line.look(PRESENT)
            sound = line.pages()
            whole = _subjects(sound)
            _expect_none_rejected(sound)
            spoilt = Spoilt(line.server, answer, whole=answer > 1)
            try:
                pages = line.pages()
            except ConnectorError as error:
                if answer > 1:
                    return
                raise Broken(f"one record that cannot be read stops the poll: {error}") from error
        _weigh(spoilt.paths, pages, whole - _subjects(pages))


def _expect_none_rejected(pages: list[Page]) -> None:
    """What is rejected without a cause is missing everywhere alike, and no other rule finds it."""
    rejected = [one for page in pages for one in page.rejected]
    if rejected:
        raise Broken(
            f"{len(rejected)} records are rejected of a vendor that is well, the first of them: "
            f"{rejected[0].message}"
        )


def _weigh(spoilt: set[str], pages: list[Page], lost: set[str]) -> None:
    rejected = [one for page in pages for one in page.rejected]
    if not spoilt:
        raise Broken("no answer holds a list of records with an instant, so that none was spoilt")
    if not rejected:
        raise Broken(
            f"records at {', '.join(sorted(spoilt))} had 'not a time' for their instants and were "
            "not rejected: each must be a Rejection"
        )
    _name(rejected)
    if len(lost) > len(rejected):
        raise Broken(f"{len(lost)} records are missing, and rejected were only {len(rejected)}")


def _name(rejected: list[Rejection]) -> None:
    first = rejected[0]
    if not first.subject or not first.reason or " " in first.reason or len(first.reason) > 30:
        raise Broken("a Rejection names its subject, and its reason in one short word for a label")


def _subjects(pages: list[Page]) -> set[str]:
    return {record.id for page in pages for record in page.records}


class Spoilt:
    """Spoils one record, or all, of the first or a later answer at each path that lists some."""

    def __init__(self, server: SimulatorServer, answer: int, *, whole: bool) -> None:
        self._answer = server.answer or server.simulator.answer
        self._number = answer
        self._whole = whole
        self._seen: Counter[str] = Counter()
        self.paths: set[str] = set()
        server.answer = self.answer

    def answer(self, request: SimRequest) -> SimResponse:
        """The vendor's answer, with instants in it that are none."""
        response = self._answer(request)
        try:
            told = json.loads(response.body)
        except ValueError:
            return response
        records = _records(told)
        self._seen[request.path] += bool(records)
        if not records or self._seen[request.path] != self._number:
            return response
        spoilt = [_spoil(record) for record in (records if self._whole else records[1:2])]
        if any(spoilt):
            self.paths.add(request.path)
        return replace(response, body=json.dumps(told).encode())


def _records(told: Any) -> list[dict[str, Any]]:
    """The first list of records in an answer."""
    if isinstance(told, list) and len(told) > 1 and all(isinstance(one, dict) for one in told):
        return told
    if isinstance(told, Mapping):
        return next((found for value in told.values() if (found := _records(value))), [])
    return []


def _spoil(record: dict[str, Any]) -> bool:
    """Whether it has instants, within what belongs to it too; they are none afterwards."""
    times = [key for key, value in record.items() if _is_instant(key, value)]
    for key in times:
        record[key] = "not a time"
    within = [_spoil(value) for value in record.values() if isinstance(value, dict)]
    return bool(times) or any(within)


def _is_instant(key: str, value: object) -> bool:
    if isinstance(value, int) and not key.endswith("id"):
        return any(first <= value < last for first, last in UNIX)
    if isinstance(value, Mapping):
        return isinstance(value.get("year"), int)  # an instant in parts
    if not isinstance(value, str) or len(value) < len("2026-01-01 00:00"):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


RULES: Final = (
    Rule("malformed-record", Tier.SILVER, "A record that is malformed costs no other", malformed),
)
