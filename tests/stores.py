"""State stores for tests, made once a process and then copied: making their tables takes longer than most tests do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from comptoir.state import migrate
from comptoir.state.base import State, metadata, open_state


def new_state(path: Path) -> State:
    """Open a store with every table that modules loaded so far declare, as if migrated; or the one that is there."""
    if not path.exists():
        path.write_bytes(_with_tables(frozenset(metadata.tables)))
    return open_state(path)


def migrated_state(path: Path) -> State:
    """Open a new store as an installation has it, triggers included."""
    path.write_bytes(_migrated())
    return open_state(path)


@cache
def _with_tables(names: frozenset[str]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        state = open_state(path)
        with state.write() as connection:
            metadata.create_all(connection, tables=[metadata.tables[name] for name in sorted(names)])
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (migrate.HEAD,))
        state.close()
        return path.read_bytes()


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        state = open_state(path)
        migrate.migrate(state)
        state.close()
        return path.read_bytes()
