"""`make bench-volume`: how many incidents in real arrivals are found, and at what cost."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
import pytest

from exporter.volume import judge, learn
from exporter.volume.arrivals import Flags, Floats, Integers
from tests.benchmarks.volume.outcomes import outcome
from tests.benchmarks.volume.queues import SLOT, WEEK, Queue, incidents, queues
from tests.benchmarks.volume.rivals import RIVALS, Way, deskpulse, oracle

SIZES: Final = (2, 3, 5, 0)
"""Times the local rate; 0 is a broken form."""

GOAL: Final = 0.1
"""False episodes a queue and week, on the worst queue."""

REPORTED, TUNED = "second", "first"
FIRST_SEED: Final = {REPORTED: 6_000, TUNED: 1_000}


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Scores of one queue over some weeks. size: of its incidents; None: it has none."""

    queue: Queue
    size: int | None
    first: int
    last: int
    begins: Integers
    spike: Floats
    drop: Floats

    @property
    def weeks(self) -> int:
        return self.last - self.first

    def false(self, threshold: float, drop: bool = False) -> Integers:
        """Where false episodes start."""
        return outcome(self.drop if drop else self.spike, threshold, self.begins).false

    def of_batch(self, starts: Integers) -> Flags:
        """Which of them are the new nightly batch."""
        found: Flags = self.queue.series.batch[starts + self.first * WEEK]
        return found


def half(queue: Queue, which: str) -> tuple[int, int]:
    """The weeks of one half of what comes after the warm-up."""
    series = queue.series
    middle = (series.warmup + series.weeks) // 2
    return (series.warmup, middle) if which == TUNED else (middle, series.weeks)


def runs(way: Way, which: str, seeds: int, sizes: tuple[int, ...] = SIZES) -> Iterator[Run]:
    """Every queue without incidents and with those of each size."""
    for number, queue in enumerate(queues()):
        first, last = half(queue, which)
        for seed in range(FIRST_SEED[which], FIRST_SEED[which] + seeds):
            counts = queue.draw(np.random.default_rng((seed, number)))
            if queue.hourly is not None or seed == FIRST_SEED[which]:
                none = np.zeros(0, dtype=np.int64)
                yield Run(queue, None, first, last, none, *way(queue, counts, first, last))
            for size in sizes:
                chance = np.random.default_rng((seed, number, size))
                found = incidents(queue, counts, chance, size)
                begins = found.begins - first * WEEK
                begins = begins[(begins >= 0) & (begins < (last - first) * WEEK)]
                scores = way(queue, found.counts, first, last)
                yield Run(queue, size, first, last, begins, *scores)


def false_rate(
    runs: list[Run], threshold: float, *, drop: bool = False, batch: bool = False
) -> float:
    """False episodes a week, of runs without incidents. batch: with those of the new batch."""
    calm = [run for run in runs if run.size is None]
    false = [(run, run.false(threshold, drop)) for run in calm]
    counted = sum(len(starts) - (not batch) * run.of_batch(starts).sum() for run, starts in false)
    return float(counted) / sum(run.weeks for run in calm)


def named(every: list[Run]) -> dict[str, list[Run]]:
    """The runs of each queue."""
    return {queue.name: [r for r in every if r.queue.name == queue.name] for queue in queues()}


def quiet(every: list[Run]) -> float:
    """The least threshold with which the worst queue is quiet enough."""
    for threshold in np.geomspace(0.5, 50, 200):
        if all(false_rate(mine, float(threshold)) <= GOAL for mine in named(every).values()):
            return float(threshold)
    return 50.0


def cells(mine: list[Run], threshold: float) -> Iterator[str]:
    """False episodes a week, with the new batch and without, then recall and median delay of each
    size."""
    yield f"{false_rate(mine, threshold, batch=True):.2f}"
    yield f"{false_rate(mine, threshold):.2f}"
    for size in SIZES:
        delays: list[float] = []
        for run in mine:
            if run.size == size:
                score = run.spike if size else run.drop
                delays += outcome(score, threshold, run.begins).delays
        if not delays:
            yield "–"
            continue
        recall = float(np.mean(np.isfinite(delays)))
        late = f"{np.nanmedian(delays):.0f}" if recall else "–"
        yield f"{recall:.2f} ({late})"
    yield f"{false_rate(mine, threshold, drop=True):.2f}"


COLUMNS: Final = ("less batch", "×2", "×3", "×5", "nothing", "false drops")
HEAD: Final = f"{'':<22} {'false/week':>10} " + " ".join(f"{name:>11}" for name in COLUMNS)


def show(title: str, every: list[Run], threshold: float) -> None:
    """One table: recall, and in brackets the median delay in minutes."""
    print(f"\n{title}\n{HEAD}", flush=True)
    for name, mine in named(every).items():
        first, *others = cells(mine, threshold)
        print(f"{name:<22} {first:>10} {' '.join(f'{cell:>11}' for cell in others)}", flush=True)


def batch(seeds: int) -> str:
    """How often the nightly batch of May 2016 rang, in both halves together."""
    most = []
    for number, queue in enumerate(queues()[-2:], len(queues()) - 2):
        first, last = queue.series.warmup, queue.series.weeks
        rang = []
        for seed in range(seeds if queue.hourly else 1):
            counts = queue.draw(np.random.default_rng((seed, number)))
            none = np.zeros(0, dtype=np.int64)
            run = Run(queue, None, first, last, none, *deskpulse(queue, counts, first, last))
            rang.append(int(run.of_batch(run.false(1)).sum()))
        most.append(f"{queue.name} at most {max(rang)} times")
    return f"the new nightly batch rang: {', '.join(most)}"


def cost() -> str:
    """Milliseconds to learn twelve weeks and to judge one instant."""
    queue = queues()[2]
    series = queue.series
    arrivals, calendar = series.arrivals(series.counts), series.calendar()
    at = series.start + 20 * WEEK * SLOT
    began = perf_counter()
    for _ in range(10):
        model = learn(arrivals, at, calendar)
    learned = perf_counter()
    for _ in range(100):
        judge(model, arrivals, at + 36_000)
    judged = perf_counter()
    return f"learn {(learned - began) * 100:.0f} ms, judge {(judged - learned) * 10:.2f} ms"


def main() -> None:
    """Print it all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=30)
    asked.add_argument("--half", choices=(REPORTED, TUNED), default=REPORTED)
    options = asked.parse_args()
    try:
        queues()
    except pytest.skip.Exception as absent:
        raise SystemExit(f"nothing was measured: {absent}") from None
    few = min(options.seeds, 5)
    print(f"The {options.half} half of the weeks, {options.seeds} seeds. Recall (median delay).")
    ours = list(runs(deskpulse, options.half, options.seeds))
    show("deskpulse, the fixed configuration", ours, 1)
    truth = list(runs(oracle, options.half, options.seeds, SIZES[:3]))
    show("an oracle of the true rate, thinned calls only within the goal", truth, 1)
    for name, way in RIVALS.items():
        found = list(runs(way, options.half, few, SIZES[:3]))
        show(f"{name} as published, {few} seeds", found, 1)
        least = quiet(found)
        show(f"{name}, threshold × {least:.2f} to be quiet enough", found, least)
    print(f"\n{batch(options.seeds)}; {cost()}")


if __name__ == "__main__":
    main()
