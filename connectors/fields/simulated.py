"""A ticket of the virtual desk by its facts, as a helpdesk would show them in the fields of one
record. For simulators, which put them into words of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.hours import Hours

GONE = (Kind.DELETED, Kind.MERGED, Kind.SPAM)
WAITING = ("new", "open", "hold")

Fields = dict[str, object]
"""By fact: a `datetime`, a number, a word of the desk, a tuple of tags; None where there is none.
`status` is a word of `GONE` for a ticket that is removed. `assigned` and `offered` are truths."""


def fields(story: Story, now: datetime, hours: Hours | None) -> Fields:
    """A ticket as it stands now; `hours` are those of the desk."""
    events = [event for event in story.events if event.at <= now]
    last = {event.kind: event.value for event in events}
    solved = [e.at for e in events if e.kind is Kind.STAMP and e.value == "solved"]
    closed = [e.at for e in events if e.kind is Kind.STAMP and e.value == "closed"]
    gone = next((kind.value for kind in GONE if kind in last), None)
    replies = _replies(story, events)
    ends = solved[-1:] or closed[-1:]
    return {
        "created": story.created_at,
        "changed": events[-1].at,
        "status": gone or last.get(Kind.STATUS, "new"),
        "priority": last.get(Kind.PRIORITY, "normal"),
        "channel": story.channel,
        "team": last.get(Kind.TEAM) or None,
        "assigned": bool(last.get(Kind.ASSIGNED)),
        "first_response": _at(replies[:1]),
        "first_solved": _at(solved[:1] or closed[:1]),
        "solved": _at(solved[-1:]),
        "closed": _at(closed[-1:]),
        "reopens": sum(event.kind is Kind.REOPENED for event in events),
        "reassignments": _moves(events),
        "replies": len(replies),
        "waited": _waited(story, events, ends[0], None) if ends else None,
        "waited_business": _waited(story, events, ends[0], hours) if ends else None,
        "offered": Kind.OFFERED in last,
        **dict(_rated(events)),
        "language": story.language or None,
        "tags": story.tags,
    }


def _replies(story: Story, events: Sequence[Event]) -> list[datetime]:
    """When agents replied to the customer in public; in a chat, when each run of replies began."""
    said = [e for e in events if e.kind is Kind.COMMENT and e.public and e.value != "merged"]
    if said and said[0].at == events[0].at and said[0].role is story.opened_by:
        said = said[1:]
    found: list[datetime] = []
    before = Role.CUSTOMER
    for event in said:
        if event.role is Role.AGENT and not (story.channel == "chat" and before is Role.AGENT):
            found.append(event.at)
        if event.role in (Role.AGENT, Role.CUSTOMER):
            before = event.role
    return found


def _waited(story: Story, events: Sequence[Event], end: datetime, hours: Hours | None) -> int:
    """Seconds up to `end` in which the ticket was not the customer's."""
    changes = [(story.created_at, "new")]
    changes += [(event.at, event.value) for event in events if event.kind is Kind.STATUS]
    changes.append((end, ""))
    total = timedelta(0)
    for (changed, status), (following, _) in pairwise(changes):
        begin, finish = max(changed, story.created_at), min(following, end)
        if status in WAITING and begin < finish:
            total += finish - begin if hours is None else hours.elapsed(begin, finish)
    return total // timedelta(seconds=1)


def _moves(events: Sequence[Event]) -> int:
    teams = [event.value for event in events if event.kind is Kind.TEAM]
    return sum(bool(one and other) and one != other for one, other in pairwise(teams))


def _rated(events: Sequence[Event]) -> Iterator[tuple[str, object]]:
    """The last rating and when it was given, the last recommendation, the last effort."""
    last = {e.value.split()[0]: e for e in events if e.kind is Kind.RATED}
    scores = {survey: int(event.value.split()[1]) for survey, event in last.items()}
    yield "rating", scores.get("satisfaction")
    yield "rating_at", last["satisfaction"].at if "satisfaction" in last else None
    yield "recommendation", scores.get("recommendation")
    yield "effort", scores.get("effort")


def _at(moments: Sequence[datetime]) -> datetime | None:
    return moments[0] if moments else None
