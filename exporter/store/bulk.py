"""Many rows in one statement: the text that both engines understand."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from exporter.store.rows import Row


class Existing(Enum):
    """What happens where a row with the same key exists."""

    REFUSED = "it is an error"
    KEPT = "it stays as it is"
    REPLACED = "it becomes the new row"


@cache
def insert_text(table: Table, rows: str, existing: Existing) -> str:
    """An INSERT of `rows` (a VALUES or a SELECT clause) in the order of the table's columns."""
    columns = ", ".join(map(_quoted, table.columns.keys()))
    # Nothing but names of our own tables and columns, and every one of them quoted.
    return f"INSERT INTO {_quoted(table.name)} ({columns}) {rows}{_conflict(table, existing)}"


@cache
def values_of(table: Table) -> Callable[[Row], tuple[Any, ...]]:
    """What takes a row's values in the order of the table's columns."""
    return _taken(tuple(table.columns.keys()))


@cache
def key_of(table: Table) -> Callable[[Row], Any]:
    """What takes a row's key."""
    return itemgetter(*(column.name for column in table.primary_key))


def _conflict(table: Table, existing: Existing) -> str:
    if existing is Existing.REFUSED:
        return ""
    keys = [column.name for column in table.primary_key]
    names = [name for name in table.columns.keys() if name not in keys]  # noqa: SIM118
    if existing is Existing.KEPT or not names:
        return " ON CONFLICT DO NOTHING"
    new = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names)
    return f" ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {new}"


def _taken(names: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def _quoted(name: str) -> str:
    return f'"{name}"'
