"""The audience store: hits of open days, counts of all days; a file of its own, joined with nothing."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

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
FEW_VISITORS = 3
"""A path or campaign that fewer visitors of a day share keeps no number: it may be that of an order or an account."""
LEAST_VISITORS = 5
"""What fewer visitors share is in the totals, but is told of in no report; of days beyond the months, it is deleted."""
MOST_VALUES = 1_000
"""Paths, referrers or campaigns of a day that are told apart; the rarest beyond are counted together."""
MOST_LINES = 20_000
DIMENSIONS = ("path", "referrer", "campaign", "device", "country")
TOTAL = "total"
_HIDDEN = "…"
_NUMBER = re.compile(r"(?<!\w)[^\W0-9]*[0-9]\w*")

_MAKE = """
CREATE TABLE IF NOT EXISTS hits (
    day TEXT NOT NULL, hash TEXT NOT NULL, brand TEXT NOT NULL, source TEXT NOT NULL, visitor TEXT NOT NULL,
    path TEXT NOT NULL, referrer TEXT NOT NULL, campaign TEXT NOT NULL, device TEXT NOT NULL,
    country TEXT NOT NULL, PRIMARY KEY (day, hash)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS firsts (
    day TEXT NOT NULL, visitor TEXT NOT NULL, brand TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (day, visitor, brand, source, what, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    brand TEXT NOT NULL, day TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL,
    views INTEGER NOT NULL, visitors INTEGER NOT NULL, PRIMARY KEY (brand, day, source, what, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_DROP_MINUTE = "ALTER TABLE hits DROP COLUMN minute"
_ADD = (
    "INSERT OR IGNORE INTO hits (day, hash, brand, source, visitor, path, referrer, campaign, device, country)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MARK = "INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_SET = "INSERT OR REPLACE INTO marks VALUES (?, ?)"
_HITS_OF = (
    "SELECT day, hash, brand, source, visitor, path, referrer, campaign, device, country FROM hits"
    " WHERE day = ? ORDER BY brand, source, hash"
)
_THIN = "DELETE FROM counts WHERE day < ? AND what <> 'total' AND visitors < ?"
_COUNT = "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)"
_FIRST = "INSERT OR IGNORE INTO firsts VALUES (?, ?, ?, ?, ?, ?)"
_COUNT_ON = (
    "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (brand, day, source, what, value)"
    " DO UPDATE SET views = views + excluded.views, visitors = visitors + excluded.visitors"
)
_VALUES = "SELECT count(*) FROM counts WHERE brand = ? AND day = ? AND source = ? AND what = ?"
_DROP_RAREST = (
    "DELETE FROM counts WHERE brand = ?1 AND day = ?2 AND source = ?3 AND what = ?4 AND value IN (SELECT value FROM"
    " counts WHERE brand = ?1 AND day = ?2 AND source = ?3 AND what = ?4 ORDER BY views, value DESC LIMIT ?5)"
)
_TOTALS = (
    "SELECT day, sum(views), sum(visitors) FROM counts WHERE brand = ? AND what = 'total' AND day >= ? AND day <= ?"
    " GROUP BY day ORDER BY day"
)
_TOP = (
    "SELECT value, sum(views) AS views, sum(visitors) FROM counts WHERE brand = ? AND what = ? AND day >= ?"
    " AND day <= ? AND value <> '' GROUP BY value HAVING sum(visitors) >= ? ORDER BY views DESC, value LIMIT ?"
)


class View(NamedTuple):
    """
    A page view of a day that is over: of nobody, as no two of them say that they are one visitor's.

    `first_of` names, with blanks between, the dimensions whose value its visitor had not been counted for that day: so
    visitors are counted again without knowing who they were.
    """

    day: str
    brand: str
    source: str
    hash: str
    path: str
    referrer: str
    campaign: str
    device: str
    country: str
    first_of: str


SCHEMA = pa.schema([(name, pa.string()) for name in View._fields])
"""Of the archive: one row a view."""


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
        Take the next lines of the spool, and count them; give how many lines.

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
            new = [hit for hit in hits if connection.execute(_ADD, _row(hit)).rowcount]
            _count_on(connection, new)
            told = {
                "received": len(stretch.lines), "stored": len(new), "duplicates": len(hits) - len(new),
                "unreadable": len(stretch.lines) - len(hits),
            }  # fmt: skip
            connection.executemany(_MARK, list(told.items()))
            connection.execute(_SET, ("offset", stretch.end))
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
        forget_salt(self.folder)
        if not self.path.exists():
            return
        first = first_day(today, min(months, MOST_MONTHS)).isoformat()
        with self._open() as connection:
            limit = (today - timedelta(days=OPEN_DAYS - 1)).isoformat()
            days = [day for (day,) in connection.execute("SELECT DISTINCT day FROM hits WHERE day < ?", (limit,))]
            for day in days:
                views = self._archive(day, [_hit(row) for row in connection.execute(_HITS_OF, (day,))])
                connection.execute("BEGIN IMMEDIATE")
                _count_anew(connection, day, views)
                connection.execute("DELETE FROM hits WHERE day = ?", (day,))
                connection.execute("DELETE FROM firsts WHERE day = ?", (day,))
                connection.execute("COMMIT")
            connection.execute(_THIN, (first, LEAST_VISITORS))
        for folder in self.folder.glob(f"{ARCHIVE}/day=*"):
            if folder.name.removeprefix("day=") < first:
                shutil.rmtree(folder)
        self._unlink_visitors()

    def recount(self) -> int:
        """Count all days that are over again, from the archive; give the views."""
        count = 0
        for folder in sorted(self.folder.glob(f"{ARCHIVE}/day=*")):
            found = self._archived(folder.name.removeprefix("day="))
            with self._open() as connection:
                connection.execute("BEGIN IMMEDIATE")
                _count_anew(connection, found[0].day, found)
                connection.execute("COMMIT")
            count += len(found)
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
                what: tuple(Count(*row) for row in connection.execute(_TOP, (brand, what, *span, LEAST_VISITORS, most)))
                for what in DIMENSIONS
            }
        return Report(days=tuple(Count(day, *totals.get(day, (0, 0))) for day in names), tops=tops)

    def _archive(self, day: str, hits: Sequence[Hit]) -> list[View]:
        """Write the views of a day that is over, and give them; a hit that came in late joins those of its day."""
        former = self._archived(day)
        views = [*former, *_views(hits, {one.hash for one in former})]
        self._write(day, views)
        return views

    def _archived(self, day: str) -> list[View]:
        """Give the views of a day that is over; those that a former version wrote are told apart from nobody first."""
        file = self._file(day)
        if not file.exists():
            return []
        rows = pq.read_table(file, page_checksum_verification=True, partitioning=None).to_pylist()
        if rows and "visitor" in rows[0]:
            return _views([Hit(**{name: row[name] for name in Hit.__struct_fields__}) for row in rows], set())
        return [View(**row) for row in rows]

    def _write(self, day: str, views: Sequence[View]) -> None:
        file = self._file(day)
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [view._asdict() for view in sorted(views, key=lambda one: (one.brand, one.source, one.hash))]
        beside = file.with_suffix(".part")
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), beside, compression="zstd", write_page_checksum=True)
        beside.replace(file)

    def _unlink_visitors(self) -> None:
        """Write the files anew in which a former version kept whose each view was."""
        for file in self.folder.glob(f"{ARCHIVE}/day=*/hits.parquet"):
            if "visitor" in pq.read_schema(file).names:
                day = file.parent.name.removeprefix("day=")
                self._write(day, self._archived(day))

    def _file(self, day: str) -> Path:
        return self.folder / ARCHIVE / f"day={day}" / "hits.parquet"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten too
            connection.executescript(_MAKE)
            if any(row[1] == "minute" for row in connection.execute("PRAGMA table_info(hits)")):
                connection.execute(_DROP_MINUTE)  # a former version kept it
            yield connection


def forget_salt(folder: Path) -> None:
    """Delete the file in which a former version kept the salt of the day."""
    (folder / SALT).unlink(missing_ok=True)


def _count_on(connection: sqlite3.Connection, hits: Iterable[Hit]) -> None:
    """Add hits to the counts of their days: what one costs does not grow with the day."""
    views: defaultdict[tuple[str, ...], int] = defaultdict(int)
    visitors: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for hit in hits:
        for what in (TOTAL, *DIMENSIONS):
            value = "" if what == TOTAL else getattr(hit, what)
            key = hit.brand, hit.day, hit.source, what, value
            views[key] += 1
            first = hit.day, hit.visitor, hit.brand, hit.source, what, value
            visitors[key] += connection.execute(_FIRST, first).rowcount
    connection.executemany(_COUNT_ON, [(*key, count, visitors[key]) for key, count in views.items()])
    for some in {key[:4] for key in views}:
        (values,) = connection.execute(_VALUES, some).fetchone()
        if values > MOST_VALUES:
            connection.execute(_DROP_RAREST, (*some, values - MOST_VALUES))


def _count_anew(connection: sqlite3.Connection, day: str, found: Iterable[View]) -> None:
    """Count a day that is over."""
    views: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    visitors: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    for view in found:
        first_of = view.first_of.split()
        for what in (TOTAL, *DIMENSIONS):
            key = (view.brand, view.source, what, "" if what == TOTAL else getattr(view, what))
            views[key] += 1
            visitors[key] += what in first_of
    connection.execute("DELETE FROM counts WHERE day = ?", (day,))
    connection.executemany(
        _COUNT, [(key[0], day, *key[1:], count, visitors[key]) for key, count in _capped(views).items()]
    )


def _views(hits: Sequence[Hit], known: set[str]) -> list[View]:
    """Say of hits of one day what stays of them: no visitor, and no number that few have seen. Order: as given."""
    shared: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for hit in hits:
        for what in _VEILED:
            shared[hit.brand, what, getattr(hit, what)].add(hit.visitor)
    counted: set[tuple[str, ...]] = set()
    views = []
    for hit in hits:
        if hit.hash in known:
            continue
        said = {name: getattr(hit, name) for name in DIMENSIONS}
        for what in _VEILED:
            if len(shared[hit.brand, what, said[what]]) < FEW_VISITORS:
                said[what] = _NUMBER.sub(_HIDDEN, said[what])
        first_of = []
        for what, value in ((TOTAL, ""), *said.items()):
            key = (hit.brand, hit.source, hit.visitor, what, value)
            if key not in counted:
                counted.add(key)
                first_of.append(what)
        views.append(
            View(day=hit.day, brand=hit.brand, source=hit.source, hash=hit.hash, first_of=" ".join(first_of), **said)
        )
    return views


_VEILED = ("path", "campaign")
"""Dimensions that a shop's own system may write a number into."""


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
        hit.day, hit.hash, hit.brand, hit.source, hit.visitor, hit.path, hit.referrer, hit.campaign, hit.device,
        hit.country,
    )  # fmt: skip


def _hit(row: Sequence[str]) -> Hit:
    day, digest, brand, source, visitor, path, referrer, campaign, device, country = row
    return Hit(
        day=day, hash=digest, brand=brand, source=source, visitor=visitor, path=path, referrer=referrer,
        campaign=campaign, device=device, country=country,
    )  # fmt: skip
