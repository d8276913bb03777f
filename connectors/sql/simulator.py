"""A helpdesk's and a billing system's database: the virtual desk in a SQLite file.

A database is asked where it lies. So what is served is the button that has it written anew, as the
desk then stands, in one step that no reader sees half of.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.fields.simulated import Fields, fields
from connectors.fields.simulated_customers import customer_fields, subscription_fields
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Patron, Story
from connectors.testing.server import SimRequest, SimResponse, Simulator

NAME = "desk.db"
SINCE = "SELECT * FROM {table} WHERE changed_on >= :cursor ORDER BY changed_on, id"

# By fact the column of each table.
TICKETS = {
    "id": "id",
    "created": "opened_on",
    "changed": "changed_on",
    "status": "state",
    "priority": "severity",
    "channel": "came_by",
    "team": "team",
    "assigned": "agent",
    "first_response": "answered_on",
    "first_solved": "first_solved_on",
    "solved": "solved_on",
    "closed": "closed_on",
    "reopens": "reopens",
    "reassignments": "moves",
    "replies": "replies",
    "waited": "waited",
    "waited_business": "waited_business",
    "offered": "asked",
    "rating": "rating",
    "rating_at": "rated_on",
    "recommendation": "recommends",
    "effort": "effort",
    "language": "language",
    "customer": "account",
    "domain": "domain",
    "tags": "tags",
}
CUSTOMERS = {
    "id": "id",
    "external_id": "account",
    "domain": "domains",
    "changed": "changed_on",
    "recommendation": "recommends",
    "recommendation_at": "recommended_on",
}
SUBSCRIPTIONS = {
    "id": "id",
    "customer": "customer_id",
    "started": "paid_since",
    "ended": "ended_on",
    "amount": "cents",
    "discount": "percent_off",
    "currency": "currency",
    "interval": "billed",
    "plan": "plan",
    "status": "state",
    "ending": "is_cancelled",
    "past_due": "is_overdue",
    "reason": "reason",
    "changed": "changed_on",
}
TABLES = {"tickets": TICKETS, "customers": CUSTOMERS, "subscriptions": SUBSCRIPTIONS}
SEVERITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
WHOLE = ("JPY",)  # currencies without cents


class SqlSimulator(Simulator):
    """One desk that is written when asked."""

    vendor: ClassVar[str] = "sql"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        folder: Path | None = None,
    ) -> None:
        """folder: where the database lies; None: a folder of its own that ends with the
        simulator."""
        super().__init__(desk, clock, page_limit=page_limit)
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="deskpulse-database-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / NAME

    def settings(self, url: str) -> dict[str, object]:  # noqa: ARG002 -- a file has no address
        """The source that asks the database, which is written now."""
        self.export()
        asked = {
            table: {
                "query": SINCE.format(table=table),
                "cursor": "changed_on",
                "columns": dict(columns),
            }
            for table, columns in TABLES.items()
        }
        severities = {str(theirs): ours for ours, theirs in SEVERITIES.items()}
        asked["tickets"]["values"] = {"priority": severities}
        asked["subscriptions"]["amounts_in"] = "minor"
        return {
            "vendor": self.vendor,
            "url": f"sqlite:///{self.path}",
            **asked,
            "zone": "UTC",
            "clock": "SELECT now FROM clock",
            "lag": "0s",
            "rating_best": 1,
            "effort_best": 7,
            "page_size": self.page_limit or 10_000,
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """Press the button: a GET of any path."""
        if request.method != "GET":
            return SimResponse(405, body=b'{"error":"get this address to write anew"}')
        told = {"written": str(self.path), "tickets": self.export()}
        return SimResponse(200, body=msgspec.json.encode(told))

    def catch_up(self) -> None:
        """A desk that is written as time passes."""
        self.export()

    def export(self) -> int:
        """Write the database as the desk stands now; gives its tickets."""
        now = self.clock.now()
        stories, patrons = self.desk.stories(now), self.desk.customers(now)
        unfinished = self.path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("CREATE TABLE clock (now TEXT)")
            connection.execute("INSERT INTO clock VALUES (?)", [_cell(now)])
            _fill(connection, "customers", _customers(patrons, now))
            _fill(connection, "subscriptions", _subscriptions(patrons, now))
            _fill(connection, "tickets", self._tickets(stories, patrons, now))
            connection.commit()
        unfinished.replace(self.path)
        return len(stories)

    def _tickets(
        self, stories: Iterable[Story], patrons: Iterable[Patron], now: datetime
    ) -> Iterator[Fields]:
        known = {patron.id: patron for patron in patrons}
        for story in stories:
            told, asker = fields(story, now, self.desk.hours), known.get(story.customer)
            yield {
                **told,
                "id": story.id,
                "priority": SEVERITIES[str(told["priority"])],
                "assigned": story.id % 7 + 1 if told["assigned"] else None,
                "customer": asker.external_id if asker else None,
                "domain": asker.domains[0] if asker and asker.domains else None,
            }


def _customers(patrons: Iterable[Patron], now: datetime) -> Iterator[Fields]:
    return (told for patron in patrons for told in customer_fields(patron, now))


def _subscriptions(patrons: Iterable[Patron], now: datetime) -> Iterator[Fields]:
    for told in (one for patron in patrons for one in subscription_fields(patron, now)):
        name, count = told["interval"] if isinstance(told["interval"], tuple) else ("month", 1)
        parts = 1 if told["currency"] in WHOLE else 100
        cents = int(Decimal(str(told["amount"])) * parts)
        yield {**told, "interval": f"{count} {name}", "amount": cents}


def _fill(connection: sqlite3.Connection, table: str, rows: Iterable[Fields]) -> None:
    columns = TABLES[table]
    connection.execute(f"CREATE TABLE {table} ({', '.join(columns.values())})")
    connection.execute(f"CREATE INDEX {table}_changed ON {table} (changed_on)")
    places = ", ".join("?" for _ in columns)
    values = ([_cell(told[fact]) for fact in columns] for told in rows)
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", values)  # noqa: S608 -- a name of ours


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return " ".join(map(str, value)) if isinstance(value, tuple) else value
