"""Charts as SVG text, drawn by hand: no script, no font, no address outside the page.

Colours are the classes of the page's style sheet, so that a chart is right in light and in dark.
Every text is escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 28
FLOOR = HEIGHT - BOTTOM
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its values, evenly spaced, and the class that gives its colour."""

    values: Sequence[float]
    style: str
    title: str


def lines(of: Sequence[Line], labels: Sequence[str], title: str) -> str:
    """Lines over the same points; labels: one for each point, of which a few are shown."""
    top = ceiling(max((v for line in of for v in line.values), default=0))
    parts = [_grid(top), _marks_below(labels)]
    for line in of:
        points = [_point(i, len(line.values), v, top) for i, v in enumerate(line.values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line {line.style}" points="{path}"/>')
        for (x, y), value, label in zip(points, line.values, labels, strict=False):
            tip = html.escape(f"{label}: {value:,.0f} {line.title}")
            parts.append(f'<circle class="dot {line.style}" cx="{x:.1f}" cy="{y:.1f}" r="5">'
                         f"<title>{tip}</title></circle>")  # fmt: skip
    return _svg("".join(parts), title)


def bars(now: Sequence[float], before: Sequence[float], labels: Sequence[str], title: str) -> str:
    """Shares in percent, two bars to each label: now, and before beside it."""
    top = ceiling(100 * max([*now, *before, 0.01]))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    width = slot * 0.36
    parts = [_grid(top, " %")]
    for number, label in enumerate(labels):
        middle = LEFT + slot * (number + 0.5)
        for values, style, x in ((before, "then", middle), (now, "a", middle - width)):
            share = 100 * values[number]
            height = (HEIGHT - TOP - BOTTOM) * share / top
            tip = html.escape(f"{label}: {share:.1f} %")
            parts.append(f'<rect class="bar {style}" x="{x:.1f}" y="{FLOOR - height:.1f}" '
                         f'width="{width:.1f}" height="{height:.1f}" rx="2"><title>{tip}</title>'
                         "</rect>")  # fmt: skip
        parts.append(_text(middle, HEIGHT - 10, label, "middle"))
    return _svg("".join(parts), title)


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 and its interval, and the class that gives its colour."""

    value: float
    low: float
    high: float
    style: str
    label: str


def intervals(of: Sequence[Share], title: str) -> str:
    """A bar to each share, and a whisker over its interval."""
    top = ceiling(100 * max([0.01, *(one.high for one in of)]))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(of))
    width = min(64.0, slot * 0.5)
    parts = [_grid(top, " %")]
    for number, one in enumerate(of):
        middle = LEFT + slot * (number + 0.5)
        y, low, high = (_point(0, 1, 100 * at, top)[1] for at in (one.value, one.low, one.high))
        tip = (
            f"{one.label}: {100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f} %)"
        )
        parts.append(
            f'<g><title>{html.escape(tip)}</title><rect x="{middle - slot / 2:.1f}" y="{TOP}" '
            f'width="{slot:.1f}" height="{FLOOR - TOP}" fill="transparent"/>'
            f'<rect class="bar {one.style}" x="{middle - width / 2:.1f}" y="{y:.1f}" '
            f'width="{width:.1f}" height="{FLOOR - y:.1f}" rx="2"/>'
            f'<path class="whisker" d="M{middle:.1f} {low:.1f}V{high:.1f}'
            f'M{middle - 6:.1f} {low:.1f}h12M{middle - 6:.1f} {high:.1f}h12"/></g>'
        )
        parts.append(_text(middle, HEIGHT - 10, one.label, "middle"))
    return _svg("".join(parts), title)


def heat(cells: Sequence[Sequence[float]], rows: Sequence[str], title: str) -> str:
    """One row to each weekday and a column to each hour; the darker the more."""
    most = max((value for row in cells for value in row), default=0) or 1
    width, height = (WIDTH - LEFT - RIGHT) / 24, (HEIGHT - TOP - BOTTOM) / len(rows)
    parts = []
    for r, (name, row) in enumerate(zip(rows, cells, strict=True)):
        y = TOP + r * height
        parts.append(_text(LEFT - 8, y + height / 2 + 4, name, "end"))
        for hour, value in enumerate(row):
            tip = html.escape(f"{name} {hour:02}:00 UTC: {value:,.1f}")
            parts.append(
                f'<rect class="cell" x="{LEFT + hour * width + 1:.1f}" y="{y + 1:.1f}" '
                f'width="{width - 2:.1f}" height="{height - 2:.1f}" rx="2" '
                f'fill-opacity="{0.06 + 0.94 * value / most:.3f}"><title>{tip}</title></rect>'
            )
    parts += [
        _text(LEFT + (hour + 0.5) * width, HEIGHT - 10, f"{hour:02}", "middle")
        for hour in range(0, 24, 3)
    ]
    return _svg("".join(parts), title)


def meter(share: float) -> str:
    """A share from 0 to 1 as a small bar."""
    filled = 100 * min(1.0, max(0.0, share))
    return (
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" width="100" height="6" rx="3"/>'
        f'<rect class="bar a" width="{filled:.1f}" height="6" rx="3"/></svg>'
    )


def _svg(content: str, title: str) -> str:
    name = html.escape(title)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">{content}</svg>'


def _point(number: int, of: int, value: float, top: float) -> tuple[float, float]:
    x = LEFT + (WIDTH - LEFT - RIGHT) * (number / (of - 1) if of > 1 else 0.5)
    return x, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _grid(top: float, unit: str = "") -> str:
    parts = []
    for quarter in range(5):
        value = top * quarter / 4
        _, y = _point(0, 1, value, top)
        parts.append(
            f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.4g}{unit}", "end"))
    return "".join(parts)


def _marks_below(labels: Sequence[str]) -> str:
    every = max(1, -(-len(labels) // 7))
    return "".join(
        _text(_point(i, len(labels), 0, 1)[0], HEIGHT - 10, labels[i], "middle")
        for i in range(every // 2 if len(labels) > 7 else 0, len(labels), every)
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def ceiling(most: float) -> float:
    """The least round number that no value exceeds; its quarters are round too."""
    unit = 4.0
    while unit * 10 < most:
        unit *= 10
    return next(unit * step for step in STEPS if unit * step >= most)
