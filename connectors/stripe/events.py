"""The events of a while: what they touched, and how it stood after the last of them.

The list begins with the newest, so that the first event of a subject that is met is its last. What
an event holds is believed where it leaves no question open: of two changes within one second nobody
knows the order, and a discount is only named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from connectors.contract import Rejection
from connectors.http import ApiSession
from connectors.stripe import wire
from connectors.stripe.listing import Listing, Sheet
from connectors.stripe.mapping import Version

EVENTS: Final = "/v1/events"

CUSTOMER: Final = ("customer.created", "customer.updated")
DISCOUNT: Final = ("customer.discount.created", "customer.discount.updated")
DISCOUNT_GONE: Final = "customer.discount.deleted"
CREATED: Final = "customer.subscription.created"
DELETED: Final = "customer.subscription.deleted"
CHANGED: Final = (
    "customer.subscription.updated",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
)
OF_DISCOUNTS: Final = frozenset({*DISCOUNT, DISCOUNT_GONE})
TYPES: Final = (*CUSTOMER, *DISCOUNT, DISCOUNT_GONE, CREATED, DELETED, *CHANGED)


@dataclass
class Touched:
    """A subscription that changed: whose it is, when for the last time, and those last events."""

    owner: str
    at: int
    events: list[wire.Event] = field(default_factory=list)

    @property
    def snapshot(self) -> wire.Subscription | None:
        """How it stood after the last event; None: nobody knows for sure."""
        last = self._last()
        if last is None:
            return None
        try:
            return _SUBSCRIPTION.decode(last.data.object)
        except msgspec.ValidationError:
            return None

    def _last(self) -> wire.Event | None:
        """The last event, where it is beyond doubt: an end is, and what follows a beginning."""
        for event in self.events:
            if event.type == DELETED:
                return event
        later = [event for event in self.events if event.type != CREATED]
        found = later or self.events
        return found[0] if len(found) == 1 else None


@dataclass
class While:
    """All that events of a while touched.

    subscriptions, customers: by id; of customers, what the last event says. discounts: the owners
    whose discount as a whole changed, and when. rejected: events that could not be read.
    """

    subscriptions: dict[str, Touched] = field(default_factory=dict)
    customers: dict[str, tuple[int, wire.Customer]] = field(default_factory=dict)
    discounts: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    _counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def take(self, sheet: Sheet[wire.Event]) -> None:
        """Add a page of events, which come after all that was added before."""
        self.rejected += sheet.rejected
        for event in sheet.rows:
            if event.id not in self._seen:
                self._seen.add(event.id)
                self._take(event)

    def version(self, owner: str, at: int) -> Version:
        """Of what changed at that second: the more of it the owner's events tell, the newer."""
        return Version(at, self._counts[owner, at])

    def _take(self, event: wire.Event) -> None:
        try:
            subject = _SUBJECT.decode(event.data.object)
            if event.type in CUSTOMER:
                self._of_customer(event, _CUSTOMER.decode(event.data.object))
                return
        except msgspec.ValidationError as error:
            self.rejected.append(wire.unreadable("the event", event.id, error))
            return
        owner = subject.owner
        if owner is None or subject.test_clock is not None:
            return
        self._counts[owner, event.created] += 1
        if event.type not in OF_DISCOUNTS:
            self._touch(subject.id, owner, event.created, event)
        elif subject.subscription is not None:
            self._touch(subject.subscription, owner, event.created, event)
        else:
            self.discounts[owner] = max(event.created, self.discounts.get(owner, 0))

    def _of_customer(self, event: wire.Event, told: wire.Customer) -> None:
        self._counts[told.id, event.created] += 1
        at, _ = self.customers.get(told.id, (0, None))
        if event.created > at:
            self.customers[told.id] = event.created, told

    def _touch(self, subscription: str, owner: str, at: int, event: wire.Event) -> None:
        known = self.subscriptions.get(subscription)
        if known is None or at > known.at:
            known = self.subscriptions[subscription] = Touched(owner, at)
        if at == known.at:  # a copy, or all of the answer that it came in would be kept
            held = wire.Change(event.data.object.copy())
            known.events.append(msgspec.structs.replace(event, data=held))


class Events:
    """The list of the events that can change a number."""

    def __init__(self, api: ApiSession, size: int) -> None:
        self._list = Listing(api, EVENTS, wire.Event, "the event", size)
        self._one = Listing(api, EVENTS, wire.Event, "the event", 1)

    def newest(self) -> Sheet[wire.Event]:
        """The last event, and what time it is. Raises `ConnectorError`."""
        return next(self._one.sheets(_params()))

    def sheets(self, since: int, until: int | None = None) -> Iterator[Sheet[wire.Event]]:
        """The pages of events from `since` on, before `until`. Raises `ConnectorError`."""
        return self._list.sheets(_params(since, until))

    def of_whole_customers(self, since: int) -> bool:
        """Whether the discount of a customer as a whole changed since then. Raises
        `ConnectorError`."""
        params = _params(since, types=sorted(OF_DISCOUNTS))
        return bool(gathered(self._list.sheets(params)).discounts)


def gathered(sheets: Iterable[Sheet[wire.Event]]) -> While:
    """What the events of these pages touched."""
    found = While()
    for sheet in sheets:
        found.take(sheet)
    return found


def _params(
    since: int | None = None, until: int | None = None, types: Sequence[str] = TYPES
) -> dict[str, str | int]:
    asked: dict[str, str | int] = {f"types[{i}]": name for i, name in enumerate(types)}
    if since is not None:
        asked["created[gte]"] = since
    if until is not None:
        asked["created[lt]"] = until
    return asked


_SUBJECT = msgspec.json.Decoder(wire.Subject)
_CUSTOMER = msgspec.json.Decoder(wire.Customer)
_SUBSCRIPTION = msgspec.json.Decoder(wire.Subscription)
