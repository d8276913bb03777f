"""From the instants at which an expression held to the episodes of its alert. Pure.

As Prometheus does it: an alert that held for `hold` fires, and goes on for `keep` once it no longer
holds. Instants are Unix seconds and lie `step` apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.simulation.rules import Rule

Labels = tuple[tuple[str, str], ...]
Samples = Mapping[Labels, Sequence[tuple[int, float]]]
"""The samples of some series by their labels: Unix seconds and value, oldest first."""


@dataclass(frozen=True, slots=True)
class Episode:
    """From when to when an alert would have been firing, and the greatest value in that time.

    ended: whether it ended within what was simulated.
    """

    labels: Labels
    begin: int
    end: int
    peak: float
    ended: bool

    @property
    def seconds(self) -> int:
        """How long it was."""
        return self.end - self.begin


def episodes(rule: Rule, samples: Samples, step: int, until: int) -> list[Episode]:
    """When a rule would have fired, by time. samples: what its expression gave."""
    found = [
        episode
        for labels, told in samples.items()
        for episode in _of_one(rule, labels, told, step, until)
    ]
    return sorted(found, key=lambda one: (one.begin, one.labels))


def _of_one(
    rule: Rule, labels: Labels, told: Sequence[tuple[int, float]], step: int, until: int
) -> Iterator[Episode]:
    firing: Episode | None = None
    for begin, end, values in _stretches(told, step):
        fires_at = begin if firing and begin <= firing.end else _up(begin + rule.hold, begin, step)
        if fires_at >= end:
            continue
        peak = max(value for at, value in values if at >= fires_at)
        stop = min(_up(end + rule.keep, begin, step), until)
        ended = end + rule.keep <= until
        if firing and fires_at <= firing.end:
            firing = Episode(labels, firing.begin, stop, max(firing.peak, peak), ended)
            continue
        if firing:
            yield firing
        firing = Episode(labels, fires_at, stop, peak, ended)
    if firing:
        yield firing


def _stretches(
    told: Sequence[tuple[int, float]], step: int
) -> Iterator[tuple[int, int, list[tuple[int, float]]]]:
    """Spans without a gap: the first instant, the first at which it no longer held, the values."""
    held: list[tuple[int, float]] = []
    for at, value in told:
        if held and at > held[-1][0] + step:
            yield held[0][0], held[-1][0] + step, held
            held = []
        held.append((at, value))
    if held:
        yield held[0][0], held[-1][0] + step, held


def _up(instant: int, origin: int, step: int) -> int:
    """The first evaluation that is not before an instant."""
    return origin - (origin - instant) // step * step
