"""One source's part of the wallboard, ready to be written: words, tiles and charts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from exporter.backlog import BY_AGE
from exporter.metric import AGE_CLASSES
from exporter.serving import drawing
from exporter.serving.drawing import Hour
from exporter.serving.expected import Band
from exporter.serving.figures import Figures, Tickets
from exporter.serving.headlines import headlines
from exporter.serving.tile import Level, Tile
from exporter.serving.verdicts import verdict
from exporter.source import Source
from exporter.store import SourceState
from exporter.store.retrospect import HOUR

MARKED = 3
"""Every so many hours are marked below the bars."""


@dataclass(frozen=True, slots=True)
class ArrivalsChart:
    """Bars, their scale and marks, and the same as rows of a table."""

    drawn: Markup
    top: str
    half: str
    marks: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_expected: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One class of age."""

    name: str
    count: str
    share: str


@dataclass(frozen=True, slots=True)
class BacklogChart:
    """One bar of true parts, and the same as a table."""

    drawn: Markup
    whole: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a helpdesk."""

    arrivals: ArrivalsChart
    backlog: BacklogChart


@dataclass(frozen=True, slots=True)
class Board:
    """One source."""

    name: str
    vendor: str
    level: str
    verdict: str
    tiles: tuple[Tile, ...]
    charts: Charts | None
    notes: tuple[str, ...]

    @property
    def trouble(self) -> tuple[str, ...]:
        """What somebody should look at."""
        found = ["not up to date"] if self.level == "failed" else []
        alarms = [one.trouble for one in self.tiles if one.level is Level.ALARM]
        return (*found, *alarms)

    @property
    def waiting(self) -> tuple[str, ...]:
        """What has no number yet."""
        return () if self.tiles or self.trouble else ("no numbers yet",)


def board(
    source: Source,
    state: SourceState | None,
    figures: Figures | None,
    charts: Charts | None,
    now: int,
) -> Board:
    """The part of a source at our clock's `now`. figures: None before it is primed."""
    level, words = verdict(state, source, now)
    return Board(
        source.name,
        source.vendor,
        level,
        words,
        tuple(headlines(figures, now)) if figures else (),
        charts,
        state.gaps if state else (),
    )


def charts(figures: Figures) -> Charts | None:
    """The charts of a source; None where it has no tickets."""
    if figures.tickets is None:
        return None
    return Charts(_arrivals(figures, figures.tickets), _backlog(figures))


def _arrivals(figures: Figures, of: Tickets) -> ArrivalsChart:
    came = of.arrivals
    instants = range(came.begin, came.begin + (len(came.hours) + 1) * HOUR, HOUR)
    names = [figures.clock(at) for at in instants]
    spans = [f"{begin} to {end}" for begin, end in pairwise(names)]
    spans[-1] = f"since {names[-2]}"
    bands = of.expected.hours if of.expected else (None,) * len(came.hours)
    hours = [
        Hour(_tip(span, count, before, band), count, before, band)
        for span, count, before, band in zip(spans, came.hours, came.before, bands, strict=True)
    ]
    top = drawing.top_of(hours)
    name = (
        f"{sum(came.hours):,} tickets arrived in 24 hours, "
        f"{sum(came.before):,} in those a week before"
    )
    return ArrivalsChart(
        drawing.bars(hours, name),
        f"{top:,.4g}",
        f"{top / 2:,.4g}",
        tuple(name.removesuffix(":00") for name in names[:-1:MARKED]),
        tuple((span, *_row(one)) for span, one in zip(spans, hours, strict=True)),
        is_expected=of.expected is not None,
    )


def _tip(span: str, count: int, before: int, band: Band | None) -> str:
    expected = "" if band is None else f", expected {band}"
    return f"{span}: {count:,}, a week before {before:,}{expected}"


def _row(one: Hour) -> tuple[str, ...]:
    told = f"{one.count:,}", f"{one.before:,}"
    return told if one.band is None else (*told, str(one.band))


def _backlog(figures: Figures) -> BacklogChart:
    standing = figures.gauges.split(BY_AGE, "age")
    counts = [(name, standing.get(name, 0)) for name, _ in AGE_CLASSES]
    whole = sum(count for _, count in counts)
    parts = tuple(
        Part(name, f"{count:,}", f"{100 * count / whole:.0f} %" if whole else "0 %")
        for name, count in counts
    )
    tips = [
        (f"{one.name}: {one.count} open, {one.share}", n)
        for one, (_, n) in zip(parts, counts, strict=True)
    ]
    name = f"Open tickets by age: {', '.join(f'{one.name} {one.count}' for one in parts)}"
    return BacklogChart(drawing.stack(tips, name), f"{whole:,}", parts)
