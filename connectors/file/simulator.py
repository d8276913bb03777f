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
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.fields.simulated import fields
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Story
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
    "deleted": "Deleted",
    "merged": "Merged",
    "spam": "Spam",
}
PRIORITIES = {"urgent": "P1", "high": "P2", "normal": "P3", "low": "P4"}
RATINGS: dict[object, str] = {1: "Good", 0: "Bad"}

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
                "status": {theirs: ours for ours, theirs in STATUSES.items()},
                "priority": {theirs: ours for ours, theirs in PRIORITIES.items()},
                "rating": {theirs: ours for ours, theirs in RATINGS.items()},
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

    def catch_up(self) -> None:
        """A desk that is exported as time passes."""
        self.export()

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
    told = fields(story, now, hours)
    words: dict[str, object] = {
        **told,
        "id": f"T-{story.id}",
        "status": STATUSES[str(told["status"])],
        "priority": PRIORITIES[str(told["priority"])],
        "channel": str(told["channel"]).title(),
        "assigned": f"Agent {story.id % 7}" if told["assigned"] else None,
        "offered": "Yes" if told["offered"] else "No",
        "rating": RATINGS.get(told["rating"]),
        "tags": " ".join(story.tags),
    }
    return [_cell(words[fact]) for fact in COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return "" if value is None else str(value)
