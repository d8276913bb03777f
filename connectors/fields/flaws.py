"""What is wrong with the values of one record, whichever fields they come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from connectors.fields.ticket import NEEDED
from connectors.fields.words import MALFORMED, Flaw
from connectors.records import Removal

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(days=366)
"""No ticket is older than this, or further ahead: milliseconds were taken for seconds, or so."""


class Fault(NamedTuple):
    """The fact whose value is wrong, and how, in words that go on from the name of its field.

    reason: the same in one word.
    """

    fact: str
    what: str
    reason: str = MALFORMED


def latest(now: datetime) -> datetime:
    """The last instant that a record of this time may tell, whichever clock is ahead."""
    return max(now, datetime.now(UTC)) + AHEAD


def fault(
    values: Mapping[str, Any], until: datetime, empty: str, needed: Collection[str] = NEEDED
) -> Fault | None:
    """The first thing that is wrong. until: the last plausible instant; empty: how to say that a
    needed value is not there. The status of a ticket that is removed does not matter."""
    passed = "status" if isinstance(values.get("removed"), Removal) else None
    for fact, value in values.items():
        if fact != passed and (what := _flaw(value, until)):
            return Fault(fact, what, value.reason if isinstance(value, Flaw) else MALFORMED)
    for fact in needed:
        if fact != passed and fact in values and values[fact] is None:
            return Fault(fact, empty)
    return None


def sentence(what: str) -> str:
    """With the mark that ends it."""
    return what if what.endswith("?") else f"{what}."


def _flaw(value: object, until: datetime) -> str:
    if isinstance(value, Flaw):
        return value.what
    if isinstance(value, datetime) and not EARLIEST <= value <= until:
        return f"would be {value.date().isoformat()}; is `time_format` right?"
    return ""
