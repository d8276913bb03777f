"""Customers and their subscriptions, and who asked in a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Keep everything; what is new begins empty."""
    op.add_column("sources", sa.Column("experienced_to", sa.BigInteger))
    op.add_column("tickets", sa.Column("customer", sa.Text))
    op.add_column("tickets", sa.Column("domain", sa.Text))
    _partial("tickets_of_customers", "tickets", "created_at", _IS_CUSTOMERS)
    op.create_table(
        "customers",
        sa.Column("source", _KEY, primary_key=True),
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("known", sa.Text, nullable=False),
        sa.Column("wakes_at", sa.BigInteger),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    _partial("customers_by_waking", "customers", "wakes_at", _WAKES)
    op.create_table(
        "subscriptions",
        sa.Column("source", _KEY, primary_key=True),
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer", _KEY, nullable=False),
        sa.Column("known", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("subscriptions_by_customer", "subscriptions", ["source", "customer"])


_IS_CUSTOMERS = "customer IS NOT NULL OR domain IS NOT NULL"
_WAKES = "wakes_at IS NOT NULL"


def _partial(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, ["source", column], sqlite_where=where, postgresql_where=where)
