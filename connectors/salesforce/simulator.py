"""One Salesforce org about a virtual desk: sessions, descriptions of objects, queries."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qs

import msgspec

from connectors.salesforce import simulated_records as records
from connectors.salesforce.simulated_org import Organization
from connectors.salesforce.simulated_soql import MOST, Asked, Refused, asked, shown
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.looking import ticket_page
from connectors.testing.server import SimRequest, SimResponse, Simulator

CLIENT = "3MVG9throwaway.consumer.key"
SECRET = "throw-away-salesforce-secret"
SESSION = "throw-away-salesforce-session"
DATA = "/services/data/v62.0"
LOOK = "/lightning/r/Case/"
ALLOWED = 15_000


class SalesforceSimulator(Simulator):
    """Answers like one org."""

    vendor: ClassVar[str] = "salesforce"

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        *,
        page_limit: int | None = None,
        without: Collection[str] = (),
        hidden: Collection[str] = (),
        binned: Mapping[int, datetime] | None = None,
        lasting: int | None = None,
        allowed: int | None = None,
        instance: str | None = None,
    ) -> None:
        """without: objects that the user may not see. hidden: fields, as in `Contract.MRR__c`.
        binned: agreements that were deleted, by number. lasting: requests after which a session is
        over. allowed: requests of a day, after which none is answered; None: all are. instance:
        where it says that the org is.
        """
        super().__init__(desk, clock, page_limit=page_limit)
        self._is = Organization(desk, without, hidden, binned or {})
        self._lasting, self._allowed, self._instance = lasting, allowed, instance
        self._sessions, self._asked, self._used = 0, 0, 0

    def settings(self, url: str) -> dict[str, object]:
        """The source that reads this org at `url`."""
        return {
            "vendor": self.vendor,
            "url": url,
            "client_id": CLIENT,
            "secret": SECRET,
            "statuses": records.WAITING,
            "origins": records.FOUND,
            "reasons": records.SAID,
            "properties": {
                "closed": "Last_Closed__c",
                "team": "Team__c",
                "first_response": "First_Response__c",
                "reopens": "Reopens__c",
                "external_id": "Customer_Number__c",
                "revenue": "MRR__c",
                "end": "Ended_At__c",
                "reason": "Churn_Reason__c",
                "plan": "Plan__c",
            },
        }

    def answer(self, request: SimRequest) -> SimResponse:
        """What Salesforce would answer now."""
        if request.path.startswith(LOOK):
            return self._looked_at(request.path.removeprefix(LOOK).partition("/")[0])
        if request.path == "/services/oauth2/token":
            return self._opened(request)
        if not self._is_signed(request):
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self._used += 1
        if self._allowed is not None and self._used > self._allowed:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._is.advance(self.clock.now())
        return self._answered(request)

    def _answered(self, request: SimRequest) -> SimResponse:
        what = request.path.removeprefix(f"{DATA}/")
        if request.method == "GET" and what in {"query", "queryAll"}:
            try:
                return self._found(request.query.get("q", ""), deleted=what == "queryAll")
            except Refused as refused:
                return _error(400, refused.code, str(refused))
        kind = what.removeprefix("sobjects/").removesuffix("/describe")
        if what == f"sobjects/{kind}/describe" and kind in self._is.tables:
            return self._json(_described(kind, self._is.tables[kind].fields))
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    def _found(self, text: str, *, deleted: bool) -> SimResponse:
        query = asked(text)
        table = self._is.tables.get(query.object)
        if table is None:
            raise Refused("INVALID_TYPE", f"sObject type '{query.object}' is not supported.")
        for name in sorted(query.names):
            self._refuse_unknown(name, query.object)
        rows = query.answer(table, deleted=deleted)
        if query.fields == ("COUNT()",):
            return self._json({"totalSize": len(rows), "done": True, "records": []})
        return self._json(self._page(query, [shown(row, query.fields, table.name) for row in rows]))

    def _page(self, query: Asked, rows: list[dict[str, object]]) -> dict[str, object]:
        most = min(self.page_limit or MOST, MOST)
        told: dict[str, object] = {"totalSize": len(rows), "done": len(rows) <= most}
        if len(rows) > most:
            told["nextRecordsUrl"] = f"{DATA}/query/01g{query.limit or 0:012d}AAA-{most}"
        return {**told, "records": rows[:most]}

    def _refuse_unknown(self, path: str, kind: str) -> None:
        name, _, behind = path.partition(".")
        known = self._is.tables[kind].fields
        if behind and "Account" not in self._is.tables:
            raise Refused(
                "INVALID_FIELD", f"Didn't understand relationship '{name}' in field path."
            )
        if name not in known:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on entity '{kind}'.")
        if behind:
            self._refuse_unknown(behind, name)

    def _opened(self, request: SimRequest) -> SimResponse:
        form = parse_qs(request.body.decode())
        signed = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if form.get("grant_type") != ["client_credentials"]:
            return _json({"error": "unsupported_grant_type", "error_description": "not this"}, 400)
        if request.headers.get("authorization") != f"Basic {signed}":
            said = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return _json(said, 400)
        self._sessions, self._asked = self._sessions + 1, 0
        host = self._instance or f"http://{request.headers['host']}"
        return _json(
            {
                "access_token": f"{SESSION}-{self._sessions}",
                "instance_url": host,
                "id": f"{host}/id/00D000000000001AAA/005000000000009AAA",
                "token_type": "Bearer",
                "scope": "api",
                "issued_at": str(int(self.clock.now().timestamp() * 1000)),
            }
        )

    def _is_signed(self, request: SimRequest) -> bool:
        given = request.headers.get("authorization")
        if given == f"Bearer {SESSION}":
            return True
        self._asked += 1
        is_over = self._lasting is not None and self._asked > self._lasting
        return not is_over and given == f"Bearer {SESSION}-{self._sessions}"

    def _looked_at(self, ticket: str) -> SimResponse:
        now = self.clock.now()
        for story in self.desk.stories(now):
            if records.key("500", story.id) == ticket:
                return ticket_page(story, now)
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    def _json(self, told: object) -> SimResponse:
        allowed = self._allowed or ALLOWED
        limits = {"Sforce-Limit-Info": f"api-usage={self._used % (allowed + 1)}/{allowed}"}
        return SimResponse(200, limits, msgspec.json.encode(told))


def _described(kind: str, fields: Collection[str]) -> dict[str, object]:
    told = [
        {
            "name": f"{name}Id" if name == "Account" else name,
            "label": name.removesuffix("__c").replace("_", " "),
            "type": "string",
            "custom": name.endswith("__c"),
            "relationshipName": name if name == "Account" else None,
        }
        for name in sorted(fields)
    ]
    return {"name": kind, "queryable": True, "fields": told}


def _json(told: object, status: int = 200) -> SimResponse:
    return SimResponse(status, body=msgspec.json.encode(told))


def _error(status: int, code: str, message: str) -> SimResponse:
    return _json([{"message": message, "errorCode": code}], status)
