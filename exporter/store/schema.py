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
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

KEY = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in a key is compared by its bytes, as SQLite and Python do it, whatever the language of the
database: pages are walked through in the order of keys, and both engines must give the same."""

store = Table(
    "store",
    metadata,
    Column("id", Text, primary_key=True, doc="made with the store; tells stores apart"),
)

sources = Table(
    "sources",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("version", BigInteger, nullable=False, doc="counts commits"),
    Column("cursor", Text),
    Column("primed", Boolean, nullable=False),
    Column("catching_up", Boolean, nullable=False),
    Column("catching_up_until", BigInteger, doc="by our clock; the flag stays up to then"),
    Column("up", Boolean),
    Column("complete_to", BigInteger),
    Column("newest_change", BigInteger),
    Column("last_success", BigInteger),
    Column("clock_skew", BigInteger),
    Column("sync", BigInteger),
    Column("gaps", Text, nullable=False, doc="refused streams, one a line"),
    Column("error", Text, doc="why the last poll failed, in words"),
    Column("definition", Text, doc="the fingerprint of the definition in use"),
    Column("counted", Text, doc="the fingerprint by which everything was counted last"),
    Column("telling", Text, doc="the fingerprint of what gauges are made of"),
    Column("pages", BigInteger, nullable=False, doc="counts pages taken in"),
    Column("experienced_to", BigInteger, doc="up to when churn was held against support"),
    Column("judged_to", BigInteger, doc="the whole minute at which arrivals were judged last"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("known", Text, nullable=False, doc="all that is known, as JSON; the rest is of it"),
    Column("wakes_at", BigInteger, doc="the watermark at which time alone changes a number"),
    Column("removed", Text),
    Column("created_at", BigInteger),
    Column("status", Text),
    Column("is_open", Boolean, nullable=False, doc="open and not removed"),
    Column("priority", Text),
    Column("team", Text),
    Column("channel", Text),
    Column("answered", Boolean, nullable=False),
    Column("customer", Text, doc="keyed hash of the id by which other systems know who asked"),
    Column("domain", Text, doc="keyed hash of the domain of who asked"),
    sqlite_with_rowid=False,
)
IS_OPEN = text("is_open")
"""The ticket is backlog. A query must say it in these words: SQLite uses a partial index only for
conditions that it recognises, and `is_open = 1` is not one of them."""
IS_AWAITING = text("is_open AND NOT answered")
"""The ticket is backlog and has no first response; as literal as `IS_OPEN`."""
WAKES = text("wakes_at IS NOT NULL")
"""Something about the ticket changes by the mere passing of time."""
Index(
    "tickets_by_waking",
    tickets.c.source,
    tickets.c.wakes_at,
    sqlite_where=WAKES,
    postgresql_where=WAKES,
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

IS_CUSTOMERS = text("customer IS NOT NULL OR domain IS NOT NULL")
"""The ticket says who asked."""
Index(
    "tickets_of_customers",
    tickets.c.source,
    tickets.c.created_at,
    sqlite_where=IS_CUSTOMERS,
    postgresql_where=IS_CUSTOMERS,
)

customers = Table(
    "customers",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("id", KEY, primary_key=True, doc="keyed hash of the vendor's id"),
    Column("known", Text, nullable=False, doc="all that is known, as JSON; the rest is of it"),
    Column("wakes_at", BigInteger, doc="the watermark at which it has to be counted again"),
    Column("is_active", Boolean, nullable=False, doc="it paid for something when counted last"),
    sqlite_with_rowid=False,
)
Index(
    "customers_by_waking",
    customers.c.source,
    customers.c.wakes_at,
    sqlite_where=WAKES,
    postgresql_where=WAKES,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("id", KEY, primary_key=True, doc="keyed hash of the vendor's id"),
    Column("customer", KEY, nullable=False),
    Column("known", Text, nullable=False, doc="all that is known, as JSON"),
    sqlite_with_rowid=False,
)
Index("subscriptions_by_customer", subscriptions.c.source, subscriptions.c.customer)

observations = Table(
    "observations",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("subject", KEY, primary_key=True),
    Column("kind", KEY, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("value", BigInteger, doc="milliseconds, replies, a score, money; null: only counted"),
    Column("business", BigInteger, doc="the value on the business clock"),
    Column("marks", Text, nullable=False, doc="label values of this kind alone, by blanks"),
    Column("clock", Text, nullable=False, doc="the team whose business clock it is"),
    Column("team", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("language", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("observations_by_time", observations.c.source, observations.c.kind, observations.c.at)

arrivals = Table(
    "arrivals",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("channel", KEY, primary_key=True),
    Column("day", BigInteger, primary_key=True, doc="of UTC, counted since 1970"),
    Column("tickets", BigInteger, nullable=False, doc="created on that day"),
    Column("minutes", Text, nullable=False, doc="JSON: tickets created by the minute of the day"),
    sqlite_with_rowid=False,
)

series = Table(
    "series",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("metric", KEY, primary_key=True),
    Column("labels", KEY, primary_key=True, doc="the values as a JSON list"),
    Column("value", BigInteger, nullable=False, doc="a count, or milliseconds"),
    Column("buckets", Text, doc="JSON list, each bucket alone, +Inf last"),
    Column("exemplars", Text, doc="JSON by bucket: instant, ticket, value"),
    Column("offset", BigInteger, nullable=False, doc="added to the value when published"),
    Column("offset_buckets", Text, doc="added to the buckets when published"),
    Column("held", Boolean, nullable=False, doc="shown at 0 until a scrape has seen the 0"),
    sqlite_with_rowid=False,
)

label_values = Table(
    "label_values",
    metadata,
    Column("source", KEY, primary_key=True),
    Column("label", KEY, primary_key=True),
    Column("value", KEY, primary_key=True),
    Column("shown", Text, nullable=False, doc="the value itself, or what it is folded into"),
    sqlite_with_rowid=False,
)
