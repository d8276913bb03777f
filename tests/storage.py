"""What the tests of the store share: made-up records, what a store holds, a copy of a store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import make_url

from connectors import (
    Channel,
    Exchange,
    Fact,
    Measures,
    Page,
    Priority,
    Rating,
    Record,
    Removal,
    Removed,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
    Told,
    Usage,
)
from exporter.definition import Category, ClockName, Definition, Promise, Target
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store, schema
from tests.programs import business

BEGIN: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR: Final = 3_600_000
NOW: Final = round(BEGIN.timestamp() * 1000) + 50 * HOUR
# Names that languages sort otherwise than bytes do.
TEAMS: Final = ("zulu", "Zebra", "apple", "Ärzte", "a_b", "a b", "Éclair", "日本", "🦊", "B-1")
PREFIXES: Final = ("a-", "A", "ä", "_", "9", "Z")
PROMISES: Final = (
    Promise(Target.FIRST_RESPONSE, ClockName.CALENDAR, 4 * HOUR),
    Promise(Target.NEXT_RESPONSE, ClockName.CALENDAR, 6 * HOUR),
    Promise(Target.RESOLUTION, ClockName.CALENDAR, 30 * HOUR),
)
CATEGORIES: Final = (Category("billing", frozenset({"bill"})), Category("übrig", frozenset({"x"})))
SOURCE: Final = Source(
    "desk",
    "desk",
    Measures({fact: Told() for fact in Fact}),
    max_teams=4,
    definition=Definition(promises=PROMISES, categories=CATEGORIES),
)
TABLES: Final = (
    schema.sources,
    schema.tickets,
    schema.observations,
    schema.arrivals,
    schema.series,
    schema.label_values,
)


class Life:
    """One ticket that things happen to, out of a seed."""

    def __init__(self, number: int, random: Random, at: datetime) -> None:
        self.id = f"{PREFIXES[number % len(PREFIXES)]}{number}"
        self._random = random
        self._created = at - timedelta(minutes=random.randrange(1, 180))
        self._fields: dict[str, Any] = {
            "status": Status.NEW,
            "priority": random.choice(list(Priority)),
            "team": random.choice((*TEAMS, None)),
            "assigned": False,
        }
        self._channel = random.choice(list(Channel))
        self._tags = random.choice(((), ("bill",), ("x",)))
        self._language = random.choice((None, "de", "pt-BR"))
        self._solves: tuple[Solve, ...] = ()
        self._first_solve: datetime | None = None
        self._revision = 0
        self.removed = False

    def change(self, at: datetime) -> Record:
        """Let something happen; gives what the vendor then says."""
        random, fields = self._random, self._fields
        self._revision += 1
        what = random.randrange(12)
        if what == 0 and self._revision > 1:
            self.removed = True
            return Removed(self.id, at, random.choice(list(Removal)), self._revision)
        if what == 1:
            return self._supplement(at)
        if what < 4 and not self._solves:
            self._solves = (Solve(at, waited=random.randrange(9_000), replies=random.randrange(4)),)
            self._first_solve = at
            fields["status"] = Status.SOLVED
        elif what < 6:
            fields["team"] = random.choice((*TEAMS, None))
            fields["reassignments"] = fields.get("reassignments", 0) + 1
        elif what < 8:
            fields.setdefault("first_response_at", at)
            fields["assigned"] = True
            fields["status"] = Status.OPEN
            fields["reopens"] = len(self._solves)
        elif what < 10:
            fields["priority"] = random.choice(list(Priority))
            fields["offered"] = True
        return self._ticket(at)

    def _ticket(self, at: datetime) -> Ticket:
        return Ticket(
            self.id,
            self._created,
            at,
            channel=self._channel,
            first_solved_at=self._first_solve,
            solves=self._solves,
            revision=self._revision,
            language=self._language,
            tags=self._tags,
            **self._fields,
        )

    def _supplement(self, at: datetime) -> Supplement:
        random = self._random
        asked = at - timedelta(minutes=random.randrange(10, 50))
        answered = at if random.random() < 0.5 else None
        rating = Rating(Survey.SATISFACTION, random.randrange(2), 1, at)
        return Supplement(self.id, (Exchange(self._revision, asked, answered),), (rating,))


def polls(
    seed: int = 1, count: int = 4, new: int = 40, of: str = ""
) -> list[tuple[datetime, list[Record]]]:
    """What so many polls bring, each with its watermark. The same for the same seed.

    of: a word that the ids begin with.
    """
    random = Random(f"{seed}{of}")
    lives: list[Life] = []
    found = []
    for number in range(count):
        at = BEGIN + timedelta(hours=9 * number)
        for _ in range(new):
            lives.append(Life(len(lives), random, at))
            lives[-1].id = of + lives[-1].id
        old = lives[:-new]
        touched = [*lives[-new:], *random.sample(old, len(old) // 2)]
        alive = [life for life in touched if not life.removed]
        moments = [at + timedelta(seconds=step) for step in range(len(alive))]
        records = [life.change(moment) for life, moment in zip(alive, moments, strict=True)]
        found.append((at + timedelta(hours=1), records))
    return found


def pages(records: Sequence[Record], at: datetime, size: int = 25) -> Iterator[Page]:
    """The records of a poll in pages, the last of which is complete."""
    for start in range(0, len(records), size):
        last = start + size >= len(records)
        batch = tuple(records[start : start + size])
        yield Page(batch, f"{at.isoformat()} {start}", at if last else None)


def commit(store: Store, page: Page, source: Source = SOURCE) -> int:
    """Commit a page at an hour that is the same in every test."""
    return store.commit(source, page, Usage({"200": 1}), NOW, NOW)


def fill(store: Store, source: Source = SOURCE, **options: Any) -> None:
    """Prepare the source and take in everything that its polls bring."""
    store.prepare([source])
    for at, records in polls(**options):
        for page in pages(records, at):
            commit(store, page, source)


def body(store: Store, *names: str) -> bytes:
    """The business lines at their totals."""
    return business(Exposition(store.snapshot(), names or ("desk",), totals=True).body())


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a store, by table, in an order of its own."""
    with store.database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in TABLES
        }


def counts(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """As `content`, without what depends on the number of commits."""
    found = content(store)
    del found["sources"]
    found["series"] = [
        row for row in found["series"] if not row[1].startswith("deskpulse_source_r")
    ]
    return found


def copied(url: str, folder: Path) -> str:
    """A copy of a store that nobody has open, as from a backup; gives its URL."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(made.database))) as original:
            original.execute(f"VACUUM INTO '{folder / 'copy.db'}'")
        return f"sqlite:///{folder / 'copy.db'}"
    import psycopg
    from psycopg import sql

    assert made.database
    name = f"{made.database}_copy"
    with psycopg.connect(
        host=made.host,
        port=made.port,
        user=made.username,
        password=made.password,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        names = (sql.Identifier(name), sql.Identifier(made.database))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return made.set(database=name).render_as_string(hide_password=False)
