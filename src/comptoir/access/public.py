"""`public.db`: what the engine lets the public door know, and the door's view of it. No name or address is in it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from comptoir.access import shown
from comptoir.access.shown import Shown
from comptoir.clock import monotonic
from comptoir.errors import StoreUnavailable
from comptoir.ids import hash64
from comptoir.model.event import Trust

LOOK_AGAIN_SECONDS = 0.1
"""An unknown key makes us look at the file again, but not more often than this."""

_BEGIN = (
    """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS grants (
    hash TEXT PRIMARY KEY, source TEXT NOT NULL, brand TEXT NOT NULL, trust TEXT NOT NULL, is_enabled INTEGER NOT NULL,
    origins TEXT NOT NULL, rate_per_second REAL NOT NULL, rate_burst INTEGER NOT NULL, expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS link_keys (id INTEGER PRIMARY KEY, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pages (
    brand TEXT PRIMARY KEY, shown_name TEXT NOT NULL, color TEXT NOT NULL, language TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS page_texts (
    brand TEXT NOT NULL, purpose TEXT NOT NULL, language TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (brand, purpose, language)
);
CREATE TABLE IF NOT EXISTS page_themes (
    brand TEXT NOT NULL, tag TEXT NOT NULL, language TEXT NOT NULL, label TEXT NOT NULL,
    PRIMARY KEY (brand, tag, language)
);
CREATE TABLE IF NOT EXISTS refusals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, browser INTEGER NOT NULL, is_refused INTEGER NOT NULL
);
"""
    + shown.TABLES
)
_ADD_GRANT = "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_LINK_KEY = "INSERT INTO link_keys VALUES (?, ?)"
_READ_GRANTS = """
SELECT hash, source, brand, trust, is_enabled, origins, rate_per_second, rate_burst, expires_at FROM grants
"""
_READ_LINK_KEYS = "SELECT key FROM link_keys ORDER BY id DESC"
_HAS_PAGES = "SELECT count(*) FROM sqlite_master WHERE name = 'refusals'"
_READ_PAGES = "SELECT brand, shown_name, color, language FROM pages"
_READ_TEXTS = "SELECT brand, purpose, language, version, text FROM page_texts ORDER BY purpose, language"
_READ_THEMES = "SELECT brand, tag, language, label FROM page_themes ORDER BY label, tag"
_READ_REFUSALS = "SELECT seq, browser, is_refused FROM refusals WHERE seq > ? ORDER BY seq"


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


class PageText(NamedTuple):
    """The newest words of one purpose in one language."""

    purpose: str
    language: str
    version: str
    text: str


class PageTheme(NamedTuple):
    """A theme of messages in one language."""

    tag: str
    language: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandPage:
    """How a brand shows itself on its public pages, and what it asks people there. No personal data."""

    brand: str
    shown_name: str = ""
    color: str = ""
    """`#rrggbb`, or empty."""
    language: str = "fr"
    texts: tuple[PageText, ...] = ()
    themes: tuple[PageTheme, ...] = ()

    @property
    def name(self) -> str:
        """Give the name that people know the brand by."""
        return self.shown_name or self.brand


def hash_browser(brand: str, anonymous_id: str) -> int:
    """Hash a browser, for the list of those that refuse to be tracked."""
    return hash64("refusal", brand, anonymous_id)


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
        with _writing(path) as connection:
            connection.execute("DELETE FROM grants")
            connection.executemany(_ADD_GRANT, [_row(grant) for grant in grants])
            if link_keys is not None:
                connection.execute("DELETE FROM link_keys")
                connection.executemany(_ADD_LINK_KEY, list(enumerate(reversed(link_keys))))
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


def write_pages(path: Path, pages: Sequence[BrandPage]) -> None:
    """Publish how every brand's pages look and what they ask. Raises: StoreUnavailable."""
    try:
        with _writing(path) as connection:
            for table in ("DELETE FROM pages", "DELETE FROM page_texts", "DELETE FROM page_themes"):
                connection.execute(table)
            for one in pages:
                row = (one.brand, one.shown_name, one.color, one.language)
                connection.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", row)
                connection.executemany(
                    "INSERT INTO page_texts VALUES (?, ?, ?, ?, ?)", [(one.brand, *text) for text in one.texts]
                )
                connection.executemany(
                    "INSERT INTO page_themes VALUES (?, ?, ?, ?)", [(one.brand, *theme) for theme in one.themes]
                )
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


def write_refusals(path: Path, browsers: Mapping[int, bool], *, anew: bool = False) -> None:
    """
    Publish which browsers (hashed) refuse to be tracked, and which do so no longer; `anew` forgets the former list.

    Raises: StoreUnavailable.
    """
    try:
        with _writing(path) as connection:
            if anew:
                connection.execute("DELETE FROM refusals")
            connection.executemany("INSERT INTO refusals (browser, is_refused) VALUES (?, ?)", list(browsers.items()))
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


def write_notices(path: Path, notices: Sequence[shown.Notice], *, now: int, anew: bool = False) -> None:
    """
    Publish what was put on the site for browsers, and what was taken back; `anew` forgets what stood there.

    Units:  `now` is microseconds since 1970.
    Raises: StoreUnavailable.
    """
    try:
        with _writing(path) as connection:
            shown.write_notices(connection, notices, now=now, anew=anew)
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


def write_placements(path: Path, placements: Sequence[shown.Placement]) -> None:
    """Publish what pages of the site show to everybody. Raises: StoreUnavailable."""
    try:
        with _writing(path) as connection:
            shown.write_placements(connection, placements)
    except sqlite3.Error as error:
        raise StoreUnavailable(file=str(path), problem=str(error)) from error


def scrub(path: Path) -> None:
    """Leave nothing in the file of what was taken back."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend the file inside one transaction, with its tables made."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_BEGIN)
        yield connection
        connection.execute("COMMIT")


@dataclass(slots=True)
class PublicBook:
    """
    The door's view of `public.db`: kept in memory, read again when the file has changed.

    While the file cannot be read, what was last read goes on.
    """

    path: Path
    link_keys: tuple[bytes, ...] = ()
    is_readable: bool = False
    pages: dict[str, BrandPage] = field(default_factory=dict)
    refusals: set[int] = field(default_factory=set)
    """Browsers (hashed) that refuse to be tracked."""
    sites: dict[str, frozenset[str]] = field(default_factory=dict)
    """Brand → the origins of its sites, as its public keys declare them."""
    shown: Shown = field(default_factory=Shown)
    """What pages of the site show."""
    _refusals_read: int = 0
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

    def page(self, brand: str) -> BrandPage:
        """Give how a brand's pages look; one that nobody dressed shows its plain name."""
        return self.pages.get(brand) or BrandPage(brand=brand)

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
            has_pages = connection.execute(_HAS_PAGES).fetchone()[0]  # an older version wrote none
            pages = _pages(connection) if has_pages else {}
            told = connection.execute(_READ_REFUSALS, (self._refusals_read,)).fetchall() if has_pages else []
            self.shown.read(connection)
        finally:
            connection.execute("COMMIT")
        self._grants, self.link_keys, self.pages = grants, link_keys, pages
        for seq, browser, is_refused in told:
            (self.refusals.add if is_refused else self.refusals.discard)(browser)
            self._refusals_read = seq
        self._by_key.clear()
        self.sites = _sites(grants.values())


def _sites(grants: Iterable[Grant]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for grant in grants:
        if grant.is_enabled and grant.trust is Trust.CLAIMED:
            found[grant.brand] |= grant.origins
    return dict(found)


def _pages(connection: sqlite3.Connection) -> dict[str, BrandPage]:
    texts: defaultdict[str, list[PageText]] = defaultdict(list)
    themes: defaultdict[str, list[PageTheme]] = defaultdict(list)
    for brand, *rest in connection.execute(_READ_TEXTS):
        texts[brand].append(PageText(*rest))
    for brand, *rest in connection.execute(_READ_THEMES):
        themes[brand].append(PageTheme(*rest))
    return {
        brand: BrandPage(
            brand=brand, shown_name=name, color=color, language=language, texts=tuple(texts[brand]),
            themes=tuple(themes[brand]),
        )
        for brand, name, color, language in connection.execute(_READ_PAGES)
    }  # fmt: skip


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
