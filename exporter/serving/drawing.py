"""The two charts of the wallboard as SVG: bars of arrivals, and the backlog as one bar of parts.

They are stretched to whatever place there is; so no text stands in them, and lines keep their
width. Colours are classes of the page's style sheet. Every word is escaped by `Markup`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from exporter.reporting.charts import ceiling
from exporter.serving.expected import Band

HEIGHT = 100
STEP = 10
"""How wide an hour is drawn."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of arrivals. words: its tip. before: those of the same hour a week before. band:
    what was to be expected; None where nobody can say."""

    words: str
    count: int
    before: int = 0
    band: Band | None = None


def top_of(hours: Sequence[Hour]) -> float:
    """The round number up to which they are drawn."""
    upper = [one.band.upper for one in hours if one.band]
    counts = [count for one in hours for count in (one.count, one.before)]
    return ceiling(max([*upper, *counts], default=0))


def bars(hours: Sequence[Hour], name: str) -> Markup:
    """A bar to each hour, the last one unfinished; the hours of a week before as a line, and behind
    them the band of what was to be expected."""
    top = top_of(hours)
    parts = [_band([one.band for one in hours], top), _rules(STEP * len(hours))]
    for number, one in enumerate(hours):
        kind = "bar so-far" if number == len(hours) - 1 else "bar"
        parts.append(_bar(number, one, top, kind))
    parts.append(_line([one.before for one in hours], top, "before"))
    return _svg(STEP * len(hours), Markup("").join(parts), name)


def stack(parts: Sequence[tuple[str, int]], name: str) -> Markup:
    """One bar of the true parts of a whole. parts: their words and how many; the classes age-0,
    age-1 and so on colour them by their place."""
    whole, drawn, x = sum(count for _, count in parts) or 1, [], 0.0
    for place, (words, count) in enumerate(parts):
        width = 1000 * count / whole
        if count:
            drawn.append(
                Markup(
                    '<rect class="age age-{}" x="{:.2f}" width="{:.2f}" height="{}">'
                    "<title>{}</title></rect>"
                ).format(place, x, width, HEIGHT, words)
            )
        x += width
    return _svg(1000, Markup("").join(drawn), name)


def _svg(width: int, content: Markup, name: str) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(width, HEIGHT, name, content)


def _bar(number: int, one: Hour, top: float, kind: str) -> Markup:
    height = HEIGHT * one.count / top
    return Markup(
        '<g><title>{}</title><rect class="place" x="{}" width="{}" height="{}"/>'
        '<rect class="{}" x="{:.1f}" y="{:.2f}" width="{:.1f}" height="{:.2f}"/></g>'
    ).format(
        one.words, STEP * number, STEP, HEIGHT,
        kind, STEP * (number + 0.15), HEIGHT - height, STEP * 0.7, height,
    )  # fmt: skip


def _line(values: Sequence[float], top: float, kind: str) -> Markup:
    """Level over each hour."""
    return Markup('<path class="line {}" d="{}"/>').format(kind, _steps(values, top))


def _steps(values: Sequence[float], top: float) -> str:
    heights = [HEIGHT - HEIGHT * value / top for value in values]
    return "M0 " + "".join(
        f"{'' if number == 0 else 'V'}{y:.2f}H{STEP * (number + 1)}"
        for number, y in enumerate(heights)
    )


def _band(bands: Sequence[Band | None], top: float) -> Markup:
    known = [band for band in bands if band is not None]
    if len(known) < len(bands):
        return Markup("")
    upper = _steps([band.upper for band in known], top)
    lower = [HEIGHT - HEIGHT * band.lower / top for band in known]
    back = "".join(f"V{y:.2f}H{STEP * place}" for place, y in reversed(list(enumerate(lower))))
    return Markup('<path class="band" d="{}{}Z"/>').format(upper, back)


def _rules(width: int) -> Markup:
    return Markup("").join(
        Markup('<path class="rule" d="M0 {}H{}"/>').format(y, width) for y in (0, HEIGHT / 2)
    )
