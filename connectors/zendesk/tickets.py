"""The stream of tickets: the cursor-based incremental export with metric sets and organizations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from connectors.http import ApiSession
from connectors.zendesk import mapping, wire
from connectors.zendesk.cursor import Cursor
from connectors.zendesk.fields import CustomFields
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.stream import Part, Walk
from connectors.zendesk.teams import Teams

TICKETS = "/api/v2/incremental/tickets/cursor.json"
BESIDE = "metric_sets,organizations"
LAG = timedelta(seconds=60)
# So many live tickets, all without what belongs beside them, are no coincidence any more.
ENOUGH = 20
NO_METRICS = (
    "metric sets: Zendesk sends tickets without them; responses, solves, waits, replies, reopens "
    "and reassignments are not told"
)
NO_ORGANIZATIONS = (
    "organizations: Zendesk sends the tickets of organizations without them; whose tickets these "
    "are is not told"
)


class Tickets:
    """Every ticket by (generated_timestamp, id) up to a minute ago."""

    def __init__(self, api: ApiSession, settings: ZendeskSettings) -> None:
        self._api = api
        self._page_size = settings.page_size
        self._fields = CustomFields(settings)

    def parts(self, cursor: Cursor) -> Iterator[Part]:
        """The tickets that changed since `cursor`. Raises `ConnectorError`."""
        teams = Teams(self._api)
        walk = Walk(self._api.source, "the export of tickets", cursor.after)
        while True:
            # The answer is let go of before the part is handed over: it is megabytes.
            part = self._read(cursor, teams)
            cursor = part.cursor
            if part.complete_to is None:
                walk.on(cursor.after)
            yield part
            if part.complete_to is not None:
                return

    def _read(self, cursor: Cursor, teams: Teams) -> Part:
        reply = self._api.get(TICKETS, params=self._question(cursor), decode=wire.Export)
        export = reply.value
        ahead = msgspec.structs.replace(cursor, after=export.after_cursor or cursor.after)
        return self._part(export, teams, ahead, reply.at - LAG if export.end_of_stream else None)

    def _question(self, cursor: Cursor) -> dict[str, str | int]:
        after = cursor.after
        begin: dict[str, str | int] = {"cursor": after} if after else {"start_time": cursor.begin}
        return {**begin, "per_page": self._page_size, "include": BESIDE}

    def _part(
        self, export: wire.Export, teams: Teams, ahead: Cursor, complete_to: datetime | None
    ) -> Part:
        tickets, rejected = wire.TICKETS.read(export.tickets)
        beside, unread = wire.METRIC_SETS.read(export.metric_sets)
        sets = {metrics.ticket_id: metrics for metrics in beside}
        names = teams.naming({ticket.group_id for ticket in tickets})
        organizations, unknown = wire.ORGANIZATIONS.read(export.organizations)
        customers = mapping.to_customers(organizations)
        records, unclear = mapping.to_records(tickets, names, sets, self._fields, customers)
        gaps = [*teams.gaps, *_without_metrics(tickets, sets)]
        if not (organizations or unknown):
            gaps += _without_organizations(tickets)
        return Part(
            records=records,
            cursor=ahead,
            complete_to=complete_to,
            rejected=(*rejected, *unread, *unknown, *unclear),
            gaps=tuple(gaps),
        )


def _without_metrics(
    tickets: list[wire.Ticket], sets: dict[int | None, wire.MetricSet]
) -> tuple[str, ...]:
    if sets:
        return ()
    live = [ticket for ticket in tickets if ticket.status != "deleted"]
    missing = len(live) >= ENOUGH and all(ticket.metric_set is None for ticket in live)
    return (NO_METRICS,) if missing else ()


def _without_organizations(tickets: list[wire.Ticket]) -> tuple[str, ...]:
    named = sum(ticket.organization_id is not None for ticket in tickets)
    return (NO_ORGANIZATIONS,) if named >= ENOUGH else ()
