"""A helpdesk's export button: the tickets of a virtual desk, its customers and what they pay for,
written to files as CSV.

A file asks nobody. So the button is what is served: whoever gets the address has the file written
anew, as the desk then stands, each in one step that no reader sees half of. The first is there
before anybody asks.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.fields.simulated import Fields, fields
from connectors.fields.simulated_customers import customer_fields, subscription_fields
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron, Story
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
    "customer": "Account",
    "domain": "Requester domain",
    "tags": "Tags",
}
OF_CUSTOMERS = {
    "id": "Company",
    "external_id": "Account",
    "domain": "Domains",
    "changed": "Last change",
    "recommendation": "Would recommend",
    "recommendation_at": "Asked",
}
OF_SUBSCRIPTIONS = {
    "id": "Subscription",
    "customer": "Company",
    "started": "Paid since",
    "ended": "Ended",
    "amount": "Amount",
    "discount": "Discount",
    "currency": "Currency",
    "interval": "Billed",
    "plan": "Plan",
    "status": "State",
    "ending": "Cancels at period end",
    "past_due": "Overdue",
    "reason": "Reason",
    "changed": "Last change",
}
STANDINGS = {"trial": "Trialing", "active": "Subscribed", "ended": "Cancelled"}
REASONS = {"price": "Too expensive", "closed": "Out of business"}
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
        self.customers = folder / "customers.csv"
        self.subscriptions = folder / "subscriptions.csv"

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
            "customers": {"path": str(self.customers), "columns": dict(OF_CUSTOMERS)},
            "subscriptions": {
                "path": str(self.subscriptions),
                "columns": dict(OF_SUBSCRIPTIONS),
                "decimal": ".",
                "values": {
                    "status": {theirs: ours for ours, theirs in STANDINGS.items()},
                    "reason": {theirs: ours for ours, theirs in REASONS.items()},
                },
            },
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
        """Write the files as the desk stands now, dated by the desk's clock; gives its tickets."""
        now = self.clock.now()
        stories, patrons = self.desk.stories(now), self.desk.customers(now)
        known = {patron.id: patron for patron in patrons}
        asked = (row(story, now, self.desk.hours, known.get(story.customer)) for story in stories)
        told = (customer_row(one) for patron in patrons for one in customer_fields(patron, now))
        paid = (
            subscription_row(one) for patron in patrons for one in subscription_fields(patron, now)
        )
        self._write(self.customers, now, list(OF_CUSTOMERS.values()), told)
        self._write(self.subscriptions, now, list(OF_SUBSCRIPTIONS.values()), paid)
        self._write(self.path, now, [*COLUMNS.values(), SUBJECT], asked)
        return len(stories)

    def _write(
        self, path: Path, now: datetime, header: Sequence[str], rows: Iterable[Sequence[str]]
    ) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(text.getvalue(), encoding="utf-8", newline="")
        os.utime(unfinished, (now.timestamp(), now.timestamp()))
        unfinished.replace(path)


def row(
    story: Story, now: datetime, hours: Hours | None, customer: Patron | None = None
) -> list[str]:
    """A ticket as it stands, in the order of `COLUMNS`, with its subject; `hours` are those of the
    desk."""
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
        "customer": customer.external_id if customer else None,
        "domain": customer.domains[0] if customer and customer.domains else None,
        "tags": " ".join(story.tags),
    }
    return [*_cells(words, COLUMNS), SUBJECTS]


def customer_row(told: Fields) -> list[str]:
    """A customer in the order of `OF_CUSTOMERS`."""
    known = told["domain"]
    domains = "; ".join(known) if isinstance(known, tuple) else None
    words = {**told, "id": f"C-{told['id']}", "domain": domains}
    return _cells(words, OF_CUSTOMERS)


def subscription_row(told: Fields) -> list[str]:
    """A subscription in the order of `OF_SUBSCRIPTIONS`."""
    words = {
        **told,
        "id": f"S-{told['id']}",
        "customer": f"C-{told['customer']}",
        "interval": _interval(told["interval"]),
        "status": STANDINGS[str(told["status"])],
        "ending": "Yes" if told["ending"] else "No",
        "past_due": "Yes" if told["past_due"] else "No",
        "reason": REASONS.get(str(told["reason"]), told["reason"]),
    }
    return _cells(words, OF_SUBSCRIPTIONS)


def _interval(told: object) -> str:
    """As "Quarterly", "Yearly" or "2 weeks"."""
    name, count = told if isinstance(told, tuple) else ("month", 1)
    if (name, count) == ("month", 3):
        return "Quarterly"
    return f"{name}ly".title() if count == 1 else f"{count} {name}s"


def _cells(told: Mapping[str, object], columns: Iterable[str]) -> list[str]:
    return [_cell(told[fact]) for fact in columns]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return "" if value is None else str(value)
