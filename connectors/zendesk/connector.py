"""Zendesk Support, read stream by stream: tickets, metric events, satisfaction ratings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

import msgspec
from requests.auth import HTTPBasicAuth

from connectors.api import ApiConnector
from connectors.contract import (
    ConfigurationError,
    ConnectorError,
    Figure,
    Finding,
    Measured,
    Measures,
    Page,
    Reason,
    Settings,
)
from connectors.http import ApiSession, Forbidden
from connectors.verdicts import clock, failed
from connectors.webhooks import SCHEMES, Scheme
from connectors.zendesk import figures, wire
from connectors.zendesk.cursor import Cursor, stored
from connectors.zendesk.events import EVENTS, NO_EVENTS, MetricEvents
from connectors.zendesk.measures import measures
from connectors.zendesk.ratings import NO_RATINGS, RATINGS, Ratings
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.stream import is_absent
from connectors.zendesk.teams import Teams
from connectors.zendesk.tickets import BESIDE, TICKETS, Tickets

ME = "/api/v2/users/me.json"
REMEDY = (
    "Create an API token in Zendesk's Admin Center under Apps and integrations > APIs, for an "
    "agent who is an admin, and put the agent's address in `email` and the token in `api_token`."
)


class ZendeskConnector(ApiConnector[ZendeskSettings]):
    """Polls one Zendesk account."""

    vendor: ClassVar[str] = "zendesk"
    title: ClassVar[str] = "Zendesk Support"
    settings_type: ClassVar[type[Settings]] = ZendeskSettings
    webhooks: ClassVar[Scheme] = SCHEMES["zendesk"]

    def __init__(self, source: str, settings: ZendeskSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.base_url,
            auth=HTTPBasicAuth(
                f"{settings.email}/token".encode(),
                settings.api_token.get_secret_value().encode(),
            ),
            credentials_remedy=REMEDY,
            address_key=settings.address_key,
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """Everything that is not switched off, some of it in whole minutes."""
        return measures(self.settings)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Tickets up to a minute ago, then what the other streams tell up to that same instant."""
        place = stored(cursor, self.source)
        parts = Tickets(self._api, self.settings).parts(place)
        for following in (*self._supplements(), None):
            until = None
            for part in parts:
                until = part.complete_to
                last = until is not None and following is None
                if last or part.moves(place):
                    place = part.cursor
                    yield part.page(last=last)
            if following is not None and until is not None:
                parts = following.parts(place, until)

    def look(self) -> Iterator[Finding]:
        """Sign in, ask each stream and the groups for something, and compare the clocks."""
        me = self._api.get(ME, decode=wire.Me)
        if me.value.user.id is None:
            yield Finding("error", f"nobody is signed in. {REMEDY}", Reason.CREDENTIALS)
            return
        yield Finding("ok", f"signed in to {self.settings.base_url}")
        yield clock(me.at, self.settings.base_url)
        yield self._tickets(me.at, me.value.user.role)
        yield self._groups()
        yield from self._others(me.at)

    def since(self, at: datetime) -> str:
        """Each stream from then on; of the ratings also what may have changed since."""
        begin = int(at.timestamp())
        return Cursor(events=begin, ratings=begin, swept=begin, begin=begin).text

    def ticket_url(self, ticket: str) -> str | None:
        """The ticket in Zendesk's agent workspace."""
        return f"{self.settings.base_url}/agent/tickets/{quote(ticket, safe='')}"

    def figures(self, since: datetime, until: datetime) -> list[Figure]:
        """The counts of Zendesk's search, whose index follows some minutes behind."""
        return figures.figures(self._api, since, until)

    def measured(self, since: datetime) -> Iterator[Measured]:
        """The metric sets of the tickets changed since then."""
        return figures.measured(self._api, since, self.settings.page_size)

    def _supplements(self) -> list[MetricEvents | Ratings]:
        """The streams that tell more of tickets than the tickets do, as far as they are on."""
        streams: list[MetricEvents | Ratings] = []
        if self.settings.metric_events:
            streams.append(MetricEvents(self._api, self.settings.metric_events_days))
        if self.settings.satisfaction_ratings:
            streams.append(Ratings(self._api))
        return streams

    def _tickets(self, now: datetime, role: str | None) -> Finding:
        params: dict[str, str | int] = {
            "start_time": _an_hour_before(now),
            "per_page": 1,
            "include": BESIDE,
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
        return Finding("ok", "tickets with metric sets and organizations can be read")

    def _groups(self) -> Finding:
        try:
            gaps = Teams(self._api).gaps
        except ConnectorError as error:
            return failed(error, self.source)
        if gaps:
            return Finding("warning", f"{gaps[0]}. {REMEDY}")
        return Finding("ok", "groups can be read")

    def _others(self, now: datetime) -> Iterator[Finding]:
        if self.settings.metric_events:
            params: dict[str, str | int] = {"start_time": _an_hour_before(now), "per_page": 1}
            yield self._stream("ticket metric events", EVENTS, params, NO_EVENTS)
        if self.settings.satisfaction_ratings:
            yield self._stream("satisfaction ratings", RATINGS, {"page[size]": 1}, NO_RATINGS)

    def _stream(self, name: str, path: str, params: Mapping[str, str | int], gap: str) -> Finding:
        """Whether an optional stream can be read."""
        try:
            self._api.get(path, params=params, decode=msgspec.Raw)
        except ConfigurationError as error:
            return Finding("warning", gap) if is_absent(error) else failed(error, self.source)
        except ConnectorError as error:
            return failed(error, self.source)
        return Finding("ok", f"{name} can be read")


def _an_hour_before(now: datetime) -> int:
    return int((now - timedelta(hours=1)).timestamp())
