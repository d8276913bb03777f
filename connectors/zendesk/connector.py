"""Zendesk Support, read through the cursor-based incremental export with its metric sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from requests.auth import HTTPBasicAuth

from connectors.contract import (
    Connector,
    ConnectorError,
    Fact,
    Fatal,
    Finding,
    Measures,
    Page,
    Settings,
    Told,
    Usage,
)
from connectors.http import ApiSession, Forbidden
from connectors.verdicts import clock, failed
from connectors.zendesk import mapping, wire
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.teams import Teams

TICKETS = "/api/v2/incremental/tickets/cursor.json"
ME = "/api/v2/users/me.json"

LAG = timedelta(seconds=60)
PAGE_CAP = 100_000
# So many live tickets, all without a metric set, are no coincidence any more.
ENOUGH = 20

REMEDY = (
    "Create an API token in Zendesk's Admin Center under Apps and integrations > APIs, for an "
    "agent who is an admin, and put the agent's address in `email` and the token in `api_token`."
)
NO_METRICS = (
    "metric sets: Zendesk sends tickets without them; responses, solves and reopens are not told"
)


class _Cursor(msgspec.Struct):
    """How far we have read: Zendesk's own cursor; empty before the first ticket."""

    after: str = ""


class ZendeskConnector(Connector[ZendeskSettings]):
    """Polls one Zendesk account."""

    vendor: ClassVar[str] = "zendesk"
    title: ClassVar[str] = "Zendesk Support"
    settings_type: ClassVar[type[Settings]] = ZendeskSettings

    def __init__(self, source: str, settings: ZendeskSettings) -> None:
        super().__init__(source, settings)
        self._api = ApiSession(
            source=source,
            base_url=settings.base_url,
            auth=HTTPBasicAuth(
                f"{settings.email}/token".encode(),
                settings.api_token.get_secret_value().encode(),
            ),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )

    def measures(self) -> Measures:
        """Everything, responses and first resolutions in whole minutes."""
        minutes = Told(60, "Zendesk's metric sets count whole minutes")
        coarse = {Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION}
        return Measures(
            told={fact: minutes if fact in coarse else Told() for fact in Fact},
            history="state",
            lag=LAG,
            notes=(
                "A messaging ticket tells its first reply in seconds, any other in minutes.",
                "A ticket marked as spam is told as deleted.",
                "Of several solves between two polls only the last tells its instant.",
            ),
        )

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Pages of tickets by (generated_timestamp, id) up to a minute ago."""
        after = self._after(cursor)
        teams = Teams(self._api)
        passed = {after}
        for _ in range(PAGE_CAP):
            # The answer is let go of before the page is handed over: it is megabytes.
            page, after = self._read(after, teams)
            if page.complete_to is None and after in passed:
                raise self._in_circles()
            passed.add(after)
            yield page
            if page.complete_to is not None:
                return
        raise Fatal(
            f"source '{self.source}': the export did not end within {PAGE_CAP} pages. Nothing is "
            "lost; check with Zendesk's support why `end_of_stream` never comes."
        )

    def check(self) -> list[Finding]:
        """Sign in, ask for one ticket and the groups, and compare the clocks."""
        try:
            me = self._api.get(ME, decode=wire.Me)
        except ConnectorError as error:
            return [failed(error, self.source)]
        if me.value.user.id is None:
            return [Finding("error", f"nobody is signed in. {REMEDY}")]
        return [
            Finding("ok", f"signed in to {self.settings.base_url}"),
            clock(me.at, self.settings.base_url),
            self._tickets(me.at, me.value.user.role),
            self._groups(),
        ]

    def usage(self) -> Usage:
        """What was spent since the last call."""
        return self._api.usage()

    def close(self) -> None:
        """Give back connections."""
        self._api.close()

    def _after(self, cursor: str | None) -> str:
        if cursor is None:
            return ""
        try:
            return msgspec.json.decode(cursor, type=_Cursor).after
        except msgspec.DecodeError:
            raise Fatal(
                f"source '{self.source}': the stored cursor is not one of Zendesk's. "
                "Import this source anew."
            ) from None

    def _question(self, after: str) -> dict[str, str | int]:
        begin: dict[str, str | int] = {"cursor": after} if after else {"start_time": 0}
        return {**begin, "per_page": self.settings.page_size, "include": "metric_sets"}

    def _read(self, after: str, teams: Teams) -> tuple[Page, str]:
        """The page after a cursor, and the cursor after the page."""
        reply = self._api.get(TICKETS, params=self._question(after), decode=wire.Export)
        export = reply.value
        ahead = export.after_cursor or after
        complete_to = reply.at - LAG if export.end_of_stream else None
        return self._page(export, teams, ahead, complete_to), ahead

    def _page(
        self, export: wire.Export, teams: Teams, after: str, complete_to: datetime | None
    ) -> Page:
        tickets, rejected = wire.TICKETS.read(export.tickets)
        beside, unread = wire.METRIC_SETS.read(export.metric_sets)
        sets = {metrics.ticket_id: metrics for metrics in beside}
        names = teams.naming({ticket.group_id for ticket in tickets})
        records, impossible = mapping.to_records(tickets, names, sets)
        return Page(
            records=records,
            cursor=msgspec.json.encode(_Cursor(after)).decode(),
            complete_to=complete_to,
            rejected=(*rejected, *unread, *impossible),
            gaps=(*teams.gaps, *_without_metrics(tickets, sets)),
        )

    def _in_circles(self) -> Fatal:
        return Fatal(
            f"source '{self.source}': Zendesk says that more tickets follow, but its cursor does "
            "not move on. Nothing is lost; if it stays so, ask Zendesk's support."
        )

    def _tickets(self, now: datetime, role: str | None) -> Finding:
        begin = int((now - timedelta(hours=1)).timestamp())
        params: dict[str, str | int] = {
            "start_time": begin,
            "per_page": 1,
            "include": "metric_sets",
        }
        try:
            self._api.get(TICKETS, params=params, decode=wire.Export)
        except Forbidden:
            return Finding(
                "error",
                "the export of tickets is open to admins only, and this user is "
                f"{role or 'something else'}. {REMEDY}",
            )
        except ConnectorError as error:
            return failed(error, self.source)
        return Finding("ok", "tickets with metric sets can be read")

    def _groups(self) -> Finding:
        try:
            gaps = Teams(self._api).gaps
        except ConnectorError as error:
            return failed(error, self.source)
        if gaps:
            return Finding("warning", f"{gaps[0]}. {REMEDY}")
        return Finding("ok", "groups can be read")


def _without_metrics(
    tickets: list[wire.Ticket], sets: dict[int | None, wire.MetricSet]
) -> tuple[str, ...]:
    if sets:
        return ()
    live = [ticket for ticket in tickets if ticket.status != "deleted"]
    missing = len(live) >= ENOUGH and all(ticket.metric_set is None for ticket in live)
    return (NO_METRICS,) if missing else ()
