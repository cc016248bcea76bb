"""The audience store: hits of open days, counts of all days; a file of its own, joined with nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from comptoir.audience.hit import Hit
from comptoir.spool.base import Spool

FOLDER = "audience"
SPOOL, STORE, SALT, ARCHIVE = "spool.db", "store.db", "salt", "archive"
MOST_MONTHS = 25
"""Months after which a hit must be gone. Source: CNIL, exemption of audience measurement (2020, confirmed 2025)."""
OPEN_DAYS = 2
"""Days of which the hits are still at hand; then they go into the archive, and only counts stay here."""
MOST_VALUES = 1_000
"""Paths, referrers or campaigns of a day that are told apart; the rarest beyond are counted together."""
MOST_LINES = 20_000
DIMENSIONS = ("path", "referrer", "campaign", "device", "country")
TOTAL = "total"

_MAKE = """
CREATE TABLE IF NOT EXISTS hits (
    day TEXT NOT NULL, hash TEXT NOT NULL, brand TEXT NOT NULL, source TEXT NOT NULL, minute INTEGER NOT NULL,
    visitor TEXT NOT NULL, path TEXT NOT NULL, referrer TEXT NOT NULL, campaign TEXT NOT NULL, device TEXT NOT NULL,
    country TEXT NOT NULL, PRIMARY KEY (day, hash)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    brand TEXT NOT NULL, day TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL,
    views INTEGER NOT NULL, visitors INTEGER NOT NULL, PRIMARY KEY (brand, day, source, what, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_ADD = (
    "INSERT OR IGNORE INTO hits (day, hash, brand, source, minute, visitor, path, referrer, campaign, device, country)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MARK = "INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_SET = "INSERT OR REPLACE INTO marks VALUES (?, ?)"
_HITS_OF = (
    "SELECT day, hash, brand, source, minute, visitor, path, referrer, campaign, device, country FROM hits"
    " WHERE day = ? ORDER BY brand, source, minute, hash"
)
_COUNT = "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)"
_TOTALS = (
    "SELECT day, sum(views), sum(visitors) FROM counts WHERE brand = ? AND what = 'total' AND day >= ? AND day <= ?"
    " GROUP BY day ORDER BY day"
)
_TOP = (
    "SELECT value, sum(views) AS views, sum(visitors) FROM counts WHERE brand = ? AND what = ? AND day >= ?"
    " AND day <= ? AND value <> '' GROUP BY value ORDER BY views DESC, value LIMIT ?"
)

SCHEMA = pa.schema([(name, pa.int32() if name == "minute" else pa.string()) for name in Hit.__struct_fields__])
"""Of the archive: one row a hit."""


@dataclass(frozen=True, slots=True)
class Count:
    """Views and visitors of a day, or of a value. A visitor who comes on two days counts on both."""

    value: str
    views: int
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The audience of a brand over some days."""

    days: tuple[Count, ...]
    """Order: by day; each day of the period is there."""
    tops: dict[str, tuple[Count, ...]]
    """Dimension → its values, the most viewed first."""

    @property
    def views(self) -> int:
        """Give the page views."""
        return sum(one.views for one in self.days)

    @property
    def visitors(self) -> int:
        """Give the visitors, each day's added up: nobody knows who came back."""
        return sum(one.visitors for one in self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """What became of the lines of the audience's spool; the first is the sum of the others."""

    received: int
    stored: int
    duplicates: int
    unreadable: int


class Store:
    """The audience store of one home; the engine writes it, whoever asks reads it."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; its files are made when the first hit comes."""
        self.folder = folder
        self.path = folder / STORE

    def take(self, spool: Spool) -> int:
        """
        Take the next lines of the spool, and count the days they are of; give how many lines.

        How far it got is in the same transaction, so a crash takes no line twice and none never.
        """
        with self._open() as connection:
            after = _marks(connection).get("offset", 0)
            if spool.head() < after:  # a restored home: its spool begins anew
                after = 0
            stretch = spool.read(after, MOST_LINES)
            if not stretch.lines:
                return 0
            hits = [hit for text in stretch.lines if (hit := _read(text)) is not None]
            connection.execute("BEGIN IMMEDIATE")
            before = connection.total_changes
            connection.executemany(_ADD, [_row(hit) for hit in hits])
            stored = connection.total_changes - before
            told = {
                "received": len(stretch.lines), "stored": stored, "duplicates": len(hits) - stored,
                "unreadable": len(stretch.lines) - len(hits),
            }  # fmt: skip
            connection.executemany(_MARK, list(told.items()))
            connection.execute(_SET, ("offset", stretch.end))
            for day in sorted({hit.day for hit in hits}):
                self._count(connection, day, list(map(_hit, connection.execute(_HITS_OF, (day,)))))
            connection.execute("COMMIT")
        return len(stretch.lines)

    def applied(self) -> int:
        """Give the offset up to which the spool is taken."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            return _marks(connection).get("offset", 0)

    def equation(self) -> Equation:
        """Say what became of all that came."""
        if not self.path.exists():
            return Equation(received=0, stored=0, duplicates=0, unreadable=0)
        with self._open() as connection:
            found = _marks(connection)
        return Equation(**{name: found.get(name, 0) for name in Equation.__dataclass_fields__})

    def tidy(self, today: date, *, months: int = MOST_MONTHS) -> None:
        """Move the hits of days that are over into the archive, and delete what is older than the months allowed."""
        if not self.path.exists():
            return
        with self._open() as connection:
            limit = (today - timedelta(days=OPEN_DAYS - 1)).isoformat()
            days = [day for (day,) in connection.execute("SELECT DISTINCT day FROM hits WHERE day < ?", (limit,))]
            for day in days:
                self._archive(day, [_hit(row) for row in connection.execute(_HITS_OF, (day,))])
                connection.execute("DELETE FROM hits WHERE day = ?", (day,))
        first = first_day(today, min(months, MOST_MONTHS))
        for folder in self.folder.glob(f"{ARCHIVE}/day=*"):
            if folder.name.removeprefix("day=") < first.isoformat():
                shutil.rmtree(folder)

    def recount(self) -> int:
        """Count all days again from the archive and the hits at hand; give the hits."""
        count = 0
        for file in sorted(self.folder.glob(f"{ARCHIVE}/day=*/hits.parquet")):
            rows = pq.read_table(file, page_checksum_verification=True, partitioning=None).to_pylist()
            hits = [Hit(**row) for row in rows]
            with self._open() as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._count(connection, hits[0].day, hits)
                connection.execute("COMMIT")
            count += len(hits)
        return count

    def report(self, brand: str, first: date, last: date, *, most: int = 10) -> Report:
        """Give the audience of a brand from one day to another, both included."""
        names = [(first + timedelta(days=ahead)).isoformat() for ahead in range((last - first).days + 1)]
        if not self.path.exists():
            return Report(days=tuple(Count(day, 0, 0) for day in names), tops=dict.fromkeys(DIMENSIONS, ()))
        with self._open() as connection:
            span = (first.isoformat(), last.isoformat())
            totals = {day: (views, visitors) for day, views, visitors in connection.execute(_TOTALS, (brand, *span))}
            tops = {
                what: tuple(Count(*row) for row in connection.execute(_TOP, (brand, what, *span, most)))
                for what in DIMENSIONS
            }
        return Report(days=tuple(Count(day, *totals.get(day, (0, 0))) for day in names), tops=tops)

    def _count(self, connection: sqlite3.Connection, day: str, hits: Collection[Hit]) -> None:
        views: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
        visitors: defaultdict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        for hit in hits:
            for what in (TOTAL, *DIMENSIONS):
                key = (hit.brand, hit.source, what, "" if what == TOTAL else getattr(hit, what))
                views[key] += 1
                visitors[key].add(hit.visitor)
        connection.execute("DELETE FROM counts WHERE day = ?", (day,))
        connection.executemany(
            _COUNT, [(key[0], day, *key[1:], count, len(visitors[key])) for key, count in _capped(views).items()]
        )

    def _archive(self, day: str, hits: Sequence[Hit]) -> None:
        folder = self.folder / ARCHIVE / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        late = folder / "hits.parquet"  # a hit that came in late joins those of its day
        former = pq.read_table(late, partitioning=None).to_pylist() if late.exists() else []
        known = {row["hash"] for row in former}
        rows = [*former, *(_plain(hit) for hit in hits if hit.hash not in known)]
        beside = late.with_suffix(".part")
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), beside, compression="zstd", write_page_checksum=True)
        beside.replace(late)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_MAKE)
            yield connection


def first_day(today: date, months: int) -> date:
    """Give the first day that is kept: the same day so many months ago, or the last of that month."""
    index = today.year * 12 + today.month - 1 - months
    year, month = divmod(index, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(today.day, (after - timedelta(days=1)).day))


def _capped(views: dict[tuple[str, str, str, str], int]) -> dict[tuple[str, str, str, str], int]:
    """Leave out the rarest values where there are too many: a flood of addresses must not fill the store."""
    by_what: defaultdict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    for (brand, source, what, value), count in views.items():
        by_what[brand, source, what].append((-count, value))
    return {
        (*key, value): -count for key, found in by_what.items() for count, value in sorted(found)[:MOST_VALUES]
    }  # fmt: skip


def _marks(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT name, value FROM marks"))


def _read(text: bytes) -> Hit | None:
    try:
        return msgspec.json.decode(text, type=Hit)
    except msgspec.MsgspecError:
        return None


def _row(hit: Hit) -> tuple[object, ...]:
    return (
        hit.day, hit.hash, hit.brand, hit.source, hit.minute, hit.visitor, hit.path, hit.referrer, hit.campaign,
        hit.device, hit.country,
    )  # fmt: skip


def _hit(row: Sequence[object]) -> Hit:
    day, digest, brand, source, minute, visitor, path, referrer, campaign, device, country = row
    return Hit(
        day=str(day), hash=str(digest), brand=str(brand), source=str(source), minute=int(str(minute)),
        visitor=str(visitor), path=str(path), referrer=str(referrer), campaign=str(campaign), device=str(device),
        country=str(country),
    )  # fmt: skip


def _plain(hit: Hit) -> dict[str, object]:
    return {name: getattr(hit, name) for name in Hit.__struct_fields__}
