"""The warehouse's promise: facts in columns, one writer, many readers, transactions that are all or nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import duckdb

Cursor = duckdb.DuckDBPyConnection
"""What a statement runs on; one for each thread."""


class Warehouse(Protocol):
    """Facts and marts. One writes; any number read beside it, each with a cursor of its own."""

    def cursor(self) -> Cursor:
        """Give a cursor for the calling thread; close it (or use it as a context) when done."""
        ...

    def transaction(self) -> AbstractContextManager[Cursor]:
        """Lend a cursor inside one transaction: all of it is durable when the block ends, or none of it."""
        ...

    def checkpoint_if_needed(self, wal_path: Path, mb: int) -> bool:
        """Move the write-ahead log into the file once it is larger than `mb` MiB, and say whether it was."""
        ...

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file now."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
