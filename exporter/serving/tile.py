"""A tile of the wallboard, and how its numbers are said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exporter.reporting.measures import FEW

DASH = "–"
MINUS = "−"
NOT_KNOWN = "not known"
TOO_FEW = "too few"


class Level(StrEnum):
    """How a number stands against what was promised; plain: nothing was."""

    PLAIN = "plain"
    FINE = "fine"
    RISK = "risk"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number.

    said: how it stands, in words. rows: what it is held against, as pairs of a name and a value.
    trouble: what to call it while it is an alarm.
    """

    title: str
    number: str
    level: Level = Level.PLAIN
    said: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    trouble: str = ""


def duration(milliseconds: int) -> str:
    """A duration as a person says it: 42 s, 7 min, 3.5 h, 2.1 d."""
    seconds = milliseconds / 1000
    for limit, unit, digits in ((120, 1, 0), (7200, 60, 0), (172800, 3600, 1)):
        if seconds < limit:
            name = {1: "s", 60: "min", 3600: "h"}[unit]
            return f"{seconds / unit:.{digits}f} {name}"
    return f"{seconds / 86400:.1f} d"


def span(milliseconds: int) -> str:
    """A duration that somebody chose, in the largest unit of which it is a whole number."""
    seconds = milliseconds // 1000
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def told(milliseconds: int, precision: int) -> str:
    """A duration as exactly as the vendor tells it: 0 of a vendor of minutes is under a minute.

    precision: in milliseconds.
    """
    return duration(milliseconds) if milliseconds >= precision else f"under {duration(precision)}"


def change(now: int, before: int) -> str:
    """How much more it is than it was, in percent; nothing where it was none."""
    if not before:
        return ""
    percent = round(100 * (now - before) / before)
    # The blank does not break: the sign of percent would stand alone on a line.
    return f" ({percent:+,}\N{NO-BREAK SPACE}%)".replace("-", MINUS) if percent else " (the same)"


def share(part: int, n: int, digits: int = 0) -> str:
    """A part of so many in percent; of fewer than 20 it says nothing."""
    return TOO_FEW if n < FEW else f"{100 * part / n:.{digits}f} %"
