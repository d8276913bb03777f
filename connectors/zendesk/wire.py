"""What Zendesk sends, as far as we read it. Everything else on the wire is skipped undecoded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of

T = TypeVar("T")

# Bounds keep every sum of an instant and a span within the calendar.
Span = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Reopens = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Epoch = Annotated[int, msgspec.Meta(ge=0, le=10**11)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Time(msgspec.Struct, gc=False):
    """One duration in calendar hours; the field that holds it names the unit."""

    calendar: Span | None = None


class MetricSet(msgspec.Struct, gc=False):
    """Zendesk's own measurements of one ticket, inline or, with `ticket_id`, beside the tickets."""

    ticket_id: int | None = None
    reopens: Reopens | None = None
    reply_time_in_minutes: Time | None = None
    reply_time_in_seconds: Time | None = None
    first_resolution_time_in_minutes: Time | None = None
    solved_at: Instant | None = None
    status_updated_at: Instant | None = None


class Via(msgspec.Struct, gc=False):
    """Where a ticket came from; the channel is a word, or in old accounts a number."""

    channel: str | int | None = None


class Ticket(msgspec.Struct, gc=False):
    """One ticket of the incremental export."""

    id: int
    created_at: Instant
    generated_timestamp: Epoch
    status: Literal["new", "open", "pending", "hold", "solved", "closed", "deleted"]
    priority: Literal["urgent", "high", "normal", "low"] | None = None
    via: Via | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    tags: list[str] = []
    metric_set: MetricSet | None = None


class Export(msgspec.Struct):
    """One page of the incremental export. The records stay raw, so that one of them cannot spoil
    the page."""

    tickets: msgspec.Raw
    end_of_stream: bool
    after_cursor: str | None = None
    metric_sets: msgspec.Raw = msgspec.Raw(b"[]")


class Group(msgspec.Struct, gc=False):
    """A group of agents: a team."""

    id: int
    name: str


class Meta(msgspec.Struct, gc=False):
    """How a list goes on."""

    has_more: bool = False
    after_cursor: str | None = None


class Groups(msgspec.Struct):
    """One page of the list of groups."""

    groups: list[Group]
    meta: Meta = msgspec.field(default_factory=Meta)


class User(msgspec.Struct, gc=False):
    """Who is signed in; without an id, nobody."""

    id: int | None = None
    role: str | None = None


class Me(msgspec.Struct):
    """The answer to `users/me`."""

    user: User


class _Named(msgspec.Struct, gc=False):
    id: int | None = None
    ticket_id: int | None = None


_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class Reader(Generic[T]):
    """Decodes a list of records at once and, when one is malformed, one by one."""

    def __init__(self, record: type[T], consequence: str) -> None:
        """consequence: what becomes of the ticket when its record is malformed."""
        self._consequence = consequence
        self._one = msgspec.json.Decoder(record)
        self._all: msgspec.json.Decoder[list[T]] = msgspec.json.Decoder(
            list[record]  # type: ignore[valid-type]
        )

    def read(self, raw: msgspec.Raw) -> tuple[list[T], list[Rejection]]:
        """The records, and a rejection for each that could not be read."""
        try:
            return self._all.decode(raw), []
        except msgspec.ValidationError:
            return self._one_by_one(raw)

    def _one_by_one(self, raw: msgspec.Raw) -> tuple[list[T], list[Rejection]]:
        good: list[T] = []
        bad: list[Rejection] = []
        for item in _RAW_LIST.decode(raw):
            try:
                good.append(self._one.decode(item))
            except msgspec.ValidationError as error:
                bad.append(_rejection(item, field_of(error), self._consequence))
        return good, bad


def _rejection(item: msgspec.Raw, path: str, consequence: str) -> Rejection:
    try:
        named = msgspec.json.decode(item, type=_Named)
        number = named.id if named.ticket_id is None else named.ticket_id
    except msgspec.ValidationError:
        number = None
    subject = "unknown" if number is None else str(number)
    field = path.removeprefix("$").removeprefix(".") or "the record itself"
    return Rejection(
        subject,
        "malformed",
        f"ticket {subject} {consequence}: Zendesk sends a form of '{field}' that we do not know",
    )


TICKETS = Reader(Ticket, "was left out")
METRIC_SETS = Reader(MetricSet, "was taken in without its metrics")
