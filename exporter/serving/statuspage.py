"""The page at `/`: a wallboard of every source, for a screen that nobody has to touch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from exporter.serving.board import Board, Charts, board, charts
from exporter.serving.figures import Figures
from exporter.serving.look import Look
from exporter.serving.lookup import Lookup
from exporter.source import Source
from exporter.store import Snapshot, Store


class Known(NamedTuple):
    """What was looked up last: a snapshot, and the figures and charts of the sources that are
    primed."""

    snapshot: Snapshot
    figures: Mapping[str, Figures]
    charts: Mapping[str, Charts | None]


class StatusPage:
    """Renders the page. Its numbers are looked up once for each change of the store."""

    def __init__(
        self,
        store: Store,
        sources: Collection[Source],
        snapshot: Callable[[], Snapshot] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """snapshot: a present one, where somebody has it ready. clock: ours, in Unix seconds."""
        self._store = store
        self._sources = list(sources)
        self._snapshot = snapshot or store.snapshot
        self._clock = clock
        self._look = Look()
        self._lookup = Lookup(store)
        self._lock = threading.Lock()
        self._known: Known | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of its answer."""
        return self._look.headers

    def html(self, theme: str = "") -> str:
        """The whole page. theme: light or dark; anything else is as the screen has it."""
        known, now = self.renew(), int(self._clock() * 1000)
        states, figures, drawn = known.snapshot.sources, known.figures, known.charts
        boards = [
            board(one, states.get(one.name), figures.get(one.name), drawn.get(one.name), now)
            for one in self._sources
        ]
        return self._look.page(
            theme,
            boards=boards,
            trouble=_named(boards, "trouble"),
            waiting=_named(boards, "waiting"),
            asked_at=time.strftime("%H:%M:%S UTC", time.gmtime(now / 1000)),
        )

    def renew(self) -> Known:
        """The numbers as of now, looked up where the store has changed since. While another thread
        is at it, those before: nobody waits for a number that was known already."""
        known = self._known
        if not self._lock.acquire(blocking=known is None) and known is not None:
            return known
        try:
            return self._looked_up()
        finally:
            self._lock.release()

    def _looked_up(self) -> Known:
        if self._known is None or self._known.snapshot.version != self._store.version():
            snapshot = self._snapshot()
            figures = self._lookup.figures(snapshot, self._sources)
            drawn = {name: charts(one) for name, one in figures.items()}
            self._known = Known(snapshot, figures, drawn)
        return self._known


def _named(boards: Collection[Board], what: str) -> str:
    """What there is of trouble or of waiting, in words that stay the same while it lasts."""
    found = [(one.name, getattr(one, what)) for one in boards]
    return "; ".join(f"{name}: {', '.join(words)}" for name, words in found if words)
