"""A copy of the Zendesk connector with one mistake planted in it, as something to certify."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.zendesk import connector as original
from exporter.certify.candidate import Candidate

ORIGINAL: Final = "connectors.zendesk"
COPY: Final = "planted_zendesk"


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake. rule: the promise that it breaks.

    module: the file without its ending. sound, defective: the text before and after; the first
    occurs exactly once.
    """

    what: str
    rule: str
    module: str
    sound: str
    defective: str

    def patched(self, text: str) -> str:
        """The source with the mistake in it. Raises `LookupError` when it is another by now."""
        if (found := text.count(self.sound)) != 1:
            raise LookupError(
                f"{self.module}.py has the text of '{self.what}' {found} times, and once is "
                f"expected: the connector has changed, change the defect too\n{self.sound}"
            )
        return text.replace(self.sound, self.defective)


@contextmanager
def planted(folder: Path, *defects: Defect) -> Iterator[Candidate]:
    """The copy, importable meanwhile. folder: an empty one, where it lies."""
    package = folder / COPY
    here = Path(original.__file__).parent
    shutil.copytree(here, package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in package.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for defect in defects:
            text = defect.patched(text) if defect.module == path.stem else text
        path.write_text(text.replace(ORIGINAL, COPY), encoding="utf-8")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        connector = importlib.import_module(f"{COPY}.connector").ZendeskConnector
        simulator = importlib.import_module(f"{COPY}.simulator").ZendeskSimulator
        yield Candidate(connector, simulator, package)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == COPY]:
            del sys.modules[name]
