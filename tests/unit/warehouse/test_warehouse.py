"""The warehouse engine: statements in files, migrations, transactions, checkpoints, logical hashes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from comptoir.warehouse import fingerprint, migrate, sqlfile
from comptoir.warehouse.duckdb import DuckdbWarehouse, WarehouseIsTaken, open_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckdbWarehouse]:
    made = open_warehouse(tmp_path / "w.duckdb", memory_mb=256, threads=1)
    yield made
    made.close()


def test_every_statement_says_what_it_gives_and_takes() -> None:
    statements = list(sqlfile.every("comptoir.facts"))

    assert len(statements) > 40
    assert [one.name for one in statements if not one.grain or not one.reads] == []


def test_a_statement_refuses_other_parameters_than_its_head_names(warehouse: DuckdbWarehouse) -> None:
    with warehouse.cursor() as cursor, pytest.raises(sqlfile.StatementBroken):
        sqlfile.load("comptoir.facts", "carts_touches").run(cursor, cart=1)


def test_a_migrated_warehouse_is_left_alone_and_one_from_the_future_refused(warehouse: DuckdbWarehouse) -> None:
    with warehouse.cursor() as cursor:
        assert migrate.migrate(cursor) == []

        cursor.execute("INSERT INTO main.schema_migrations VALUES (9999, '9999_tomorrow')")
        with pytest.raises(migrate.WarehouseFromTheFuture):
            migrate.migrate(cursor)


def test_no_two_migrations_have_one_number() -> None:
    numbers = [one.number for one in migrate.all_migrations()]  # one that was given and not used leaves a gap

    assert numbers == sorted(set(numbers))


def test_a_transaction_that_fails_leaves_nothing(warehouse: DuckdbWarehouse) -> None:
    with pytest.raises(ZeroDivisionError), warehouse.transaction() as cursor:  # noqa: PT012 (what fails is the block)
        cursor.execute("INSERT INTO fact.clock VALUES (TIMESTAMP '2026-01-01')")
        raise ZeroDivisionError

    with warehouse.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM fact.clock").fetchall() == [(0,)]


def test_readers_see_the_last_commit_while_a_transaction_writes(warehouse: DuckdbWarehouse) -> None:
    seen = []

    def look() -> None:
        with warehouse.cursor() as cursor:
            seen.append(cursor.execute("SELECT count(*) FROM fact.clock").fetchall())

    with warehouse.transaction() as cursor:
        cursor.execute("INSERT INTO fact.clock VALUES (TIMESTAMP '2026-01-01')")
        reader = threading.Thread(target=look)
        reader.start()
        reader.join()

    assert seen == [[(0,)]]


def test_time_is_utc_and_nothing_is_installed_behind_our_back(warehouse: DuckdbWarehouse) -> None:
    with warehouse.cursor() as cursor:
        settings = dict(cursor.execute("SELECT name, value FROM duckdb_settings()").fetchall())

    assert settings["TimeZone"] == "UTC"
    assert settings["autoinstall_known_extensions"] == "false"
    assert settings["autoload_known_extensions"] == "false"
    assert settings["temp_directory"].startswith(str(warehouse.path.parent))


def test_the_log_is_moved_into_the_file_only_once_it_is_large(warehouse: DuckdbWarehouse) -> None:
    with warehouse.transaction() as cursor:
        cursor.execute("CREATE TABLE main.filler AS SELECT range AS i, md5(range::VARCHAR) AS t FROM range(50000)")

    assert not warehouse.checkpoint_if_needed(warehouse.wal_path, mb=64)
    assert warehouse.wal_path.stat().st_size > 0
    assert warehouse.checkpoint_if_needed(warehouse.wal_path, mb=0)
    assert not warehouse.wal_path.exists() or warehouse.wal_path.stat().st_size == 0


def test_what_was_committed_is_there_after_a_crash(tmp_path: Path) -> None:
    first = open_warehouse(tmp_path / "a.duckdb", memory_mb=256, threads=1)
    with first.transaction() as cursor:
        cursor.execute("INSERT INTO fact.clock VALUES (TIMESTAMP '2026-01-01')")
    copy = tmp_path / "b.duckdb"
    copy.write_bytes(first.path.read_bytes())
    copy.with_name("b.duckdb.wal").write_bytes(first.wal_path.read_bytes())

    second = open_warehouse(copy, memory_mb=256, threads=1)

    with second.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM fact.clock").fetchall() == [(1,)]
    second.close()
    first.close()


def test_a_taken_warehouse_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise duckdb.IOException("IO Error: Could not set lock on file")

    monkeypatch.setattr(duckdb, "connect", refuse)

    with pytest.raises(WarehouseIsTaken):
        open_warehouse(tmp_path / "w.duckdb")


def _hash(warehouse: DuckdbWarehouse, rows: str) -> str:
    with warehouse.transaction() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE fact.pairs (a BIGINT, b BIGINT)")
        cursor.execute(f"INSERT INTO fact.pairs VALUES {rows}")
        return fingerprint.logical_hash(cursor, "pairs")


def test_a_logical_hash_knows_rows_and_how_many_but_not_their_order(warehouse: DuckdbWarehouse) -> None:
    one = _hash(warehouse, "(1, 2), (3, 4)")

    assert _hash(warehouse, "(3, 4), (1, 2)") == one
    assert _hash(warehouse, "(1, 4), (3, 2)") != one
    assert _hash(warehouse, "(1, 2), (3, 4), (3, 4)") != one
    assert _hash(warehouse, "(1, 2), (3, 4), (5, 6), (5, 6)") != one


def test_profiles_are_compared_by_who_is_with_whom_and_not_by_name(warehouse: DuckdbWarehouse) -> None:
    def partition(*names: str) -> dict[str, str]:
        with warehouse.transaction() as cursor:
            cursor.execute("DELETE FROM fact.profile_of")
            for node, name in enumerate(names, 1):
                cursor.execute("INSERT INTO fact.profile_of VALUES (?, 'account', 'x', ?)", [node, name])
            return fingerprint.fingerprints(cursor)

    together = partition("A", "A", "B")

    assert partition("Z", "Z", "Y") == together
    assert partition("A", "B", "B") != together
