"""The desk as one Salesforce org has it: the tables of its objects, brought up to a moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from connectors.salesforce import simulated_records as records
from connectors.salesforce.simulated_soql import Record, Table, stamp
from connectors.testing.desk import Desk, Patron, Story
from connectors.testing.states import state

MULTI = "CurrencyIsoCode"
UNHELD = "Everything else"


class Organization:
    """tables: by object. queues: their ids by name, "" of those that no team holds.

    without: objects that the user may not see. hidden: fields that it does not, as in
    `Contract.MRR__c`. binned: agreements that were deleted, by number.
    """

    def __init__(
        self,
        desk: Desk,
        without: Collection[str],
        hidden: Collection[str],
        binned: Mapping[int, datetime],
    ) -> None:
        names = ["", *desk.teams]
        self.queues = {name: records.key("00G", n) for n, name in enumerate(names)}
        self.tables: dict[str, Table] = {}
        self._desk = desk
        self._without, self._hidden, self._binned = frozenset(without), hidden, binned
        self._seen: datetime | None = None

    def advance(self, now: datetime) -> None:
        """Bring the tables to that moment; a standing clock costs nothing."""
        if self._seen == now:
            return
        if self._seen is None or now < self._seen:
            self._begin()
            stories, patrons = self._desk.stories(now), self._desk.customers(now)
        else:
            before = self._seen
            stories = [one for _, one in self._desk.touched(before, now)]
            patrons = [one for _, one in self._desk.customers_touched(before, now)]
            patrons += self._losing(before, now)
        self._seen = now
        for patron in patrons:
            self._take_patron(patron, now)
        self._put("Case", [self._case(story, now) for story in stories])

    def _losing(self, after: datetime, until: datetime) -> list[Patron]:
        """Whoever has an agreement that was deleted in (after, until]."""
        gone = {number for number, at in self._binned.items() if after < at <= until}
        found = self._desk.customers(until) if gone else ()
        return [one for one in found if gone & {deal.subscription for deal in one.events}]

    def _begin(self) -> None:
        self.tables = {
            kind: Table(
                kind, frozenset(one for one in names if f"{kind}.{one}" not in self._hidden)
            )
            for kind, names in records.FIELDS.items()
            if kind not in self._without
        }
        self._accounts: dict[str, Record] = {}
        self._put("Group", [self._queue(name, one) for name, one in self.queues.items()])

    def _put(self, kind: str, rows: list[Record]) -> None:
        if kind in self.tables:
            self.tables[kind].put(rows)

    def _case(self, story: Story, now: datetime) -> Record:
        whose = self._accounts.get(records.key("001", story.customer))
        return records.case(state(story, now), self.queues, whose)

    def _take_patron(self, patron: Patron, now: datetime) -> None:
        account = records.account(patron)
        self._accounts[account["Id"]] = account
        self._put("Account", [account])
        agreed = []
        for row in records.agreements(patron, now):
            at = self._binned.get(int(row["ContractNumber"]))
            if at is not None and at <= now:
                row |= {"IsDeleted": True, "SystemModstamp": stamp(at)}
            agreed.append(row)
        for kind in ("Contract", "Opportunity"):
            self._put(kind, agreed)

    def _queue(self, name: str, key: str) -> Record:
        return {
            "Id": key,
            "IsDeleted": False,
            "SystemModstamp": "2024-02-01T09:30:00.000+0000",
            "Name": name or UNHELD,
            "Type": "Queue",
        }
