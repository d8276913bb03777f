"""The tables of the store. Every key begins with `source`; instants are Unix milliseconds.

No column holds a person's data: no subject line, no requester, no agent. Changes to this module
come with a migration in exporter/store/migrations/versions; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

store = Table(
    "store",
    metadata,
    Column("id", Text, primary_key=True, comment="made with the store; tells stores apart"),
)

sources = Table(
    "sources",
    metadata,
    Column("source", Text, primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("version", BigInteger, nullable=False, comment="counts commits"),
    Column("cursor", Text),
    Column("primed", Boolean, nullable=False),
    Column("catching_up", Boolean, nullable=False),
    Column("catching_up_until", BigInteger, comment="by our clock; the flag stays up to then"),
    Column("up", Boolean),
    Column("complete_to", BigInteger),
    Column("newest_change", BigInteger),
    Column("last_success", BigInteger),
    Column("clock_skew", BigInteger),
    Column("sync", BigInteger),
    Column("gaps", Text, nullable=False, comment="refused streams, one a line"),
    Column("error", Text, comment="why the last poll failed, in words"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("changed_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("removed", Text),
    Column("created_at", BigInteger),
    Column("status", Text),
    Column("is_open", Boolean, nullable=False, comment="open and not removed"),
    Column("priority", Text),
    Column("team", Text),
    Column("channel", Text),
    Column("assigned", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("counted_created", Boolean, nullable=False),
    Column("counted_first_response", Boolean, nullable=False),
    Column("counted_first_resolution", Boolean, nullable=False),
    Column("counted_solves", Text, nullable=False, comment="instants, separated by blanks"),
    Column("counted_reopens", Integer, nullable=False),
    Column("counted_unseen", Integer, nullable=False),
    Column("counted_corrections", Integer, nullable=False),
    sqlite_with_rowid=False,
)
IS_OPEN = text("is_open")
"""The ticket is backlog. A query must say it in these words: SQLite uses a partial index only for
conditions that it recognises, and `is_open = 1` is not one of them."""
IS_AWAITING = text("is_open AND NOT answered")
"""The ticket is backlog and has no first response; as literal as `IS_OPEN`."""
Index(
    "tickets_open_by_age",
    tickets.c.source,
    tickets.c.created_at,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
Index(
    "tickets_open_by_team",
    tickets.c.source,
    tickets.c.team,
    tickets.c.created_at,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
Index(
    "tickets_awaiting_by_team",
    tickets.c.source,
    tickets.c.team,
    tickets.c.created_at,
    sqlite_where=IS_AWAITING,
    postgresql_where=IS_AWAITING,
)

observations = Table(
    "observations",
    metadata,
    Column("source", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("value", BigInteger, comment="milliseconds; null for what is only counted"),
    Column("team", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("channel", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("observations_by_time", observations.c.source, observations.c.kind, observations.c.at)

series = Table(
    "series",
    metadata,
    Column("source", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("labels", Text, primary_key=True, comment="the values as a JSON list"),
    Column("value", BigInteger, nullable=False, comment="a count, or milliseconds"),
    Column("buckets", Text, comment="JSON list, each bucket alone, +Inf last"),
    Column("held", Boolean, nullable=False, comment="shown at 0 until a scrape has seen the 0"),
    sqlite_with_rowid=False,
)

label_values = Table(
    "label_values",
    metadata,
    Column("source", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("shown", Text, nullable=False, comment="the value itself, or what it is folded into"),
    sqlite_with_rowid=False,
)
