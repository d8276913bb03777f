"""Customers and their subscriptions in the store: taking in what a page tells, counting at the end
of a poll.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy import Column, Connection, select

from connectors import Customer, Subscription, Withdrawn
from connectors.customers import OfCustomer
from exporter.customers.account import Account, Contract
from exporter.customers.churn import Settled, settle, shown_anew
from exporter.customers.telling import FLAWS, flaw, identified, subscribed, withdrawn
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import Row, observation_row
from exporter.store.tickets import batched
from exporter.tally import Tally

log = logging.getLogger(__name__)

CUSTOMER_CHANGED = "customer_changed"

_C = schema.customers
_S = schema.subscriptions
_CHUNK = 1000
_ACCOUNT = msgspec.json.Decoder(Account)
_CONTRACT = msgspec.json.Decoder(Contract)
_ENCODER = msgspec.json.Encoder()


class Clientele:
    """What is known of the customers of one source, within a transaction.

    observations: how many were new.
    """

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self.observations = 0
        self._source = source
        self._keyed = source.labeller.keyed

    def take(self, records: Iterable[OfCustomer], tally: Tally) -> None:
        """Remember what these records tell; it is counted when the poll is complete."""
        told = [one for one in records if self._is_believed(one, tally)]
        customers = [one for one in told if isinstance(one, Customer)]
        paid = [one for one in told if not isinstance(one, Customer)]
        touched = self._take_paid(paid, tally)
        self._take_customers(customers, touched)

    def _take_paid(self, told: Sequence[Subscription | Withdrawn], tally: Tally) -> set[str]:
        """Remember subscriptions; gives the customers of those that changed."""
        keys = [self._keyed(one.id) for one in told]
        known = self._contracts(_S.c.id, keys)
        changed: dict[str, Contract] = {}
        for key, one in zip(keys, told, strict=True):
            contract = self._contract(known.get(key) or Contract(key, ""), one, tally)
            if contract is not known.get(key):
                known[key] = changed[key] = contract
        self._write_contracts(changed.values())
        return {one.customer for one in changed.values() if one.customer}

    def _take_customers(self, told: Sequence[Customer], touched: set[str]) -> None:
        """Remember customers; those that were touched are counted when the poll is complete."""
        wanted = {self._keyed(one.id) for one in told} | touched
        known = self._accounts(wanted)
        changed: dict[str, tuple[Account, int | None]] = {
            key: (known[key][0] if key in known else Account(key), 0) for key in touched
        }
        for one in told:
            key = self._keyed(one.id)
            before, wakes_at = changed.get(key) or known.get(key) or (Account(key), None)
            after = identified(before, one, self._source.labeller)
            if after is not before:
                is_rated = after.opinions != before.opinions
                changed[key] = after, 0 if is_rated else wakes_at
        rows = [self._row(*changed[key]) for key in sorted(changed)]
        self._database.upsert(self._connection, _C, rows)

    def settle(self, watermark: int, tally: Tally) -> None:
        """Count every customer about which anything changed, up to the watermark."""
        for accounts in self._woken(watermark):
            settled = [
                settle(account, contracts, watermark, self._source.measures)
                for account, contracts in self._with_contracts(accounts)
            ]
            for account, one in zip(accounts, settled, strict=True):
                for observation in one.observations:
                    tally.observe(observation)
                tally.hold(account.ledger.cells, -1)
                tally.hold(one.account.ledger.cells, 1)
            rows = [self._row(one.account, one.wakes_at) for one in settled]
            self._database.upsert(self._connection, _C, rows)
            self._observe(settled)

    def count_gauges_anew(self, tally: Tally) -> None:
        """Fill the gauges of customers, which are empty, from all there are."""
        for some in batched(self.all()):
            wakes = self._accounts([account.id for account in some])
            rows = []
            for account, contracts in self._with_contracts(some):
                now = shown_anew(account, contracts, self._source.measures)
                tally.hold(now.ledger.cells, 1)
                rows.append(self._row(now, wakes[now.id][1]))
            self._database.upsert(self._connection, _C, rows)

    def all(self) -> Iterator[Account]:
        """Every customer, by id; it may be written meanwhile."""
        last = ""
        while True:
            query = select(_C.c.known).where(_C.c.source == self._source.name, _C.c.id > last)
            texts = self._connection.scalars(query.order_by(_C.c.id).limit(_CHUNK)).all()
            for text in texts:
                yield (account := _ACCOUNT.decode(text))
                last = account.id
            if not texts:
                return

    def with_subscriptions(self) -> Iterator[tuple[Account, list[Contract]]]:
        """Every customer with what it pays for, by id."""
        for some in batched(self.all()):
            yield from self._with_contracts(some)

    def _is_believed(self, told: OfCustomer, tally: Tally) -> bool:
        reason = flaw(told) if isinstance(told, Subscription) else None
        if reason is not None:
            tally.count("deskpulse_source_records_rejected", (reason,))
            log.warning(
                "source %s: subscription %.60r was left out: %s. Mend it at the vendor.",
                self._source.name,
                told.id,
                FLAWS[reason],
            )
        return reason is None

    def _contract(self, known: Contract, told: Subscription | Withdrawn, tally: Tally) -> Contract:
        if isinstance(told, Withdrawn):
            return withdrawn(known, told)
        customer = self._keyed(told.customer)
        if not known.customer:
            known = replace(known, customer=customer)
        contract = subscribed(known, told)
        if customer != known.customer and contract is not known:
            tally.count("deskpulse_source_facts_doubted", (CUSTOMER_CHANGED,))
            log.warning(
                "source %s: subscription %.60r names another customer than before; it stays with "
                "the first. End it and begin another one where the customer really changed.",
                self._source.name,
                told.id,
            )
        return contract

    def _accounts(self, ids: Collection[str]) -> dict[str, tuple[Account, int | None]]:
        """Customers by id, each with when it has to be counted again."""
        found: dict[str, tuple[Account, int | None]] = {}
        for some in _chunks(ids):
            query = select(_C.c.known, _C.c.wakes_at).where(
                _C.c.source == self._source.name, _C.c.id.in_(some)
            )
            for text, wakes_at in self._connection.execute(query).all():
                account = _ACCOUNT.decode(text)
                found[account.id] = account, wakes_at
        return found

    def _contracts(self, column: Column[str], ids: Collection[str]) -> dict[str, Contract]:
        found: dict[str, Contract] = {}
        for some in _chunks(ids):
            query = select(_S.c.known).where(
                _S.c.source == self._source.name,
                column.in_(some),
            )
            for text in self._connection.scalars(query).all():
                contract = _CONTRACT.decode(text)
                found[contract.id] = contract
        return found

    def _with_contracts(
        self, accounts: Sequence[Account]
    ) -> Iterator[tuple[Account, list[Contract]]]:
        by_customer: dict[str, list[Contract]] = {account.id: [] for account in accounts}
        for contract in self._contracts(_S.c.customer, list(by_customer)).values():
            by_customer[contract.customer].append(contract)
        for account in accounts:
            yield account, sorted(by_customer[account.id], key=lambda one: one.id)

    def _woken(self, watermark: int) -> Iterator[list[Account]]:
        query = select(_C.c.known).where(
            _C.c.source == self._source.name, _C.c.wakes_at <= watermark
        )
        while texts := self._connection.scalars(query.limit(_CHUNK)).all():
            yield [_ACCOUNT.decode(text) for text in texts]

    def _write_contracts(self, contracts: Iterable[Contract]) -> None:
        rows: list[Row] = [
            {
                "source": self._source.name,
                "id": contract.id,
                "customer": contract.customer,
                "known": _ENCODER.encode(contract).decode(),
            }
            for contract in sorted(contracts, key=lambda one: one.id)
        ]
        self._database.upsert(self._connection, _S, rows)

    def _row(self, account: Account, wakes_at: int | None) -> Row:
        return {
            "source": self._source.name,
            "id": account.id,
            "known": _ENCODER.encode(account).decode(),
            "wakes_at": wakes_at,
            "is_active": account.ledger.standing.active,
        }

    def _observe(self, settled: Iterable[Settled]) -> None:
        rows = [
            observation_row(self._source.name, observation)
            for one in settled
            for observation in one.observations
        ]
        self._database.insert(self._connection, schema.observations, rows)
        self.observations += len(rows)


def _chunks(ids: Collection[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]
