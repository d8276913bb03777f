"""How long things took, by the calendar and in the business hours of a team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.contract import Fact, Measures
from connectors.testing.desk import Desk, Kind, Story
from connectors.testing.dialogue import dialogue
from connectors.testing.hours import Hours
from connectors.testing.numbers import REPLIES, Tally
from connectors.testing.policy import Policy
from connectors.testing.sights import Seen
from connectors.testing.states import State

FIRST_RESPONSE = "support_first_response"
NEXT_RESPONSE = "support_next_response"
FIRST_RESOLUTION = "support_first_resolution"
RESOLUTION = "support_resolution"
REQUESTER_WAIT = "support_requester_wait"

WAITING = ("new", "open", "hold")
"""The statuses in which a customer waits."""

SECOND = timedelta(seconds=1)


class Lapse(NamedTuple):
    """A stretch of time. shown: at first sight of its end; team: whose hours it is measured by."""

    metric: str
    fact: Fact
    start: datetime
    end: datetime
    shown: State
    team: str


def time(tally: Tally, seen: Seen, desk: Desk, measures: Measures, policy: Policy) -> None:
    """Add the durations of one story, and the replies that it took."""
    for lapse in lapses(seen):
        if lapse.fact in measures.told and lapse.end >= lapse.start:
            _lapse(tally, lapse, measures, policy)
    for at, shown in seen.stood.items():
        labels = shown.labels("team", "priority")
        if Fact.REPLIES in measures.told:
            tally.put(REPLIES, labels, replies(shown, at, measures))
        if Fact.REQUESTER_WAIT not in measures.told:
            continue
        waits, step = waiting(shown.story, at), measures.told[Fact.REQUESTER_WAIT].precision
        tally.put(f"{REQUESTER_WAIT}_seconds", labels, _total(waits, None, step))
        if policy.has_hours and measures.business_waits:
            waited = _total(waits, desk.hours, step)
            tally.put(f"{REQUESTER_WAIT}_business_seconds", labels, waited)


def lapses(seen: Seen) -> Iterator[Lapse]:
    """Everything of one story that has a start and an end."""
    if seen.first is None:
        return
    created, team = seen.first.story.created_at, seen.first.team
    if seen.first_response is not None:
        at, shown = seen.first_response
        yield Lapse(FIRST_RESPONSE, Fact.FIRST_RESPONSE, created, at, shown, team)
    if seen.first_resolution is not None:
        at, shown = seen.first_resolution
        yield Lapse(FIRST_RESOLUTION, Fact.FIRST_RESOLUTION, created, at, shown, team)
    for at, shown in seen.solved.items():
        yield Lapse(RESOLUTION, Fact.SOLVED, created, at, shown, team)
    for number, (at, shown) in seen.answered.items():
        asked_at, then = seen.asked[number]
        yield Lapse(NEXT_RESPONSE, Fact.NEXT_RESPONSE, asked_at, at, shown, then.team)


def told_end(lapse: Lapse, measures: Measures) -> datetime:
    """When it ended, as precisely as the vendor tells it."""
    step = timedelta(seconds=measures.told[lapse.fact].precision)
    return lapse.start + (lapse.end - lapse.start) // step * step


def waiting(story: Story, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the customer waited, from the creation until an instant; before any status it is new."""
    changes = [(story.created_at, "new")]
    changes += [(e.at, e.value) for e in story.events if e.kind is Kind.STATUS]
    ends = [at for at, _ in changes[1:]] + [until]
    stretches = [
        (max(begin, story.created_at), min(end, until))
        for (begin, status), end in zip(changes, ends, strict=True)
        if status in WAITING
    ]
    return [(begin, end) for begin, end in stretches if begin < end]


def replies(shown: State, at: datetime, measures: Measures) -> int:
    """Public replies by human agents up to a solve, or up to when it was seen where only the
    present is told; in a chat a run of them is one, where the vendor merges."""
    said = dialogue(shown.story, at) if measures.history == "events" else shown.said
    merges = shown.story.channel == "chat" and measures.chat_replies_merge
    return said.turns if merges else said.replies


def _lapse(tally: Tally, lapse: Lapse, measures: Measures, policy: Policy) -> None:
    labels, end = lapse.shown.labels("team", "priority"), told_end(lapse, measures)
    tally.put(f"{lapse.metric}_seconds", labels, (end - lapse.start) // SECOND)
    hours = policy.hours_of(lapse.team)
    if hours is not None:
        elapsed = hours.elapsed(lapse.start, end) // SECOND
        tally.put(f"{lapse.metric}_business_seconds", labels, elapsed)


def _total(stretches: list[tuple[datetime, datetime]], hours: Hours | None, step: int) -> int:
    """Seconds in whole steps; without hours every one of them counts."""
    spent = [
        end - begin if hours is None else hours.elapsed(begin, end) for begin, end in stretches
    ]
    seconds = sum(spent, timedelta(0)) // SECOND
    return seconds - seconds % step
