"""The first schema: sources, tickets, observations, series and label values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False, required: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=not (key or required))


def _whole(name: str, *, key: bool = False, required: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=not (key or required))


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _flag(name: str, *, required: bool = True) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=not required)


def upgrade() -> None:
    """Create every table of the first release."""
    op.create_table("store", _text("id", key=True))
    _sources()
    _tickets()
    _observations()
    op.create_table(
        "series",
        _text("source", key=True),
        _text("metric", key=True),
        _text("labels", key=True),
        _whole("value", required=True),
        _text("buckets"),
        _flag("held"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "label_values",
        _text("source", key=True),
        _text("label", key=True),
        _text("value", key=True),
        _text("shown", required=True),
        sqlite_with_rowid=False,
    )


def _sources() -> None:
    op.create_table(
        "sources",
        _text("source", key=True),
        _text("vendor", required=True),
        _whole("version", required=True),
        _text("cursor"),
        _flag("primed"),
        _flag("catching_up"),
        _whole("catching_up_until"),
        _flag("up", required=False),
        _whole("complete_to"),
        _whole("newest_change"),
        _whole("last_success"),
        _whole("clock_skew"),
        _whole("sync"),
        _text("gaps", required=True),
        _text("error"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        _text("source", key=True),
        _text("id", key=True),
        _whole("changed_at", required=True),
        _whole("revision", required=True),
        _text("removed"),
        _whole("created_at"),
        _text("status"),
        _flag("is_open"),
        _text("priority"),
        _text("team"),
        _text("channel"),
        _flag("assigned"),
        _flag("answered"),
        _flag("counted_created"),
        _flag("counted_first_response"),
        _flag("counted_first_resolution"),
        _text("counted_solves", required=True),
        _count("counted_reopens"),
        _count("counted_unseen"),
        _count("counted_corrections"),
        sqlite_with_rowid=False,
    )
    is_open = sa.text("is_open")
    awaiting = sa.text("is_open AND NOT answered")
    for name, columns, where in (
        ("tickets_open_by_age", ["source", "created_at"], is_open),
        ("tickets_open_by_team", ["source", "team", "created_at"], is_open),
        ("tickets_awaiting_by_team", ["source", "team", "created_at"], awaiting),
    ):
        op.create_index(name, "tickets", columns, sqlite_where=where, postgresql_where=where)


def _observations() -> None:
    op.create_table(
        "observations",
        _text("source", key=True),
        _text("subject", key=True),
        _text("kind", key=True),
        _whole("ordinal", key=True),
        _whole("at", required=True),
        _whole("value"),
        _text("team", required=True),
        _text("priority", required=True),
        _text("channel", required=True),
        sqlite_with_rowid=False,
    )
    op.create_index("observations_by_time", "observations", ["source", "kind", "at"])
