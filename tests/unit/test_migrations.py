"""A store of every released schema goes on as if it had always been of the newest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec.structs import replace as changed
from sqlalchemy import MetaData, Table, insert, inspect, select, text
from sqlalchemy.engine import make_url

from connectors import Fact, Measures, Record, Supplement, Ticket, Told
from exporter.definition import Definition
from exporter.knowledge import Known, Ledger, Pledge, State
from exporter.source import Source
from exporter.store import Store, schema
from exporter.store.database import HEAD, upgrade
from exporter.store.postgresql import Postgresql
from exporter.store.rows import known_ticket
from exporter.store.sqlite import Sqlite
from tests.conftest import ROOT
from tests.storage import SOURCE, body, commit, content, pages, polls

pytest_plugins = ["tests.postgres"]

FIRST: Final = "0001"
FACTS: Final = (
    Fact.CREATED,
    Fact.FIRST_RESPONSE,
    Fact.FIRST_RESOLUTION,
    Fact.SOLVED,
    Fact.REOPENED,
    Fact.OPEN,
    Fact.UNASSIGNED,
    Fact.AWAITING_FIRST_RESPONSE,
)
"""What 0.1.0 knew of."""
COUNTED: Final = {fact.value for fact in FACTS[:5]} | {"corrected", "unseen"}
METRICS: Final = (
    "support_tickets_created",
    "support_tickets_solved",
    "support_tickets_reopened",
    "support_first_response_seconds",
    "support_first_resolution_seconds",
    "support_resolution_seconds",
    "support_tickets_open",
    "support_tickets_open_by_age",
    "support_tickets_unassigned",
    "support_tickets_awaiting_first_response",
    "support_oldest_open_created_timestamp_seconds",
    "support_oldest_unanswered_created_timestamp_seconds",
    "deskpulse_source_requests",
    "deskpulse_source_throttled_seconds",
    "deskpulse_source_records",
    "deskpulse_source_records_rejected",
    "deskpulse_source_facts_doubted",
    "deskpulse_source_failures",
    "deskpulse_source_transitions_unseen",
    "deskpulse_corrections",
    "deskpulse_labels_capped",
)
"""The stored series of 0.1.0."""
AGED: Final = b"support_tickets_awaiting_first_response_by_age"
NEW: Final = (b"support_arrivals", AGED)
THEN: Final = replace(
    SOURCE, measures=Measures({fact: Told() for fact in FACTS}), definition=Definition()
)
"""A source as 0.1.0 knew it."""
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/old.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def calm(tmp_path: Path) -> Iterator[Store]:
    """A store of the newest schema from its beginning."""
    made = Store.open(f"sqlite:///{tmp_path}/calm.db")
    made.prepare([THEN])
    yield made
    made.close()


def as_then(records: list[Record]) -> list[Record]:
    """The records without what 0.1.0 could not be told."""
    return [_as_then(record) for record in records if not isinstance(record, Supplement)]


def _as_then(record: Record) -> Record:
    if not isinstance(record, Ticket):
        return record
    solves = tuple(replace(one, waited=None, replies=None) for one in record.solves)
    return replace(record, solves=solves, reassignments=0, offered=False, language=None, tags=())


def take(store: Store, numbers: range, source: Source = THEN, *, then: bool = True) -> None:
    """Take in some of the polls."""
    for at, records in polls(count=4)[numbers.start : numbers.stop]:
        for page in pages(as_then(records) if then else records, at):
            commit(store, page, source)


def of_first(store: Store) -> Tables:
    """What a store holds, as 0.1.0 would have written it."""
    with store.database.reading() as connection:
        rows = {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in schema.metadata.tables.items()
        }
    rows["tickets"] = [
        _ticket(row["source"], known_ticket(row["known"])) for row in rows["tickets"]
    ]
    rows["series"] = [row for row in rows["series"] if row["metric"] in METRICS]
    rows["label_values"] = [row for row in rows["label_values"] if row["label"] == "team"]
    new = {"business", "marks", "clock", "category", "language", "exemplars", "offset",
           "offset_buckets", "definition", "counted", "judged_to"}  # fmt: skip
    del rows["arrivals"]
    return {
        name: [{key: value for key, value in row.items() if key not in new} for row in some]
        for name, some in rows.items()
    }


def _ticket(source: str, known: Known) -> dict[str, Any]:
    """A row of `tickets` in 0.1.0."""
    state, ledger = known.state, known.ledger
    words = ("created_at", "status", "priority", "team", "channel")
    return {
        "source": source,
        "id": known.id,
        "changed_at": known.version[0],
        "revision": known.version[1],
        "removed": known.removed,
        **{word: getattr(state, word) if state else None for word in words},
        "is_open": known.is_open,
        "assigned": state.assigned if state else False,
        "answered": known.answered,
        "counted_created": ledger.created,
        "counted_first_response": ledger.first_response,
        "counted_first_resolution": ledger.first_resolution,
        "counted_solves": " ".join(map(str, ledger.solves)),
        "counted_reopens": ledger.reopens,
        "counted_unseen": ledger.unseen,
        "counted_corrections": ledger.corrections,
    }


def build_first(url: str, rows: Tables) -> None:
    """Make a store of the schema 0001 with these rows."""
    made = make_url(url)
    kind = Sqlite(made) if made.get_backend_name() == "sqlite" else Postgresql(made)
    with kind.engine.connect() as connection:
        writer = kind.as_writer(connection)
        with writer.begin():
            upgrade(writer, FIRST)
            for name, some in rows.items():
                if some:
                    writer.execute(insert(Table(name, MetaData(), autoload_with=writer)), some)
    kind.engine.dispose()


def knowledge(store: Store) -> dict[str, Known]:
    """What is known of every ticket, but for its labels at first sight, which 0.1.0 forgot, and
    whether what was never promised is over.
    """
    with store.database.reading() as connection:
        texts = connection.scalars(select(schema.tickets.c.known)).all()
    every = list(map(known_ticket, texts))
    assert {known.response.breaks_at for known in every} == {None}
    forgotten: dict[str, Any] = {"begun": ("", ""), "response": Pledge(), "resolution": Pledge()}
    return {known.id: changed(known, **forgotten) for known in every}


def facts(store: Store) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The observations of what 0.1.0 counted, by their keys, with what it wrote of them."""
    rows = [row for row in content(store)["observations"] if row[2] in COUNTED]
    return {row[:4]: (row[4], row[5], *row[9:12]) for row in rows}


def old(page: bytes) -> list[bytes]:
    """The lines of a page that 0.1.0 had."""
    return [line for line in since(page) if not line.startswith((b"support_today", *NEW))]


def since(page: bytes) -> list[bytes]:
    """The lines that are the same after an upgrade: a gauge that is new then has no 0 yet for what
    tickets were before."""
    return [
        line for line in page.splitlines() if not (line.startswith(AGED) and line[-4:] == b" 0.0")
    ]


# --- the schema ---------------------------------------------------------------------------------


def shape(store: Store) -> dict[str, object]:
    """Of each table, what its columns hold, its key and its indexes."""
    with store.database.reading() as connection:
        found = inspect(connection)
        return {
            name: (
                {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(name)},
                found.get_pk_constraint(name)["constrained_columns"],
                sorted((str(i["name"]), i["column_names"]) for i in found.get_indexes(name)),
            )
            for name in found.get_table_names()
        }


def test_the_schema_is_the_sum_of_its_migrations(url: str) -> None:
    build_first(url, {})
    upgraded = Store.open(url)
    with upgraded.database.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    of_steps = shape(upgraded)
    with upgraded.database.writing() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    upgraded.close()
    new = Store.open(url)
    with new.database.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    assert shape(new) == of_steps
    new.close()


def test_an_upgraded_schema_is_that_of_a_new_store(url: str, calm: Store) -> None:
    take(calm, range(1))
    build_first(url, of_first(calm))
    store = Store.open(url)
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    store.close()


def test_keys_are_compared_by_their_bytes(postgres_url: str, calm: Store) -> None:
    """On PostgreSQL: in a store that was upgraded as in one that is new."""
    query = text(
        "SELECT count(*) FROM information_schema.key_column_usage k "
        "JOIN information_schema.columns c USING (table_name, column_name) "
        "WHERE c.data_type = 'text' AND k.table_name <> 'store' "
        "AND c.collation_name IS DISTINCT FROM 'C'"
    )
    build_first(postgres_url, of_first(calm))
    store = Store.open(postgres_url)
    with store.database.reading() as connection:
        assert connection.scalar(query) == 0
        assert connection.scalar(text("SELECT 'a' < 'B'")), "the database sorts by a language"
    store.close()


# --- what was known and counted -----------------------------------------------------------------

ROW: Final[dict[str, Any]] = {
    "source": "desk", "id": "", "changed_at": 900, "revision": 2, "removed": None,
    "created_at": 100, "status": "open", "is_open": True, "priority": "high", "team": "Ärzte",
    "channel": "email", "assigned": True, "answered": True, "counted_created": True,
    "counted_first_response": True, "counted_first_resolution": False, "counted_solves": "",
    "counted_reopens": 0, "counted_unseen": 0, "counted_corrections": 0,
}  # fmt: skip
STATE: Final = State(100, "open", True, "high", "Ärzte", "email", True, "none", "none")
KNOWN: Final = Known("", (900, 2), STATE, None, True, ("Ärzte", "high"), ledger=Ledger(True, True))
SOLVED: Final = Ledger(True, True, True, solves=(300, 900), reopens=1, unseen=1)
EXAMPLES: Final[list[tuple[dict[str, Any], Known]]] = [
    ({"id": "open"}, changed(KNOWN, id="open")),
    (
        {"id": "solved", "status": "solved", "is_open": False, "counted_first_resolution": True,
         "counted_solves": "300 900", "counted_reopens": 1, "counted_unseen": 1},
        changed(KNOWN, id="solved", state=changed(STATE, status="solved", is_open=False),
                ledger=SOLVED),
    ),
    (
        {"id": "spam", "removed": "spam", "is_open": False, "counted_corrections": 1},
        changed(KNOWN, id="spam", removed="spam", ledger=Ledger(True, True, corrections=1)),
    ),
    (
        {"id": "untold", "removed": "deleted", "created_at": None, "status": None,
         "is_open": False, "priority": None, "team": None, "channel": None, "assigned": False,
         "answered": False, "counted_created": False, "counted_first_response": False},
        Known("untold", (900, 2), None, "deleted"),
    ),
]  # fmt: skip


def test_each_kind_of_row_becomes_what_is_known(url: str) -> None:
    build_first(url, {"tickets": [ROW | row for row, _ in EXAMPLES]})
    store = Store.open(url)
    with store.database.reading() as connection:
        rows = connection.execute(select(schema.tickets)).mappings().all()
    assert {row["id"]: known_ticket(row["known"]) for row in rows} == {
        known.id: known for _, known in EXAMPLES
    }
    assert {row["id"]: row["wakes_at"] for row in rows if row["wakes_at"] is not None} == {
        "open": 0
    }
    assert {row["id"] for row in rows if row["is_open"]} == {"open"}
    store.close()


def test_more_rows_than_one_step_takes_are_all_there(url: str) -> None:
    build_first(
        url, {"tickets": [ROW | {"id": f"t{n}", "source": f"s{n % 3}"} for n in range(12_345)]}
    )
    store = Store.open(url)
    with store.database.reading() as connection:
        assert len(connection.scalars(select(schema.tickets.c.id)).all()) == 12_345
    store.close()


def test_what_was_known_and_counted_is_kept(url: str, calm: Store) -> None:
    take(calm, range(2))
    build_first(url, of_first(calm))
    store = Store.open(url)
    assert store.id == calm.id
    assert knowledge(store) == knowledge(calm)
    assert facts(store) == facts(calm)
    assert len(facts(calm)) > 50
    store.close()


def test_arrivals_are_those_of_a_store_that_was_always_new(url: str, calm: Store) -> None:
    take(calm, range(2))
    build_first(url, of_first(calm))
    store = Store.open(url)
    assert content(store)["arrivals"] == content(calm)["arrivals"]
    assert len(content(calm)["arrivals"]) > 5
    store.close()


def test_arrivals_of_the_schema_before_them_are_summed_up(url: str) -> None:
    store = Store.open(url)
    store.prepare([THEN, replace(THEN, name="not primed")])
    take(store, range(3))
    before = content(store)["arrivals"]
    with store.database.writing() as connection:
        connection.execute(text("DROP TABLE arrivals"))
        connection.execute(text("ALTER TABLE sources DROP COLUMN judged_to"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    store.close()
    again = Store.open(url)
    assert content(again)["arrivals"] == before
    again.close()


def test_the_polls_go_on_and_every_number_with_them(url: str, calm: Store) -> None:
    take(calm, range(2))
    build_first(url, of_first(calm))
    store = Store.open(url)
    before = body(calm)
    store.prepare([THEN])
    assert old(body(store)) == old(before), "counters and gauges are where they were"
    wakes = select(schema.tickets.c.id, schema.tickets.c.wakes_at)
    with store.database.reading() as mine, calm.database.reading() as theirs:
        assert {*map(tuple, mine.execute(wakes))} == {*map(tuple, theirs.execute(wakes))}
    for number in (2, 3):
        for one in (store, calm):
            take(one, range(number, number + 1))
        assert since(body(store)) == since(body(calm))
        assert facts(store) == facts(calm)
        assert knowledge(store) == knowledge(calm)
    assert body(calm) != before
    store.close()


def test_what_is_read_again_is_not_counted_again(url: str, calm: Store) -> None:
    take(calm, range(2))
    build_first(url, of_first(calm))
    store = Store.open(url)
    store.prepare([THEN])
    before = facts(store)
    take(store, range(2))
    assert facts(store) == before
    store.close()


def test_what_is_new_begins_and_what_is_old_goes_on(url: str, calm: Store) -> None:
    """Upgraded to everything that the newest version tells."""
    take(calm, range(2))
    build_first(url, of_first(calm))
    store = Store.open(url)
    store.prepare([SOURCE])
    take(store, range(2, 4), SOURCE, then=False)
    take(calm, range(2, 4), then=False)
    assert facts(store) == facts(calm)
    kinds = {row[2] for row in content(store)["observations"]}
    assert kinds > COUNTED - {"unseen"}
    assert {"replies", "requester_wait", "reassigned"} <= kinds
    store.close()


def test_several_processes_may_upgrade_one_store_at_once(url: str, calm: Store) -> None:
    take(calm, range(2))
    build_first(url, of_first(calm))
    script = "import sys; from exporter.store import Store; print(Store.open(sys.argv[1]).id)"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [out for out, _ in said] == [f"{calm.id}\n"] * 3, said
    store = Store.open(url)
    assert knowledge(store) == knowledge(calm)
    store.close()
