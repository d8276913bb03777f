"""The demo's own past: the last days of its desk, in Prometheus before that starts."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import rich_click as click

from alerts.parameters import JOB
from alerts.prometheus import INSTANCE
from exporter.history import blocks, living
from exporter.history.folder import DataFolder
from exporter.history.reading import pasts, watermarks
from exporter.history.receiver import Receiver
from exporter.history.times import ago
from exporter.history.verdict import Refused
from exporter.history.writing import History
from exporter.source import Source
from exporter.store import Store

_SPAN = timedelta(days=8)  # a week ago, and the day before it
_PATIENCE = 60.0


class Past:
    """What the desk knew before the demo began, once the first import has told it.

    over: whether the demo is to end. remote: the address of a Prometheus that is to have it too.
    """

    def __init__(
        self,
        store: Store,
        sources: list[Source],
        over: Callable[[], bool],
        remote: str | None,
    ) -> None:
        self._store = store
        self._sources = sources
        self._over = over
        self._remote = remote

    def fill(self, data: Path) -> None:
        """Make blocks in the data folder of a Prometheus that is about to start."""
        promtool = shutil.which("promtool")
        if promtool is None:
            return
        with self._told():
            began = time.monotonic()
            history = self._history()
            folder = DataFolder(data)
            with folder.locked():
                blocks.write(history, folder, promtool, self._go_on)
            seconds = time.monotonic() - began
            click.echo(
                f"Prometheus knows its last {_SPAN.days} days already: {history.series:,} series "
                f"in {seconds:.1f} seconds."
            )

    def send(self) -> None:
        """Send it to the other Prometheus, unless that has scraped a demo before."""
        if self._remote is None:
            return
        with self._told(), contextlib.closing(Receiver(self._remote)) as receiver:
            self._wait_for(receiver)
            age = int(_SPAN.total_seconds())
            if living.Scraped(receiver, JOB, INSTANCE, age).seams():
                click.echo(f"{receiver.url} has scraped a demo before: its past stays as it is.")
                return
            sent = living.write(self._history(), receiver, self._go_on)
            click.echo(f"{sent:,} samples of the last {_SPAN.days} days sent to {receiver.url}.")

    def wait(self) -> None:
        """Until the first import has told it. Ends the thread when the demo does."""
        while not self._is_known():
            self._go_on()
            time.sleep(0.1)

    def _is_known(self) -> bool:
        states = self._store.states()
        return all(one.name in states and states[one.name].primed for one in self._sources)

    def _history(self) -> History:
        sources = self._sources
        now = round(time.time() * 1000)
        seams = {name: min(at, now) for name, at in watermarks(self._store, sources).items()}
        return History(pasts(self._store, sources, seams), ago(_SPAN, now), JOB, INSTANCE)

    def _wait_for(self, receiver: Receiver) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                receiver.takes(_SPAN)
            except Refused:
                if time.monotonic() > deadline:
                    raise
            else:
                return
            self._go_on()
            time.sleep(1)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Without its past, the demo goes on."""
        try:
            yield
        except Refused as verdict:
            click.echo(str(verdict), err=True)

    def _go_on(self, _done: int = 0) -> None:
        if self._over():
            raise SystemExit(0)
