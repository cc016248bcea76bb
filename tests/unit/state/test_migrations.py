"""Migrations of the state store: they make what the tables say, once, and know their own newest."""

from __future__ import annotations

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import comptoir
from comptoir.state import migrate
from comptoir.state.base import metadata, open_state

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"


def _all_tables() -> None:
    for found in pkgutil.walk_packages(comptoir.__path__, "comptoir."):
        if found.name.endswith("rows"):
            import_module(found.name)


def test_a_new_store_has_exactly_the_tables_that_the_slices_declare(tmp_path: Path) -> None:
    _all_tables()
    state = open_state(tmp_path / "state.db")

    migrate.migrate(state)

    with state.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    state.close()


def test_what_only_sqlite_knows_of_a_table_is_migrated_too(tmp_path: Path) -> None:
    _all_tables()
    state = open_state(tmp_path / "state.db")
    migrate.migrate(state)

    with state.read() as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        made = {row.name: row.sql for row in found}
    state.close()
    without = {table.name for table in metadata.sorted_tables if table.dialect_options["sqlite"]["with_rowid"] is False}
    assert without
    assert {name for name in without if "WITHOUT ROWID" not in made[name]} == set()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.db")
    migrate.migrate(state)
    with state.write() as connection:
        connection.execute(text("INSERT INTO brands VALUES ('main', 'Europe/Paris', 'EUR', 'FR', 'fr', '')"))

    migrate.migrate(state)

    with state.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM brands")) == 1
    state.close()


def test_the_newest_migration_is_the_newest_file() -> None:
    assert max(file.name[:4] for file in VERSIONS.glob("[0-9]*.py")) == migrate.HEAD


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.db")
    migrate.migrate(state)
    with state.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(migrate.StateFromTheFuture):
        migrate.migrate(state)
    state.close()


def test_stores_upgraded_at_once_in_one_process_are_not_mixed_up(tmp_path: Path) -> None:
    stores = [open_state(tmp_path / f"{number}.db") for number in range(4)]
    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(migrate.migrate, stores))

    tables = []
    for one in stores:
        with one.read() as connection:
            tables.append(sorted(inspect(connection).get_table_names()))
        one.close()
    assert tables == [tables[0]] * len(stores)
    assert "sign_ins" in tables[0]
