"""What customers answered when they were asked: statements, their scales, their groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SATISFACTION, RECOMMENDATION, EFFORT = "satisfaction", "recommendation", "effort"

# By survey and best score, the least score.
SCALES = {
    (SATISFACTION, 1): 0,
    (SATISFACTION, 5): 1,
    (RECOMMENDATION, 10): 0,
    (EFFORT, 5): 1,
    (EFFORT, 7): 1,
}

DATED = {SATISFACTION: True, RECOMMENDATION: False, EFFORT: False}
"""Whether a vendor tells when it was answered: satisfaction has a stream, the others are fields."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One answer to one survey, given at `at`."""

    survey: str
    score: int
    best: int
    at: datetime

    @property
    def in_scale(self) -> bool:
        """Whether the scale has such a score."""
        least = SCALES.get((self.survey, self.best))
        return least is not None and least <= self.score <= self.best

    @property
    def mark(self) -> tuple[str, int, datetime | None]:
        """What makes it a statement of its own to those who hear it from a vendor."""
        return self.survey, self.score, self.at if DATED[self.survey] else None

    @property
    def rating(self) -> str:
        """Of satisfaction: good or bad."""
        return "good" if self.score >= (1 if self.best == 1 else 4) else "bad"

    @property
    def group(self) -> str:
        """Of a recommendation: promoter, passive or detractor."""
        if self.score >= 9:
            return "promoter"
        return "passive" if self.score >= 7 else "detractor"


def statement(value: str, at: datetime) -> Statement:
    """The statement of an event's value: survey, score and best score."""
    survey, score, best = value.split()
    return Statement(survey, int(score), int(best), at)
