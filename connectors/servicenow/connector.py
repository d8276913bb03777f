"""ServiceNow: the incident table and the audit of deletions, polled over the Table API."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import msgspec

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import (
    Fact,
    Figure,
    Finding,
    Measured,
    Measures,
    Page,
    Reason,
    Settings,
    Told,
)
from connectors.customers import Record
from connectors.http import ApiSession, Forbidden
from connectors.measures import SURVEYS
from connectors.servicenow import figures
from connectors.servicenow.keyset import LAG, Leg, Position, Table, Walk
from connectors.servicenow.mapping import CANCELED, STATES, customer, record, removed
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.wire import Deletion, Incident, incident, text_of
from connectors.verdicts import clock

log = logging.getLogger(__name__)

LOOK = 100  # rows that `check` looks at

NO_DELETIONS = (
    "deletions: deskpulse's account may not read the table sys_audit_delete, so that a deleted "
    "incident goes on counting as it last stood. Grant read access to that table."
)
NO_JOURNAL = "an incident does not tell it, and the log of all notes with their texts is not read"
NO_WAIT = "an incident tells how long it took, and not how much of that it waited for its caller"
NO_SURVEY = "surveys are tables apart that every instance designs for itself, and are not read"
NO_COLUMN = "`customer_column` and `domain_column` of this source are off"
UNTOLD = {
    Fact.FIRST_RESPONSE: NO_JOURNAL,
    Fact.AWAITING_FIRST_RESPONSE: "follows from first response",
    Fact.NEXT_RESPONSE: NO_JOURNAL,
    Fact.AWAITING_REPLY: "follows from next response",
    Fact.REPLIES: NO_JOURNAL,
    Fact.REQUESTER_WAIT: NO_WAIT,
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "an incident has no language; its caller's is not read, for that is a person's",
}
NOTES = (
    "A solve is resolved_at, else closed_at once the incident is closed; never sys_updated_on.",
    "The first solve is told while reopen_count is 0; a reopen replaces resolved_at.",
    "A reassignment is a change of group by reassignment_count; a change of person is none.",
    "A canceled incident counts as removed: merged where it has a parent incident, else spam.",
    "On Hold is pending while it awaits the caller, else hold. Custom states count as open.",
    "A company that gets another id or address is known by it on incidents that change later.",
)


class Cursor(msgspec.Struct, frozen=True):
    """Where the next poll begins in each of the two tables."""

    incidents: Position | None
    deletions: Position | None


class ServiceNowConnector(ApiConnector[ServiceNowSettings]):
    """Incidents by time of change, then deletions since; a poll of a quiet desk is two requests."""

    vendor: ClassVar[str] = "servicenow"
    title: ClassVar[str] = "ServiceNow"
    settings_type: ClassVar[type[Settings]] = ServiceNowSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"documentkey"})

    def __init__(self, source: str, settings: ServiceNowSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.address,
            auth=(settings.username, settings.password.get_secret_value()),
            credentials_remedy=(
                f"Set username and password of source '{source}' to those of a ServiceNow account "
                "with the role sn_incident_read."
            ),
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)
        self._noted: set[str] = set()
        rows = incident(settings.customer_column, settings.domain_column)
        incidents = Table(settings.table, "sys_updated_on", rows, self._record)
        deletions = Table(
            "sys_audit_delete", "sys_created_on", Deletion, removed, ("tablename", settings.table)
        )
        self._incidents = Walk(self._api, incidents, settings.page_size)
        self._deletions = Walk(self._api, deletions, settings.page_size)

    def measures(self) -> Measures:
        """What incidents tell; of the talk with the customer they tell nothing."""
        resolved = Told(note="resolved_at, else closed_at of a closed incident")
        asked = self.settings.customer_column, self.settings.domain_column
        columns = [column for column in asked if column is not None]
        return Measures(
            told={
                Fact.CREATED: Told(note="opened_at"),
                Fact.FIRST_RESOLUTION: resolved,
                Fact.SOLVED: resolved,
                Fact.REOPENED: Told(note="reopen_count"),
                Fact.REASSIGNED: Told(note="reassignment_count"),
                Fact.OPEN: Told(),
                Fact.UNASSIGNED: Told(note="assigned_to is empty"),
                **({Fact.CUSTOMER: Told(note=" and ".join(columns))} if columns else {}),
            },
            untold=UNTOLD if columns else {**UNTOLD, Fact.CUSTOMER: NO_COLUMN},
            history="state",
            first_solve_survives_reopening=False,
            notes=NOTES,
        )

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Incidents, then deletions. Raises `ConnectorError`."""
        done = _cursor(self.source, cursor)
        complete_to: datetime | None = None
        for leg in self._incidents.legs(done.incidents):
            # Told up to here: what is committed within this very second may come a poll later,
            # for the next one reads the last seconds again.
            complete_to = complete_to or leg.at
            # Whatever was deleted before a first import began is not in what it reads.
            since = done.deletions or Position(complete_to - LAG)
            done = Cursor(leg.position, since)
            yield _page(leg, done, total=leg.total)
        try:
            for leg in self._deletions.legs(done.deletions):
                done = Cursor(done.incidents, leg.position)
                yield _page(leg, done, complete_to=complete_to if leg.last else None)
        except Forbidden:
            yield Page((), _text(done), complete_to=complete_to, gaps=(NO_DELETIONS,))

    def from_start(self, cursor: str | None) -> str | None:
        """Every incident again; deletions go on, for a first import reads none of them."""
        if cursor is None:
            return None
        return _text(Cursor(None, _cursor(self.source, cursor).deletions))

    def since(self, at: datetime) -> str:
        """Incidents and deletions from that second on."""
        begin = Position(at.replace(microsecond=0))
        return _text(Cursor(begin, begin))

    def look(self) -> Iterator[Finding]:
        """Credentials, access to rows and fields, time zone, clock, deletions."""
        yield from self._look_at_incidents()
        yield self._look_at_deletions()

    def ticket_url(self, ticket: str) -> str:
        """The incident's form within the instance's own frame; `ticket` is its sys_id."""
        form = f"{self.settings.table}.do?sys_id={quote(ticket, safe='')}"
        return f"{self.settings.address}/nav_to.do?uri={quote(form, safe='')}"

    def figures(self, since: datetime, until: datetime) -> list[Figure]:
        """The counts of the Aggregate API."""
        return figures.figures(self._api, self.settings.table, since, until)

    def measured(self, since: datetime) -> Iterator[Measured]:
        """How long incidents changed since then took to be resolved, by their own fields."""
        size = self.settings.page_size
        return figures.measured(self._api, self.settings.table, since, size)

    def _record(self, row: Incident) -> Record:
        if row.state not in STATES and row.state != CANCELED and row.state not in self._noted:
            self._noted.add(row.state)
            log.warning(
                "source '%s': incidents in the state '%s', which ServiceNow does not deliver, "
                "count as open.",
                self.source,
                row.state,
            )
        return record(row)

    def _look_at_incidents(self) -> Iterator[Finding]:
        reply, read = self._incidents.rows("ORDERBYDESCsys_updated_on", LOOK)
        rows = [row for _, row in read]
        yield Finding("ok", f"signed in to {self.settings.address}")
        yield _visible(self.settings.table, len(reply.value.result), reply.headers)
        yield clock(reply.at, self.settings.address)
        hidden = [name for name in ("opened_at", "state", "priority") if _all_empty(rows, name)]
        if hidden:
            yield Finding(
                "warning",
                f"{', '.join(hidden)}: empty in every incident; grant the account read access to "
                "these fields (field access rules empty them in silence).",
            )
        if read:
            yield self._check_zone(read[0][0])
            asked = sum(customer(row) is not None for row in rows)
            yield Finding("ok", f"{asked} of the newest {len(rows)} incidents tell who asked")

    def _check_zone(self, key: Position) -> Finding:
        at = text_of(key.at)
        this = f"sys_id={key.id}"
        _, found = self._incidents.rows(f"sys_updated_on>={at}^sys_updated_on<={at}^{this}", 1)
        _, now = self._incidents.rows(this, 1)
        if not found and any(still == key for still, _ in now):
            return Finding(
                "error",
                "times in queries are not read as UTC; set the time zone of deskpulse's account "
                "in ServiceNow to GMT.",
                Reason.CONFIGURATION,
            )
        return Finding("ok", "times in queries are read as UTC")

    def _look_at_deletions(self) -> Finding:
        try:
            query = f"tablename={self.settings.table}^ORDERBYDESCsys_created_on"
            self._deletions.rows(query, 1)
        except Forbidden:
            return Finding("warning", NO_DELETIONS)
        return Finding("ok", "deletions can be read")


def _visible(table: str, seen: int, headers: Mapping[str, str]) -> Finding:
    total = headers.get("X-Total-Count", str(seen))
    if seen:
        return Finding("ok", f"{table}: {total} records, of which the newest can be read")
    if total != "0":
        return Finding(
            "error",
            f"{table}: ServiceNow counts {total} records and shows none of the newest. Give the "
            "account the role sn_incident_read, or adapt the table's read access rules.",
            Reason.CREDENTIALS,
        )
    return Finding(
        "warning",
        f"{table}: no record is visible. If there are any, give the account the role "
        "sn_incident_read: without it an account sees only its own.",
    )


def _all_empty(rows: list[Incident], name: str) -> bool:
    return bool(rows) and not any(getattr(row, name) for row in rows)


def _page(
    leg: Leg, done: Cursor, *, complete_to: datetime | None = None, total: int | None = None
) -> Page:
    return Page(leg.records, _text(done), complete_to, leg.rejected, total=total)


def _text(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _cursor(source: str, text: str | None) -> Cursor:
    if text is None:
        return Cursor(None, None)
    return cursors.stored(text, Cursor, f"source '{source}'")
