"""What `public.db` says of messages on the site: those of one browser, under a hash, and those for everybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

TABLES = """
CREATE TABLE IF NOT EXISTS notices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, browser TEXT NOT NULL, shown BLOB,
    expires_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS notices_by_message ON notices (message_id);
CREATE TABLE IF NOT EXISTS placements (
    brand TEXT NOT NULL, name TEXT NOT NULL, shown BLOB NOT NULL, starts_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, PRIMARY KEY (brand, name)
);
"""
HAS = "SELECT count(*) FROM sqlite_master WHERE name = 'placements'"
_KEEP_SECONDS = 3_600
"""How long a withdrawal stays there to be read: the door reads every fifth of a second."""
_EVERYTHING = ""
"""Message id of a row that says: forget all that stood before."""


class Notice(NamedTuple):
    """A message on the site of one browser. Units: microseconds since 1970, UTC."""

    message_id: str
    browser: str
    shown: bytes | None
    """JSON, as the page gets it; None takes the message back."""
    expires_at: int


class Placement(NamedTuple):
    """A message that a brand's pages show to everybody. Units: microseconds since 1970, UTC."""

    brand: str
    name: str
    shown: bytes
    starts_at: int
    expires_at: int


def hash_of(brand: str, source: str, anonymous_id: str) -> str:
    """Hash whom a message is for: one browser of one source, and only at one brand."""
    return sha256(f"onsite\x00{brand}\x00{source}\x00{anonymous_id}".encode("utf-8", "surrogatepass")).hexdigest()


def write_notices(connection: sqlite3.Connection, notices: Iterable[Notice], *, now: int, anew: bool) -> None:
    """Write what was put on the site or taken back; `anew` forgets what stood there."""
    if anew:
        connection.execute("DELETE FROM notices")
        connection.execute(_ADD, (_EVERYTHING, "", None, now + _KEEP_SECONDS * 1_000_000))
    for one in notices:
        until = one.expires_at if one.shown is not None else now + _KEEP_SECONDS * 1_000_000
        connection.execute("DELETE FROM notices WHERE message_id = ?", (one.message_id,))
        connection.execute(_ADD, (one.message_id, one.browser, one.shown, until))
    connection.execute("DELETE FROM notices WHERE expires_at <= ?", (now,))


def write_placements(connection: sqlite3.Connection, placements: Sequence[Placement]) -> None:
    """Write what pages show to everybody, in the place of what was there."""
    connection.execute("DELETE FROM placements")
    connection.executemany("INSERT INTO placements VALUES (?, ?, ?, ?, ?)", placements)


_ADD = "INSERT INTO notices (message_id, browser, shown, expires_at) VALUES (?, ?, ?, ?)"
_READ_NOTICES = """
SELECT seq, message_id, browser, shown, expires_at FROM notices WHERE seq > ? ORDER BY seq
"""
_READ_PLACEMENTS = "SELECT brand, name, shown, starts_at, expires_at FROM placements ORDER BY brand, name"


@dataclass(slots=True)
class Shown:
    """The door's memory of it: read on from where it stopped, and asked by hash alone."""

    _browsers: dict[str, dict[str, Notice]] = field(default_factory=dict)
    _browser_of: dict[str, str] = field(default_factory=dict)
    _placements: dict[str, list[Placement]] = field(default_factory=dict)
    _read_to: int = 0

    def read(self, connection: sqlite3.Connection) -> None:
        """Take up what is new."""
        if not connection.execute(HAS).fetchone()[0]:
            return  # an older version wrote none
        for seq, *said in connection.execute(_READ_NOTICES, (self._read_to,)):
            self._take(Notice(*said))
            self._read_to = seq
        placements: dict[str, list[Placement]] = {}
        for row in connection.execute(_READ_PLACEMENTS):
            placements.setdefault(row[0], []).append(Placement(*row))
        self._placements = placements

    def of(self, browser: str, now: int) -> Iterator[bytes]:
        """Give what waits for a browser, by its hash. Order: the newest first."""
        waiting = self._browsers.get(browser)
        for one in reversed(list(waiting.values())) if waiting else ():
            if one.expires_at > now and one.shown is not None:
                yield one.shown

    def for_all(self, brand: str, now: int) -> Iterator[bytes]:
        """Give what a brand's pages show to everybody now. Order: by name."""
        for one in self._placements.get(brand, ()):
            if one.starts_at <= now < one.expires_at:
                yield one.shown

    def _take(self, notice: Notice) -> None:
        if notice.message_id == _EVERYTHING:
            self._browsers, self._browser_of = {}, {}
            return
        former = self._browser_of.pop(notice.message_id, None)
        if former is not None:
            waiting = self._browsers[former]
            del waiting[notice.message_id]
            if not waiting:
                del self._browsers[former]
        if notice.shown is not None:
            self._browsers.setdefault(notice.browser, {})[notice.message_id] = notice
            self._browser_of[notice.message_id] = notice.browser
