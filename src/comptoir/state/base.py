"""The state store: small transactional truth, on SQLite (one writer at a time, durable at commit)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import QueuePool

metadata = MetaData()
"""Every slice declares its tables on it, in its own `rows.py`."""

BUSY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class State:
    """The state of one installation: read it with `read`, change it with `write`."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection of which each answer is consistent."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def read_at_once(self) -> Iterator[Connection]:
        """Lend a connection of which all answers are as of one instant."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend a connection inside one transaction: all of it is durable when the block ends, or none of it."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def watched(self) -> Iterator[Callable[[], int]]:
        """
        Lend a question that costs some microseconds: the number of what was written, another after each commit.

        It is asked on a connection of its own, as SQLite counts the commits of all others; who waits takes none from
        those who read.
        """
        with self.engine.connect() as connection:
            connection.detach()
            yield lambda: int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_state(path: Path, *, read_only: bool = False) -> State:
    """Open the state store in `path`; its tables are made by `state.migrate`."""
    mode = "ro" if read_only else "rwc"
    engine = create_engine(
        f"sqlite:///file:{path}?mode={mode}&uri=true",
        poolclass=QueuePool,
        pool_size=8,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
        # autocommit: we say BEGIN IMMEDIATE ourselves, so that two writers queue and never deadlock
        execution_options={"isolation_level": "AUTOCOMMIT"},
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: object, _record: object) -> None:
        cursor = raw.cursor()  # type: ignore[attr-defined]
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.close()

    return State(engine)
