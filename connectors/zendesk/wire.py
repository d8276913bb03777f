"""What Zendesk sends, as far as we read it. Everything else on the wire is skipped undecoded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of

T = TypeVar("T")

# Bounds keep every sum of an instant and a span within the calendar.
Span = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Number = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Epoch = Annotated[int, msgspec.Meta(ge=0, le=10**11)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

NOTHING = msgspec.Raw(b"[]")
"""An empty list, in the place of one that was not sent."""


class Time(msgspec.Struct, gc=False):
    """One duration in calendar hours; the field that holds it names the unit."""

    calendar: Span | None = None


class Wait(msgspec.Struct, gc=False):
    """One duration by the calendar and by the account's schedule."""

    calendar: Span | None = None
    business: Span | None = None


class MetricSet(msgspec.Struct, gc=False):
    """Zendesk's own measurements of one ticket, inline or, with `ticket_id`, beside the tickets."""

    ticket_id: int | None = None
    reopens: Count | None = None
    replies: Count | None = None
    group_stations: Count | None = None
    reply_time_in_minutes: Time | None = None
    reply_time_in_seconds: Time | None = None
    first_resolution_time_in_minutes: Time | None = None
    requester_wait_time_in_minutes: Wait | None = None
    solved_at: Instant | None = None
    status_updated_at: Instant | None = None


class Via(msgspec.Struct, gc=False):
    """Where a ticket came from; the channel is a word, or in old accounts a number."""

    channel: str | int | None = None


class Offer(msgspec.Struct, gc=False):
    """Where a ticket stands with its rating: `unoffered`, `offered`, or what was answered."""

    score: str | None = None


class Ticket(msgspec.Struct, gc=False):
    """One ticket of the incremental export. Its custom fields stay raw: most accounts have dozens
    and need none here."""

    id: int
    created_at: Instant
    generated_timestamp: Epoch
    status: Literal["new", "open", "pending", "hold", "solved", "closed", "deleted"]
    priority: Literal["urgent", "high", "normal", "low"] | None = None
    via: Via | None = None
    group_id: int | None = None
    organization_id: int | None = None
    assignee_id: int | None = None
    tags: tuple[str, ...] = ()
    satisfaction_rating: Offer | None = None
    custom_fields: msgspec.Raw = NOTHING
    metric_set: MetricSet | None = None


class Export(msgspec.Struct):
    """One page of the incremental export. The records stay raw, so that one of them cannot spoil
    the page."""

    tickets: msgspec.Raw
    end_of_stream: bool
    after_cursor: str | None = None
    metric_sets: msgspec.Raw = NOTHING
    organizations: msgspec.Raw = NOTHING


class Organization(msgspec.Struct, gc=False):
    """One organization beside the tickets: the company that its members ask for."""

    id: int
    external_id: str | None = None
    domain_names: tuple[str, ...] | None = None


class CustomField(msgspec.Struct, gc=False):
    """The value of one custom field, in whatever form the field's type has."""

    id: int
    value: Any = None


class MetricEvent(msgspec.Struct, gc=False):
    """One event in the life of one of Zendesk's clocks; `deleted` ones are to be ignored."""

    ticket_id: int
    metric: str
    instance_id: Number
    type: str
    time: Instant
    deleted: bool | None = None


class MetricEvents(msgspec.Struct):
    """One page of the time-based export of metric events. Not every account's pages say whether
    they are the last."""

    ticket_metric_events: msgspec.Raw
    end_time: Epoch | None = None
    end_of_stream: bool | None = None


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


class Rating(msgspec.Struct, gc=False):
    """What one customer answered; `updated_at` moves when the answer changes."""

    ticket_id: int
    score: str
    updated_at: Instant


class Ratings(msgspec.Struct):
    """One page of the list of ratings."""

    satisfaction_ratings: msgspec.Raw
    meta: Meta = msgspec.field(default_factory=Meta)
    next_page: str | None = None

    @property
    def more(self) -> bool:
        """Whether another page follows, in either of Zendesk's ways to say so."""
        return self.meta.has_more or self.next_page is not None


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
        """consequence: what a malformed record comes to, with {} for the id that it names."""
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
        for item in _items(raw):
            try:
                good.append(self._one.decode(item))
            except msgspec.ValidationError as error:
                bad.append(_rejection(item, field_of(error), self._consequence))
        return good, bad


def beyond(ticket: object, consequence: str) -> Rejection:
    """A rejection of an instant that no calendar in UTC has; `consequence` as in `malformed`."""
    told = consequence.format(ticket)
    return Rejection(str(ticket), "malformed", f"{told}: an instant of it is beyond any calendar")


def malformed(ticket: object, consequence: str, field: str) -> Rejection:
    """A rejection of what Zendesk says in `field`; `consequence` has {} for the ticket's id."""
    told = consequence.format(ticket)
    return Rejection(
        str(ticket),
        "malformed",
        f"{told}: Zendesk sends a form of '{field}' that we do not know",
    )


def _items(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The records of a list one by one; of what is no list, itself as one that nobody can read."""
    try:
        return _RAW_LIST.decode(raw)
    except msgspec.ValidationError:
        return [msgspec.Raw(raw)]


def _rejection(item: msgspec.Raw, path: str, consequence: str) -> Rejection:
    try:
        named = msgspec.json.decode(item, type=_Named)
        number = named.id if named.ticket_id is None else named.ticket_id
    except msgspec.ValidationError:
        number = None
    field = path.removeprefix("$").removeprefix(".") or "the record itself"
    return malformed("unknown" if number is None else number, consequence, field)


TICKET_LEFT_OUT = "ticket {} was left out"
EVENT_LEFT_OUT = "a metric event of ticket {} was left out"
RATING_LEFT_OUT = "a rating of ticket {} was left out"

TICKETS = Reader(Ticket, TICKET_LEFT_OUT)
METRIC_SETS = Reader(MetricSet, "ticket {} was taken in without its metrics")
ORGANIZATIONS = Reader(
    Organization, "the tickets of organization {} were taken in without their customer"
)
METRIC_EVENTS = Reader(MetricEvent, EVENT_LEFT_OUT)
RATINGS = Reader(Rating, RATING_LEFT_OUT)
