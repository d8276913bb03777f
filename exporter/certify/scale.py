"""The scale: three tiers, the form of a rule, and what may come of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.certify.bench import Bench

Figures = Mapping[str, float]
"""What a rule measured, by its name; only what is the same on every machine."""


class Tier(StrEnum):
    """How far a connector can be trusted; each tier includes those before it.

    bronze: it can be configured, says what is wrong, and publishes sound series.
    silver: nothing that happens on the way to a vendor changes a number.
    gold: the numbers are the truth, at a known cost.
    """

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"

    @property
    def rank(self) -> int:
        """0 is the lowest."""
        return list(Tier).index(self)


class Mark(StrEnum):
    """What came of a rule. `UNPROVEN`: it needs something that this machine lacks."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"
    UNPROVEN = "unproven"


class Broken(Exception):
    """A rule is not kept. The message is a verdict: what was seen, and what to mend."""


class Dear(Broken):
    """All is well but the cost, which is `figures`: the part of a rule that may be exempt alone."""

    def __init__(self, message: str, figures: Figures) -> None:
        super().__init__(message)
        self.figures = figures


class Unproven(Exception):
    """A rule cannot be tried on this machine. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a connector.

    id: stands in quality.yaml. title: the promise, in a line. check: raises `Broken` or `Unproven`;
    gives the figures that it measured, if any. costs: it is tried even where it is exempt, for then
    its cost is exempt and not what it gives.
    """

    id: str
    tier: Tier
    title: str
    check: Callable[[Bench], Figures | None]
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a rule. reason: of everything but `DONE`, why. seconds: how long it took."""

    rule: Rule
    mark: Mark
    reason: str = ""
    seconds: float = 0.0
    figures: Figures = field(default_factory=dict)

    @property
    def is_kept(self) -> bool:
        """Whether it stands in the way of no tier."""
        return self.mark in (Mark.DONE, Mark.EXEMPT)
