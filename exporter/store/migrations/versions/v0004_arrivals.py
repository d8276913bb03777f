"""Arrivals by channel and minute, summed up from what was observed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MINUTES = 1440
_DAY = _MINUTES * 60_000
_KEPT = 93
_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Keep everything; arrivals begin with the last three months of what was observed."""
    op.add_column("sources", sa.Column("judged_to", sa.BigInteger))
    table = op.create_table(
        "arrivals",
        sa.Column("source", _KEY, primary_key=True),
        sa.Column("channel", _KEY, primary_key=True),
        sa.Column("day", sa.BigInteger, primary_key=True),
        sa.Column("tickets", sa.BigInteger, nullable=False),
        sa.Column("minutes", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    # One that is not primed is counted when its first import is complete.
    primed = op.get_bind().execute(
        sa.text("SELECT source, complete_to FROM sources WHERE primed ORDER BY source")
    )
    for source, complete_to in primed.all():
        op.bulk_insert(table, list(_rows(source, complete_to)))


def _rows(source: str, complete_to: int) -> Iterator[dict[str, Any]]:
    """The rows of one source: a few hundred at the most."""
    query = sa.text(
        "SELECT channel, at / 60000 AS minute, count(*) FROM observations "
        "WHERE source = :source AND kind = 'created' AND at >= :since "
        "GROUP BY channel, at / 60000 ORDER BY channel, minute"
    )
    since = (complete_to // _DAY - _KEPT) * _DAY
    found = op.get_bind().execute(query, {"source": source, "since": since})
    for (channel, day), some in groupby(found, lambda row: (row[0], row[1] // _MINUTES)):
        minutes = {str(minute % _MINUTES): number for _, minute, number in some}
        yield {
            "source": source,
            "channel": channel,
            "day": day,
            "tickets": sum(minutes.values()),
            "minutes": json.dumps(minutes, separators=(",", ":")),
        }
