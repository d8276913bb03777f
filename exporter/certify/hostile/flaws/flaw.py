"""The form of a flaw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connectors import Page
from exporter.certify.candidate import Candidate
from exporter.certify.hostile.connector import HostileConnector
from exporter.certify.hostile.simulator import HostileSimulator

PAGE: Final = "README.md"
HEALTHY: Final = Candidate.made_of(HostileConnector, HostileSimulator)
"""The vendor without a flaw."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One promise broken by whatever here is not the healthy vendor's.

    rule: the promise. word: what the verdict must say of the trouble. what: the flaw in words.
    page: what becomes of the page of the package.
    """

    rule: str
    word: str
    what: str
    connector: type[HostileConnector] = HostileConnector
    simulator: type[HostileSimulator] = HostileSimulator
    page: Callable[[str], str] | None = None

    def candidate(self, folder: Path) -> Candidate:
        """The vendor with this flaw. folder: for a page of its own."""
        if self.page is None:
            return Candidate(self.connector, self.simulator, HEALTHY.folder)
        text = (HEALTHY.folder / PAGE).read_text(encoding="utf-8")
        (folder / PAGE).write_text(self.page(text), encoding="utf-8")
        return Candidate(self.connector, self.simulator, folder)


def ended(page: Page, last: Page) -> Page:
    """The page as if nothing followed it, where `last` really ends the poll."""
    return replace(page, cursor=last.cursor, complete_to=last.complete_to)
