"""One run through the past of several sources, slice by slice. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.history.past import Past
from exporter.history.times import STEPS, Steps, slices
from exporter.history.track import Line


@dataclass(frozen=True, slots=True)
class History:
    """What is written.

    since: from when on, in Unix milliseconds. job, instance: the labels that a scrape would add.
    """

    pasts: Sequence[Past]
    since: int
    job: str
    instance: str
    steps: Steps = STEPS

    @property
    def target(self) -> tuple[tuple[str, str], ...]:
        """The labels of the target."""
        return ("instance", self.instance), ("job", self.job)

    @property
    def until(self) -> int:
        """The last instant that has a sample."""
        return max((past.seam for past in self.pasts), default=self.since)

    @property
    def series(self) -> int:
        """How many series it fills."""
        return sum(past.series for past in self.pasts)

    @property
    def slices(self) -> int:
        """In how many slices it is written."""
        return sum(1 for _ in slices(self.since, self.until))

    def run(self) -> Iterator[list[Part]]:
        """The slices, oldest first; each must be read before the next is asked for."""
        instants = [past.instants(self.since, self.steps) for past in self.pasts]
        for past in self.pasts:
            past.begin()
        for first, beyond in slices(self.since, self.until):
            yield [
                Part(past, all_[bisect_left(all_, first) : bisect_left(all_, beyond)])
                for past, all_ in zip(self.pasts, instants, strict=True)
            ]


@dataclass(frozen=True, slots=True)
class Part:
    """What one source has in a slice."""

    past: Past
    instants: list[int]

    def lines(self) -> Iterator[Line]:
        """Its samples; to be read once."""
        return self.past.lines(self.instants)
