"""The time-based export of ticket metric events: the reply clocks, and the others beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from connectors.testing.desk import Desk, Event, Kind, Story
from connectors.testing.hours import Hours
from connectors.zendesk.simulated_answers import ACCOUNT, HOST, iso, limited, start_of
from connectors.zendesk.simulated_metrics import minutes
from connectors.zendesk.simulated_state import is_message, is_reply, opening_comment

PATH = "/api/v2/incremental/ticket_metric_events"
LIMIT = 1000
# Most that one ticket has; keeps the ids of events apart.
EVENTS_OF_A_TICKET = 100_000
KNOWN = 5_000  # tickets whose events are remembered
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
REPLY_TIME = "reply_time"
# By status, what becomes of the clocks that run without an answer.
CLOCKS = {
    "agent_work_time": {"open": "activate", "pending": "pause", "hold": "pause"},
    "requester_wait_time": {"open": "activate", "pending": "pause", "hold": "activate"},
    "resolution_time": {"open": "activate"},
}
SLA = {
    "target": 480,
    "business_hours": False,
    "policy": {"id": 25, "title": "Answered in eight hours", "description": ""},
}

Row = dict[str, object]
Happened = tuple[datetime, Row]


@dataclass(slots=True)
class _Clocks:
    """The rows of one story so far; `asked_at` is set while the customer waits for a reply."""

    story: Story
    hours: Hours | None
    instance: int = 1
    asked_at: datetime | None = None
    rows: list[Happened] = field(default_factory=list)

    def add(self, at: datetime, metric: str, instance: int, kind: str, **more: object) -> None:
        row: Row = {
            "id": ACCOUNT + self.story.id * EVENTS_OF_A_TICKET + len(self.rows),
            "ticket_id": self.story.id,
            "metric": metric,
            "instance_id": instance,
            "type": kind,
            "time": iso(at),
            **more,
        }
        self.rows.append((at, row))

    def begin(self) -> None:
        """What every ticket has from its creation on."""
        at = self.asked_at = self.story.created_at
        for metric in (*CLOCKS, REPLY_TIME):
            self.add(at, metric, 0, "measure")
            self.add(at, metric, 1, "activate")
        self.add(at, REPLY_TIME, 1, "apply_sla", sla=SLA)

    def happen(self, event: Event) -> None:
        """What an event does to the clocks."""
        if event.kind is Kind.STATUS:
            self._move(event)
        elif is_reply(event) and self.asked_at is not None:
            status = minutes([(self.asked_at, event.at)], self.hours)
            self.add(event.at, REPLY_TIME, self.instance, "fulfill")
            self.add(event.at, REPLY_TIME, self.instance, "update_status", status=status)
            self.asked_at = None
        elif is_message(event) and self.asked_at is None:
            self.instance += 1
            self.asked_at = event.at
            self.add(event.at, REPLY_TIME, self.instance, "activate")

    def _move(self, event: Event) -> None:
        for metric, types in CLOCKS.items():
            kind = "fulfill" if event.value == "solved" else types.get(event.value)
            if kind is not None:
                self.add(event.at, metric, 1, kind)


class SimulatedEvents:
    """Pages of a desk's metric events as of an instant.

    A page ends with a whole second, which is not its first, so that the next one can begin with
    that second again and still leads on.
    """

    def __init__(self, desk: Desk, own_limit: int | None) -> None:
        self._desk = desk
        self._own_limit = own_limit
        self._known: dict[int, tuple[Story, list[Happened]]] = {}
        self._last: tuple[datetime, datetime, list[Happened]] | None = None

    def page(self, query: dict[str, str], visible: datetime) -> dict[str, object]:
        """What the export says to `query`. Raises `Refusal`."""
        start = start_of(query, visible)
        limit = limited(query.get("per_page", ""), LIMIT, self._own_limit)
        begin = datetime.fromtimestamp(start, UTC)
        page: list[Row] = []
        last: datetime | None = None
        ended = True
        for at, row in self._since(start, visible):
            if len(page) >= limit and at != last and last is not None and last > begin:
                ended = False
                break
            page.append(row)
            last = at
        end = None if last is None else int(last.timestamp())
        return {
            "ticket_metric_events": page,
            "count": len(page),
            "end_of_stream": ended,
            "end_time": end,
            "next_page": end and f"{HOST}{PATH}.json?start_time={end}",
        }

    def _since(self, start: int, visible: datetime) -> Iterator[Happened]:
        """Every event from `start` on, in order."""
        first = max(datetime.fromtimestamp(start, UTC), self._desk.begins - DAY)
        while first <= visible:
            midnight = first.replace(hour=0, minute=0, second=0) + DAY
            rows = self._between(first, min(midnight, visible + SECOND))
            yield from islice(rows, bisect_left(rows, first, key=_instant), None)
            first = midnight

    def _between(self, begin: datetime, end: datetime) -> list[Happened]:
        """The events of [begin, end), a day at most, and maybe some before; those that were asked
        for last are remembered."""
        if self._last is None or self._last[1] != end or begin < self._last[0]:
            # a creation may be told a little before or after the ticket appears on the desk
            touched = self._desk.touched(begin - DAY - SECOND, end - SECOND)
            rows = [row for _, story in touched for row in _within(self._rows(story), begin, end)]
            self._last = begin, end, sorted(rows, key=lambda found: (found[0], found[1]["id"]))
        return self._last[2]

    def _rows(self, story: Story) -> list[Happened]:
        """Every event of one story in order, those to come too: whoever lives through a day asks
        often."""
        known = self._known.get(story.id)
        if known is None or known[0] is not story:
            if len(self._known) >= KNOWN:
                self._known.clear()
            known = self._known[story.id] = story, _rows(story, self._desk.hours)
        return known[1]


def _instant(event: Happened) -> datetime:
    return event[0]


def _rows(story: Story, hours: Hours | None) -> list[Happened]:
    clocks = _Clocks(story, hours)
    clocks.begin()
    opening = opening_comment(story)
    for event in story.events:
        if event is not opening:
            clocks.happen(event)
    return sorted(clocks.rows, key=_instant)


def _within(rows: list[Happened], begin: datetime, end: datetime) -> list[Happened]:
    first = bisect_left(rows, begin, key=_instant)
    return rows[first : bisect_left(rows, end, first, key=_instant)]
