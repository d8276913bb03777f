"""The desk as one HubSpot account has it: what its indexes tell, and what lies in its bin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from connectors.hubspot import simulated_sales as sales
from connectors.hubspot import simulated_tickets as tickets
from connectors.hubspot.simulated_search import Index
from connectors.testing.desk import Desk, Kind, Patron, Story
from connectors.testing.states import state

REMOVALS = (Kind.MERGED, Kind.SPAM, Kind.DELETED)
FIRST_TEAM = 8_103_500
MORE = {"tickets": "hs_time_in_1", "companies": "industry", "deals": "amount"}
"""Of each kind a property that the account has beside those that its records tell."""


class Account:
    """indexes: what can be searched, by kind. teams: their ids by name.

    merges: companies that went into another, by the numbers of the customers. binned: deals that
    were deleted, by the numbers of the subscriptions. hidden: properties that it does not have.
    """

    def __init__(
        self,
        desk: Desk,
        merges: Mapping[int, int],
        binned: Mapping[int, datetime],
        hidden: Collection[str],
    ) -> None:
        self.teams = {name: str(FIRST_TEAM + n) for n, name in enumerate(desk.teams)}
        self.indexes: dict[str, Index] = {}
        self._desk = desk
        self._merges, self._binned, self._hidden = merges, binned, frozenset(hidden)
        self._seen: datetime | None = None
        self._merged: dict[int, dict[int, datetime]] = defaultdict(dict)

    def advance(self, visible: datetime) -> None:
        """Bring the indexes to that moment; a standing clock costs nothing."""
        if self._seen == visible:
            return
        if self._seen is None or visible < self._seen:
            self._begin()
            stories, patrons = self._desk.stories(visible), self._desk.customers(visible)
        else:
            before = self._seen
            stories = [one for _, one in self._desk.touched(before, visible)]
            patrons = [one for _, one in self._desk.customers_touched(before, visible)]
        self._seen = visible
        known = {one.id for one in self._desk.customers(visible)}
        for story in stories:
            self._take_story(story, visible, known)
        for patron in patrons:
            self._take_patron(patron, visible)

    def _begin(self) -> None:
        self._merged.clear()
        told = {"tickets": tickets.NAMES, "companies": sales.OF_COMPANIES, "deals": sales.OF_DEALS}
        self.indexes = {
            kind: Index((names | {MORE[kind]}) - self._hidden) for kind, names in told.items()
        }

    def _take_story(self, story: Story, visible: datetime, known: Collection[int]) -> None:
        into = _went_into(story, visible)
        if into is None and _removed_at(story, visible) is None:
            row = tickets.ticket(
                state(story, visible),
                self.teams,
                story.customer if story.customer in known else 0,
                self._merged[story.id],
            )
            self.indexes["tickets"].put([row])
            return
        self.indexes["tickets"].drop(str(story.id))
        if into is not None and story.id not in self._merged[into]:
            self._merged[into][story.id] = story.events[-1].at
            survivor = self._story(into, visible)
            if survivor is not None:
                self._take_story(survivor, visible, known)

    def _take_patron(self, patron: Patron, visible: datetime) -> None:
        if patron.id in self._merges:
            return
        row = sales.company(patron)
        gone = [one for one, into in self._merges.items() if into == patron.id]
        if gone:
            row["hs_merged_object_ids"] = ";".join(str(tickets.COMPANIES + one) for one in gone)
        self.indexes["companies"].put([row])
        self.indexes["deals"].put(
            {name: value for name, value in deal.items() if name not in self._hidden}
            for deal in sales.deals(patron, visible)
            if int(deal["hs_object_id"] or 0) - sales.DEALS not in self._binned
        )

    def _story(self, number: int, until: datetime) -> Story | None:
        stories = self._desk.stories(until)
        near = stories[number - 1 : number]  # they are numbered as they come
        return next((one for one in (*near, *stories) if one.id == number), None)

    def thrown(self, kind: str, now: datetime) -> list[dict[str, object]]:
        """The bin: what was deleted, and what was merged into something that is gone itself."""
        if kind == "deals":
            return [
                _binned(str(sales.DEALS + n), at) for n, at in self._binned.items() if at <= now
            ]
        gone = {
            story.id: (at, _went_into(story, now))
            for story in (self._desk.stories(now) if kind == "tickets" else ())
            if (at := _removed_at(story, now)) is not None
        }
        return [
            _binned(str(number), at)
            for number, (at, into) in gone.items()
            if into is None or into in gone or self._story(into, now) is None
        ]


def _removed_at(story: Story, until: datetime) -> datetime | None:
    return next((e.at for e in story.events if e.kind in REMOVALS and e.at <= until), None)


def _went_into(story: Story, until: datetime) -> int | None:
    found = (int(e.value) for e in story.events if e.kind is Kind.MERGED and e.at <= until)
    return next(found, None)


def _binned(number: str, at: datetime) -> dict[str, object]:
    return {
        "id": number,
        "properties": {"hs_object_id": number},
        "createdAt": "2024-02-01T09:30:00Z",
        "updatedAt": tickets.iso(at),
        "archived": True,
        "archivedAt": tickets.iso(at),
    }
