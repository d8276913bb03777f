"""The numbers themselves: equal to what a brute-force count of the desk's stories gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from connectors import Fact
from connectors.testing.seeded import SeededDesk
from exporter.certify.bench import CUSTOMERS, Bench
from exporter.certify.line import Line, differences, samples
from exporter.certify.policies import everything
from exporter.certify.scale import Broken, Rule, Tier

SEEDS: Final = (1, 2, 3)
"""Each has a present, a page and a clock of ours that no other has."""

WEEKS: Final = 4
ANCIENT: Final = 20
"""Tickets that are older than those weeks."""

# Around the days on which Europe and America change their clocks, and an ordinary month.
PRESENTS: Final = (
    datetime(2026, 4, 9, 15, 0, tzinfo=UTC),
    datetime(2025, 11, 12, 22, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 6, 0, tzinfo=UTC),
)
STEPS: Final = (0.2, 1, 7, 30, 100)  # hours between polls
WATERMARK: Final = "deskpulse_source_complete_to_timestamp_seconds"
PAGES: Final = {2: 100, 3: 40}
"""The most records in an answer, on some of the desks."""

BEGUN: Final = {
    Fact.CREATED: "support_tickets_created_total",
    Fact.CUSTOMERS: "support_customers_started_total",
}
"""What every desk here has something of: without it, nothing would be compared."""

SKEWS: Final = (timedelta(0), timedelta(minutes=-11), timedelta(hours=3))


def imported(bench: Bench) -> None:
    """A first import alone, nothing being decided by an operator."""
    desk = _desk(SEEDS[0])
    with bench.line(desk) as line:
        line.poll(desk.present)
        _watch(line)
        _compare(line, "after a first import")


def polled(bench: Bench) -> None:
    """Polls at odd times, with business hours and targets, whatever our own clock says."""
    for seed in SEEDS:
        desk, chance = _desk(seed), random.Random(seed)
        skew = SKEWS[seed % len(SKEWS)]
        policy = everything(desk.hours, categories=False)
        page_limit = PAGES.get(seed)
        with bench.line(desk, policy=policy, skew=skew, page_limit=page_limit) as line:
            at = desk.present - timedelta(days=chance.uniform(10, 20))
            while at < desk.present:
                line.poll(at)
                at += timedelta(hours=chance.choice(STEPS))
            line.poll(desk.present)
            line.poll(desk.present + timedelta(days=9))
            _compare(line, f"on desk {seed}, our clock being {_apart(skew)}")


def _desk(seed: int) -> SeededDesk:
    """Weeks in which tickets are reopened, merged, deleted, answered by bots, rated anew, and more
    than a year in which customers begin, change, leave and come back."""
    return _made(seed, WEEKS, ANCIENT)


@cache
def _made(seed: int, weeks: int, ancient: int) -> SeededDesk:
    present = PRESENTS[seed % len(PRESENTS)]
    return SeededDesk(
        seed, present=present, weeks=weeks, rate=1.0, ancient=ancient, customers=CUSTOMERS
    )


def _watch(line: Line) -> None:
    """The watermark is no later than what was told."""
    told = samples(line.body()).items()
    watermark = next(value for (name, _), value in told if name == WATERMARK)
    ahead = watermark - line.polls[-1].timestamp()
    if ahead > 0:
        raise Broken(
            f"complete_to is {ahead:.0f} s ahead of what the vendor tells: take the lag of "
            f"{line.measures.lag.total_seconds():.0f} s off the vendor's clock"
        )


def _apart(skew: timedelta) -> str:
    if not skew:
        return "right"
    return f"{abs(skew)} {'ahead' if skew > timedelta(0) else 'behind'}"


def _compare(line: Line, when: str) -> None:
    expected = line.truth().as_samples()
    begun = {name for (name, _), value in expected.items() if value}
    for fact in BEGUN.keys() & line.measures.told:
        if BEGUN[fact] not in begun:
            raise Broken(f"there is no {BEGUN[fact]} {when}, so that nothing would be compared")
    wrong = differences(line.samples(), expected)
    if wrong:
        raise Broken(
            f"{len(wrong)} series are not the truth {when}; the first: {wrong[0]}. What the vendor "
            "does not tell is declared in Measures: `closings`, `instead`, `merges`, `outbound`, "
            "`removals`, `teams`, `vanishing`"
        )


RULES: Final = (
    Rule("truth-imported", Tier.GOLD, "A first import gives the truth", imported),
    Rule("truth-polled", Tier.GOLD, "Polls at any time give the truth, on both clocks", polled),
)
