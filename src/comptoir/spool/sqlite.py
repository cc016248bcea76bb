"""The spool on SQLite: one row a parcel, durable at commit, and every byte checked when it is read back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from struct import error as struct_error
from threading import Lock
from typing import Any
from zlib import crc32

from comptoir.errors import SpoolDamaged, StoreUnavailable
from comptoir.spool import wal
from comptoir.spool.base import Parcel, Stretch

BUSY_SECONDS = 30
_FORGET_PARCELS = 500
"""Parcels deleted in one transaction: short, so that the writer beside us never waits long."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parcels (
    first    INTEGER PRIMARY KEY,
    count    INTEGER NOT NULL,
    urgent   INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    lines    BLOB    NOT NULL
);
CREATE INDEX IF NOT EXISTS urgent_parcels ON parcels (first) WHERE urgent = 1;
CREATE TABLE IF NOT EXISTS head (at INTEGER NOT NULL, proofs INTEGER NOT NULL);
INSERT INTO head SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM head);
CREATE TRIGGER IF NOT EXISTS move_head AFTER INSERT ON parcels BEGIN
    UPDATE head SET at = new.first + new.count;
END;
"""
_HEAD = """
SELECT at, (SELECT first + count FROM parcels ORDER BY first DESC LIMIT 1), EXISTS (SELECT 1 FROM parcels) FROM head
"""
# A proof must change a byte: SQLite does not write a row over its equal, and would call a full disk writable.
_PROVE = "UPDATE head SET proofs = proofs + 1"
# One statement appends a parcel and commits: the writing thread asks for the interpreter's lock once, not five times.
_APPEND = "INSERT INTO parcels SELECT ?, ?, ?, ?, ? WHERE (SELECT at FROM head) = ?"
_READ = "SELECT first, count, urgent, checksum, lines FROM parcels WHERE first >= ? ORDER BY first"
_ALL = "SELECT first, count, urgent, checksum, lines FROM parcels ORDER BY first"
_REWRITE = "UPDATE parcels SET checksum = ?, lines = ? WHERE first = ?"
_READ_URGENT = (
    "SELECT first, count, urgent, checksum, lines FROM parcels WHERE urgent = 1 AND first >= ? ORDER BY first"
)
_BEFORE = "SELECT first + count FROM parcels WHERE first < ? ORDER BY first DESC LIMIT 1"
_FORGET = """
DELETE FROM parcels WHERE first IN (
    SELECT first FROM parcels
    WHERE first < ? AND first + count <= ? AND first < (SELECT max(first) FROM parcels)
    ORDER BY first LIMIT ?
)
"""
_SEAL = Struct(">qqB")

_Row = tuple[int, int, int, int, bytes]


class SqliteSpool:
    """
    A spool in one SQLite file, with a write-ahead log and `synchronous=FULL`.

    One instance may be used from several threads. The last parcel is never forgotten: with the row that holds the
    head it tells whether anything is missing at the end.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """
        Open the spool in `path`, making it if need be; a reader of a file that is not there yet sees an empty spool.

        Raises: SpoolDamaged where the write-ahead log was changed at rest; StoreUnavailable where it cannot be opened.
        """
        self._path = path
        self._read_only = read_only
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._next = -1
        self._last: Stretch | None = None
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
            wal.check(path)
            with self._lent() as connection:
                self._next = _checked_head(connection, path)

    @property
    def path(self) -> Path:
        """Give the file, for another process to open."""
        return self._path

    def append(self, parcels: Sequence[Parcel]) -> int:
        """
        Append parcels in one durable transaction and give the head after them; without parcels, prove that it could.

        Raises: StoreUnavailable where the disk is full or fails; then nothing of it was appended.
        """
        with self._lent() as connection:
            if len(parcels) == 1 and self._append_one(connection, parcels[0]):
                return self._next
            connection.execute("BEGIN IMMEDIATE")
            try:
                head = _checked_head(connection, self._path)
                if not parcels:
                    connection.execute(_PROVE)
                for parcel in parcels:
                    connection.execute(_APPEND, (*_sealed(parcel, head), head))
                    head += parcel.count
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._next = head
            return head

    def head(self) -> int:
        """Give the offset after the last line: how many lines were ever appended."""
        if self._is_missing():
            return 0
        with self._lent() as connection:
            return _checked_head(connection, self._path)

    def read(self, after: int, most: int) -> Stretch:
        """
        Read whole parcels from offset `after` on, until `most` lines are reached; at least one parcel if there is one.

        What was forgotten is passed over: see `Stretch.first`. The last stretch is kept, as a tick asks for its lines
        when it is planned, collected and acted on: what was appended never changes.

        Raises: SpoolDamaged where a parcel does not match its checksum, or is missing between others.
        """
        if self._is_missing():
            return Stretch(first=after, end=after, lines=[])
        last = self._last
        if last is not None and last.first == after and last.end == after + most:
            return last
        lines: list[bytes] = []
        with self._lent() as connection:
            connection.execute("BEGIN")  # one view of the file: the head and the parcels must agree
            try:
                first = end = self._start(connection, after)
                for row in connection.execute(_READ, (after,)):
                    if row[0] != end:
                        raise SpoolDamaged(file=str(self._path), expected_offset=end, found_offset=row[0])
                    lines += self._opened(row)
                    end += row[1]
                    if len(lines) >= most:
                        break
                else:
                    if end < _checked_head(connection, self._path):
                        raise SpoolDamaged(file=str(self._path), missing_after=end)
            finally:
                connection.execute("COMMIT")
        self._last = Stretch(first=first, end=end, lines=lines)
        return self._last

    def urgent_after(self, after: int) -> list[bytes]:
        """Give the lines of all urgent parcels from offset `after` on."""
        if self._is_missing():
            return []
        with self._lent() as connection:
            return [line for row in connection.execute(_READ_URGENT, (after,)) for line in self._opened(row)]

    def forget(self, before: int) -> None:
        """Delete parcels that end at or before offset `before`, but for the very last one; in short transactions."""
        deleted = _FORGET_PARCELS
        while deleted == _FORGET_PARCELS:
            with self._lent() as connection:
                deleted = connection.execute(_FORGET, (before, before, _FORGET_PARCELS)).rowcount

    def rewrite(self, changes: Mapping[int, bytes]) -> int:
        """
        Put other lines in the place of some, by offset, in one transaction; give how many parcels that changed.

        For erasures alone: what was appended never changes otherwise. What stood there is overwritten in the file too.
        """
        with self._lent() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            try:
                changed = [
                    row for row in map(tuple, connection.execute(_ALL)) if not changes.keys().isdisjoint(_places(row))
                ]
                for row in changed:
                    lines = [changes.get(row[0] + place, text) for place, text in enumerate(self._opened(row))]
                    parcel = Parcel(lines=b"\n".join(lines), count=row[1], urgent=bool(row[2]))
                    connection.execute(_REWRITE, (*_sealed(parcel, row[0])[3:], row[0]))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        self._last = None
        return len(changed)

    def let_go(self) -> None:
        """Forget the stretch that was read last: an erasure has written it anew."""
        self._last = None

    def scrub(self) -> None:
        """Leave nothing in the file of what was deleted or overwritten: pages that are free, and the log."""
        with self._lent() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _append_one(self, connection: sqlite3.Connection, parcel: Parcel) -> bool:
        """Append where the head still stands where we left it; another process may have moved it."""
        if self._next < 0:
            return False
        done = connection.execute(_APPEND, (*_sealed(parcel, self._next), self._next)).rowcount == 1
        if done:
            self._next += parcel.count
        return done

    def _start(self, connection: sqlite3.Connection, after: int) -> int:
        """Give the offset the next parcel must have: `after`, or the oldest there is where all before was forgotten."""
        row = connection.execute(_READ, (after,)).fetchone()
        if row is None or row[0] == after:
            return after
        behind = connection.execute(_BEFORE, (after,)).fetchone()
        return int(row[0]) if behind is None else after

    def _opened(self, row: tuple[Any, ...]) -> list[bytes]:
        first, count, urgent, checksum, lines = row
        if not isinstance(lines, bytes) or _checksum(first, count, urgent, lines) != checksum:
            raise SpoolDamaged(file=str(self._path), offset=first)
        return lines.split(b"\n")

    def _is_missing(self) -> bool:
        return self._read_only and self._connection is None and not self._path.exists()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection to one thread at a time, and say in our words what SQLite could not do."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._path, read_only=self._read_only)
                yield self._connection
            except sqlite3.Error as error:
                self._next = -1
                raise _told(error, self._path) from error


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    # A reader opens for writing too, as it must keep the log's index; `query_only` keeps it from the rest.
    mode = "rw" if read_only else "rwc"
    connection = sqlite3.connect(
        f"file:{path}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        if read_only:
            connection.execute("PRAGMA query_only = 1")
        else:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 2000")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _checked_head(connection: sqlite3.Connection, path: Path) -> int:
    row = connection.execute(_HEAD).fetchone()
    if row is None:
        raise SpoolDamaged(file=str(path), missing="head")
    head, end, has_parcels = row
    if (end if has_parcels else 0) != head:
        raise SpoolDamaged(file=str(path), head=head, last_parcel_ends=end)
    return int(head)


def _sealed(parcel: Parcel, first: int) -> _Row:
    seal = _checksum(first, parcel.count, parcel.urgent, parcel.lines)
    return first, parcel.count, int(parcel.urgent), seal, parcel.lines


def _places(row: tuple[Any, ...]) -> range:
    return range(row[0], row[0] + row[1])


def _checksum(first: int, count: int, urgent: int, lines: bytes) -> int:
    try:
        return crc32(lines, crc32(_SEAL.pack(first, count, urgent)))
    except (TypeError, ValueError, ArithmeticError, struct_error):
        return -1  # a field was changed beyond what we ever write


def _told(error: sqlite3.Error, path: Path) -> SpoolDamaged | StoreUnavailable:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind = SpoolDamaged if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} else StoreUnavailable
    return kind(file=str(path), problem=str(error))
