"""What the numbers must be, counted by brute force from the stories of a virtual desk.

It shares nothing with what it judges: plain loops over every story at every poll. The rules are
those of docs/semantics.md. `polls` are the instants up to which each poll's answers are complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.contract import Fact, Measures
from connectors.testing.desk import Desk, Story
from connectors.testing.states import Labels, State, state

BOUNDS = (
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400),
    *(172800, 259200, 604800, 1209600, 2592000, float("inf")),
)
AGES = (
    ("<4h", timedelta(hours=4)),
    ("<1d", timedelta(days=1)),
    ("<3d", timedelta(days=3)),
    ("<7d", timedelta(days=7)),
    ("<30d", timedelta(days=30)),
)
OLDEST_AGE = "30d+"

CREATED = "support_tickets_created_total"
SOLVED = "support_tickets_solved_total"
REOPENED = "support_tickets_reopened_total"
CORRECTIONS = "deskpulse_corrections_total"
FIRST_RESPONSE = "support_first_response_seconds"
FIRST_RESOLUTION = "support_first_resolution_seconds"
RESOLUTION = "support_resolution_seconds"
OPEN = "support_tickets_open"
OPEN_BY_AGE = "support_tickets_open_by_age"
UNASSIGNED = "support_tickets_unassigned"
AWAITING = "support_tickets_awaiting_first_response"
OLDEST_OPEN = "support_oldest_open_created_timestamp_seconds"
OLDEST_UNANSWERED = "support_oldest_unanswered_created_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram: how many, their sum in seconds, and cumulative counts for each of `BOUNDS`."""

    count: int
    sum: int
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """The true numbers by metric and labels; what is 0 is left out."""

    counters: dict[str, dict[Labels, int]]
    gauges: dict[str, dict[Labels, int]]
    histograms: dict[str, dict[Labels, Distribution]]

    def as_samples(self) -> dict[tuple[str, Labels], float]:
        """The same as Prometheus samples, by sample name and labels."""
        samples: dict[tuple[str, Labels], float] = {}
        for metrics in (self.counters, self.gauges):
            for name, values in metrics.items():
                for labels, value in values.items():
                    samples[name, labels] = float(value)
        for name, distributions in self.histograms.items():
            for labels, distribution in distributions.items():
                samples[f"{name}_count", labels] = float(distribution.count)
                samples[f"{name}_sum", labels] = float(distribution.sum)
                for bound, count in zip(BOUNDS, distribution.buckets, strict=True):
                    bucket = labels | {("le", _le(bound))}
                    samples[f"{name}_bucket", bucket] = float(count)
        return samples


@dataclass(slots=True)
class Observed:
    """What the polls have told of one story so far, with the labels of the first sight."""

    created: Labels | None = None
    corrected: bool = False
    first_response: tuple[datetime, Labels] | None = None
    first_resolution: tuple[datetime, Labels] | None = None
    solved: dict[datetime, State] = field(default_factory=dict)
    reopened: list[Labels] = field(default_factory=list)


def truth(desk: Desk, polls: Sequence[datetime], measures: Measures) -> Truth:
    """The numbers after the last of `polls`, for a vendor that tells `measures` of the desk.

    polls: ascending, at least one. Labels are without the source.
    """
    observed: dict[int, Observed] = {}
    stories: dict[int, Story] = {}
    before: datetime | None = None
    for poll in polls:
        for story in desk.stories(poll):
            stories[story.id] = story
            # Nothing new can be told of a story that was over before the last poll.
            if before is None or story.events[-1].at > before:
                seen = observed.setdefault(story.id, Observed())
                _observe(seen, state(story, poll), measures)
        before = poll
    counters: dict[str, dict[Labels, int]] = {}
    durations: dict[str, dict[Labels, list[int]]] = {}
    for number, seen in observed.items():
        _count(counters, seen, measures)
        _time(durations, stories[number].created_at, seen, measures)
    last = [state(story, polls[-1]) for story in stories.values()]
    histograms = {
        name: {labels: _distribution(found) for labels, found in by_labels.items()}
        for name, by_labels in durations.items()
    }
    return Truth(counters, _gauges(last, polls[-1], measures), histograms)


def _observe(seen: Observed, shown: State, measures: Measures) -> None:
    """Add what one poll tells of one story."""
    if shown.removed:
        seen.corrected = True
        return
    if seen.created is None:
        seen.created = shown.labels("channel")
    clock = shown.labels("team", "priority")
    if shown.first_response is not None and seen.first_response is None:
        seen.first_response = (shown.first_response, clock)
    survives = measures.first_solve_survives_reopening or shown.reopens == 0
    if shown.first_solve is not None and survives and seen.first_resolution is None:
        seen.first_resolution = (shown.first_solve, clock)
    if shown.solved_at is not None and shown.solved_at not in seen.solved:
        seen.solved[shown.solved_at] = shown
    while len(seen.reopened) < shown.reopens:
        seen.reopened.append(shown.labels("team", "priority", "channel"))


def _count(counters: dict[str, dict[Labels, int]], seen: Observed, measures: Measures) -> None:
    """Add one story to the counters."""
    if Fact.CREATED in measures.told and seen.created is not None:
        _add(counters, CREATED, seen.created)
        if seen.corrected:
            _add(counters, CORRECTIONS, frozenset())
    if Fact.SOLVED in measures.told:
        for shown in seen.solved.values():
            _add(counters, SOLVED, shown.labels("team", "priority", "channel"))
    if Fact.REOPENED in measures.told:
        for labels in seen.reopened:
            _add(counters, REOPENED, labels)


def _time(
    durations: dict[str, dict[Labels, list[int]]],
    created_at: datetime,
    seen: Observed,
    measures: Measures,
) -> None:
    """Add one story to what the histograms hold."""
    moments: list[tuple[str, Fact, datetime, Labels]] = []
    if seen.first_response is not None:
        moments.append((FIRST_RESPONSE, Fact.FIRST_RESPONSE, *seen.first_response))
    if seen.first_resolution is not None:
        moments.append((FIRST_RESOLUTION, Fact.FIRST_RESOLUTION, *seen.first_resolution))
    for at, shown in seen.solved.items():
        moments.append((RESOLUTION, Fact.SOLVED, at, shown.labels("team", "priority")))
    for name, fact, at, labels in moments:
        seconds = (at - created_at) // timedelta(seconds=1)
        if fact in measures.told and seconds >= 0:
            seconds -= seconds % measures.told[fact].precision
            durations.setdefault(name, {}).setdefault(labels, []).append(seconds)


def _distribution(seconds: Sequence[int]) -> Distribution:
    buckets = tuple(sum(1 for value in seconds if value <= bound) for bound in BOUNDS)
    return Distribution(len(seconds), sum(seconds), buckets)


def _gauges(
    states: Sequence[State], watermark: datetime, measures: Measures
) -> dict[str, dict[Labels, int]]:
    """The backlog at the watermark."""
    gauges: dict[str, dict[Labels, int]] = {}
    for shown in states:
        if shown.removed or not shown.open:
            continue
        queue = shown.labels("team", "priority")
        if Fact.OPEN in measures.told:
            age = age_class(watermark - shown.story.created_at)
            _add(gauges, OPEN, shown.labels("status", "priority", "team", "channel"))
            _add(gauges, OPEN_BY_AGE, queue | {("age", age)})
            _oldest(gauges, OLDEST_OPEN, shown)
        if Fact.UNASSIGNED in measures.told and not shown.assigned:
            _add(gauges, UNASSIGNED, queue)
        if Fact.AWAITING_FIRST_RESPONSE in measures.told and shown.first_response is None:
            _add(gauges, AWAITING, queue)
            _oldest(gauges, OLDEST_UNANSWERED, shown)
    return gauges


def age_class(age: timedelta) -> str:
    """The age's class: each ends just before its bound; what is not yet created is young."""
    for name, bound in AGES:
        if age < bound:
            return name
    return OLDEST_AGE


def _oldest(gauges: dict[str, dict[Labels, int]], name: str, shown: State) -> None:
    created = int(shown.story.created_at.timestamp())
    by_team = gauges.setdefault(name, {})
    labels = shown.labels("team")
    by_team[labels] = min(created, by_team.get(labels, created))


def _add(metrics: dict[str, dict[Labels, int]], name: str, labels: Labels) -> None:
    values = metrics.setdefault(name, {})
    values[labels] = values.get(labels, 0) + 1


def _le(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(float(bound))
