"""Support and customers together: whose tickets there are, and what each customer had of them.

The tickets are those of other sources, which have transactions of their own. So nothing is reckoned
beyond the instant up to which every one of them has told everything, and of what they told only
what had happened by then: neither the order in which sources are polled nor a late one changes a
number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from exporter.backlog import Cell
from exporter.customers.account import Account, Experience
from exporter.customers.churn import PREFIX
from exporter.customers.experience import (
    Expectations,
    Served,
    Waiting,
    complaints,
    counts,
    lived,
    rank,
    served,
)
from exporter.customers.identity import By, Directory, Unjoined
from exporter.knowledge import Extra, Observation
from exporter.labels import NONE
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.helpdesks import Asked, Helpdesk, told_to
from exporter.store.rows import observation_row

BY_EXPERIENCE: Final = "support_customers_by_experience"
JOINED: Final = "support_tickets_joined"
EVERY: Final = 3_600_000
"""Milliseconds; gauges are told anew when the instant has come into another stretch of these."""

_C = schema.customers.c
_O = schema.observations.c
_AFTER = Extra.CUSTOMER_CHURNED_AFTER
_CHUNK = 1000
_MOST_NAMES = 10_000
"""Looked up by name; of more every ticket is read, for a statement takes only so many."""

_ACCOUNT = msgspec.json.Decoder(Account)


Moments = Mapping[str, Collection[int]]
"""The instants up to which the support of each customer is asked for, by its id."""


@dataclass
class Reckoning:
    """What support customers had up to given instants.

    joins: tickets by what told whose they are, or why nothing did.
    """

    moments: Moments
    expected: Expectations
    directory: Directory
    joins: Counter[By | Unjoined] = field(default_factory=Counter)
    _worst: dict[tuple[str, int], Experience] = field(default_factory=dict)
    _unhappy: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def know(self, account: Account) -> None:
        """Enter a customer that tickets may be of."""
        self.directory.add(account)
        if account.id in self.moments and (unhappy := complaints(account)):
            self._unhappy[account.id] = unhappy

    def take(self, asked: Asked, waiting: Waiting, joined_at: int | None) -> None:
        """Take in one ticket. joined_at: the instant at which it is counted as joined or not."""
        owner, how = self.directory.owner(asked.external_id, asked.domain)
        if joined_at is not None and counts(asked.trace, joined_at, self.expected):
            self.joins[how] += 1
        if owner is None:
            return
        for at in self.moments.get(owner, ()):
            had = lived(asked.trace, at, self.expected, waiting)
            if had:
                key = owner, at
                self._worst[key] = max(had, self._worst.get(key, had), key=rank)

    def served(self, customer: str, at: int) -> Served:
        """What a customer had up to one of its instants."""
        worst = self._worst.get((customer, at))
        since = at - self.expected.window
        unhappy = any(since < bad <= at for bad in self._unhappy.get(customer, ()))
        return served(() if worst is None else (worst,), complained=unhappy)


class Experiences:
    """What support the customers of one source had, within a transaction."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source
        self._expected = source.expectations

    def horizon(self, watermark: int | None) -> int | None:
        """Up to when everything is told; None: some helpdesk has never told everything.

        watermark: of the source itself.
        """
        others = set(self._source.helpdesks) - {self._source.name}
        if watermark is None or not self._source.helpdesks:
            return None
        if not others:
            return watermark
        told = told_to(self._connection, others)
        return None if told is None else min(told, watermark)

    def count_churned(self, horizon: int) -> Iterator[Observation]:
        """What those had who left up to the horizon. Each leaving is counted once, for good."""
        if self._counted(Extra.CUSTOMER_CHURNED, horizon) == self._counted(_AFTER, horizon):
            return
        while left := self._left(horizon):
            moments: dict[str, list[int]] = {}
            for subject, _, at in left:
                moments.setdefault(_customer(subject), []).append(at)
            found = self.reckon(moments)
            new = [
                _after(subject, ordinal, at, found.served(_customer(subject), at))
                for subject, ordinal, at in left
            ]
            rows = [observation_row(self._source.name, one) for one in new]
            self._database.insert(self._connection, schema.observations, rows)
            yield from new

    def gauges(self, horizon: int) -> dict[Cell, int | None]:
        """How many customers had which support up to the horizon, and whose tickets are known."""
        active = {account.id: (horizon,) for account in self._accounts(active=True)}
        found = self.reckon(active, horizon)
        counted = Counter(found.served(one, horizon).experience for one in active)
        told: dict[Cell, int | None] = {
            (BY_EXPERIENCE, (experience.value,)): counted[experience] for experience in Experience
        }
        told |= {(JOINED, (by.value,)): found.joins[by] for by in By}
        told[JOINED, (NONE,)] = sum(found.joins[why] for why in Unjoined)
        return told

    def reckon(self, moments: Moments, joined_at: int | None = None) -> Reckoning:
        """What support customers had up to their instants.

        joined_at: every ticket of the time before this instant is taken in as well.
        """
        found = Reckoning(
            moments, self._expected, Directory(self._source.joining, self._source.labeller)
        )
        instants = [at for several in moments.values() for at in several]
        instants += [] if joined_at is None else [joined_at]
        if not instants:
            return found
        names: set[str] = set()
        for account in self._accounts():
            found.know(account)
            if account.id in moments:
                names |= {account.id, *account.external_ids, *account.domains}
        few = names if joined_at is None and len(names) <= _MOST_NAMES else None
        since, until = min(instants) - self._expected.window, max(instants)
        for name in self._source.helpdesks:
            helpdesk = Helpdesk(self._connection, name, self._expected.slow_resolution)
            waiting = helpdesk.waiting
            for asked in helpdesk.asked(since, until, few):
                found.take(asked, waiting, joined_at)
            if joined_at is not None:
                begin = joined_at - self._expected.window
                found.joins[Unjoined.ANONYMOUS] += helpdesk.anonymous(begin, joined_at)
        return found

    def _accounts(self, *, active: bool = False) -> Iterator[Account]:
        """Customers by id, all of them or those that pay now."""
        last = ""
        only = (_C.is_active,) if active else ()
        while True:
            query = select(_C.known).where(_C.source == self._source.name, _C.id > last, *only)
            texts = self._connection.scalars(query.order_by(_C.id).limit(_CHUNK)).all()
            for known in texts:
                yield (account := _ACCOUNT.decode(known))
                last = account.id
            if len(texts) < _CHUNK:
                return

    def _counted(self, kind: Extra, until: int) -> int:
        query = select(func.count()).where(
            _O.source == self._source.name, _O.kind == kind.value, _O.at <= until
        )
        return int(self._connection.scalar(query) or 0)

    def _left(self, horizon: int) -> list[tuple[str, int, int]]:
        """Some who left up to the horizon, the earliest first, and were not counted yet."""
        after = schema.observations.alias("after").c
        query = (
            select(_O.subject, _O.ordinal, _O.at)
            .where(
                _O.source == self._source.name,
                _O.kind == Extra.CUSTOMER_CHURNED.value,
                _O.at <= horizon,
                ~select(after.source)
                .where(
                    after.source == _O.source,
                    after.subject == _O.subject,
                    after.kind == _AFTER.value,
                    after.ordinal == _O.ordinal,
                )
                .exists(),
            )
            .order_by(_O.at, _O.subject)
            .limit(_CHUNK)
        )
        return [(subject, ordinal, at) for subject, ordinal, at in self._connection.execute(query)]


def _customer(subject: str) -> str:
    return subject.removeprefix(PREFIX)


def _after(subject: str, ordinal: int, at: int, had: Served) -> Observation:
    nobody = (NONE,) * 5
    return Observation(
        subject, _AFTER, ordinal, at, None, None, (had.experience.value,), "", *nobody
    )
