from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from comptoir.state.base import State, open_state

metadata = MetaData()
notes = Table("notes", metadata, Column("number", Integer, primary_key=True))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state(tmp_path / "state.db")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


def count(state: State) -> int:
    with state.read() as connection:
        return connection.execute(select(func.count()).select_from(notes)).scalar_one()


def test_a_block_that_ends_is_kept(state: State) -> None:
    with state.write() as connection:
        connection.execute(insert(notes), [{"number": 1}, {"number": 2}])

    assert count(state) == 2


def test_a_block_that_fails_leaves_nothing(state: State) -> None:
    with pytest.raises(IntegrityError), state.write() as connection:
        connection.execute(insert(notes), [{"number": 1}, {"number": 1}])

    assert count(state) == 0


def test_a_reader_does_not_see_what_is_not_committed(state: State) -> None:
    with state.write() as connection:
        connection.execute(insert(notes), [{"number": 1}])
        assert count(state) == 0

    assert count(state) == 1


def test_a_read_only_store_cannot_be_written(state: State, tmp_path: Path) -> None:
    reader = open_state(tmp_path / "state.db", read_only=True)

    with pytest.raises(OperationalError), reader.write() as connection:
        connection.execute(insert(notes), [{"number": 1}])

    assert count(reader) == 0
    reader.close()


def test_commits_are_durable_and_the_log_is_ahead(state: State) -> None:
    with state.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
