"""The stream of ticket metric events: the time-based export that tells each exchange's instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from connectors.contract import ConfigurationError
from connectors.http import ApiSession
from connectors.zendesk import mapping, wire
from connectors.zendesk.cursor import Cursor
from connectors.zendesk.stream import MARGIN, Part, Walk, is_absent

EVENTS = "/api/v2/incremental/ticket_metric_events.json"
PAGE = 1000
NO_EVENTS = (
    "ticket metric events: Zendesk refuses them to this user or plan; next responses and tickets "
    "that wait for one are not told (set `metric_events: false` to do without them)"
)


class MetricEvents:
    """What happened to the reply clocks of tickets, in order of time."""

    def __init__(self, api: ApiSession, first_days: int) -> None:
        """first_days: how far back the first import reads."""
        self._api = api
        self._first = timedelta(days=first_days)

    def parts(self, cursor: Cursor, until: datetime) -> Iterator[Part]:
        """The events since `cursor` and up to `until`; a refusal is a gap. Raises
        `ConnectorError`."""
        begin = cursor.events or int((until - self._first).timestamp())
        start = max(0, begin - int(MARGIN.total_seconds()))
        first = cursor.events == 0
        walk = Walk(self._api.source, "the export of ticket metric events", start)
        while True:
            try:
                part, start = self._read(cursor, start, until)
            except ConfigurationError as error:
                if not is_absent(error):
                    raise
                part = Part((), cursor, until, gaps=(NO_EVENTS,))
            cursor = part.cursor
            if part.complete_to is None:
                walk.on(start)
            # An account in which nothing ever happened would else be catching up for ever.
            more = bool(part.records) or part.complete_to is None
            yield replace(part, catching_up=first and more)
            if part.complete_to is not None:
                return

    def _read(self, cursor: Cursor, start: int, until: datetime) -> tuple[Part, int]:
        """The part from `start` on, and where the next one starts."""
        params: dict[str, str | int] = {"start_time": start, "per_page": PAGE}
        export = self._api.get(EVENTS, params=params, decode=wire.MetricEvents).value
        events, rejected = wire.METRIC_EVENTS.read(export.ticket_metric_events)
        told = [event for event in events if event.time <= until]
        newest = max((int(event.time.timestamp()) for event in told), default=0)
        records, beyond = mapping.to_exchanges(told)
        part = Part(
            records=records,
            cursor=msgspec.structs.replace(cursor, events=max(cursor.events, newest)),
            complete_to=until if _ended(export, start, len(events), until) else None,
            rejected=(*rejected, *beyond),
        )
        return part, start if export.end_time is None else export.end_time


def _ended(export: wire.MetricEvents, start: int, rows: int, until: datetime) -> bool:
    """Whether nothing follows up to `until`.

    A page that does not say so is the last when it stands where it began, unless it is full: then
    the second at `start` holds more than a page, and going on would lose the rest of it.
    """
    if export.end_of_stream:
        return True
    if export.end_time is not None and export.end_time > until.timestamp():
        return True
    if export.end_of_stream is not None:
        return False
    return export.end_time is None or (export.end_time <= start and rows < PAGE)
