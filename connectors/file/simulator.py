"""A helpdesk's export button: the tickets of a virtual desk, written to a file as CSV.

A file asks nobody. So the button is what is served: whoever gets the address has the file written
anew, as the desk then stands, in one step that no reader sees half of. The first export is there
before anybody asks.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Event, Kind, Role, Story
from connectors.testing.hours import Hours
from connectors.testing.server import SimRequest, SimResponse, Simulator

NAME = "tickets.csv"

STATUSES = {
    "new": "Submitted",
    "open": "In progress",
    "pending": "Waiting for customer",
    "hold": "On hold",
    "solved": "Resolved",
    "closed": "Closed",
}
PRIORITIES = {"urgent": "P1", "high": "P2", "normal": "P3", "low": "P4"}
REMOVALS = {Kind.DELETED: "Deleted", Kind.MERGED: "Merged", Kind.SPAM: "Spam"}
WAITING = ("new", "open", "hold")
RATINGS = {"1": "Good", "0": "Bad"}

COLUMNS = {
    "id": "Ticket",
    "created": "Created",
    "changed": "Last change",
    "status": "State",
    "priority": "Priority",
    "channel": "Channel",
    "team": "Group",
    "assigned": "Agent",
    "first_response": "First reply",
    "first_solved": "First resolved",
    "solved": "Resolved",
    "closed": "Closed",
    "reopens": "Reopens",
    "reassignments": "Group changes",
    "replies": "Agent replies",
    "waited": "Customer waited (s)",
    "waited_business": "Customer waited in business hours (s)",
    "offered": "Survey sent",
    "rating": "Rating",
    "rating_at": "Rated",
    "recommendation": "Would recommend",
    "effort": "Effort",
    "language": "Language",
    "tags": "Tags",
}
# In every export of a real desk; deskpulse is told nothing of it.
SUBJECT, SUBJECTS = "Subject", "It does not work as it did"


class FileSimulator(Simulator):
    """One desk that is exported when asked."""

    vendor: ClassVar[str] = "file"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        folder: Path | None = None,
    ) -> None:
        """folder: where the export lies; None: a folder of its own that ends with the simulator."""
        super().__init__(desk, clock, page_limit=page_limit)
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="deskpulse-export-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / NAME

    def settings(self, url: str) -> dict[str, object]:  # noqa: ARG002 -- a file has no address
        """The source that reads the export, which is written now."""
        self.export()
        return {
            "vendor": self.vendor,
            "path": str(self.path),
            "columns": dict(COLUMNS),
            "values": {
                "status": {
                    **{theirs: ours for ours, theirs in STATUSES.items()},
                    **{theirs: kind.value for kind, theirs in REMOVALS.items()},
                },
                "priority": {theirs: ours for ours, theirs in PRIORITIES.items()},
                "rating": {theirs: int(ours) for ours, theirs in RATINGS.items()},
            },
            "rating_best": 1,
            "effort_best": 7,
            "complete_to": "modified",
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """Press the button: a GET of any path."""
        if request.method != "GET":
            return SimResponse(405, body=b'{"error":"get this address to export anew"}')
        told = {"written": str(self.path), "tickets": self.export()}
        return SimResponse(200, body=msgspec.json.encode(told))

    def export(self) -> int:
        """Write the file as the desk stands now, dated by the desk's clock; gives its tickets."""
        now = self.clock.now()
        stories = self.desk.stories(now)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([*COLUMNS.values(), SUBJECT])
        writer.writerows([*row(story, now, self.desk.hours), SUBJECTS] for story in stories)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(text.getvalue(), encoding="utf-8", newline="")
        os.utime(unfinished, (now.timestamp(), now.timestamp()))
        unfinished.replace(self.path)
        return len(stories)


def row(story: Story, now: datetime, hours: Hours | None) -> list[str]:
    """A ticket as it stands, in the order of `COLUMNS`; `hours` are those of the desk."""
    events = [event for event in story.events if event.at <= now]
    last = {event.kind: event.value for event in events}
    solved = [e.at for e in events if e.kind is Kind.STAMP and e.value == "solved"]
    closed = [e.at for e in events if e.kind is Kind.STAMP and e.value == "closed"]
    gone = next((word for kind, word in REMOVALS.items() if kind in last), "")
    status = last.get(Kind.STATUS, "new")
    replies = _replies(story, events)
    ends = solved[-1:] or closed[-1:]
    return [
        f"T-{story.id}",
        _time([story.created_at]),
        _time([events[-1].at]),
        gone or STATUSES[status],
        PRIORITIES[last.get(Kind.PRIORITY, "normal")],
        story.channel.title(),
        last.get(Kind.TEAM, ""),
        f"Agent {story.id % 7}" if last.get(Kind.ASSIGNED) else "",
        _time(replies[:1]),
        _time(solved[:1] or closed[:1]),
        _time(solved[-1:]),
        _time(closed[-1:]),
        str(sum(event.kind is Kind.REOPENED for event in events)),
        str(_moves(events)),
        str(len(replies)),
        *(_waited(story, events, ends[0], clock) if ends else "" for clock in (None, hours)),
        "Yes" if Kind.OFFERED in last else "No",
        *_rated(events),
        story.language,
        " ".join(story.tags),
    ]


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


def _waited(story: Story, events: Sequence[Event], end: datetime, hours: Hours | None) -> str:
    """Seconds up to `end` in which the ticket was not the customer's."""
    changes = [(story.created_at, "new")]
    changes += [(event.at, event.value) for event in events if event.kind is Kind.STATUS]
    changes.append((end, ""))
    total = timedelta(0)
    for (changed, status), (following, _) in pairwise(changes):
        begin, finish = max(changed, story.created_at), min(following, end)
        if status in WAITING and begin < finish:
            total += finish - begin if hours is None else hours.elapsed(begin, finish)
    return str(total // timedelta(seconds=1))


def _moves(events: Sequence[Event]) -> int:
    teams = [event.value for event in events if event.kind is Kind.TEAM]
    return sum(bool(one and other) and one != other for one, other in pairwise(teams))


def _rated(events: Sequence[Event]) -> Iterator[str]:
    """The last rating and when it was given, the last recommendation, the last effort."""
    last = {e.value.split()[0]: e for e in events if e.kind is Kind.RATED}
    scores = {survey: event.value.split()[1] for survey, event in last.items()}
    yield RATINGS.get(scores.get("satisfaction", ""), "")
    yield _time([last["satisfaction"].at]) if "satisfaction" in last else ""
    yield scores.get("recommendation", "")
    yield scores.get("effort", "")


def _time(moments: Sequence[datetime]) -> str:
    return f"{moments[0]:%Y-%m-%d %H:%M:%S}Z" if moments else ""
