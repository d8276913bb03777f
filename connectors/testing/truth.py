"""What the numbers must be, counted by brute force from the stories of a virtual desk.

It shares nothing with what it judges: plain loops over every story and customer at every poll. The
rules are those of docs/semantics.md. `polls` are the instants up to which each poll's answers are
complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.contract import Fact, Measures
from connectors.testing import backlog, counts, durations
from connectors.testing.backlog import OPEN, UNASSIGNED, age_class
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.numbers import BOUNDS, Distribution, Tally, Truth
from connectors.testing.outbound import answered
from connectors.testing.patronage import patronize
from connectors.testing.policy import Policy
from connectors.testing.promises import Pledged, Promises
from connectors.testing.sights import Seen, look
from connectors.testing.states import State, state

WORDED = (Kind.STATUS, Kind.PRIORITY)

__all__ = ["BOUNDS", "OPEN", "UNASSIGNED", "Distribution", "Truth", "age_class", "told", "truth"]


@dataclass(slots=True)
class Followed:
    """One story and all that the polls have shown of it.

    shown: as it was told last; None: never. pending: whether a promise may be broken by the mere
    passing of time.
    """

    story: Story
    shown: State | None = None
    seen: Seen = field(default_factory=Seen)
    pledged: Pledged = field(default_factory=Pledged)
    pending: bool = False


def truth(
    desk: Desk, polls: Sequence[datetime], measures: Measures, policy: Policy | None = None
) -> Truth:
    """The numbers after the last of `polls`, for a vendor that tells `measures` of the desk.

    polls: ascending, at least one. policy: what the operator promised and decided; None: nothing.
    Tickets are counted where `created` is told, customers where `customers` is. Labels are without
    the source.
    """
    tally = Tally()
    if Fact.CREATED in measures.told:
        _tickets(tally, desk, polls, measures, policy or Policy())
    if Fact.CUSTOMERS in measures.told:
        patronize(tally, desk, polls, measures)
    return tally.truth()


def _tickets(
    tally: Tally, desk: Desk, polls: Sequence[datetime], measures: Measures, policy: Policy
) -> None:
    promises = Promises(policy, measures)
    followed = _follow(desk, polls, measures, promises)
    watermark = polls[-1]
    for one in followed:
        if one.shown is None:
            continue
        counts.count(tally, one.seen, measures, policy)
        counts.count_outcomes(tally, one.pledged)
        counts.count_opinions(tally, one.seen, measures)
        counts.count_arrivals(tally, one.seen, watermark, measures)
        counts.count_today(tally, one.seen, watermark, measures, policy)
        durations.time(tally, one.seen, desk, measures, policy)
        backlog.stand(tally, one.shown, watermark, measures, policy)
        backlog.stand_promises(tally, promises, one.pledged, one.seen, one.shown, watermark)
        backlog.stand_opinions(tally, one.seen, one.shown, watermark, measures)
    counts.spread(tally, [one.seen for one in followed], watermark, measures, policy)


def _follow(
    desk: Desk, polls: Sequence[datetime], measures: Measures, promises: Promises
) -> Iterable[Followed]:
    """Look at the desk at every poll."""
    followed: dict[int, Followed] = {}
    before: datetime | None = None
    for poll in polls:
        for story in desk.stories(poll):
            if story.id not in followed:
                followed[story.id] = Followed(told(story, measures))
            one = followed[story.id]
            # Nothing new is told of a story that was over before the last poll, but time goes on.
            if before is None or story.events[-1].at > before or one.pending:
                _look(one, poll, measures, promises)
        before = poll
    return followed.values()


def told(story: Story, measures: Measures) -> Story:
    """A story in the words that the vendor has, without the closings, merges, teams and beginnings
    that it does not tell."""
    story = story if measures.outbound else answered(story)
    if measures.closings and measures.merges and measures.teams and not measures.instead:
        return story
    word = measures.instead
    events = [
        replace(event, value=word.get(event.value, event.value)) if event.kind in WORDED else event
        for event in story.events
        if measures.closings or (event.kind, event.value) != (Kind.STAMP, "closed")
        if measures.merges or event.kind is not Kind.MERGED
    ]
    if not measures.teams:  # what happened still was a change of the ticket
        events = [replace(one, value="") if one.kind is Kind.TEAM else one for one in events]
    if "new" in word:  # what a ticket is until anything is said of it
        events.insert(1, Event(events[0].at, Kind.STATUS, Role.SYSTEM, word["new"]))
    channel = word.get(story.channel, story.channel)
    return replace(story, channel=channel, events=tuple(events))


def _look(one: Followed, poll: datetime, measures: Measures, promises: Promises) -> None:
    if one.story.events[0].at > poll:
        return
    shown = state(one.story, poll)
    if not shown.removed or (measures.removals and shown.removal not in measures.vanishing):
        one.shown = shown
    if one.shown is not None:
        look(one.seen, one.shown, measures)
        one.pending = not one.shown.removed and promises.settle(
            one.pledged, one.seen, one.shown, poll
        )
