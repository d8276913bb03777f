"""Every support number: knowledge as one document, business time, promises, ratings, offsets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHUNK = 5_000
_OPEN = ("new", "open", "pending", "hold")
_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_KEYS = {
    "sources": ("source",),
    "observations": ("source", "subject", "kind"),
    "series": ("source", "metric", "labels"),
    "label_values": ("source", "label", "value"),
}


def _text(name: str, *, key: bool = False, required: bool = False) -> sa.Column[str]:
    return sa.Column(
        name, _KEY if key else sa.Text, primary_key=key, nullable=not (key or required)
    )


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def upgrade() -> None:
    """Keep everything that was counted; what is new begins empty."""
    _tickets()
    for column in (_whole("business"), _required("marks"), _required("clock")):
        op.add_column("observations", column)
    for name in ("category", "language"):
        op.add_column("observations", _required(name, "none"))
    op.execute("UPDATE observations SET clock = team")
    op.add_column("series", _text("exemplars"))
    op.add_column(
        "series", sa.Column("offset", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.add_column("series", _text("offset_buckets"))
    op.add_column("sources", _text("definition"))
    op.add_column("sources", _text("counted"))
    op.add_column("sources", _text("telling"))
    op.add_column(
        "sources", sa.Column("pages", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    if op.get_bind().dialect.name == "postgresql":
        _compare_keys_by_bytes()


def _compare_keys_by_bytes() -> None:
    for table, columns in _KEYS.items():
        changes = [f'ALTER COLUMN "{name}" TYPE text COLLATE "C"' for name in columns]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")


def _required(name: str, value: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=value)


def _tickets() -> None:
    for index in ("tickets_open_by_age", "tickets_open_by_team", "tickets_awaiting_by_team"):
        op.drop_index(index, "tickets")
    op.rename_table("tickets", "tickets_of_0001")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX tickets_pkey RENAME TO tickets_of_0001_pkey")
    table = op.create_table(
        "tickets",
        _text("source", key=True),
        _text("id", key=True),
        _text("known", required=True),
        _whole("wakes_at"),
        _text("removed"),
        _whole("created_at"),
        _text("status"),
        _flag("is_open"),
        _text("priority"),
        _text("team"),
        _text("channel"),
        _flag("answered"),
        sqlite_with_rowid=False,
    )
    for rows in _converted():
        op.bulk_insert(table, rows)
    op.drop_table("tickets_of_0001")
    is_open = sa.text("is_open")
    awaiting = sa.text("is_open AND NOT answered")
    for name, columns, where in (
        ("tickets_by_waking", ["source", "wakes_at"], sa.text("wakes_at IS NOT NULL")),
        ("tickets_open_by_team", ["source", "team", "created_at"], is_open),
        ("tickets_awaiting_by_team", ["source", "team", "created_at"], awaiting),
    ):
        op.create_index(name, "tickets", columns, sqlite_where=where, postgresql_where=where)


def _converted() -> Iterator[list[dict[str, Any]]]:
    """The tickets in their new form, so many at a time that they fit into memory."""
    source, key = "", ""
    query = sa.text(
        "SELECT * FROM tickets_of_0001 WHERE source > :source OR (source = :source AND id > :key) "
        "ORDER BY source, id LIMIT :most"
    )
    while True:
        found = op.get_bind().execute(query, {"source": source, "key": key, "most": _CHUNK})
        rows = [dict(row) for row in found.mappings()]
        if not rows:
            return
        yield [_ticket(row) for row in rows]
        source, key = rows[-1]["source"], rows[-1]["id"]


def _ticket(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("source", "id", "removed", "created_at", "status", "priority", "team", "channel")
    return {
        **{name: row[name] for name in kept},
        "is_open": bool(row["is_open"]),
        "answered": bool(row["answered"]),
        # Whatever depends on time is looked at when the next poll ends.
        "wakes_at": 0 if row["is_open"] else None,
        "known": json.dumps(_known(row), separators=(",", ":")),
    }


def _known(row: dict[str, Any]) -> list[Any]:
    state = None
    if row["created_at"] is not None:
        is_open = row["status"] in _OPEN
        words = (row["priority"], row["team"], row["channel"], bool(row["assigned"]))
        state = [row["created_at"], row["status"], is_open, *words, "none", "none"]
    none = [None, False, False]
    return [
        row["id"],
        [row["changed_at"], row["revision"]],
        state,
        row["removed"],
        bool(row["answered"]),
        [row["team"] or "", row["priority"] or ""],
        [],
        [],
        none,
        none,
        _ledger(row),
    ]


def _ledger(row: dict[str, Any]) -> list[Any]:
    counted = ("counted_created", "counted_first_response", "counted_first_resolution")
    return [
        *(bool(row[name]) for name in counted),
        False,
        [int(at) for at in row["counted_solves"].split()],
        [],
        [],
        row["counted_reopens"],
        0,
        0,
        row["counted_unseen"],
        row["counted_corrections"],
    ]
