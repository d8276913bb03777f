"""Reading one Stripe account: the lists of a first import, then events, a day at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Final

from msgspec.structs import replace

from connectors.contract import Page, Rejection
from connectors.customers import Record
from connectors.http import ApiSession, Forbidden
from connectors.stripe import mapping, wire
from connectors.stripe.changed import Changed
from connectors.stripe.cursor import Cursor, Stage
from connectors.stripe.events import Events, gathered
from connectors.stripe.listing import Listing, Params, Sheet
from connectors.stripe.mapping import Version
from connectors.stripe.settings import StripeSettings
from connectors.stripe.subscriptions import Subscriptions

CUSTOMERS: Final = "/v1/customers"

DAY: Final = 86_400
KEPT: Final = 29 * DAY
"""Events are kept for 30 days, and an import that goes on with them may take a while."""

OVERLAP: Final = 300
"""Seconds that are read again: an event may show later than it happened."""

PAGE: Final = 1_000

GAPS: Final = {
    "customers": (
        "customers: the key may not read them, so that nobody knows which tickets are whose, and "
        "discounts that a customer has as a whole do not count. Let it read Customers, and import "
        "the source anew."
    ),
    "prices": (
        "prices: Stripe does not tell some of them, so that what subscriptions with tiers, or in "
        "another currency than their price's first, cost is unknown. Let the key read Prices, and "
        "import the source anew."
    ),
}

BEHIND: Final[dict[Stage, Stage]] = {"customers": "subscriptions", "subscriptions": "events"}
"""What is read after a list."""

Told = Record | Rejection | None
Listed = tuple[list[Told], "Sheet[Any]"]


class Reading:
    """One poll after the other; between two of them only the cursor is kept."""

    def __init__(self, api: ApiSession, settings: StripeSettings) -> None:
        size = settings.page_size
        self._key = settings.customer_key
        self.events = Events(api, size)
        self.customers = Listing(api, CUSTOMERS, wire.Customer, "the customer", size)
        self.subscriptions = Subscriptions(api, size)

    def pages(self, place: Cursor | None) -> Iterator[Page]:
        """What changed since `place`; everything, where events do not reach back so far. Raises
        `ConnectorError`."""
        if place is not None and place.stage == "events":
            sheets = self.events.sheets(place.since, place.reached)
            first = next(sheets)
            if not _is_lost(place, first.at):
                yield from self._changed(place, first, sheets)
                return
            place = None
        place = self._begun(place)
        for stage in ("customers", "subscriptions"):
            if place.stage == stage:
                place = yield from self._listed(place)
        sheets = self.events.sheets(place.since, place.reached)
        yield from self._changed(place, next(sheets), sheets)

    def _begun(self, place: Cursor | None) -> Cursor:
        """Where an import begins or goes on: with what happened since then, events go on later."""
        now = self.events.newest().at
        if place is not None and not _is_lost(place, now):
            return place
        self.subscriptions.shared = False
        return Cursor(since=_seconds(now) - OVERLAP, stage="customers")

    def _listed(self, place: Cursor) -> Generator[Page, None, Cursor]:
        """The pages of the list that `place` is in; gives the place behind it."""
        params: Params = {} if place.reached is None else {"created[lte]": place.reached}
        version = Version(place.since + OVERLAP)
        read = self._of_customers if place.stage == "customers" else self._of_subscriptions
        for told, sheet in read(params, version):
            place = self._noted(replace(place, reached=sheet.reached))
            yield _page((*told, *sheet.rejected), place)
        return self._noted(replace(place, stage=BEHIND[place.stage], reached=None))

    def _of_customers(self, params: Params, version: Version) -> Iterator[Listed]:
        try:
            for sheet in self.customers.sheets(params):
                yield [mapping.customer(one, version, self._key) for one in sheet.rows], sheet
        except Forbidden:
            self.subscriptions.blind = True

    def _of_subscriptions(self, params: Params, version: Version) -> Iterator[Listed]:
        record = self.subscriptions.record
        for sheet in self.subscriptions.sheets(params):
            yield [record(one, version, sheet.at) for one in sheet.rows], sheet

    def _changed(
        self, place: Cursor, first: Sheet[wire.Event], following: Iterator[Sheet[wire.Event]]
    ) -> Iterator[Page]:
        """What events since `place` touched; where that was broken off, first what was left."""
        if place.reached is not None:
            place = yield from self._back(place, first, following)
            following = self.events.sheets(place.since)
            first = next(following)
        yield from self._back(place, first, following, last=True)

    def _back(
        self,
        place: Cursor,
        first: Sheet[wire.Event],
        following: Iterator[Sheet[wire.Event]],
        *,
        last: bool = False,
    ) -> Generator[Page, None, Cursor]:
        """The pages of a while; gives the place behind. A long one is read a day at a time, the
        last day first: what an earlier one says of the same subject is old, and no change."""
        now = _seconds(first.at)
        sheets: Iterator[Sheet[wire.Event]] = chain([first], following)
        top = now if place.reached is None else place.reached
        behind = max(place.since, now - OVERLAP) if place.behind is None else place.behind
        if not first.last and top - place.since > DAY + OVERLAP:
            # what a later day says of a price depends on discounts that an earlier one tells
            shared = place.shared or self.events.of_whole_customers(place.since)
            place = replace(place, behind=behind, shared=shared)
            while top - place.since > DAY + OVERLAP:
                top -= DAY
                of_a_day = self.events.sheets(top, place.reached)
                then = replace(place, reached=top)
                place = yield from self._touched(place, of_a_day, then, first.at)
            sheets = self.events.sheets(place.since, place.reached)
        then = replace(place, since=behind, reached=None, behind=None)
        return (yield from self._touched(place, sheets, then, first.at, last=last))

    def _touched(
        self,
        place: Cursor,
        sheets: Iterable[Sheet[wire.Event]],
        then: Cursor,
        now: datetime,
        *,
        last: bool = False,
    ) -> Generator[Page, None, Cursor]:
        """The pages of what these events touched; gives the place behind, which is `then`."""
        found = gathered(sheets)
        changed = Changed(found, self.subscriptions, key=self._key, shared=place.shared, now=now)
        told = list(changed.records())
        records = [one for one in told if not isinstance(one, Rejection)]
        records.sort(key=lambda one: (one.changed_at, one.id))
        *before, rest = [records[i : i + PAGE] for i in range(0, max(len(records), 1), PAGE)]
        for batch in before:
            yield Page(tuple(batch), place.text)
        then = self._noted(then)
        yield _page(
            (*rest, *(one for one in told if isinstance(one, Rejection))),
            then,
            complete_to=now if last else None,
        )
        return then

    def _noted(self, place: Cursor) -> Cursor:
        """The same place, with what was found out on the way there."""
        refused = {
            "customers": self.subscriptions.blind,
            "prices": self.subscriptions.prices.refused,
        }
        lacks = {*place.lacks, *(name for name, is_so in refused.items() if is_so)}
        shared = place.shared or self.subscriptions.shared
        return replace(place, shared=shared, lacks=tuple(sorted(lacks)))


def _page(told: Iterable[Told], place: Cursor, complete_to: datetime | None = None) -> Page:
    something = [one for one in told if one is not None]
    return Page(
        records=tuple(one for one in something if not isinstance(one, Rejection)),
        cursor=place.text,
        complete_to=complete_to,
        rejected=tuple(one for one in something if isinstance(one, Rejection)),
        gaps=() if complete_to is None else tuple(GAPS[name] for name in place.lacks),
    )


def _is_lost(place: Cursor, now: datetime) -> bool:
    """Whether events since then may not be told any more."""
    return _seconds(now) - place.since > KEPT


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
