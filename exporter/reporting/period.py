"""Spans of time as a person types them: `7d`, or from a day on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.knowledge import milliseconds
from exporter.reporting.books import Unanswerable

UNITS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
SPAN = re.compile(r"([1-9]\d{0,4})([hdw])", re.ASCII)
MINUTE = 60_000
YEARS = range(1970, 2300)
LATEST = milliseconds(datetime(YEARS.stop, 1, 1, tzinfo=UTC))
BEYOND = f"outside the years {YEARS[0]} to {YEARS[-1]}"


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to but without `until`, in Unix milliseconds."""

    since: int
    until: int

    @property
    def length(self) -> int:
        """In milliseconds."""
        return self.until - self.since

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.since - self.length, self.since)

    def holds(self, at: int) -> bool:
        """Whether an instant lies in it."""
        return self.since <= at < self.until

    def __str__(self) -> str:
        return f"{instant_text(self.since)} to {instant_text(self.until)}"


def period(since: str, until: str | None, watermark: int) -> Period:
    """The period of two options; without `until`, up to and with the watermark.

    Raises `Unanswerable`, of one whose period before nobody can have counted too.
    """
    end = watermark + 1 if until is None else instant(until, watermark)
    begin = instant(since, end)
    if begin >= end:
        raise Unanswerable(
            f"The period from {instant_text(begin)} to {instant_text(end)} is empty: "
            "give an earlier --since or a later --until."
        )
    asked = Period(begin, end)
    if asked.before.since < 0:
        raise Unanswerable(
            f"The period that it is compared with, as long and just before {instant_text(begin)}, "
            f"begins {BEYOND}: give a later --since."
        )
    return asked


def instant(text: str, now: int) -> int:
    """So long before `now` (36h, 7d, 4w), or an ISO 8601 date or instant; UTC where no zone stands.

    Raises `Unanswerable`.
    """
    if span := SPAN.fullmatch(text.strip()):
        return _within(now - int(span[1]) * UNITS[span[2]], text)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unanswerable(
            f"'{text}' is no time: write a span such as 7d, 36h or 4w, or a day such as 2026-03-02."
        ) from None
    if at.year not in YEARS:  # what is near the calendar's ends has no instant in UTC
        raise _beyond(text)
    return _within(milliseconds(at.replace(tzinfo=UTC) if at.tzinfo is None else at), text)


def instant_text(at: int) -> str:
    """An instant as a person reads it, to the minute, in UTC."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%d %H:%M}"


def instant_iso(at: int) -> str:
    """An instant for machines, to the second, in UTC."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _within(at: int, text: str) -> int:
    if 0 <= at < LATEST:
        return at
    raise _beyond(text)


def _beyond(text: str) -> Unanswerable:
    return Unanswerable(f"'{text}' lies {BEYOND}: give a time within them.")
