"""A ServiceNow instance on loopback: the Table API over a virtual desk.

It knows `incident`, `sys_audit_delete` and `sys_user_group`, encoded queries, dot-walked fields,
and paging with its Link header. Values are those of the database (`sysparm_display_value=false`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

import msgspec

from connectors.servicenow.encoded import Query, Table, Term, Values, parse
from connectors.servicenow.simulated_incident import (
    CUSTOMER_NUMBER,
    FORMAT,
    WEBSITE,
    deletion,
    incident,
    sys_id,
)
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk, Kind, Patron, Story
from connectors.testing.server import SimRequest, SimResponse, Simulator

USERNAME = "deskpulse"
PASSWORD = "throw-away-servicenow"
TABLES = "/api/now/table/"
STATS = "/api/now/stats/"
MOST_ROWS = 10_000

REFERENCES = {
    "assignment_group": "sys_user_group",
    "assigned_to": "sys_user",
    "parent_incident": "incident",
    "company": "core_company",
}

COLUMNS = frozenset(
    {
        *("sys_id", "number", "opened_at", "sys_created_on", "sys_updated_on", "sys_mod_count"),
        *("state", "hold_reason", "priority", "contact_type", "assignment_group"),
        *("assignment_group.name", "assigned_to", "parent_incident", "resolved_at", "closed_at"),
        *("reopen_count", "reassignment_count", "category", "subcategory"),
        *("company", CUSTOMER_NUMBER, WEBSITE),
        *("calendar_stc", "business_stc"),
        *("tablename", "documentkey", "name"),
    }
)


class ServiceNowSimulator(Simulator):
    """One desk as a ServiceNow instance."""

    vendor: ClassVar[str] = "servicenow"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        forbid_deletes: bool = False,
        hidden: Callable[[str], bool] | None = None,
        account_ahead: timedelta = timedelta(0),
    ) -> None:
        """forbid_deletes: 403 for sys_audit_delete. hidden: by its number, whether access rules
        take an incident out of the page that it was cut into. account_ahead: how far the clock of
        the account's time zone, in which times in queries are read, is ahead of UTC."""
        super().__init__(desk, clock, page_limit=page_limit)
        self._forbid_deletes = forbid_deletes
        self._hidden = hidden or (lambda _number: False)
        self._ahead = account_ahead
        self._seen: datetime | None = None
        self._told: dict[int, Values] = {}
        self._deleted: dict[int, Values] = {}
        self._tables = {
            "incident": Table("sys_updated_on"),
            "sys_audit_delete": Table("sys_created_on"),
            "sys_user_group": Table("sys_id"),
        }
        groups = [{"sys_id": sys_id("group", name), "name": name} for name in desk.teams]
        self._tables["sys_user_group"].fill(groups)

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this instance at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "username": USERNAME,
            "password": PASSWORD,
            "customer_column": CUSTOMER_NUMBER,
        }

    def understands(self, column: str) -> bool:
        """Whether queries may name the column."""
        return column in COLUMNS

    def answer(self, request: SimRequest) -> SimResponse:
        """A GET on a table; everything else is an error in the vendor's form."""
        if request.headers.get("authorization") != _basic(USERNAME, PASSWORD):
            return _error(401, "User Not Authenticated", "Required to provide Auth information")
        name = request.path.removeprefix(TABLES).removeprefix(STATS)
        if request.path == name or "/" in name:
            return _error(400, "Requested URI does not represent any resource")
        if request.method != "GET":
            return _error(405, "Method not supported")
        if name not in self._tables:
            return _error(400, f"Invalid table {name}")
        if name == "sys_audit_delete" and self._forbid_deletes:
            return _error(403, "Insufficient rights to query records", "Failed ACL validation")
        self._advance(self.clock.now())
        told = self._counted if request.path.startswith(STATS) else self._listed
        return told(self._tables[name], request)

    def _query(self, request: SimRequest) -> Query:
        query = parse(request.query.get("sysparm_query", ""), self.understands)
        for clause in query.clauses:
            clause[:] = [[self._in_utc(term) for term in group] for group in clause]
        return query

    def _counted(self, table: Table, request: SimRequest) -> SimResponse:
        """The Aggregate API, as far as it counts."""
        counts = request.query.get("sysparm_count") == "true"
        stats = {"count": str(len(table.select(self._query(request))))} if counts else {}
        return SimResponse(200, body=msgspec.json.encode({"result": {"stats": stats}}))

    def _listed(self, table: Table, request: SimRequest) -> SimResponse:
        asked = request.query
        query = self._query(request)
        limit = min(_number(asked, "sysparm_limit", MOST_ROWS), self.page_limit or MOST_ROWS)
        offset = _number(asked, "sysparm_offset", 0)
        found = table.select(query)
        page = [row for row in found[offset : offset + limit] if not self._is_hidden(row)]
        headers = {"X-Total-Count": str(len(found))}
        if links := _links(request, len(found), limit, offset):
            headers["Link"] = links
        body = msgspec.json.encode({"result": [_shown(row, asked) for row in page]})
        return SimResponse(200, headers, body)

    def _is_hidden(self, row: Values) -> bool:
        return "number" in row and self._hidden(row["number"])

    def _in_utc(self, term: Term) -> Term:
        if not (self._ahead and term.value) or not term.column.endswith(("_on", "_at")):
            return term
        at = datetime.strptime(term.value, FORMAT) - self._ahead  # noqa: DTZ007
        return Term(term.column, term.operator, at.strftime(FORMAT))

    def _advance(self, now: datetime) -> None:
        """Bring the tables to the desk's present; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._told.clear()
            self._deleted.clear()
            changed = list(self.desk.stories(now))
        else:
            changed = [story for _, story in self.desk.touched(self._seen, now)]
        customers = {one.id: one for one in self.desk.customers(now)}
        for story in changed:
            self._tell(story, now, customers.get(story.customer))
        self._seen = now
        if changed:
            self._tables["incident"].fill(list(self._told.values()))
            self._tables["sys_audit_delete"].fill(list(self._deleted.values()))

    def _tell(self, story: Story, now: datetime, customer: Patron | None) -> None:
        events = [event for event in story.events if event.at <= now]
        gone = next((event for event in events if event.kind is Kind.DELETED), None)
        if gone is None:
            self._told[story.id] = incident(story, events, self.desk.hours, customer)
        else:
            self._told.pop(story.id, None)
            self._deleted[story.id] = deletion(story, gone)


def _shown(row: Values, asked: Mapping[str, str]) -> dict[str, object]:
    """The fields that were asked for; references with their link unless that was declined."""
    names = asked["sysparm_fields"].split(",") if "sysparm_fields" in asked else list(row)
    shown: dict[str, object] = {name: row[name] for name in names if name in row}
    if asked.get("sysparm_exclude_reference_link") != "true":
        for name, table in REFERENCES.items():
            if shown.get(name):
                shown[name] = {"link": f"{TABLES}{table}/{row[name]}", "value": row[name]}
    return shown


def _links(request: SimRequest, total: int, limit: int, offset: int) -> str:
    """The Link header; none where everything is on one page."""
    if total <= limit and not offset:
        return ""
    last = (total - 1) // limit * limit if total else 0
    offsets = {"first": 0, "prev": offset - limit, "next": offset + limit, "last": last}
    here = f"http://{request.headers.get('host', 'localhost')}{request.path}"
    return ",".join(
        f'<{here}?{urlencode({**request.query, "sysparm_offset": there})}>;rel="{rel}"'
        for rel, there in offsets.items()
        if 0 <= there < total
    )


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    told = asked.get(name, "")
    return int(told) if told.isdecimal() else default


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _error(status: int, message: str, detail: str | None = None) -> SimResponse:
    told = {"error": {"message": message, "detail": detail}, "status": "failure"}
    headers = {"WWW-Authenticate": 'Basic realm="Service-now"'} if status == 401 else {}
    return SimResponse(status, headers, msgspec.json.encode(told))
