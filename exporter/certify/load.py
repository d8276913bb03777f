"""One first import in a process of its own, so that its memory can be measured.

Reads from standard input, as JSON, which connector (`module:class`), its settings and a folder for
the store; writes what the import came to, as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec

from connectors import Connector
from exporter.certify.scale import Broken
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller

MEBI = 2**20
REQUESTS = "deskpulse_source_requests"


@dataclass(frozen=True, slots=True)
class Load:
    """What an import came to. peak: bytes of memory; requests: answers of the vendor."""

    records: int
    requests: int
    peak: int
    seconds: float

    @classmethod
    def of(
        cls,
        kind: type[Connector[Any]],
        given: Mapping[str, object],
        folder: Path,
        patience: float,
        at: float,
    ) -> Self:
        """Import all that a source with these settings tells. Raises `Broken`.

        patience: seconds after which it is ended. at: our clock, in Unix seconds.
        """
        asked = {
            "kind": f"{kind.__module__}:{kind.__qualname__}",
            "settings": {key: value for key, value in given.items() if key != "vendor"},
            "folder": str(folder),
            "at": at,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "exporter.certify.load"],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except subprocess.TimeoutExpired:
            raise Broken(f"the import was not over after {patience:.0f} s") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise Broken(f"the import failed: {last}")
        return cls(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Import as asked for on standard input."""
    asked = json.load(sys.stdin)
    module, _, name = asked["kind"].partition(":")
    kind: type[Connector[Any]] = getattr(importlib.import_module(module), name)
    settings = kind.settings_type.model_validate(asked["settings"])
    connector = kind("load", settings)
    source = Source("load", kind.vendor, connector.measures())
    store = Store.open(f"sqlite:///{Path(asked['folder']) / 'load.db'}")
    store.prepare([source])
    poller = Poller(store, source, lambda: connector, lambda: asked["at"])
    outcome = poller.poll()
    if outcome.error:
        sys.exit(outcome.error)
    series = store.snapshot().series
    asked_for = sum(one.amount.value for one in series if one.metric == REQUESTS)
    load = Load(outcome.records, asked_for, _peak(), round(outcome.seconds, 3))
    sys.stdout.write(msgspec.json.encode(load).decode() + "\n")


def _peak() -> int:
    """The most memory that this process held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would also tell of the process that started this one
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
