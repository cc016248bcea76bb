"""
Days: what everybody did, added up by day of the brand's zone, event name and category.

A tick only adds rows, since counts, sums, first and last of parts make those of the whole: so no stored row is looked
for, and late events cost what others cost. The night adds the parts of each day up to one row a key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comptoir.clock import EPOCH
from comptoir.facts.rows import DECIMAL, NODE, TEXT
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
UTC_NAME = "UTC"
QUARTER = timedelta(minutes=15)
"""Midnight, and every change of a clock, falls on a quarter of an hour of UTC in every zone of today."""
MERGED_AT_ONCE = 3_000_000
"""Parts that one transaction of the night adds up: some seconds, for which ticks wait."""
_QUARTER_MICROS = QUARTER // timedelta(microseconds=1)
_EVENT = ("message_hash", "node_id", "brand", "name", "category", "occurred_at")
_LINE = ("message_hash", "line_number", "category", "currency", "quantity", "amount_minor")
_NO_LINES = pa.schema([
    ("message_hash", NODE), ("line_number", pa.int32()), ("category", TEXT), ("currency", TEXT),
    ("quantity", DECIMAL), ("amount_minor", pa.int64()),
]).empty_table()  # fmt: skip


def add(cursor: Cursor, tick_id: int, events: pa.Table, commerce: pa.Table | None) -> None:
    """Add what events come to, with the lines of their baskets and orders; robots and nobody are left out."""
    if "category" not in events.column_names:
        events = events.append_column("category", pa.nulls(len(events), TEXT))
    somebody = pc.and_(pc.is_null(events["robot_reason"]), pc.not_equal(events["node_id"], 0))
    counted = events.select(_EVENT).filter(somebody)
    if len(counted):
        _insert(cursor, tick_id, counted, _NO_LINES if commerce is None else commerce.select(_LINE))


def follow_zones(cursor: Cursor, zones: Mapping[str, str]) -> None:
    """Count the days of each brand in its zone from now on; those of a brand whose zone is another are counted anew."""
    known = zones_of(cursor)
    moved = [brand for brand, zone in zones.items() if known.get(brand, UTC_NAME) != zone]
    if known == zones:
        return
    cursor.execute("DELETE FROM fact.brand_zones")
    for brand, zone in sorted(zones.items()):
        cursor.execute("INSERT INTO fact.brand_zones VALUES (?, ?)", [brand, zone])
    rederive(cursor, moved if known else None)


def zones_of(cursor: Cursor) -> dict[str, str]:
    """Give the zone of each brand that has one."""
    return dict(cursor.execute("SELECT brand, zone FROM fact.brand_zones").fetchall())


def rederive(cursor: Cursor, brands: Collection[str] | None = None) -> None:
    """Count the days of some brands, or of all, again from their events."""
    if brands is None:
        cursor.execute("DELETE FROM fact.day_activity")
        brands = [brand for (brand,) in cursor.execute("SELECT DISTINCT brand FROM fact.events").fetchall()]
    for brand in sorted(brands):
        load(_PACKAGE, "days_delete_brand").run(cursor, brand=brand)
        for first, last in _stretches(cursor, brand):
            events = load(_PACKAGE, "days_events").table(cursor, brand=brand, first=first, last=last)
            lines = load(_PACKAGE, "days_lines").table(cursor, brand=brand, first=first, last=last)
            _insert(cursor, last, events, lines)


def unmerged(cursor: Cursor, *, before: date) -> list[list[date]]:
    """List the days before one that have parts to be added up, in groups of about as many parts as go at once."""
    groups: list[list[date]] = []
    room = 0
    for day, parts in load(_PACKAGE, "days_unmerged").run(cursor, before=before).fetchall():
        if parts > room or not groups:
            groups.append([])
            room = MERGED_AT_ONCE
        groups[-1].append(day)
        room -= parts
    return groups


def merge(cursor: Cursor, days: Collection[date]) -> None:
    """Add up the parts of some days: one row a key is left. What is asked of them stays the same."""
    summed = load(_PACKAGE, "days_summed").table(cursor, days=list(days))
    load(_PACKAGE, "days_delete").run(cursor, days=list(days))
    cursor.register("summed", summed)
    load(_PACKAGE, "days_write").run(cursor)


def local_days(events: pa.Table, zones: Mapping[str, str]) -> pa.Array:
    """Give the day of each event in its brand's zone. Shape: `events` has brand and occurred_at (UTC)."""
    brands = events["brand"].combine_chunks().dictionary_encode()
    places = brands.indices.to_numpy()
    quarters = events["occurred_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() // _QUARTER_MICROS
    days = np.empty(len(events), dtype=np.int32)
    for place, brand in enumerate(brands.dictionary.to_pylist()):
        of_brand = places == place
        days[of_brand] = _days(quarters[of_brand], zones.get(brand, UTC_NAME))
    return pa.array(days, pa.date32())


def _insert(cursor: Cursor, tick_id: int, events: pa.Table, lines: pa.Table) -> None:
    cursor.register("dated", events.append_column("day", local_days(events, zones_of(cursor))))
    cursor.register("lines", lines)
    load(_PACKAGE, "days_insert").run(cursor, tick_id=tick_id)


def _stretches(cursor: Cursor, brand: str) -> list[tuple[int, int]]:
    """Cut a brand's ticks in stretches of about as many events as are worked at once."""
    found = load(_PACKAGE, "days_stretches").run(cursor, brand=brand, size=MERGED_AT_ONCE // 6)
    return [(first, last) for first, last in found.fetchall()]


def _days(quarters: NDArray[np.int64], zone: str) -> NDArray[np.int32]:
    distinct, places = np.unique(quarters, return_inverse=True)
    return np.array([_day(zone, quarter) for quarter in distinct.tolist()], dtype=np.int32)[places]


@lru_cache(maxsize=200_000)
def _day(zone: str, quarter: int) -> int:
    """Give the day in a zone, counted from 1970, of a quarter of an hour counted so in UTC."""
    return (EPOCH + quarter * QUARTER).astimezone(_zone(zone)).date().toordinal() - EPOCH.toordinal()


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(UTC_NAME)  # a machine without that zone counts its days as best it can
