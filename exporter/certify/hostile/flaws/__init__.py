"""What careless authors do: for every rule at least one flaw that breaks it, by subject."""

from __future__ import annotations

from typing import Final

from exporter.certify.hostile.flaws import checks, declarations, failures, numbers, pages
from exporter.certify.hostile.flaws.flaw import Flaw

__all__ = ["FLAWS", "Flaw"]

FLAWS: Final[tuple[Flaw, ...]] = (
    *declarations.FLAWS,
    *checks.FLAWS,
    *pages.FLAWS,
    *failures.FLAWS,
    *numbers.FLAWS,
)
