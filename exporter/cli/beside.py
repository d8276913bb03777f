"""Beside the demo: its past into Prometheus, then Prometheus and Alertmanager, while it serves."""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path
from types import TracebackType

import rich_click as click

from exporter.cli.companions import companions
from exporter.cli.past import Past

log = logging.getLogger(__name__)


class Beside(threading.Thread):
    """A thread, while the context is open; what it started ends with it.

    folder: for data, configuration and logs. target: HOST:PORT of /metrics. webhook: where
    notifications go.
    """

    def __init__(self, folder: Path, target: str, webhook: str, past: Past) -> None:
        super().__init__(name="beside", daemon=True)
        self._folder = folder
        self._target = target
        self._webhook = webhook
        self._past = past
        self._ending = contextlib.ExitStack()
        self._left = threading.Event()

    def run(self) -> None:
        """Wait for the past, then start everything."""
        self._past.wait()
        beside = companions(self._folder, self._target, self._webhook, self._past.fill)
        for companion in self._ending.enter_context(beside):
            click.echo(str(companion))
        self._past.send()
        # To Linux a program is orphaned when the thread that started it ends, not the process.
        self._left.wait()

    def __enter__(self) -> None:
        self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        # It asks by itself whether the demo is over, at every step that takes time.
        self.join()
        self._ending.close()
