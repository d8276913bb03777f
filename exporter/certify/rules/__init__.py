"""Every rule, the lowest tier first: one module per subject, each with a table of its rules."""

from __future__ import annotations

from typing import Final

from exporter.certify.rules import (
    asking,
    charges,
    checking,
    declaring,
    failing,
    keeping,
    labelling,
    moving,
    once,
    paging,
    spoiling,
    truthful,
)
from exporter.certify.scale import Rule

RULES: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (
            *declaring.RULES,
            *checking.RULES,
            *labelling.RULES,
            *asking.RULES,
            *once.RULES,
            *paging.RULES,
            *moving.RULES,
            *failing.RULES,
            *spoiling.RULES,
            *keeping.RULES,
            *truthful.RULES,
            *charges.RULES,
        ),
        key=lambda rule: rule.tier.rank,
    )
)
