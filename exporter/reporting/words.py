"""Numbers of a report as a person reads them."""

from __future__ import annotations

from exporter.reporting.measures import Unit
from exporter.reporting.report import TOO_FEW, Line
from exporter.serving.tile import duration

DASH = "–"
MINUS = "−"


def value_text(value: float | None, unit: Unit) -> str:
    """A value in its unit."""
    if value is None:
        return DASH
    if unit is Unit.SECONDS:
        return duration(round(value * 1000))
    if unit is Unit.SHARE:
        return f"{100 * value:.1f} %"
    if unit is Unit.SCORE:
        return f"{value:+.0f}".replace("-", MINUS)
    return f"{value:,.0f}" if unit is Unit.COUNT else f"{value:,.2f}"


def change_text(line: Line) -> str:
    """How a line changed, with its sign; of shares and scores in points."""
    if line.change is None:
        return DASH
    if line.unit is Unit.SHARE or line.unit is Unit.SCORE:
        text = f"{line.change:+.1f} pts"
    else:
        text = f"{line.change:+,.0f} %"
    return text.replace("-", MINUS) if stands(line) else f"±{text[1:]}"


def stands(line: Line) -> bool:
    """Whether anything is left of the change once it is rounded."""
    least = 0.05 if line.unit in (Unit.SHARE, Unit.SCORE) else 0.5
    return line.change is not None and abs(line.change) > least


def judged(line: Line) -> str:
    """Whether the change is good, bad, or nothing that can be said."""
    change = line.change or 0
    if line.note == TOO_FEW or not stands(line) or not line.better:
        return "same"
    return "good" if change * line.better > 0 else "bad"


def words(group: str) -> str:
    """A group as a person says it."""
    return group.replace("_", " ")


def percent(share: float | None) -> str:
    """A share in percent."""
    return DASH if share is None else f"{100 * share:.1f} %"


def between(low: float | None, high: float | None) -> str:
    """An interval of a share in percent."""
    return DASH if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f} %"
