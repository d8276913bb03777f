"""The store: its schema, its migrations, what it refuses."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.config.values import a_store
from exporter.store import Store, StoreError, schema


def test_opening_again_keeps_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/same.db"
    first = Store.open(url)
    name = first.id
    first.close()
    second = Store.open(url)
    assert second.id == name
    second.close()


def test_every_key_begins_with_the_source() -> None:
    for table in schema.metadata.sorted_tables:
        if table is not schema.store:
            assert next(iter(table.primary_key)).name == "source"


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are my notes, not a database at all" * 50)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{path}")


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Check that its folder exists"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/store.db")


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    Store.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(f"sqlite:///{path}")


def test_many_processes_may_make_one_store_at_once(tmp_path: Path) -> None:
    script = (
        f"from exporter.store import Store; print(Store.open('sqlite:///{tmp_path}/one.db').id)"
    )
    made = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    names = {process.communicate(timeout=60)[0] for process in made}
    assert [process.returncode for process in made] == [0] * 6
    assert len(names) == 1


def test_a_new_store_is_for_its_user_alone(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/private.db")
    store.prepare([])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    store.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_driver_of_postgresql_is_chosen_for_the_operator(scheme: str, tmp_path: Path) -> None:
    url = a_store(f"{scheme}://u:p%40ss@db.desk.example:5433/desk?sslmode=require", tmp_path)
    assert url == "postgresql+psycopg://u:p%40ss@db.desk.example:5433/desk?sslmode=require"
