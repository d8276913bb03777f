"""What is being served: one exposition at a time, made once per change of the store.

Also keeps the two promises that depend on what a scrape has seen: a series that is born late is
shown at 0 first, and a store put back from a backup is not shown before it has caught up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from exporter.serving.exposition import Exposition, Form
from exporter.serving.families import Lines
from exporter.serving.highwater import HighWater, Mark
from exporter.source import Source
from exporter.store import Key, Snapshot, Store


class Publisher:
    """Serves the newest exposition of a store."""

    def __init__(
        self,
        store: Store,
        sources: Collection[Source],
        *,
        scrape_interval: timedelta,
        high_water: HighWater | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """scrape_interval: the longest at which a Prometheus scrapes; births wait for two."""
        self._store = store
        self._sources: Mapping[str, Source] = {source.name: source for source in sources}
        self._hold = 2 * scrape_interval.total_seconds()
        self._high_water = high_water or HighWater(None)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._current: Exposition | None = None
        self._lines = Lines()
        self._forms: Collection[Form] = ((False, False),)
        self._render_seconds: float | None = None
        self._first_served: dict[Key, float] = {}
        self._restored = self._high_water.is_ahead_of(store.id, store.pages())
        self._successes_at_start = self._successes()

    def exposition(self) -> Exposition:
        """The newest exposition, rendered now if the store has changed since the last."""
        current = self._current
        version = self._store.version()
        if current is not None and current.snapshot.version == version:
            return current
        with self._lock:
            if self._current is None or self._current.snapshot.version != version:
                self._current = self._rendered()
                self._note(self._current.snapshot)
            return self._current

    def served(self, exposition: Exposition) -> None:
        """A scrape has received this exposition."""
        if exposition.held:
            now = self._monotonic()
            for key in exposition.held:
                self._first_served.setdefault(key, now)

    def release_due(self) -> int:
        """Release the births whose 0 was served for long enough; gives their number."""
        due_before = self._monotonic() - self._hold
        due = [key for key, first in list(self._first_served.items()) if first <= due_before]
        for name in sorted({key[0] for key in due}):
            cells = [(metric, labels) for source, metric, labels in due if source == name]
            self._store.release(self._sources[name], cells)
        for key in due:
            del self._first_served[key]
        return len(due)

    def _rendered(self) -> Exposition:
        began = self._monotonic()
        snapshot = self._store.snapshot()
        exposition = Exposition(
            snapshot,
            tuple(self._sources),
            unexposed=self._unexposed(snapshot),
            render_seconds=self._render_seconds,
            lines=self._lines,
        )
        for form in self._wanted():
            exposition.made(form)
        self._render_seconds = self._monotonic() - began
        return exposition

    def _wanted(self) -> Collection[Form]:
        """Those that scrapes asked for last: a scrape does not pay for a rendering."""
        self._forms = (self._current.asked if self._current else ()) or self._forms
        return self._forms

    def _note(self, snapshot: Snapshot) -> None:
        """Not while the store is catching up: the mark is then where it must come to."""
        if not self._restored:
            pages = {name: state.pages for name, state in snapshot.sources.items()}
            self._high_water.note(Mark(self._store.id, pages))

    def _unexposed(self, snapshot: Snapshot) -> tuple[str, ...]:
        """After a restore, every source that has not been polled to its end since."""
        if not self._restored:
            return ()
        waiting = tuple(
            name
            for name, before in self._successes_at_start.items()
            if name in snapshot.sources and snapshot.sources[name].last_success == before
        )
        self._restored = bool(waiting)
        return waiting

    def _successes(self) -> dict[str, int | None]:
        states = self._store.states()
        return {name: states[name].last_success for name in self._sources if name in states}
