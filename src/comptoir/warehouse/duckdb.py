"""The embedded warehouse, on DuckDB: one file, one process, checkpoints when we say so."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from comptoir.errors import ComptoirError
from comptoir.logs import get
from comptoir.warehouse import migrate
from comptoir.warehouse.base import Cursor

MIB = 1 << 20
TRIES = 50
"""How often a checkpoint is tried while transactions stand in its way."""
PAUSE_SECONDS = 0.02

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Nothing of ours reads a file by SQL: whatever slips through the guard finds these doors shut."""

_log = get("warehouse")


class WarehouseIsTaken(ComptoirError):
    """Another process holds the warehouse's file."""

    code, status = "warehouse_is_taken", 409
    hint = "Ask the engine that runs (`comptoir query` does), or stop it first."


@dataclass(slots=True)
class DuckdbWarehouse:
    """An open warehouse. Cursors may be used from any thread, one at a time each; one transaction writes at a time."""

    path: Path
    connection: Cursor
    writing: threading.Lock = field(default_factory=threading.Lock)
    opening: threading.Lock = field(default_factory=threading.Lock)

    def cursor(self) -> Cursor:
        """Give a cursor for the calling thread; close it (or use it as a context) when done."""
        with self.opening:  # duckdb's own connection object is not made for two threads at once
            return self.connection.cursor()

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Lend a cursor inside one transaction: all of it is durable when the block ends, or none of it."""
        with self.writing, self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    @property
    def wal_path(self) -> Path:
        """Give where the write-ahead log lies."""
        return self.path.with_name(self.path.name + ".wal")

    def checkpoint_if_needed(self, wal_path: Path | None = None, mb: int = 128) -> bool:
        """
        Move the write-ahead log into the file once it is larger than `mb` MiB, and say whether it was moved.

        Call it from a thread of its own: ticks go on beside it.
        """
        try:
            size = (wal_path or self.wal_path).stat().st_size
        except FileNotFoundError:
            return False
        return size > mb * MIB and self._checkpoint()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file now. Raises: duckdb.Error where transactions stand in the way."""
        if not self._checkpoint():
            with self.writing, self.cursor() as cursor:
                cursor.execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _checkpoint(self) -> bool:
        with self.cursor() as cursor:
            for _ in range(TRIES):
                try:
                    cursor.execute("CHECKPOINT")
                except duckdb.TransactionException:
                    time.sleep(PAUSE_SECONDS)  # a transaction is open: its turn first
                else:
                    return True
        _log.warning("checkpoint put off: transactions stand in its way", tries=TRIES)
        return False


Warehouse = DuckdbWarehouse
"""The engine that ships; `warehouse.base.Warehouse` is its promise."""


def open_warehouse(path: Path, *, memory_mb: int = 4_096, threads: int = 2, read_only: bool = False) -> DuckdbWarehouse:
    """
    Open the warehouse in `path`, brought to this version's tables unless `read_only`.

    Raises: WarehouseIsTaken where another process has it; WarehouseFromTheFuture where a newer version wrote it.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        connection = duckdb.connect(
            str(path),
            read_only=read_only,
            config={
                "memory_limit": f"{memory_mb}MiB",
                "threads": threads,
                "temp_directory": str(temporary),
                # we checkpoint ourselves, from a thread of its own: a checkpoint inside a commit stalls the tick
                "wal_autocheckpoint": "1TiB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                # facts are sets: no statement of ours relies on the order of insertion without saying ORDER BY
                "preserve_insertion_order": False,
            },
        )
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseIsTaken(path=str(path)) from error
        raise
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    if not read_only:
        migrate.migrate(connection)
    for statement in _LOCKS:
        connection.execute(statement)
    return DuckdbWarehouse(path, connection)
