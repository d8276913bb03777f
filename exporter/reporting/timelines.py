"""Drawings over time as SVG text, in the manner of `exporter.reporting.charts`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

WIDTH, LEFT, RIGHT, TOP, FOOT = 1160, 190, 12, 6, 24
LANE = 26
LEAST = 3.0
"""No span is drawn narrower, or nobody would see an hour among weeks."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of time on a lane, in Unix seconds, and what it says when pointed at."""

    begin: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What happened under one name; style: the class that gives its colour."""

    name: str
    style: str
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Band:
    """What was expected at instants of Unix seconds, and what came instead."""

    instants: Sequence[int]
    lower: Sequence[float]
    upper: Sequence[float]
    told: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """From when to when a drawing goes, in Unix seconds."""

    since: int
    until: int

    def x(self, at: float) -> float:
        """Where an instant lies."""
        share = (at - self.since) / max(1, self.until - self.since)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, share))

    def days(self) -> Iterable[int]:
        """Some midnights in UTC, so few that their names have room."""
        whole = range(-(-self.since // _DAY) * _DAY, self.until, _DAY)
        return whole[:: max(1, -(-len(whole) // 10))]


def lanes(of: Sequence[Lane], axis: Axis, title: str) -> str:
    """One row to each lane, its marks where they lie in time."""
    floor = TOP + LANE * len(of)
    parts = [_days(axis, floor)]
    for number, lane in enumerate(of):
        y = TOP + LANE * number
        parts.append(_text(LEFT - 10, y + LANE / 2 + 4, lane.name, "end"))
        parts.append(
            f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y + LANE:.1f}" '
            f'y2="{y + LANE:.1f}"/>'
        )
        parts += [_mark(mark, lane.style, axis, y) for mark in lane.marks]
    return _svg("".join(parts), floor + FOOT, title)


def band(of: Band, marks: Sequence[Mark], axis: Axis, title: str, height: int = 190) -> str:
    """What was expected as a band, what came as a line over it, and marked spans behind both."""
    floor = height - FOOT
    top = max([1.0, *of.upper, *of.told]) * 1.05

    def points(values: Sequence[float]) -> list[str]:
        rise = (floor - TOP) / top
        return [
            f"{axis.x(at):.1f},{floor - value * rise:.1f}"
            for at, value in zip(of.instants, values, strict=True)
        ]

    parts = [_days(axis, floor)]
    parts += [
        f'<rect class="alarm" x="{axis.x(m.begin):.1f}" y="{TOP}" height="{floor - TOP}" '
        f'width="{max(LEAST, axis.x(m.end) - axis.x(m.begin)):.1f}">'
        f"<title>{html.escape(m.words)}</title></rect>"
        for m in marks
    ]
    outline = " ".join([*points(of.upper), *reversed(points(of.lower))])
    parts.append(f'<polygon class="band" points="{outline}"/>')
    parts.append(f'<polyline class="line a" points="{" ".join(points(of.told))}"/>')
    parts += [_text(LEFT - 10, floor, "0", "end"), _text(LEFT - 10, TOP + 10, f"{top:,.0f}", "end")]
    return _svg("".join(parts), height, title)


def _mark(mark: Mark, style: str, axis: Axis, y: float) -> str:
    x = axis.x(mark.begin)
    width = max(LEAST, axis.x(mark.end) - x)
    return (
        f'<rect class="mark {style}" x="{x:.1f}" y="{y + 5:.1f}" width="{width:.1f}" '
        f'height="{LANE - 10}" rx="2"><title>{html.escape(mark.words)}</title></rect>'
    )


def _days(axis: Axis, floor: float) -> str:
    return "".join(
        f'<line class="rule" x1="{axis.x(at):.1f}" x2="{axis.x(at):.1f}" y1="{TOP}" y2="{floor}"/>'
        + _text(axis.x(at), floor + 16, f"{datetime.fromtimestamp(at, UTC):%d %b}", "middle")
        for at in axis.days()
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def _svg(content: str, height: float, title: str) -> str:
    name = html.escape(title)
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{name}">{content}</svg>'
