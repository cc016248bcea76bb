"""`public.db`: what the engine lets the public door know, and the door's own view of it. No personal data is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from comptoir.clock import monotonic
from comptoir.errors import StoreUnavailable
from comptoir.model.event import Trust

LOOK_AGAIN_SECONDS = 0.1
"""An unknown key makes us look at the file again, but not more often than this."""

_BEGIN = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS grants (
    hash TEXT PRIMARY KEY, source TEXT NOT NULL, brand TEXT NOT NULL, trust TEXT NOT NULL, is_enabled INTEGER NOT NULL,
    origins TEXT NOT NULL, rate_per_second REAL NOT NULL, rate_burst INTEGER NOT NULL, expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS link_keys (id INTEGER PRIMARY KEY, key BLOB NOT NULL);
DELETE FROM grants;
"""
_ADD_GRANT = "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_LINK_KEY = "INSERT INTO link_keys VALUES (?, ?)"
_READ_GRANTS = """
SELECT hash, source, brand, trust, is_enabled, origins, rate_per_second, rate_burst, expires_at FROM grants
"""
_READ_LINK_KEYS = "SELECT key FROM link_keys ORDER BY id DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the holder of one key may do."""

    hash: str
    source: str
    brand: str
    trust: Trust
    is_enabled: bool = True
    origins: frozenset[str] = frozenset()
    """Origins a browser may send from; none means any."""
    rate_per_second: float = 0
    """Events; 0 for no limit."""
    rate_burst: int = 0
    expires_at: int | None = None
    """Units: microseconds since 1970."""


def hash_key(key: str) -> str:
    """Hash a key as it is stored. Keys are long and random, so one round is enough."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def write(path: Path, grants: Sequence[Grant], *, link_keys: Sequence[bytes] | None = None) -> None:
    """
    Publish in one transaction: a reader sees what was there or what is new.

    Order:  `link_keys` newest first; None leaves those that are there.
    Raises: StoreUnavailable.
    """
    try:
        # A rollback journal, not a write-ahead log: so the door needs to read one file, and to write nothing.
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_BEGIN)
            connection.executemany(_ADD_GRANT, [_row(grant) for grant in grants])
            if link_keys is not None:
                connection.execute("DELETE FROM link_keys")
                connection.executemany(_ADD_LINK_KEY, list(enumerate(reversed(link_keys))))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


@dataclass(slots=True)
class PublicBook:
    """
    The door's view of `public.db`: kept in memory, read again when the file has changed.

    While the file cannot be read, what was last read goes on.
    """

    path: Path
    link_keys: tuple[bytes, ...] = ()
    is_readable: bool = False
    _grants: dict[str, Grant] = field(default_factory=dict)
    _by_key: dict[str, Grant] = field(default_factory=dict)
    _connection: sqlite3.Connection | None = None
    _version: int = -1
    _looked_at: float = float("-inf")

    def find(self, key: str) -> Grant | None:
        """Give what a key grants, or None if nobody has it. A key never seen makes us look at the file again."""
        known = self._by_key.get(key)
        if known is not None:
            return known
        hashed = hash_key(key)
        if hashed not in self._grants and monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS:
            self.refresh()
        grant = self._grants.get(hashed)
        if grant is not None:
            self._by_key[key] = grant
        return grant

    def refresh(self) -> bool:
        """Read the file again if it has changed, and tell whether it can be read. Cheap enough for every 200 ms."""
        self._looked_at = monotonic()
        try:
            if self._connection is None:
                uri = f"file:{self.path}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, timeout=1, isolation_level=None)
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._read(self._connection)
                self._version = version
            self.is_readable = True
        except sqlite3.Error:
            self.close()
        return self.is_readable

    def close(self) -> None:
        """Let go of the file; what was read stays known."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._version, self.is_readable = None, -1, False

    def _read(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")
        try:
            grants = {row[0]: _grant(row) for row in connection.execute(_READ_GRANTS)}
            link_keys = tuple(key for (key,) in connection.execute(_READ_LINK_KEYS))
        finally:
            connection.execute("COMMIT")
        self._grants, self.link_keys = grants, link_keys
        self._by_key.clear()


def _row(grant: Grant) -> tuple[object, ...]:
    return (
        grant.hash,
        grant.source,
        grant.brand,
        grant.trust.value,
        grant.is_enabled,
        " ".join(sorted(grant.origins)),
        grant.rate_per_second,
        grant.rate_burst,
        grant.expires_at,
    )


def _grant(row: tuple[str, str, str, str, int, str, float, int, int | None]) -> Grant:
    hashed, source, brand, trust, is_enabled, origins, rate, burst, expires_at = row
    return Grant(
        hash=hashed,
        source=source,
        brand=brand,
        trust=Trust(trust),
        is_enabled=bool(is_enabled),
        origins=frozenset(origins.split()),
        rate_per_second=rate,
        rate_burst=burst,
        expires_at=expires_at,
    )
