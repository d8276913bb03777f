"""From what events touched to records. What an event leaves open is asked for, owner by owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.contract import ConfigurationError, Reason, Rejection
from connectors.customers import Customer, Subscription
from connectors.http import Refused
from connectors.stripe import mapping, wire
from connectors.stripe.amounts import is_self_contained
from connectors.stripe.events import While
from connectors.stripe.mapping import Version
from connectors.stripe.subscriptions import Subscriptions

Told = Customer | Subscription | Rejection


class Changed:
    """The records of one while.

    key: of a customer's metadata, as in the settings. shared: as in the cursor. now: by the vendor.
    """

    def __init__(
        self,
        found: While,
        subscriptions: Subscriptions,
        *,
        key: str | None,
        shared: bool,
        now: datetime,
    ) -> None:
        self._found = found
        self._subscriptions = subscriptions
        self._key = key
        self._now = now
        self._closed: dict[str, wire.Subscription] = {}
        self._asked: set[str] = {*found.discounts}
        for name, touched in found.subscriptions.items():
            snapshot = touched.snapshot
            if snapshot is not None:
                self._closed[name] = snapshot
            if shared or snapshot is None or not is_self_contained(snapshot):
                self._asked.add(touched.owner)

    def records(self) -> Iterator[Told]:
        """Customers, then subscriptions: as events tell them, and as they are now. Raises
        `ConnectorError`."""
        yield from self._found.rejected
        for owner, (at, told) in self._found.customers.items():
            one = mapping.customer(told, self._found.version(owner, at), self._key)
            if one is not None:
                yield one
        for name, touched in self._found.subscriptions.items():
            if touched.owner not in self._asked:
                yield from self._told(self._closed[name])
        for owner in sorted(self._asked):
            yield from self._ask(owner)

    def _ask(self, owner: str) -> Iterator[Told]:
        """What is asked for of a customer; of one that is gone, what events say of it."""
        missing = {name for name, one in self._found.subscriptions.items() if one.owner == owner}
        try:
            for sheet in self._subscriptions.sheets({"customer": owner}):
                yield from sheet.rejected
                for row in sheet.rows:
                    missing.discard(row.id)
                    yield from self._told(row)
        except (Refused, ConfigurationError) as error:
            if error.reason not in (Reason.CONTRACT, Reason.ADDRESS):
                raise
            self._subscriptions.prove()
        for name in sorted(missing):
            yield from self._last_word(name)

    def _last_word(self, name: str) -> Iterator[Told]:
        """A subscription that Stripe tells no more, as its last event has it."""
        told = self._closed.get(name)
        if told is None:
            why = "Stripe tells no more of it than two events of one second"
            yield wire.left_out("the subscription", name, why)
        elif version := self._version(told):
            one = self._subscriptions.without_costs(told, version)
            if one is not None:
                yield one

    def _told(self, told: wire.Subscription) -> Iterator[Told]:
        version = self._version(told)
        if version is not None:
            one = self._subscriptions.record(told, version, self._now)
            if one is not None:
                yield one

    def _version(self, told: wire.Subscription) -> Version | None:
        """When it was touched for the last time; None: it was not."""
        touched = self._found.subscriptions.get(told.id)
        at = max(touched.at if touched else 0, self._found.discounts.get(told.owner, 0))
        return self._found.version(told.owner, at) if at else None
