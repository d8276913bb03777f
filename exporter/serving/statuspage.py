"""The small page at `/`: the sources, the age of their data, and today's headline numbers."""

from __future__ import annotations

import html
import time
from collections.abc import Collection
from importlib.resources import files
from string import Template

from exporter.serving.headlines import DASH, Tile, duration, headlines
from exporter.source import Source
from exporter.store import Snapshot, SourceState, Store


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
        sections = []
        for source in self._sources:
            state = snapshot.sources.get(source.name)
            sections.append(self._one(source, state, snapshot))
        return self._page.substitute(sections="\n".join(sections))

    def _one(self, source: Source, state: SourceState | None, snapshot: Snapshot) -> str:
        level, words = verdict(state)
        tiles = ""
        if state and state.primed:
            tiles = "".join(map(_tile, headlines(self._store, snapshot, source, state)))
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


def _ago(instant: int | None) -> str:
    return "never" if instant is None else f"{duration(int(time.time() * 1000) - instant)} ago"


def _instant(instant: int | None) -> str:
    if instant is None:
        return DASH
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(instant / 1000))


def _tile(tile: Tile) -> str:
    title, number, note = map(html.escape, tile)
    return (
        f'<div class="tile"><h3>{title}</h3><p class="number">{number}</p>'
        f'<p class="note">{note}</p></div>'
    )
