"""Where the past ends that was sent to each address: a second run must end it there too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from exporter.history.verdict import Refused


class Seams:
    """A small file beside the store. Seams are Unix milliseconds, by source."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, target: str) -> dict[str, int]:
        """Those that were remembered for a target; none for one that is new."""
        return dict(self._all().get(target, {}))

    def remember(self, target: str, seams: Mapping[str, int]) -> None:
        """Keep these from now on."""
        known = self._all()
        known[target] = {**known.get(target, {}), **seams}
        draft = self._path.with_name(f"{self._path.name}.tmp")
        draft.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
        draft.replace(self._path)

    def _all(self) -> dict[str, dict[str, int]]:
        if not self._path.is_file():
            return {}
        try:
            known: dict[str, dict[str, int]] = json.loads(self._path.read_text("utf-8"))
        except ValueError as error:
            raise Refused(
                f"{self._path} cannot be read: it says where the past ends that was sent before. "
                "Put it back from a copy; without it, take it away and check the first day."
            ) from error
        return known
