"""Sessions: visits of one browser to one brand, parted by idle gaps, whatever order their events come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comptoir.facts import keys
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_AT = pa.timestamp("us")
_PAGES = pa.array(["page", "screen"])
_ORDERS = pa.array(["Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"])
_ENTRY = (
    "entry_at", "entry_by", "channel", "channel_detail", "utm_source", "utm_medium", "utm_campaign", "utm_term",
    "utm_content", "entry_url", "device", "browser",
)  # fmt: skip
_PIECE = pa.schema(
    [("old_row", pa.int64()), ("old_id", pa.string()), ("brand", pa.string())]
    + [("browser_node", pa.int64()), ("node_id", pa.int64()), ("named_at", _AT), ("named_by", pa.string())]
    + [("started_at", _AT), ("ended_at", _AT), ("message_id", pa.string())]
    + [(name, pa.int64()) for name in ("event_count", "page_count", "product_view_count")]
    + [("entry_at", _AT), ("entry_by", pa.string())]
    + [(name, pa.string()) for name in _ENTRY[2:]]
)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Laid:
    """
    Stretches of time laid in islands: one island is one session.

    Shape: `pieces` one row a stretch, sorted by browser, brand, start and message; `island` beside it; `first` is the
    place of each island's first piece; `islands` one row a session.
    """

    pieces: pa.Table
    origin: Ints
    """Where each piece stood before it was sorted."""
    island: Ints
    first: Ints
    islands: pa.Table


class Visits(NamedTuple):
    """The session id of each event, null for none, and the browsers of stored sessions that got another name."""

    stamps: pa.Array
    moved: set[int]


def sessionize(cursor: Cursor, events: pa.Table, gap: timedelta, *, restamps: bool = True) -> Visits:
    """
    Write the sessions that these events open, lengthen or join, and give each event's session.

    An event is a point, a stored session a stretch; points and stretches that no idle gap parts are one session. So no
    stored event is read, in whatever order events come. `events` must be registered on the cursor as `collected`. With
    `restamps` false, stored events keep their stamps: all are stamped afterwards.
    """
    visits = pc.indices_nonzero(is_visit(events))
    if len(visits) == 0:
        return Visits(pa.nulls(len(events), pa.string()), set())
    points = _points(events.take(visits))
    reach = pc.min_max(points["started_at"])
    low, high = reach["min"].as_py() - gap, reach["max"].as_py() + gap
    near = load(_PACKAGE, "sessions_near").table(cursor, low=low, high=high).cast(_PIECE)
    laid = lay(pa.concat_tables([points, near]), gap)
    moved = _write(cursor, laid, has_old=len(near) > 0, restamps=restamps)
    stamps = np.full(len(events), None, dtype=object)
    is_point = laid.origin < len(points)
    names = laid.islands["session_id"].to_numpy()
    stamps[visits.to_numpy()[laid.origin[is_point]]] = names[laid.island[is_point]]
    return Visits(pa.array(stamps, pa.string()), moved)


def is_visit(events: pa.Table) -> pa.Array:
    """Say of each event whether it is part of a visit: not robots, nobody, nor a server that speaks of an order."""
    from_server = pc.and_(
        pc.and_(pc.equal(events["trust"], "confirmed"), pc.is_null(events["anonymous_id"])),
        pc.and_(pc.invert(events["historical"]), pc.is_in(events["name"], value_set=_ORDERS)),
    )
    somebody = pc.and_(pc.is_null(events["robot_reason"]), pc.not_equal(events["browser_node"], 0))
    return pc.and_(somebody, pc.invert(from_server)).combine_chunks()


def lay(pieces: pa.Table, gap: timedelta) -> Laid:
    """Lay stretches in islands. Pure; the same for any order of the rows."""
    brand = pieces["brand"].combine_chunks().dictionary_encode()
    rank = pc.rank(brand.dictionary, tiebreaker="dense").to_numpy()
    brands = rank[brand.indices.to_numpy()].astype(np.int64)
    nodes = pieces["browser_node"].to_numpy()
    started, ended = _micros(pieces["started_at"]), _micros(pieces["ended_at"])
    order = _sort([nodes, brands, started], pieces["message_id"])
    nodes, brands, started, ended = nodes[order], brands[order], started[order], ended[order]
    opens = np.ones(len(order), dtype=bool)
    opens[1:] = (nodes[1:] != nodes[:-1]) | (brands[1:] != brands[:-1])
    reached = _running_maximum(ended, np.cumsum(opens))
    opens[1:] |= started[1:] - reached[:-1] > gap // timedelta(microseconds=1)
    island = np.cumsum(opens) - 1
    first = np.flatnonzero(opens)
    laid = pieces.take(pa.array(order))
    return Laid(laid, order, island, first, _islands(laid, island, first))


def _points(events: pa.Table) -> pa.Table:
    at, said_by = events["occurred_at"].cast(_AT), events["message_id"]
    is_named = pc.not_equal(events["node_id"], events["browser_node"])
    columns = {
        "old_row": pa.nulls(len(events), pa.int64()),
        "old_id": pa.nulls(len(events), pa.string()),
        "named_at": pc.if_else(is_named, at, pa.scalar(None, _AT)),
        "named_by": pc.if_else(is_named, said_by, pa.scalar(None, pa.string())),
        "started_at": at,
        "ended_at": at,
        "event_count": pa.array(np.ones(len(events), dtype=np.int64)),
        "page_count": pc.is_in(events["type"], value_set=_PAGES).cast(pa.int64()),
        "product_view_count": pc.equal(events["name"], "Product Viewed").cast(pa.int64()),
        "entry_at": at,
        "entry_by": said_by,
        "entry_url": events["url"],
    }
    return pa.table([columns[one.name] if one.name in columns else events[one.name] for one in _PIECE], schema=_PIECE)


def _islands(laid: pa.Table, island: Ints, first: Ints) -> pa.Table:
    """Say of each island what its stretches say together."""
    opening = laid.select(["old_id", "brand", "browser_node", "started_at", "message_id"]).take(pa.array(first))
    ids = [
        # a stored session that opens its island has its name already
        old_id or keys.session_id(node, brand, at, message_id)
        for old_id, node, brand, at, message_id in zip(
            opening["old_id"].to_pylist(),
            opening["browser_node"].to_pylist(),
            opening["brand"].to_pylist(),
            _micros(opening["started_at"]).tolist(),
            opening["message_id"].to_pylist(),
            strict=True,
        )
    ]
    has_channel = pc.is_valid(laid["channel"]).to_numpy().astype(np.int64)
    entry = _first_of_each(island, _sort([island, -has_channel, _micros(laid["entry_at"])], laid["entry_by"]))
    sums = {
        name: pa.array(np.add.reduceat(laid[name].to_numpy(), first))
        for name in ("event_count", "page_count", "product_view_count")
    }
    ends = pa.array(np.maximum.reduceat(_micros(laid["ended_at"]), first)).cast(_AT)
    columns = {name: opening[name] for name in opening.column_names if name != "old_id"}
    columns |= {"session_id": pa.array(ids, pa.string()), "ended_at": ends} | sums | _named(laid, island, len(first))
    return pa.table(columns | {name: laid[name].take(pa.array(entry)) for name in _ENTRY})


def _named(laid: pa.Table, island: Ints, count: int) -> dict[str, pa.Array]:
    """Give the strongest node each visit ended with: of its last event that names more than a browser."""
    node_ids = np.zeros(count, dtype=np.int64)
    node_ids[island] = laid["browser_node"].to_numpy()
    places = np.full(count, -1, dtype=np.int64)
    named = np.flatnonzero(pc.is_valid(laid["named_at"]).to_numpy())
    if len(named):
        at, by = _micros(laid["named_at"].take(pa.array(named))), laid["named_by"].take(pa.array(named))
        order = _sort([island[named], at], by)
        places[island[named][order]] = named[order]  # the last written wins
        known = places >= 0
        node_ids[known] = laid["node_id"].to_numpy()[places[known]]
    taken = pa.array(places, mask=places < 0)
    return {
        "node_id": pa.array(node_ids),
        "named_at": laid["named_at"].take(taken),
        "named_by": laid["named_by"].take(taken),
    }


def _write(cursor: Cursor, laid: Laid, *, has_old: bool, restamps: bool) -> set[int]:
    """Write the islands in the place of what they are made of, and give the browsers of those renamed."""
    moved: set[int] = set()
    if has_old:
        old = np.flatnonzero(pc.is_valid(laid.pieces["old_row"]).to_numpy())
        pieces = laid.pieces.select(["old_row", "old_id", "browser_node", "started_at", "ended_at"]).take(pa.array(old))
        pieces = pieces.append_column("session_id", laid.islands["session_id"].take(pa.array(laid.island[old])))
        cursor.register("pieces", pieces)
        load(_PACKAGE, "sessions_delete").run(cursor)
        moves = pieces.filter(pc.not_equal(pieces["old_id"], pieces["session_id"]))
        if len(moves) and restamps:
            _restamp(cursor, moves)
            moved = set(moves["browser_node"].to_pylist())
    cursor.register("islands", laid.islands)
    load(_PACKAGE, "sessions_insert").run(cursor)
    return moved


def _restamp(cursor: Cursor, moves: pa.Table) -> None:
    cursor.register("moves", moves)
    low, high = pc.min(moves["started_at"]).as_py(), pc.max(moves["ended_at"]).as_py()
    load(_PACKAGE, "events_restamp").run(cursor, low=low, high=high)


def _micros(column: pa.ChunkedArray) -> Ints:
    found: Ints = column.cast(_AT).cast(pa.int64()).to_numpy()
    return found


def _sort(numbers: list[Ints], text: pa.ChunkedArray) -> Ints:
    """Sort by numbers, ties by text in code point order."""
    order = np.lexsort(numbers[::-1])
    tied = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in numbers:
        tied &= column[order][1:] == column[order][:-1]
    if not tied.any():
        return order
    rank = pc.rank(text.combine_chunks(), tiebreaker="dense").to_numpy()
    return np.lexsort([rank, *numbers[::-1]])


def _first_of_each(group: Ints, order: Ints) -> Ints:
    """Give the first place of each group, in an order that keeps groups together."""
    sorted_group = group[order]
    return order[np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])]


def _running_maximum(values: Ints, group: Ints) -> Ints:
    """Give the running maximum within each group, groups lying one after the other. Ranks keep it from overflowing."""
    distinct, ranks = np.unique(values, return_inverse=True)
    running = np.maximum.accumulate(group * len(distinct) + ranks)
    found: Ints = distinct[running - group * len(distinct)]
    return found
