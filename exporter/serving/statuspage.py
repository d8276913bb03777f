"""The small page at `/`: the sources, the age of their data, and today's headline numbers."""

from __future__ import annotations

import html
import time
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from connectors import Fact
from exporter.backlog import AWAITING, OPEN
from exporter.quantiles import quantile
from exporter.source import Source
from exporter.store import SourceState, Store

_DASH = "–"


@dataclass(frozen=True, slots=True)
class Headline:
    """Today's numbers of one source; today begins at midnight in its schedule's zone, else UTC.

    first_response: the median and the 90th percentile of today's, in milliseconds.
    """

    open: int
    unanswered: int | None
    created: int
    solved: int
    first_response: tuple[int, int] | None


class StatusPage:
    """Renders the page from the store."""

    def __init__(self, store: Store, sources: Collection[Source]) -> None:
        self._store = store
        self._sources = list(sources)
        folder = files("exporter.serving") / "assets"
        self._page = Template((folder / "status.html").read_text("utf-8"))
        self._section = Template((folder / "source.html").read_text("utf-8"))

    def html(self) -> str:
        """The whole page, which fetches itself anew every few seconds."""
        snapshot = self._store.snapshot()
        backlog: dict[tuple[str, str], int] = {}
        for one in snapshot.series:
            key = one.source, one.metric
            backlog[key] = backlog.get(key, 0) + one.amount.value
        sections = []
        for source in self._sources:
            state = snapshot.sources.get(source.name)
            sections.append(self._one(source, state, backlog))
        return self._page.substitute(sections="\n".join(sections))

    def headline(
        self, source: Source, state: SourceState, backlog: dict[tuple[str, str], int]
    ) -> Headline:
        """The numbers of one primed source."""
        name = state.source
        today = source.definition.midnight(state.complete_to or 0)
        counted = self._store.counted(name, today)
        responses = self._store.values(name, "first_response", today)
        return Headline(
            open=backlog.get((name, OPEN), 0),
            unanswered=backlog.get((name, AWAITING)),
            created=counted.get("created", 0),
            solved=counted.get("solved", 0),
            first_response=(quantile(responses, "0.5"), quantile(responses, "0.9"))
            if responses
            else None,
        )

    def _one(
        self, source: Source, state: SourceState | None, backlog: dict[tuple[str, str], int]
    ) -> str:
        level, words = verdict(state)
        tiles = ""
        if state and state.primed:
            tiles = _tiles(source, self.headline(source, state, backlog))
        return self._section.substitute(
            name=html.escape(source.name),
            vendor=html.escape(source.vendor),
            level=level,
            verdict=html.escape(words),
            tiles=tiles,
            notes="".join(f"<li>{html.escape(gap)}</li>" for gap in (state.gaps if state else ())),
        )


def verdict(state: SourceState | None) -> tuple[str, str]:
    """How a source is, as a level for the eye and a sentence for the reader."""
    if state is None or (state.up is None and not state.catching_up):
        return "waiting", "not asked yet"
    if state.error:
        kept = f" Last good numbers: {_ago(state.last_success)}." if state.primed else ""
        return "failed", f"{state.error}{kept}"
    if not state.primed:
        return "waiting", "first import is running; numbers appear when it is complete"
    if state.catching_up:
        return "waiting", "catching up"
    return "fine", f"polled {_ago(state.last_success)}, complete to {_instant(state.complete_to)}"


def duration(milliseconds: int) -> str:
    """A duration as a person says it: 42 s, 7 min, 3.5 h, 2.1 d."""
    seconds = milliseconds / 1000
    for limit, unit, digits in ((120, 1, 0), (7200, 60, 0), (172800, 3600, 1)):
        if seconds < limit:
            name = {1: "s", 60: "min", 3600: "h"}[unit]
            return f"{seconds / unit:.{digits}f} {name}"
    return f"{seconds / 86400:.1f} d"


def _told(milliseconds: int, precision: int) -> str:
    """A duration as exactly as the vendor tells it: 0 of a vendor of minutes is under a minute."""
    if milliseconds < precision:
        return f"under {duration(precision)}"
    return duration(milliseconds)


def _ago(instant: int | None) -> str:
    return "never" if instant is None else f"{duration(int(time.time() * 1000) - instant)} ago"


def _instant(instant: int | None) -> str:
    if instant is None:
        return _DASH
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(instant / 1000))


def _tiles(source: Source, numbers: Headline) -> str:
    response = numbers.first_response
    told = source.measures.told.get(Fact.FIRST_RESPONSE)
    precision = 1000 * told.precision if told else 0
    tells_responses = numbers.unanswered is not None
    rows = [
        ("Open now", f"{numbers.open:,}", ""),
        ("Unanswered", f"{numbers.unanswered:,}" if numbers.unanswered is not None else _DASH, ""),
        ("Created today", f"{numbers.created:,}", ""),
        ("Solved today", f"{numbers.solved:,}", ""),
        (
            "First response today",
            _told(response[0], precision) if response else _DASH,
            f"median; 90 % within {_told(response[1], precision)}"
            if response
            else ("none yet" if tells_responses else f"{source.vendor} does not tell it"),
        ),
    ]
    return "".join(
        f'<div class="tile"><h3>{title}</h3><p class="number">{number}</p>'
        f'<p class="note">{note}</p></div>'
        for title, number, note in rows
    )
