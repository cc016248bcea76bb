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
from comptoir.facts.rows import TEXT
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
_KEY = ("node_id", "day", "brand", "name", "category", "currency")
_COLUMNS = (*_KEY, "events", "mentions", "quantity", "amount_minor", "first_at", "last_at")
_QUANTITY, _AMOUNT = pa.decimal128(38, 6), pa.decimal128(38, 0)


def add(cursor: Cursor, tick_id: int, events: pa.Table, commerce: pa.Table | None) -> None:
    """Add what events come to, with the lines of their baskets and orders; robots and nobody are left out."""
    if "category" not in events.column_names:
        events = events.append_column("category", pa.nulls(len(events), TEXT))
    somebody = pc.and_(pc.is_null(events["robot_reason"]), pc.not_equal(events["node_id"], 0))
    counted = events.select(_EVENT).filter(somebody)
    if len(counted):
        _insert(cursor, tick_id, counted, None if commerce is None else commerce.select(_LINE))


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


def count(events: pa.Table, lines: pa.Table | None) -> pa.Table:
    """
    Add up events that know their day, with the lines of their baskets and orders.

    Each is mentioned in every category it names, and counted once, in that of its first line.

    Grain: parts of a node × day × brand × event name × category × currency.
    """
    if lines is None or not len(lines):
        return _without_lines(events)
    is_plain = pc.invert(pc.is_in(events["message_hash"], value_set=pc.unique(lines["message_hash"])))
    bought = _of_lines(events, lines).group_by(list(_KEY), use_threads=False)
    summed = bought.aggregate([
        ("is_first", "sum"), ([], "count_all"), ("quantity", "sum"), ("amount_minor", "sum"), ("occurred_at", "min"),
        ("occurred_at", "max"),
    ])  # fmt: skip
    plain = _without_lines(events.filter(is_plain))
    return pa.concat_tables([plain, summed.rename_columns(list(_COLUMNS)).cast(plain.schema)])


def _without_lines(events: pa.Table) -> pa.Table:
    """
    Add up events that name nothing bought: nearly all there are.

    Words are compared by number: one for brand, name and category together.
    """
    code, words = np.zeros(len(events), dtype=np.int64), list[tuple[pa.Array, int]]()
    for column in (events["brand"], events["name"], pc.fill_null(events["category"], "")):
        encoded = column.combine_chunks().dictionary_encode()
        code = code * len(encoded.dictionary) + encoded.indices.to_numpy()
        words.append((encoded.dictionary, len(encoded.dictionary)))
    keys = pa.table({
        "node_id": events["node_id"], "day": events["day"], "code": code, "occurred_at": events["occurred_at"],
    })  # fmt: skip
    found = keys.group_by(["node_id", "day", "code"], use_threads=False).aggregate(
        [([], "count_all"), ("occurred_at", "min"), ("occurred_at", "max")]
    )
    code, said = found["code"].to_numpy(), list[pa.Array]()
    for dictionary, size in reversed(words):
        code, place = np.divmod(code, max(size, 1))
        said.append(dictionary.take(pa.array(place)))
    times, rows = found["count_all"], len(found)
    return pa.table([
        found["node_id"], found["day"], *reversed(said), _all("", TEXT, rows), times, times,
        _all(0, _QUANTITY, rows), _all(0, _AMOUNT, rows), found["occurred_at_min"], found["occurred_at_max"],
    ], names=list(_COLUMNS))  # fmt: skip


def _of_lines(events: pa.Table, lines: pa.Table) -> pa.Table:
    """Lay the lines of events as mentions: one row an event × category × currency."""
    places = pc.index_in(lines["message_hash"], value_set=events["message_hash"].combine_chunks())
    is_known = pc.is_valid(places)  # lines of imports have no event
    lines, places = lines.filter(is_known), places.filter(is_known)
    told = pa.table(
        {
            "place": places.cast(pa.int64()),
            "category": pc.fill_null(pc.coalesce(lines["category"], events["category"].take(places)), ""),
            "currency": pc.fill_null(lines["currency"], ""),
            "line_number": lines["line_number"],
            "quantity": pc.fill_null(lines["quantity"].cast(_QUANTITY), 0),
            "amount_minor": pc.fill_null(lines["amount_minor"].cast(_AMOUNT), 0),
        }
    )
    by = told.group_by(["place", "category", "currency"], use_threads=False).aggregate(
        [("line_number", "min"), ("quantity", "sum"), ("amount_minor", "sum")]
    )
    told_of = events.take(by["place"])
    return pa.table(
        {
            **{name: told_of[name] for name in ("node_id", "day", "brand", "name", "occurred_at")},
            "category": by["category"],
            "currency": by["currency"],
            "is_first": pc.equal(by["line_number_min"], 0).cast(pa.int64()),
            "quantity": by["quantity_sum"].cast(_QUANTITY),
            "amount_minor": by["amount_minor_sum"].cast(_AMOUNT),
        }
    )


def _all(value: object, kind: pa.DataType, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), count)


def _insert(cursor: Cursor, tick_id: int, events: pa.Table, lines: pa.Table | None) -> None:
    dated = events.append_column("day", local_days(events, zones_of(cursor)))
    counted = count(dated, lines)
    cursor.register("counted", counted.append_column("tick_id", _all(tick_id, pa.int64(), len(counted))))
    load(_PACKAGE, "days_insert").run(cursor)


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
