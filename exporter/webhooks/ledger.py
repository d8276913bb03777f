"""Writes down what webhooks came, every few seconds: however many come, the store hears little."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.exc import OperationalError

from exporter.source import Source
from exporter.store import Store, StoreError
from exporter.webhooks.receiver import Receiver

log = logging.getLogger(__name__)

EVERY: Final = 10.0


class Ledger(threading.Thread):
    """Brings the counts of receivers into the store until stopped, and then once more."""

    def __init__(
        self,
        store: Store,
        receivers: Mapping[str, Receiver],
        sources: Mapping[str, Source],
        on_change: Callable[[], object],
        every: float = EVERY,
    ) -> None:
        """receivers, sources: by name. on_change: called when something was written. every:
        seconds between two looks."""
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._receivers = receivers
        self._sources = sources
        self._on_change = on_change
        self._every = every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look again and again until stopped."""
        while not self._stopped.wait(self._every):
            if self.write():
                self._on_change()
        self.write()

    def write(self) -> bool:
        """Write down what came; gives whether anything did. What cannot be written waits."""
        written = [self._written(name, one) for name, one in self._receivers.items()]
        return any(written)

    def stop(self, patience: float = 5.0) -> None:
        """Write down the last and end; wait up to `patience` seconds."""
        self._stopped.set()
        self.join(patience)

    def _written(self, name: str, receiver: Receiver) -> bool:
        received = receiver.received()
        if received is None:
            return False
        results = {result.value: number for result, number in received.results.items()}
        try:
            self._store.deliveries(self._sources[name], results, received.accepted_at)
        except (StoreError, OperationalError) as error:
            receiver.give_back(received)
            log.warning("source %s: webhooks could not be counted yet: %s", name, error)
            return False
        return True
